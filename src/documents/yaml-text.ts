import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { PatternsError, type Place } from '../model/error.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import { decodeText } from './json-text.ts';

/** A path into JSON data: keys and indexes from the root. */
export type JsonPath = readonly (string | number)[];

/** Data read from text, which still knows where each part of it stood. */
export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  /** Where the value at a path stands, or its nearest ancestor that has a place; the key rather than the value on request. */
  readonly place: (path: JsonPath, of?: 'key' | 'value') => Place;
}

/** Aliases may multiply a document up to this many nodes; a "billion laughs" is refused long before. */
const MAX_NODES = 250_000;
const MAX_DEPTH = 100;
/** What readers of untrusted maps leave out without a word, since it can reach a prototype. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** Commas, colons, dashes and ends of lines. */
const MAX_MARKS = 400_000;
/** A specification of ten thousand files has about one megabyte. */
const MAX_YAML_BYTES = 8 * 1024 * 1024;

/** What documents of other makers need, who did not write for this reader. */
export interface YamlLeniency {
  /** Keys such as `200:` are taken as the text that stands there, and `<<` merges. */
  readonly plainKeys: boolean;
  /** Told of each integer beyond 2^53, which is then taken as the last one that is exact; without it they are refused. */
  readonly onLargeNumber: ((text: string, place: Place) => void) | undefined;
  /** A document without aliases cannot have more values than half its bytes, so this only bounds what aliases make. */
  readonly nodes: number;
  /** How large the document may be. */
  readonly bytes: number;
  /** How many commas, colons, dashes and ends of lines it may have. */
  readonly marks: number;
}

const STRICT: YamlLeniency = {
  plainKeys: false,
  onLargeNumber: undefined,
  nodes: MAX_NODES,
  bytes: MAX_YAML_BYTES,
  marks: MAX_MARKS,
};

/**
 * Reads one YAML 1.2 document (core schema). JSON is YAML, so it reads JSON files as well.
 *
 * @throws PatternsError YAML_INVALID with line and column for syntax errors, duplicate keys, keys that are no strings,
 *   unknown tags, NaN, infinities, integers beyond 2^53, more than one document, cyclic aliases;
 *   LIMIT_EXCEEDED when aliases or depth multiply the document beyond bounds
 */
export function readYaml(bytes: Uint8Array, file: string, asked: Partial<YamlLeniency> = {}): SourceDocument {
  const leniency = { ...STRICT, ...asked };
  if (bytes.byteLength > leniency.bytes) {
    throw new PatternsError(
      'LIMIT_EXCEEDED',
      `the document has ${bytes.byteLength} bytes; ${leniency.bytes} are allowed`,
      { place: { file }, hint: 'Name the file that was meant, or split it.' },
    );
  }
  const text = decodeText(bytes, file);
  refuseManyValues(text, file, leniency.marks);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    // Quadratic in the keys of a map; NodeReader looks itself.
    uniqueKeys: false,
    intAsBigInt: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  if (!Array.isArray(documents) || documents.length === 0) {
    throw new PatternsError('YAML_INVALID', 'the file is empty', { place: { file, line: 1, column: 1 } });
  }
  const [document, second] = documents;
  if (document === undefined)
    throw new PatternsError('YAML_INVALID', 'the file is empty', { place: { file } });
  const reader = new NodeReader(file, lines, document, leniency);
  reader.refuseSyntaxErrors();
  if (second !== undefined) {
    throw reader.refuse(second.range?.[0], 'a second YAML document starts here', 'Keep one document a file.');
  }
  if (document.contents === null) throw reader.refuse(0, 'the file holds no value');
  const value = reader.read(document.contents, [], 0);
  return { file, value, place: (path, of) => reader.place(path, of ?? 'value') };
}

/** Every value but the first stands behind one of these; the parser itself takes a microsecond and a kilobyte for each. */
function refuseManyValues(text: string, file: string, limit: number): void {
  let marks = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x2c && code !== 0x3a && code !== 0x0a && code !== 0x2d) continue;
    if (++marks <= limit) continue;
    throw new PatternsError('LIMIT_EXCEEDED', `the document has more than ${limit} values and lines`, {
      place: { file },
      hint: 'Name the file that was meant, or split it.',
    });
  }
}

class NodeReader {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #document: Document.Parsed;
  readonly #values = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  readonly #open = new Set<Node>();
  readonly #leniency: YamlLeniency;
  /** What each name stands for so far; an alias means the last one before it. */
  readonly #anchors = new Map<string, Node>();
  /** How many aliases are being followed; what they hold names nothing anew. */
  #following = 0;
  #nodes = 0;

  constructor(file: string, lines: LineCounter, document: Document.Parsed, leniency: YamlLeniency) {
    this.#leniency = leniency;
    this.#file = file;
    this.#lines = lines;
    this.#document = document;
  }

  refuseSyntaxErrors(): void {
    const problem = this.#document.errors[0] ?? this.#document.warnings[0];
    if (problem === undefined) return;
    // The parser descends by calls until the stack ends.
    if (problem.code === 'RESOURCE_EXHAUSTION') throw this.#tooDeep(problem.pos[0]);
    const hint = HINTS[problem.code];
    throw this.refuse(problem.pos[0], problem.message.split('\n')[0] ?? problem.code, hint);
  }

  place(path: JsonPath, of: 'key' | 'value'): Place {
    for (let length = path.length; length >= 0; length--) {
      const pointer = toPointer(path.slice(0, length));
      const preferred =
        of === 'key' ? (this.#keys.get(pointer) ?? this.#values.get(pointer)) : this.#values.get(pointer);
      if (preferred !== undefined) return this.#at(preferred);
    }
    return { file: this.#file, line: 1, column: 1 };
  }

  refuse(offset: number | undefined, message: string, hint?: string): PatternsError {
    return new PatternsError('YAML_INVALID', message, { place: this.#at(offset ?? 0), hint });
  }

  read(node: Node, path: JsonPath, depth: number): JsonValue {
    const offset = node.range?.[0] ?? 0;
    if (depth > MAX_DEPTH) throw this.#tooDeep(offset);
    if (++this.#nodes > this.#leniency.nodes) {
      const what = `more than ${this.#leniency.nodes} values, aliases expanded`;
      throw new PatternsError('LIMIT_EXCEEDED', `the document has ${what}`, {
        place: this.#at(offset),
        hint: 'Aliases that refer to aliases multiply; write the document without them.',
      });
    }
    const pointer = toPointer(path);
    if (!this.#values.has(pointer)) this.#values.set(pointer, offset);
    if (isAlias(node)) return this.#readAlias(node, path, depth);
    this.#name(node);
    if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) {
      throw this.refuse(offset, `the tag ${node.tag} is not known`, 'Use plain YAML values.');
    }
    if (isScalar(node)) return this.#readScalar(node);
    if (isMap(node)) return this.#guard(node, () => this.#readMap(node, path, depth));
    if (isSeq(node)) return this.#guard(node, () => this.#readSequence(node, path, depth));
    throw this.refuse(offset, 'a value of an unknown kind');
  }

  #tooDeep(offset: number): PatternsError {
    return new PatternsError('LIMIT_EXCEEDED', `the document is deeper than ${MAX_DEPTH} levels`, {
      place: this.#at(offset),
      hint: 'Write it flatter.',
    });
  }

  #name(node: Scalar | YAMLMap | YAMLSeq): void {
    if (node.anchor !== undefined && this.#following === 0) this.#anchors.set(node.anchor, node);
  }

  #readAlias(node: Alias, path: JsonPath, depth: number): JsonValue {
    const target = this.#anchors.get(node.source);
    if (target === undefined) throw this.refuse(node.range?.[0], `no anchor is named ${node.source}`);
    this.#following += 1;
    const value = this.read(target, path, depth + 1);
    this.#following -= 1;
    return value;
  }

  #readScalar(node: Scalar): JsonValue {
    const value = node.value;
    const offset = node.range?.[0];
    if (typeof value === 'bigint') {
      const number = Number(value);
      if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
      if (this.#leniency.onLargeNumber !== undefined) return this.#lastExact(number, String(value), offset);
      throw this.refuse(offset, `the integer ${value} is beyond 2^53`, 'Write it as a string, in quotes.');
    }
    if (typeof value === 'number') {
      if (!Number.isFinite(value))
        throw this.refuse(offset, `${node.source ?? value} is no finite number`, 'Use a finite number.');
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        if (this.#leniency.onLargeNumber !== undefined)
          return this.#lastExact(value, node.source ?? String(value), offset);
        throw this.refuse(
          offset,
          `the number ${node.source ?? value} is beyond 2^53`,
          'Write it as a string, in quotes.',
        );
      }
      return value === 0 ? 0 : value;
    }
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value !== 'string') throw this.refuse(offset, 'a value of an unknown kind');
    if (!value.isWellFormed()) throw this.refuse(offset, 'a string with half a surrogate pair');
    return value;
  }

  #lastExact(number: number, text: string, offset: number | undefined): number {
    this.#leniency.onLargeNumber?.(text, this.#at(offset ?? 0));
    return number < 0 ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
  }

  #readMap(node: YAMLMap, path: JsonPath, depth: number): JsonValue {
    const seen = new Set<string>();
    const entries = new Map<string, JsonValue>();
    for (const pair of node.items) {
      const keyNode = isNode(pair.key) ? pair.key : null;
      const offset = keyNode?.range?.[0] ?? node.range?.[0] ?? 0;
      const key = this.#keyOf(keyNode);
      if (key === undefined) throw this.refuse(offset, 'a key that is no string', 'Put the key in quotes.');
      if (key === '<<' && this.#leniency.plainKeys && isNode(pair.value)) {
        for (const [name, value] of this.#merged(pair.value, path, depth))
          if (!entries.has(name)) entries.set(name, value);
        continue;
      }
      if (isScalar(keyNode)) this.#name(keyNode);
      if (seen.has(key))
        throw this.refuse(offset, `the key \`${key}\` is there twice`, 'Keep one of the two.');
      seen.add(key);
      if (REFUSED_KEYS.has(key)) {
        throw this.refuse(offset, `the key ${key} is not allowed`, 'Give it another name.');
      }
      if (!key.isWellFormed()) throw this.refuse(offset, 'a key with half a surrogate pair');
      const at = [...path, key];
      this.#keys.set(toPointer(at), offset);
      entries.set(key, isNode(pair.value) ? this.read(pair.value, at, depth + 1) : null);
    }
    return Object.fromEntries(entries);
  }

  #keyOf(node: Node | null): string | undefined {
    if (!isScalar(node)) return undefined;
    if (typeof node.value === 'string') return node.value;
    return this.#leniency.plainKeys ? (node.source ?? String(node.value)) : undefined;
  }

  /** The entries of a map, or of each map of a list, that `<<` names. */
  #merged(node: Node, path: JsonPath, depth: number): readonly (readonly [string, JsonValue])[] {
    const value = this.read(node, path, depth + 1);
    const maps = Array.isArray(value) ? value : [value];
    return maps.flatMap((one: JsonValue) => (isJsonObject(one) ? Object.entries(one) : []));
  }

  #readSequence(node: YAMLSeq, path: JsonPath, depth: number): JsonValue {
    return node.items.map((item, i) => (isNode(item) ? this.read(item, [...path, i], depth + 1) : null));
  }

  #guard(node: Node, read: () => JsonValue): JsonValue {
    if (this.#open.has(node)) throw this.refuse(node.range?.[0], 'an alias that contains itself');
    this.#open.add(node);
    const value = read();
    this.#open.delete(node);
    return value;
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line, column: col };
  }
}

function toPointer(path: JsonPath): string {
  return path.map((part) => `/${part}`).join('');
}

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  BAD_INDENT: 'Align the entries of one list or map.',
};
