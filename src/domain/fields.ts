import type { ComputedView, FieldInput, FieldView } from '../model/domain.ts';
import type { EntityIndex, IndexedEntity } from './entity-index.ts';
import { parseArithmetic, parseCall, parsePath } from './expression.ts';
import {
  DEFAULT_DIGITS,
  DEFAULT_PLACES,
  INTEGER_MAX,
  INTEGER_MIN,
  literalOf,
  STRING_MAX,
} from './literal.ts';
import type { DomainPath, Refusal } from './refusal.ts';

/** Whether a request may set a field. */
export function isWritable(field: FieldInput): boolean {
  return field.readonly !== true && field.computed === undefined && field.type !== 'children';
}

/** Whether a row can be made without a value for the field. */
export function hasValueByItself(field: FieldInput): boolean {
  return (
    field.optional === true ||
    field.default !== undefined ||
    field.computed !== undefined ||
    field.type === 'children'
  );
}

/** A field in full, without what depends on the order of tables. */
export function viewField(field: FieldInput, entity: IndexedEntity, index: EntityIndex): FieldView {
  const target = field.to ?? field.of;
  const isDecimal = field.type === 'decimal';
  return {
    name: field.name,
    entity: entity.input.name,
    type: field.type,
    description: field.description ?? null,
    optional: field.optional ?? false,
    readonly: field.readonly ?? false,
    default: field.default ?? null,
    min: field.min ?? (field.type === 'string' ? 0 : null),
    max: field.max ?? (field.type === 'string' ? STRING_MAX : null),
    above: field.above ?? null,
    below: field.below ?? null,
    digits: isDecimal ? (field.digits ?? DEFAULT_DIGITS) : null,
    places: isDecimal ? (field.places ?? DEFAULT_PLACES) : null,
    values: field.values ?? null,
    computed: field.computed === undefined ? null : parseComputed(field.computed, entity),
    stored: field.stored ?? false,
    api: field.type === 'reference' ? `${field.name}_id` : field.name,
    writable: isWritable(field),
    numeric: field.type === 'integer' || field.type === 'decimal',
    unique: [...entity.uniques.values()].some((unique) => unique.fields.includes(field.name)),
    target:
      target === undefined ? null : { entity: target, fields: [...(index.get(target)?.fields.keys() ?? [])] },
    parent: entity.parent?.field === field.name,
    deferred: false,
  };
}

function parseComputed(text: string, entity: IndexedEntity): ComputedView | null {
  const total = parsePath(parseCall(text, 'sum') ?? '');
  const [children, field] = total ?? [];
  if (children !== undefined && field !== undefined && total?.length === 2) {
    const of = entity.fields.get(children)?.of ?? null;
    return { kind: 'total', text, left: null, right: null, children, entity: of, field };
  }
  const pair = parseArithmetic(text);
  if (pair === undefined) return null;
  const kind = { '*': 'product', '+': 'plus', '-': 'minus' } as const;
  return {
    kind: kind[pair.op],
    text,
    left: pair.left,
    right: pair.right,
    children: null,
    entity: null,
    field: null,
  };
}

/** Checks the fields of an entity, each by itself and against what it names. */
export function checkFields(entity: IndexedEntity, index: EntityIndex, refusal: Refusal): void {
  for (const [i, field] of entity.input.fields.entries()) {
    const at = [...entity.at, 'fields', i];
    checkBounds(field, at, refusal);
    checkDefault(field, entity, at, refusal);
    if (field.computed === undefined) {
      if (field.stored === true)
        throw refusal.at(
          [...at, 'stored'],
          `\`${field.name}\` is stored, but not computed`,
          'Only a computed field is `stored`.',
        );
    } else checkComputed(field, field.computed, { entity, index, at, refusal });
    // A child's read-only field is set by the action that adds it.
    if (field.readonly === true && !hasValueByItself(field) && entity.parent === null) {
      throw refusal.at(
        [...at, 'readonly'],
        `\`${field.name}\` is read-only and nothing gives it its first value`,
        'Give it a `default`, or make it `optional: true`.',
      );
    }
  }
}

function checkBounds(field: FieldInput, at: DomainPath, refusal: Refusal): void {
  const { min, max, above, below, digits, places, values } = field;
  if (min !== undefined && above !== undefined)
    throw refusal.at(
      [...at, 'above'],
      `\`${field.name}\` has both \`min\` and \`above\``,
      'Keep one of the two.',
    );
  if (max !== undefined && below !== undefined)
    throw refusal.at(
      [...at, 'below'],
      `\`${field.name}\` has both \`max\` and \`below\``,
      'Keep one of the two.',
    );
  const low = min ?? above;
  const high = max ?? below;
  const open = above !== undefined || below !== undefined;
  if (low !== undefined && high !== undefined && (low > high || (open && low === high)))
    throw refusal.at(
      [...at, max === undefined ? 'below' : 'max'],
      `\`${field.name}\` admits no value: ${low} to ${high}`,
    );
  if (field.type === 'integer') {
    for (const [key, bound] of [
      ['min', min],
      ['max', max],
    ] as const) {
      if (bound !== undefined && (bound < INTEGER_MIN || bound > INTEGER_MAX))
        throw refusal.at([...at, key], `\`${key}\` of \`${field.name}\` is no 32-bit integer: ${bound}`);
    }
  }
  if (field.type === 'string' && max === 0)
    throw refusal.at([...at, 'max'], `\`${field.name}\` admits only the empty text`);
  if (field.type === 'decimal' && (places ?? DEFAULT_PLACES) > (digits ?? DEFAULT_DIGITS))
    throw refusal.at([...at, 'places'], `\`${field.name}\` has more places than digits`);
  const twice = values?.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined)
    throw refusal.at(
      [...at, 'values', values?.lastIndexOf(twice) ?? 0],
      `the value ${twice} is listed twice`,
    );
}

function checkDefault(field: FieldInput, entity: IndexedEntity, at: DomainPath, refusal: Refusal): void {
  const { default: value, type } = field;
  if (value === undefined || (type === 'datetime' && value === 'now')) return;
  if (field.computed !== undefined)
    throw refusal.at([...at, 'default'], `\`${field.name}\` is computed and has no default`);
  const problem = literalOf(value, field, entity.input.name);
  if (typeof problem === 'string')
    throw refusal.at(
      [...at, 'default'],
      `the default of \`${field.name}\` ${problem}, found ${JSON.stringify(value)}`,
    );
}

interface ComputedPlace {
  readonly entity: IndexedEntity;
  readonly index: EntityIndex;
  readonly at: DomainPath;
  readonly refusal: Refusal;
}

function checkComputed(field: FieldInput, text: string, { entity, index, at, refusal }: ComputedPlace): void {
  const path = [...at, 'computed'];
  const view = parseComputed(text, entity);
  if (view === null) {
    throw refusal.at(
      path,
      `\`${text}\` is not understood`,
      'Write `sum(items.field)`, or two fields with *, + or - between them.',
    );
  }
  if (field.optional === true)
    throw refusal.at([...at, 'optional'], `\`${field.name}\` is computed and always there`);
  const numbers: readonly (readonly [IndexedEntity | undefined, string])[] =
    view.kind === 'total'
      ? [[index.get(view.entity ?? ''), view.field ?? '']]
      : [
          [entity, view.left ?? ''],
          [entity, view.right ?? ''],
        ];
  for (const [owner, name] of numbers) {
    if (owner === undefined)
      throw refusal.at(path, `\`${view.children}\` are no children of \`${entity.input.name}\``);
    const part = owner.fields.get(name);
    if (part === undefined)
      throw refusal.unknown(path, `\`${text}\`: \`${owner.input.name}\` has no field`, name, [
        ...owner.fields.keys(),
      ]);
    if (part.type !== 'integer' && part.type !== 'decimal')
      throw refusal.at(path, `\`${text}\`: \`${name}\` is no number`);
    if (part.type === 'decimal' && field.type === 'integer')
      throw refusal.at(path, `\`${field.name}\` is an integer, but \`${name}\` is a decimal`);
    if (part.optional === true) throw refusal.at(path, `\`${text}\`: \`${name}\` may be absent`);
    if (view.kind !== 'total' && part.computed !== undefined)
      throw refusal.at(
        path,
        `\`${text}\`: \`${name}\` is computed itself`,
        'Compute from fields that are kept.',
      );
  }
}
