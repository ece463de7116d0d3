import { PatternsError } from '../model/error.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import type { SeedRows } from './seed-rows.ts';

/**
 * Puts the values of rows into what a check sends: a text `@Product.3.price` stands for a field of row 3. `@@` is a plain `@`.
 * @throws PatternsError PATTERN_INVALID for a row or field that is not there
 */
export function withRowValues(value: JsonValue, rows: SeedRows, label: string): JsonValue {
  if (typeof value === 'string') return textValue(value, rows, label);
  if (Array.isArray(value)) return value.map((item: JsonValue) => withRowValues(item, rows, label));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withRowValues(item, rows, label)]),
  );
}

function textValue(text: string, rows: SeedRows, label: string): JsonValue {
  if (!text.startsWith('@')) return text;
  if (text.startsWith('@@')) return text.slice(1);
  const [entity = '', row = '', field = ''] = text.slice(1).split('.');
  const found = rows.get(entity)?.[Number(row) - 1];
  const value = found === undefined || !Object.hasOwn(found, field) ? undefined : found[field];
  if (value !== undefined) return value;
  throw new PatternsError('PATTERN_INVALID', `${label}: \`${text}\` names no field of a row`, {
    hint: 'Write @<entity>.<row>.<field>; rows count from 1, up to the rows and spare rows of the seed plan.',
  });
}
