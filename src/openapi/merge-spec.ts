import { asText } from './json-text.ts';
import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { canonicalJson } from '../canon/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { SpecOrigin } from '../model/spec.ts';
import type { ImportedEntity, ImportedOperation, ImportedSpec } from './imported-spec.ts';
import { commentOn, flowFields, itemDigest, LAYOUT, originJson } from './spec-text.ts';

/** What importing again did to one entity or operation. */
export interface SpecChange {
  readonly what: 'entity' | 'operation' | 'document';
  readonly name: string;
  /** `kept`: the document says something else, and what a person wrote stands. */
  readonly change: 'added' | 'changed' | 'removed' | 'kept';
  readonly detail: string;
}

export interface MergedSpec {
  readonly text: string;
  readonly changes: readonly SpecChange[];
}

/** What is known of a spec that an import made and a person may have edited. */
export interface ExistingSpec {
  readonly text: string;
  readonly value: JsonObject;
  readonly origin: SpecOrigin;
}

/**
 * Brings a new import into a spec: what a person has not touched follows the document, what a person wrote stands, with
 * its comments.
 */
export function mergeSpec(existing: ExistingSpec, fresh: ImportedSpec, origin: SpecOrigin): MergedSpec {
  const document = parseDocument(existing.text, { version: '1.2', intAsBigInt: false });
  const written = existing.origin.imported ?? {};
  const changes: SpecChange[] = [];
  for (const [what, list, items] of [
    ['entity', 'entities', fresh.entities],
    ['operation', 'operations', fresh.operations],
  ] as const) {
    const before = existing.value[list];
    new ListMerger({ what, list, written, document, changes }).merge(items, isList(before) ? before : []);
  }
  mergeVariables(document, existing.value, fresh, changes);
  document.set('source', document.createNode(originJson(origin, fresh)));
  return { text: document.toString(LAYOUT), changes };
}

function mergeVariables(
  document: Document.Parsed,
  value: JsonObject,
  fresh: ImportedSpec,
  changes: SpecChange[],
): void {
  const own = isJsonObject(value['variables']) ? value['variables'] : {};
  for (const [name, variable] of Object.entries(fresh.variables)) {
    if (sameJson(own[name], variable)) continue;
    document.setIn(['variables', name], document.createNode(variable, { aliasDuplicateObjects: false }));
    const [before, after] = [own[name], variable].map((one) => (isJsonObject(one) ? one : {}));
    const keys = differingKeys(before ?? {}, after ?? {});
    changes.push({ what: 'document', name, change: 'changed', detail: keys.join(', ') });
  }
}

interface ListContext {
  readonly what: 'entity' | 'operation';
  readonly list: 'entities' | 'operations';
  readonly written: Readonly<Record<string, string>>;
  readonly document: Document.Parsed;
  readonly changes: SpecChange[];
}

class ListMerger {
  readonly #context: ListContext;
  readonly #nodes: YAMLSeq;

  constructor(context: ListContext) {
    this.#context = context;
    const nodes: unknown = context.document.get(context.list);
    if (isSeq(nodes)) {
      this.#nodes = nodes;
    } else {
      const made = context.document.createNode([]);
      context.document.set(context.list, made);
      this.#nodes = made;
    }
  }

  merge(items: readonly (ImportedEntity | ImportedOperation)[], before: readonly JsonValue[]): void {
    const known = before.flatMap((one) => (isJsonObject(one) ? [one] : []));
    const matched = new Set<string>();
    let position = 0;
    for (const item of items) {
      const own = known.find((one) => isSame(one, item.value));
      if (own === undefined) {
        this.#nodes.items.splice(position, 0, this.#node(item));
        this.#note(item.value.name, 'added', '');
        position += 1;
        continue;
      }
      matched.add(nameOf(own));
      const index = this.#indexOf(nameOf(own));
      this.#update(own, item, index);
      position = index + 1;
    }
    for (const one of known) if (!matched.has(nameOf(one))) this.#drop(one);
  }

  #update(own: JsonObject, item: ImportedEntity | ImportedOperation, index: number): void {
    const keys = differingKeys(own, item.value);
    if (keys.length === 0) return;
    const name = nameOf(own);
    if (this.#isUntouched(own)) {
      this.#nodes.items[index] = this.#node(item);
      this.#note(name, 'changed', keys.join(', '));
      return;
    }
    if (keys.includes('contract')) {
      const map: unknown = this.#nodes.items[index];
      if (isMap(map)) map.set('contract', this.#plain(item.value['contract'] ?? {}));
      this.#note(name, 'changed', 'contract; what you wrote is kept');
    }
    // What the document says now is news only where it differs from what it said when the person took over.
    const key = `${this.#context.list}/${name}`;
    if (this.#context.written[key] !== itemDigest(item.value))
      this.#note(name, 'kept', `you changed it; the document now says otherwise in ${keys.join(', ')}`);
  }

  #drop(own: JsonObject): void {
    const name = nameOf(own);
    if (this.#context.written[`${this.#context.list}/${name}`] === undefined) return;
    if (this.#isUntouched(own)) {
      this.#nodes.items.splice(this.#indexOf(name), 1);
      this.#note(name, 'removed', '');
    } else this.#note(name, 'kept', 'you changed it; the document no longer has it');
  }

  #isUntouched(own: JsonObject): boolean {
    return this.#context.written[`${this.#context.list}/${nameOf(own)}`] === itemDigest(own);
  }

  #node({
    value,
    comment,
  }: ImportedEntity | ImportedOperation): YAMLMap | ReturnType<Document['createNode']> {
    const node = this.#plain(value);
    if (!isMap(node)) return node;
    if (comment !== undefined) commentOn(node, comment);
    flowFields(node);
    return node;
  }

  #plain(value: JsonValue): ReturnType<Document['createNode']> {
    return this.#context.document.createNode(value, { aliasDuplicateObjects: false });
  }

  #indexOf(name: string): number {
    return this.#nodes.items.findIndex((node) => {
      const own: unknown = isMap(node) ? node.get('name', true) : undefined;
      return isScalar(own) && own.value === name;
    });
  }

  #note(name: string, change: SpecChange['change'], detail: string): void {
    this.#context.changes.push({ what: this.#context.what, name, change, detail });
  }
}

/** Operations are the same by method and path, as a person may rename them; entities by name. */
function isSame(own: JsonObject, item: JsonObject): boolean {
  if (item['path'] === undefined) return own['name'] === item['name'];
  return own['method'] === item['method'] && own['path'] === item['path'];
}

function nameOf(value: JsonObject): string {
  return asText(value['name']);
}

function differingKeys(a: JsonObject, b: JsonObject): readonly string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].filter((key) => !sameJson(a[key], b[key]));
}

function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
