import stringify from 'fast-json-stable-stringify';
import { PatternsError } from '../model/error.ts';

/**
 * Canonical JSON after RFC 8785 (JCS): keys by UTF-16 units, no white space, shortest numbers.
 *
 * Only values that JSON carries without loss are let in: plain objects, arrays, well-formed strings, finite numbers,
 * integers up to 2^53 - 1, booleans and null. Keys whose value is undefined are left out, as an absent option.
 *
 * @throws PatternsError INTERNAL on any other value: readers have to refuse it before it gets here
 */
export function canonicalJson(value: unknown): string {
  const problem = problemOf(value);
  if (problem !== undefined)
    throw new PatternsError('INTERNAL', `canonical JSON cannot hold ${problem.what} (at $${problem.at})`);
  const text: unknown = stringify(value);
  if (typeof text !== 'string')
    throw new PatternsError('INTERNAL', 'a value without a JSON form was to be serialised');
  return text;
}

interface Problem {
  readonly what: string;
  readonly at: string;
}

/** What canonical JSON cannot hold. The place is put together on the way back, as there is mostly none. */
function problemOf(value: unknown): Problem | undefined {
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'string':
      return value.isWellFormed() ? undefined : here('a string with a lone surrogate');
    case 'number':
      if (!Number.isFinite(value)) return here(String(value));
      return Number.isInteger(value) && !Number.isSafeInteger(value)
        ? here('an integer beyond 2^53')
        : undefined;
    case 'object':
      if (value === null) return undefined;
      return Array.isArray(value) ? problemOfList(value) : problemOfObject(value);
    default:
      return here(`a ${typeof value}`);
  }
}

function problemOfList(list: readonly unknown[]): Problem | undefined {
  for (let i = 0; i < list.length; i++) {
    const problem = problemOf(list[i]);
    if (problem !== undefined) return { ...problem, at: `[${i}]${problem.at}` };
  }
  return undefined;
}

function problemOfObject(value: object): Problem | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return here('an object that is not plain');
  for (const [key, item] of Object.entries(value)) {
    // An absent option; it is left out.
    if (item === undefined) continue;
    if (!key.isWellFormed()) return here('a key with a lone surrogate');
    // fast-json-stable-stringify would call it.
    if (key === 'toJSON' && typeof item === 'function') return here('a toJSON method');
    const problem = problemOf(item);
    if (problem !== undefined) return { ...problem, at: `.${key}${problem.at}` };
  }
  return undefined;
}

function here(what: string): Problem {
  return { what, at: '' };
}
