import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Unresolved } from './api-operations.ts';
import type { Node } from './document.ts';
import { isJsonList } from './json-pointer.ts';
import { type Shapes, typesOf } from './shapes.ts';

const MAX_DEPTH = 6;

/** Makes up values that fit schemas, the same ones every time. */
export class Sampler {
  readonly #shapes: Shapes;
  /** Whether all that was made since the last start certainly fits. */
  #fits = true;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  /** A value for a schema, and whether it certainly fits; undefined where none can be made. */
  make(schema: Unresolved | undefined): { readonly value: JsonValue; readonly fits: boolean } | undefined {
    this.#fits = true;
    const value = this.#value(schema, 0);
    return value === undefined ? undefined : { value, fits: this.#fits };
  }

  #value(schema: Unresolved | undefined, depth: number): JsonValue | undefined {
    const node = this.#shapes.node(schema);
    if (node === undefined) return {};
    const { value } = node;
    const given = this.#given(value);
    if (given !== undefined) return given;
    if (depth > MAX_DEPTH) return this.#unsure(null);
    for (const key of ['oneOf', 'anyOf'] as const) {
      const list = value[key];
      if (!isJsonList(list) || list.length === 0) continue;
      if (key === 'oneOf' && list.length > 1) this.#fits = false;
      const base = this.#shapes.object(schema);
      const first = this.#value({ value: list[0], path: [...node.path, key, 0] }, depth + 1);
      if (base === undefined || base.properties.size === 0 || !isJsonObject(first)) return first;
      return { ...this.#object(node, depth), ...first };
    }
    if (value['not'] !== undefined || value['if'] !== undefined) this.#fits = false;
    const [type] = typesOf(value);
    switch (type) {
      case 'string':
        return this.#text(value);
      case 'integer':
      case 'number':
        return this.#number(value, type);
      case 'boolean':
        return true;
      case 'array':
        return this.#list(node, depth);
      case 'object':
        return this.#object(node, depth);
      default:
        if (this.#shapes.object(schema) !== undefined) return this.#object(node, depth);
        if (isJsonList(value['allOf'])) return this.#firstOf(node, value['allOf'], depth);
        return value['type'] === 'null' ? null : 'text';
    }
  }

  /** Parts that are no objects can hardly be put together. */
  #firstOf(node: Node, parts: readonly JsonValue[], depth: number): JsonValue | undefined {
    if (parts.length > 1) this.#fits = false;
    return this.#value({ value: parts[0], path: [...node.path, 'allOf', 0] }, depth + 1);
  }

  /** What the document says itself. Examples need not fit. */
  #given(schema: JsonObject): JsonValue | undefined {
    if (schema['const'] !== undefined) return schema['const'];
    const { enum: values } = schema;
    if (isJsonList(values)) return values.find((one) => one !== null) ?? null;
    return undefined;
  }

  #text(schema: JsonObject): JsonValue {
    const { minLength, maxLength, pattern, format, example, examples, default: usual } = schema;
    const shown = isJsonList(examples) ? examples[0] : (example ?? usual);
    const known = typeof format === 'string' ? FORMATS[format] : undefined;
    if (typeof pattern === 'string') {
      if (typeof shown === 'string' && matches(pattern, shown)) return shown;
      return this.#unsure(typeof shown === 'string' ? shown : 'text');
    }
    if (known !== undefined) return known;
    const least = typeof minLength === 'number' ? minLength : 0;
    const most = typeof maxLength === 'number' ? maxLength : Infinity;
    return 'text'.padEnd(Math.min(least, 10_000), 'x').slice(0, most);
  }

  #number(schema: JsonObject, type: 'integer' | 'number'): JsonValue {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    let low = typeof minimum === 'number' ? minimum : undefined;
    if (typeof exclusiveMinimum === 'number') low = exclusiveMinimum + 1;
    else if (exclusiveMinimum === true && low !== undefined) low += 1;
    const high = typeof exclusiveMaximum === 'number' ? exclusiveMaximum - 1 : maximum;
    const step = typeof multipleOf === 'number' && multipleOf > 0 ? multipleOf : 1;
    let value = Math.max(low ?? 1, 1);
    if (typeof high === 'number' && value > high) value = low ?? high;
    value = Math.ceil(value / step) * step;
    if (type === 'integer' && !Number.isInteger(value)) value = Math.ceil(value);
    if ((typeof high === 'number' && value > high) || (low !== undefined && value < low)) this.#fits = false;
    return value;
  }

  #list(node: Node, depth: number): JsonValue {
    const { minItems, uniqueItems } = node.value;
    const count = typeof minItems === 'number' ? Math.min(minItems, 100) : depth > 2 ? 0 : 1;
    if (uniqueItems === true && count > 1) this.#fits = false;
    const items = { value: node.value['items'], path: [...node.path, 'items'] };
    const one = count === 0 ? undefined : this.#value(items, depth + 1);
    return one === undefined ? [] : Array.from({ length: count }, () => one);
  }

  #object(node: Node, depth: number): JsonObject {
    const shape = this.#shapes.object({ value: node.value, path: node.path });
    const { minProperties } = node.value;
    if (typeof minProperties === 'number' && minProperties > (shape?.properties.size ?? 0))
      this.#fits = false;
    const entries: [string, JsonValue][] = [];
    for (const [name, property] of shape?.properties ?? []) {
      const isRequired = shape?.required.has(name) === true;
      const own = this.#shapes.node(property)?.value;
      if (own?.['readOnly'] === true && !isRequired) continue;
      // Optional parts that nest are left out, so that circular schemas end.
      const isPlain = own !== undefined && typesOf(own).some((type) => type !== 'object' && type !== 'array');
      if (!isRequired && (!isPlain || own['pattern'] !== undefined || isJsonList(own['oneOf']))) continue;
      const value = this.#value(property, depth + 1);
      if (value !== undefined) entries.push([name, value]);
    }
    for (const name of shape?.required ?? [])
      if (shape?.properties.has(name) === false) entries.push([name, this.#unsure('text')]);
    return Object.fromEntries(entries);
  }

  #unsure<T extends JsonValue>(value: T): T {
    this.#fits = false;
    return value;
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
  email: 'person@example.com',
  'idn-email': 'person@example.com',
  date: '2024-01-31',
  'date-time': '2024-01-31T12:00:00Z',
  time: '12:00:00Z',
  duration: 'P1D',
  uri: 'https://example.com/',
  'uri-reference': '/',
  iri: 'https://example.com/',
  url: 'https://example.com/',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  byte: 'dGV4dA==',
  'json-pointer': '/a',
  regex: '.*',
};

function matches(pattern: string, text: string): boolean {
  try {
    return text.length < 200 && pattern.length < 200 && new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}
