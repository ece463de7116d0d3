import type { FieldInput, LiteralView } from '../model/domain.ts';
import type { JsonValue } from '../model/json.ts';
import { parseNumber, parseText } from './expression.ts';

/** The range of a 32-bit integer, which an integer has unless its field says otherwise. */
export const INTEGER_MIN = -(2 ** 31);
export const INTEGER_MAX = 2 ** 31 - 1;
/** How many characters a string has at most unless its field says otherwise. */
export const STRING_MAX = 255;
export const DEFAULT_DIGITS = 12;
export const DEFAULT_PLACES = 2;

/** A literal inside of an expression: `12.5`, `true`, `PAID`, `"text"`. Says what is wrong with it instead, if anything. */
export function literalOfText(text: string, field: FieldInput, entity: string): LiteralView | string {
  switch (field.type) {
    case 'integer':
    case 'decimal':
      return literalOf(parseNumber(text) ?? text, field, entity);
    case 'boolean':
      return literalOf(text === 'true' ? true : text === 'false' ? false : text, field, entity);
    case 'string':
    case 'email':
    case 'date':
    case 'datetime': {
      const inner = parseText(text);
      return inner === undefined ? `write it in double quotes: "${text}"` : literalOf(inner, field, entity);
    }
    case 'enum':
      return literalOf(text, field, entity);
    case 'reference':
    case 'children':
      return `a ${field.type} has no literal`;
  }
}

/** A literal as YAML has it, for a field: with its type, bounds and values. Says what is wrong with it instead, if anything. */
export function literalOf(value: JsonValue, field: FieldInput, entity: string): LiteralView | string {
  const problem = problemOf(value, field);
  if (problem !== undefined) return problem;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { kind: 'literal', text, type: field.type, value, entity, field: field.name };
}

function problemOf(value: JsonValue, field: FieldInput): string | undefined {
  switch (field.type) {
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'must be a whole number';
      return outside(value, field.min ?? INTEGER_MIN, field.max ?? INTEGER_MAX);
    case 'decimal':
      if (typeof value !== 'number') return 'must be a number';
      return decimalProblem(value, field) ?? outside(value, field.min ?? -Infinity, field.max ?? Infinity);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'string':
      if (typeof value !== 'string') return 'must be text';
      return outside(value.length, field.min ?? 0, field.max ?? STRING_MAX, 'its length ');
    case 'email':
      return typeof value === 'string' && value.includes('@') ? undefined : 'must be an e-mail address';
    case 'enum':
      if (typeof value === 'string' && field.values?.includes(value) === true) return undefined;
      return `must be one of ${field.values?.join(', ') ?? 'its values'}`;
    case 'date':
      return isDate(value) ? undefined : 'must be a date such as "2026-01-31"';
    case 'datetime':
      return typeof value === 'string' && value.length > 19 && isDate(value.slice(0, 10))
        ? undefined
        : 'must be a time such as "2026-01-31T12:00:00Z"';
    case 'reference':
    case 'children':
      return `a ${field.type} has no literal`;
  }
}

function outside(value: number, min: number, max: number, what = ''): string | undefined {
  if (value < min) return `${what}must be at least ${min}`;
  return value > max ? `${what}must be at most ${max}` : undefined;
}

function decimalProblem(value: number, field: FieldInput): string | undefined {
  const places = String(value).split('.')[1]?.length ?? 0;
  const allowed = field.places ?? DEFAULT_PLACES;
  if (places > allowed) return `must have at most ${allowed} places`;
  if (field.above !== undefined && value <= field.above) return `must be above ${field.above}`;
  return field.below !== undefined && value >= field.below ? `must be below ${field.below}` : undefined;
}

function isDate(value: JsonValue): boolean {
  if (typeof value !== 'string' || value.length !== 10) return false;
  const [year, month, day, ...rest] = value.split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined || rest.length > 0) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
