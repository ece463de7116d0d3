import { asText } from './json-text.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Unresolved } from './api-operations.ts';
import { admitsNull } from './document-fields.ts';
import { isJsonList } from './json-pointer.ts';
import { type Shapes, typesOf } from './shapes.ts';

/** A field of the domain model, or why a property is none. */
export type TableField = { readonly field: JsonObject } | { readonly problem: string };

/** What a property of an entity is, as requests and answers describe it. */
export interface PropertyFacts {
  readonly name: string;
  /** In the answer. */
  readonly read: Unresolved;
  readonly required: boolean;
  /** In the body that makes one; undefined for what no request may set. */
  readonly written: Unresolved | undefined;
  readonly writtenRequired: boolean;
}

const ENUM_VALUE = /^[A-Z][A-Z0-9_]{0,49}$/;
const FIELD_NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const MAX_STRING = 10_485_760;

/** Answers by fields and types that the domain model has, exactly; bounds are those of requests. */
export class TableFields {
  readonly #shapes: Shapes;
  /** Entity by the component that describes it in answers. */
  readonly #entityOf: (component: string) => string | undefined;
  /** Entity by the name that a reference to it has. */
  readonly #referredBy: (name: string) => string | undefined;

  constructor(
    shapes: Shapes,
    entityOf: (component: string) => string | undefined,
    referredBy: (name: string) => string | undefined,
  ) {
    this.#shapes = shapes;
    this.#entityOf = entityOf;
    this.#referredBy = referredBy;
  }

  field(facts: PropertyFacts): TableField {
    const { name, read, written } = facts;
    if (!FIELD_NAME.test(name) || name.length > 50) return { problem: `\`${name}\` is not in snake_case` };
    const children = this.#children(name, read);
    if (children !== undefined) return children;
    const answered = this.#meant(read);
    const taken = written === undefined ? undefined : this.#meant(written);
    const type = this.#type(name, answered, taken ?? answered);
    if ('problem' in type) return type;
    const optional = admitsNull(this.#value(read));
    if (!facts.required && !optional) return { problem: `\`${name}\` may be missing from the answer` };
    const isReference = type.field['type'] === 'reference';
    const base = { name: isReference ? name.slice(0, -'_id'.length) : name, ...type.field };
    const usual = written === undefined ? undefined : this.#value(written)['default'];
    const defaults = usual === undefined || usual === null ? {} : { default: usual };
    if (written !== undefined) {
      if (!facts.writtenRequired && !optional && usual === undefined && type.field['type'] !== 'datetime')
        return { problem: `nothing says what \`${name}\` is when a request leaves it out` };
      const now =
        !facts.writtenRequired && type.field['type'] === 'datetime' && !optional ? { default: 'now' } : {};
      return { field: { ...base, ...(optional ? { optional: true } : {}), ...defaults, ...now } };
    }
    return {
      field: { ...base, ...(optional ? { optional: true } : firstValue(type.field)), readonly: true },
    };
  }

  #children(name: string, read: Unresolved): TableField | undefined {
    const items = this.#shapes.items(read);
    if (items === undefined) return undefined;
    const payload = this.#shapes.payload(read);
    const entity = payload?.component === undefined ? undefined : this.#entityOf(payload.component);
    if (entity === undefined) return { problem: `\`${name}\` is a list of what is no entity` };
    return { field: { name, type: 'children', of: entity } };
  }

  #type(name: string, read: JsonObject, written: JsonObject): TableField {
    const decimal = decimalOf(read, written);
    if (decimal !== undefined) return { field: decimal };
    const values = read['enum'];
    if (isJsonList(values)) {
      const texts = values.filter((one) => typeof one === 'string' && ENUM_VALUE.test(one));
      if (texts.length < values.length) return { problem: `values of \`${name}\` are not in CONSTANT_CASE` };
      return { field: { type: 'enum', values } };
    }
    const [type, second] = typesOf(read);
    if (second !== undefined) return { problem: `\`${name}\` is of several types` };
    switch (type) {
      case 'string':
        return this.#text(name, read, written);
      case 'integer':
        return wholeNumber(name, written, read === written);
      case 'boolean':
        return { field: { type: 'boolean' } };
      case 'number':
        return { problem: `\`${name}\` is a floating number, and decimals travel as text` };
      default:
        return { problem: `\`${name}\` is ${type === undefined ? 'of no known type' : `an ${type}`}` };
    }
  }

  #text(name: string, read: JsonObject, written: JsonObject): TableField {
    const { format } = read;
    if (format === 'date-time') return { field: { type: 'datetime' } };
    if (format === 'date') return { field: { type: 'date' } };
    if (format === 'uuid') {
      const entity = name.endsWith('_id') ? this.#referredBy(name.slice(0, -'_id'.length)) : undefined;
      if (entity === undefined) return { problem: `\`${name}\` is a UUID that names no entity` };
      return { field: { type: 'reference', to: entity } };
    }
    const { pattern, maxLength, minLength } = written;
    if (
      format === 'email' ||
      written['format'] === 'email' ||
      (typeof pattern === 'string' && pattern.includes('@'))
    )
      return { field: { type: 'email' } };
    if (typeof pattern === 'string' && pattern !== NO_NUL)
      return { problem: `\`${name}\` has the pattern ${pattern}` };
    if (format !== undefined) return { problem: `\`${name}\` has the format ${asText(format)}` };
    if (typeof maxLength !== 'number' || maxLength > MAX_STRING || maxLength === 0)
      return { problem: `\`${name}\` is a text without a length` };
    const min = typeof minLength === 'number' && minLength > 0 ? { min: minLength } : {};
    return { field: { type: 'string', ...min, max: maxLength } };
  }

  #value(schema: Unresolved): JsonObject {
    return this.#shapes.node(schema)?.value ?? {};
  }

  /** The one alternative beside null. */
  #meant(schema: Unresolved): JsonObject {
    const value = this.#value(schema);
    const { anyOf } = value;
    if (!isJsonList(anyOf)) return value;
    const rest = anyOf.flatMap((one, i) => {
      const node = this.#shapes.node({ value: one, path: [...schema.path, 'anyOf', i] });
      return node === undefined || node.value['type'] === 'null' ? [] : [node.value];
    });
    return rest.length === 1 ? (rest[0] ?? value) : { ...value, anyOf: rest };
  }
}

/** What the generated services say of texts that PostgreSQL can keep. */
const NO_NUL = '^[^\\x00]*$';
const WRITTEN_DECIMAL = /\[0-9\]\{1,(\d+)\}(?:\(\\\.\[0-9\]\{1,(\d+)\}\)\?)?\$$/;

/** A decimal as the generated services have it: text in answers, number or text in requests. */
function decimalOf(read: JsonObject, written: JsonObject): JsonObject | undefined {
  const { type, pattern } = read;
  const shown = type === 'string' && typeof pattern === 'string' ? WRITTEN_DECIMAL.exec(pattern) : null;
  if (shown === null) return undefined;
  const places = Number(shown[2] ?? 0);
  const alternatives = isJsonList(written['anyOf']) ? written['anyOf'].filter(isMap) : [];
  const number = alternatives.find((one) => one['type'] === 'number');
  const text = alternatives.find((one) => one['type'] === 'string');
  const whole = typeof text?.['pattern'] === 'string' ? WRITTEN_DECIMAL.exec(text['pattern']) : null;
  const digits = Math.min(28, Number((whole ?? shown)[1]) + places);
  const limit = 10 ** (digits - places) - 10 ** -places;
  const bounds: Record<string, JsonValue> = {};
  for (const [key, bound] of [
    ['min', number?.['minimum']],
    ['max', number?.['maximum']],
    ['above', number?.['exclusiveMinimum']],
    ['below', number?.['exclusiveMaximum']],
  ] as const)
    if (typeof bound === 'number' && Math.abs(bound) !== Number(limit.toFixed(places))) bounds[key] = bound;
  return { type: 'decimal', digits, places, ...bounds };
}

function isMap(value: JsonValue): value is JsonObject {
  return isJsonObject(value);
}

const INTEGER_MAX = 2 ** 31 - 1;

function wholeNumber(name: string, written: JsonObject, onlyRead: boolean): TableField {
  const { minimum, maximum } = written;
  if (onlyRead) return { field: { type: 'integer' } };
  if (
    typeof minimum !== 'number' ||
    typeof maximum !== 'number' ||
    maximum > INTEGER_MAX ||
    minimum < -INTEGER_MAX - 1
  )
    return { problem: `\`${name}\` is a whole number beyond 32 bits` };
  return {
    field: {
      type: 'integer',
      ...(minimum === -INTEGER_MAX - 1 ? {} : { min: minimum }),
      ...(maximum === INTEGER_MAX ? {} : { max: maximum }),
    },
  };
}

/** What a read-only field starts with, as far as a type can tell: a person has to look at it. */
function firstValue(field: JsonObject): JsonObject {
  switch (field['type']) {
    case 'enum':
      return { default: isJsonList(field['values']) ? (field['values'][0] ?? null) : null };
    case 'datetime':
      return { default: 'now' };
    case 'integer':
    case 'decimal':
      return { default: 0 };
    case 'boolean':
      return { default: false };
    default:
      return {};
  }
}
