import stringify from 'fast-json-stable-stringify';
import { PatternsError } from '../model/error.ts';
import type { JsonValue } from '../model/json.ts';

/**
 * Canonical JSON after RFC 8785 (JCS): keys by UTF-16 units, no white space, shortest numbers.
 *
 * Only values that JSON carries without loss are let in: plain objects, arrays, well-formed strings, finite numbers,
 * integers up to 2^53 - 1, booleans and null. Keys whose value is undefined are left out, as an absent option.
 *
 * @throws PatternsError INTERNAL on any other value: readers have to refuse it before it gets here
 */
export function canonicalJson(value: unknown): string {
  const text: unknown = stringify(admit(value, '$'));
  if (typeof text !== 'string')
    throw new PatternsError('INTERNAL', 'a value without a JSON form was to be serialised');
  return text;
}

/** The value itself, rebuilt from what may stand in canonical JSON. */
function admit(value: unknown, at: string): JsonValue {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      if (!value.isWellFormed()) throw refuse(at, 'a string with a lone surrogate');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw refuse(at, String(value));
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw refuse(at, 'an integer beyond 2^53');
      return value;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item: unknown, i) => admit(item, `${at}[${i}]`));
      return admitObject(value, at);
    default:
      throw refuse(at, `a ${typeof value}`);
  }
}

function admitObject(value: object, at: string): JsonValue {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refuse(at, 'an object that is not plain');
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.map(([key, item]): [string, JsonValue] => {
      if (!key.isWellFormed()) throw refuse(at, 'a key with a lone surrogate');
      // fast-json-stable-stringify reads toJSON; Object.fromEntries defines __proto__ as an own key.
      if (key === 'toJSON' && typeof item === 'function') throw refuse(at, 'a toJSON method');
      return [key, admit(item, `${at}.${key}`)];
    }),
  );
}

function refuse(at: string, what: string): PatternsError {
  return new PatternsError('INTERNAL', `canonical JSON cannot hold ${what} (at ${at})`);
}
