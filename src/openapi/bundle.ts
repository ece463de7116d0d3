import type { JsonPath, SourceDocument } from '../documents/yaml-text.ts';
import { PatternsError, type Place } from '../model/error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { isJsonList, pointerParts, pointerText, valueAt } from './json-pointer.ts';
import { type Holding, holdingOf, isPartReference } from './reference-places.ts';

/** Reads a file that a reference names, by its path relative to the folder of the document. */
export type ReadLocal = (path: string, place: Place) => SourceDocument;

/** A document whose references all point into itself, and that knows where each part of it came from. */
export interface Bundle {
  readonly value: JsonObject;
  readonly place: (path: JsonPath, of?: 'key' | 'value') => Place;
  /** The other files that were read, in byte order. */
  readonly files: readonly string[];
}

/** References that a pointer may lead through. */
const MAX_HOPS = 20;

interface Origin {
  readonly source: SourceDocument;
  readonly path: JsonPath;
}

interface Walk extends Origin {
  /** The file, relative to the folder of the document; empty for the document itself. */
  readonly file: string;
  /** Where the result stands in the bundle. */
  readonly at: JsonPath;
  readonly holding: Holding;
  /** References that are being put in place. */
  readonly open: readonly string[];
}

/**
 * Brings a document and the local files that it refers to together: schemas of other files, and those inside of
 * operations, become components; anything else is put where it is referred to.
 *
 * @throws PatternsError OPENAPI_REFERENCE for a URL, a missing target, or parts that contain themselves
 */
export function bundle(source: SourceDocument, root: JsonObject, read: ReadLocal): Bundle {
  return new Bundler(source, root, read).bundle();
}

class Bundler {
  readonly #source: SourceDocument;
  readonly #root: JsonObject;
  readonly #read: ReadLocal;
  readonly #files = new Map<string, SourceDocument>();
  readonly #origins = new Map<string, Origin>();
  /** What identifies a schema of another file → its name among the components. */
  readonly #names = new Map<string, string>();
  readonly #added: [string, JsonValue][] = [];
  readonly #anchors = new Map<string, JsonPath>();
  #hasOwnOrigins = false;

  constructor(source: SourceDocument, root: JsonObject, read: ReadLocal) {
    this.#source = source;
    this.#root = root;
    this.#read = read;
  }

  bundle(): Bundle {
    this.#collectAnchors(this.#root, [], 'description');
    const start: Walk = {
      source: this.#source,
      path: [],
      file: '',
      at: [],
      holding: 'description',
      open: [],
    };
    const walked = this.#walk(this.#root, start);
    const value = this.#withAdded(isJsonObject(walked) ? walked : {});
    return {
      value,
      place: (path, of) => this.#place(path, of),
      files: [...this.#files.keys()].toSorted(),
    };
  }

  #withAdded(value: JsonObject): JsonObject {
    if (this.#added.length === 0) return value;
    const components = isJsonObject(value['components']) ? value['components'] : {};
    const schemas = isJsonObject(components['schemas']) ? components['schemas'] : {};
    return {
      ...value,
      components: { ...components, schemas: { ...schemas, ...Object.fromEntries(this.#added) } },
    };
  }

  /** Targets of `$ref: "#name"` and of the URIs that schemas give themselves. */
  #collectAnchors(value: JsonValue, path: JsonPath, holding: Holding): void {
    if (isJsonList(value)) {
      for (const [i, item] of value.entries()) this.#collectAnchors(item, [...path, i], holding);
      return;
    }
    if (!isJsonObject(value) || holding === 'data') return;
    if (holding === 'description') {
      for (const key of ['$anchor', '$dynamicAnchor'])
        if (typeof value[key] === 'string') this.#anchors.set(`#${value[key]}`, path);
      if (typeof value['$id'] === 'string' && path.length > 0) this.#anchors.set(value['$id'], path);
    }
    for (const [key, item] of Object.entries(value))
      this.#collectAnchors(item, [...path, key], holdingOf(key, holding));
  }

  #walk(value: JsonValue, walk: Walk): JsonValue {
    if (isJsonList(value))
      return value.map((item, i) =>
        this.#walk(item, {
          ...walk,
          path: [...walk.path, i],
          at: [...walk.at, i],
          holding: itemHolding(walk),
        }),
      );
    if (!isJsonObject(value) || walk.holding === 'data') return value;
    const reference = value['$ref'];
    if (walk.holding === 'description' && typeof reference === 'string')
      return this.#reference(value, reference, walk);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        this.#walk(item, {
          ...walk,
          path: [...walk.path, key],
          at: [...walk.at, key],
          holding: holdingOf(key, walk.holding),
        }),
      ]),
    );
  }

  #reference(value: JsonObject, reference: string, walk: Walk): JsonValue {
    const place = walk.source.place([...walk.path, '$ref']);
    const target = this.#throughReferences(this.#target(reference, walk, place), place, 0);
    const found = valueAt(target.root, target.path);
    if (found === undefined) throw missing(reference, place);
    const pointer = pointerText(target.path);
    // Components stay where they are; anything else is carried operation by operation, and not found by its place.
    if (target.file === '' && target.path[0] === 'components')
      return this.#withSiblings(value, `#${pointer}`, walk);
    const key = `${target.file}#${pointer}`;
    if (isPartReference(walk.at)) {
      if (walk.open.includes(key)) throw endless(reference, place);
      this.#keepOrigin(walk.at, target.source, target.path);
      return this.#walk(found, {
        ...walk,
        source: target.source,
        path: target.path,
        file: target.file,
        open: [...walk.open, key],
      });
    }
    return this.#withSiblings(value, `#/components/schemas/${this.#component(key, found, target)}`, walk);
  }

  /** A pointer may lead through a place that is itself a reference: `#/paths/~1pets/get` where `/pets` is in another file. */
  #throughReferences(target: Target, place: Place, depth: number): Target {
    for (let length = 1; length < target.path.length; length++) {
      const value = valueAt(target.root, target.path.slice(0, length));
      const reference = isJsonObject(value) ? value['$ref'] : undefined;
      if (typeof reference !== 'string' || depth > MAX_HOPS) continue;
      const walk = { ...target, at: [], holding: 'description', open: [] } as const;
      const next = this.#target(reference, walk, place);
      const path = [...next.path, ...target.path.slice(length)];
      return this.#throughReferences({ ...next, path }, place, depth + 1);
    }
    return target;
  }

  /** Keys beside a `$ref` are kept: OpenAPI 3.1 reads them. */
  #withSiblings(value: JsonObject, reference: string, walk: Walk): JsonObject {
    const rest = Object.entries(value).filter(([key]) => key !== '$ref');
    const siblings = rest.map(([key, item]): [string, JsonValue] => [
      key,
      this.#walk(item, {
        ...walk,
        path: [...walk.path, key],
        at: [...walk.at, key],
        holding: holdingOf(key, 'description'),
      }),
    ]);
    return { $ref: reference, ...Object.fromEntries(siblings) };
  }

  #component(key: string, found: JsonValue, target: Target): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = this.#freeName(String(target.path.at(-1) ?? stem(target.file)));
    this.#names.set(key, name);
    const at = ['components', 'schemas', name];
    this.#keepOrigin(at, target.source, target.path);
    const { source, path, file } = target;
    const schema = this.#walk(found, { source, path, file, at, holding: 'description', open: [] });
    this.#added.push([name, schema]);
    return name;
  }

  #freeName(wanted: string): string {
    const base = wanted.replace(/[^A-Za-z0-9._-]+/g, '_');
    const own = valueAt(this.#root, ['components', 'schemas']);
    const taken = new Set([...this.#names.values(), ...(isJsonObject(own) ? Object.keys(own) : [])]);
    for (let i = 1; ; i++) {
      const name = i === 1 ? base : `${base}_${i}`;
      if (!taken.has(name)) return name;
    }
  }

  #target(reference: string, walk: Walk, place: Place): Target {
    const anchored = walk.file === '' ? this.#anchors.get(reference) : undefined;
    const inRoot = { source: this.#source, root: this.#root, file: '' };
    if (anchored !== undefined) return { ...inRoot, path: anchored };
    if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(reference)) {
      throw new PatternsError('OPENAPI_REFERENCE', `the reference ${reference} leads to another machine`, {
        place,
        hint: 'Save what it names beside the document, and refer to that file; nothing is fetched.',
        details: { reference },
      });
    }
    const hash = reference.indexOf('#');
    const file = hash < 0 ? reference : reference.slice(0, hash);
    const fragment = hash < 0 ? '' : reference.slice(hash + 1);
    const name = file === '' ? walk.file : joined(walk.file, decodeURI(file));
    if (fragment !== '' && !fragment.startsWith('/')) throw missing(reference, place);
    const path = pointerParts(fragment);
    if (name === '' || name === basename(this.#source.file)) return { ...inRoot, path };
    const source = this.#files.get(name) ?? this.#read(name, place);
    this.#files.set(name, source);
    return { source, root: jsonOf(source.value), file: name, path };
  }

  #keepOrigin(at: JsonPath, source: SourceDocument, path: JsonPath): void {
    this.#hasOwnOrigins = true;
    this.#origins.set(pointerText(at), { source, path });
  }

  #place(path: JsonPath, of?: 'key' | 'value'): Place {
    if (this.#hasOwnOrigins) {
      for (let length = path.length; length > 0; length--) {
        const origin = this.#origins.get(pointerText(path.slice(0, length)));
        if (origin !== undefined) return origin.source.place([...origin.path, ...path.slice(length)], of);
      }
    }
    return this.#source.place(path, of);
  }
}

interface Target extends Origin {
  readonly root: JsonValue;
  readonly file: string;
}

/** A list holds what its key says; of a map of names, such as `parameters`, each item is a description. */
function itemHolding({ holding }: Walk): Holding {
  return holding === 'data' ? 'data' : 'description';
}

/** What a source document read is JSON data. */
function jsonOf(value: unknown): JsonValue {
  return isPlainJson(value) ? value : null;
}

function isPlainJson(value: unknown): value is JsonValue {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

function joined(from: string, to: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of to.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function stem(path: string): string {
  return basename(path).replace(/\.[A-Za-z]+$/, '');
}

function missing(reference: string, place: Place): PatternsError {
  return new PatternsError('OPENAPI_REFERENCE', `the reference ${reference} leads nowhere`, {
    place,
    hint: 'Correct the reference, or add what it names.',
    details: { reference },
  });
}

function endless(reference: string, place: Place): PatternsError {
  return new PatternsError('OPENAPI_REFERENCE', `the reference ${reference} leads back to itself`, {
    place,
    hint: 'Only schemas may contain themselves.',
    details: { reference },
  });
}
