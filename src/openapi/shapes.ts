import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { isReference, type Unresolved } from './api-operations.ts';
import type { Node, OpenApiDocument } from './document.ts';
import { isJsonList, pointerParts } from './json-pointer.ts';

/** What a schema says an object has, with the parts of `allOf` put together. */
export interface ObjectShape {
  readonly properties: ReadonlyMap<string, Unresolved>;
  readonly required: ReadonlySet<string>;
  /** The schema has alternatives (`oneOf`, `anyOf`), which no list of fields can carry. */
  readonly alternatives: boolean;
}

/** A value that an operation takes or gives: one of something, or a list of it, perhaps inside of an envelope. */
export interface Payload {
  /** The component that describes it, where it is one. */
  readonly component: string | undefined;
  readonly schema: Unresolved;
  readonly list: boolean;
  /** The property of the envelope that holds it. */
  readonly inside: string | undefined;
  /** Other properties that the envelope must have. */
  readonly beside: readonly string[];
}

/** The name of the component that a schema refers to. */
export function componentOf(value: JsonValue | undefined): string | undefined {
  if (!isReference(value)) return undefined;
  const [first, second, name, ...rest] = pointerParts(value.$ref.slice(1));
  return first === 'components' && second === 'schemas' && rest.length === 0 ? name : undefined;
}

/** The types that a schema admits, without `null`. */
export function typesOf({ type }: JsonObject): readonly string[] {
  if (typeof type === 'string') return [type];
  return isJsonList(type) ? type.filter((one) => typeof one === 'string' && one !== 'null').map(String) : [];
}

export class Shapes {
  readonly #document: OpenApiDocument;
  readonly #known = new Map<string, ObjectShape | undefined>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
  }

  /** The schema with its references followed; undefined for `true`, `false` and what is not there. */
  node(schema: Unresolved | undefined): Node | undefined {
    return isJsonObject(schema?.value) ? this.#document.node(schema.value, schema.path) : undefined;
  }

  /** The properties of an object; undefined for what is none. */
  object(schema: Unresolved | undefined): ObjectShape | undefined {
    const node = this.node(schema);
    if (node === undefined) return undefined;
    const key = node.path.join('/');
    if (!this.#known.has(key)) this.#known.set(key, this.#shapeOf(node));
    return this.#known.get(key);
  }

  #shapeOf(node: Node): ObjectShape | undefined {
    const properties = new Map<string, Unresolved>();
    const required = new Set<string>();
    const found = { alternatives: false, isObject: false };
    const seen = new Set<string>();
    const add = (one: Node): void => {
      const key = one.path.join('/');
      if (seen.has(key)) return;
      seen.add(key);
      const { allOf, oneOf, anyOf } = one.value;
      if (typesOf(one.value).includes('object')) found.isObject = true;
      if (isJsonList(oneOf) || isJsonList(anyOf)) found.alternatives = true;
      for (const [i, part] of (isJsonList(allOf) ? allOf : []).entries()) {
        const inner = this.node({ value: part, path: [...one.path, 'allOf', i] });
        if (inner !== undefined) add(inner);
      }
      const own = one.value['properties'];
      for (const [name, value] of Object.entries(isJsonObject(own) ? own : {}))
        properties.set(name, { value, path: [...one.path, 'properties', name] });
      const names = one.value['required'];
      for (const name of isJsonList(names) ? names : []) if (typeof name === 'string') required.add(name);
    };
    add(node);
    const types = typesOf(node.value);
    if (types.length > 0 && !types.includes('object')) return undefined;
    if (properties.size === 0 && !found.isObject) return undefined;
    return { properties, required, alternatives: found.alternatives };
  }

  /** What the items of a list are; undefined for what is no list. */
  items(schema: Unresolved | undefined): Unresolved | undefined {
    const node = this.node(schema);
    if (node === undefined || !typesOf(node.value).includes('array')) return undefined;
    return { value: node.value['items'], path: [...node.path, 'items'] };
  }

  /** What a body or an answer holds. */
  payload(schema: Unresolved | undefined): Payload | undefined {
    if (schema === undefined) return undefined;
    const bare = this.#bare(schema);
    if (bare !== undefined && !this.#isEnvelope(bare)) return { ...bare, inside: undefined, beside: [] };
    const shape = this.object(schema);
    if (shape === undefined) return undefined;
    for (const [name, property] of shape.properties) {
      const inner = this.#bare(property);
      if (inner === undefined || (inner.component === undefined && !inner.list)) continue;
      const beside = [...shape.required].filter((other) => other !== name);
      return { ...inner, inside: name, beside };
    }
    return bare === undefined ? undefined : { ...bare, inside: undefined, beside: [] };
  }

  #bare(schema: Unresolved): Omit<Payload, 'inside' | 'beside'> | undefined {
    const items = this.items(schema);
    const one = items ?? schema;
    const shape = this.object(one);
    if (shape === undefined) return undefined;
    return { component: this.#componentOf(one), schema: one, list: items !== undefined };
  }

  /** A component, also where `allOf` adds nothing but words to it. */
  #componentOf({ value }: Unresolved): string | undefined {
    const direct = componentOf(value);
    if (direct !== undefined || !isJsonObject(value)) return direct;
    const { allOf, properties } = value;
    const first = isJsonList(allOf) && properties === undefined ? allOf[0] : undefined;
    return isJsonList(allOf) && allOf.length === 1 ? componentOf(first) : undefined;
  }

  /** An object that holds one other thing and has no id of its own: `{ data: [...], total: 3 }`. */
  #isEnvelope({ schema, list }: Omit<Payload, 'inside' | 'beside'>): boolean {
    if (list) return false;
    const shape = this.object(schema);
    if (shape === undefined || shape.properties.has('id')) return false;
    const inner = [...shape.properties.values()].filter((property) => {
      const one = this.#bare(property);
      return one !== undefined && (one.list || ENVELOPE_KEYS.has(String(property.path.at(-1))));
    });
    const others = [...shape.properties.keys()].filter((name) => !ABOUT_A_PAGE.test(name));
    return inner.length === 1 && others.length === 1;
  }
}

const ENVELOPE_KEYS: ReadonlySet<string> = new Set([
  'data',
  'item',
  'result',
  'payload',
  'response',
  'object',
]);

/** Properties that say something of a page of results. */
const ABOUT_A_PAGE =
  /^(?:total|count|size|limit|offset|skip|page|pages|next|prev|previous|first|last|cursor|has_?more|meta|links?|_links|pagination|paging|total_?(?:count|pages|items|results)|page_?(?:size|number|count|info)|per_?page|next_?(?:page|cursor|page_?token)|object|status|success|message)$/i;
