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
  return canonicalText(admitted(value));
}

/** The two forms of an object, for what is too large to be walked through twice. */
export interface CanonicalForms {
  readonly canonical: string;
  /** As `prettyJson`, of the object with one more key. */
  readonly prettyWith: (key: string, value: string) => string;
}

/** @throws PatternsError as canonicalJson */
export function canonicalForms(value: object): CanonicalForms {
  const form = admitted(value);
  return {
    canonical: canonicalText(form),
    prettyWith: (key, text) => {
      const entries = [...Object.entries(Object(form.data)), [key, text] as const];
      return prettyText(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
    },
  };
}

function canonicalText({ data, ordered }: Admitted): string {
  const text: unknown = ordered ? JSON.stringify(data) : stringify(data);
  if (typeof text === 'string') return text;
  throw new PatternsError('INTERNAL', 'a value without a JSON form was to be serialised');
}

/**
 * The same data for readers: keys sorted, two spaces, a newline at the end. What comes of it is the value that canonical
 * JSON has, so a digest of the one can be checked on the other.
 *
 * @throws PatternsError as canonicalJson
 */
export function prettyJson(value: unknown): string {
  return prettyText(admitted(value).data);
}

function prettyText(data: unknown): string {
  return `${JSON.stringify(data, null, 2)}\n`;
}

/** What may stand in canonical JSON, with its keys in order. */
interface Admitted {
  readonly data: unknown;
  /** The engine keeps the order of the keys; it moves those that look like an index to the front. */
  readonly ordered: boolean;
}

function admitted(value: unknown): Admitted {
  const walk: Walk = { trail: [], ordered: true };
  const data = admit(value, walk);
  return { data, ordered: walk.ordered };
}

/** Where a walk through a value is, for errors. */
interface Walk {
  readonly trail: (string | number)[];
  ordered: boolean;
}

/** The value itself where its keys are in order, or else a copy. */
function admit(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      if (!value.isWellFormed()) throw refuse(walk, 'a string with a lone surrogate');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw refuse(walk, String(value));
      if (Number.isInteger(value) && !Number.isSafeInteger(value))
        throw refuse(walk, 'an integer beyond 2^53');
      return value;
    case 'object':
      if (value === null) return null;
      return Array.isArray(value) ? admitList(value, walk) : admitObject(value, walk);
    default:
      throw refuse(walk, `a ${typeof value}`);
  }
}

function admitList(list: readonly unknown[], walk: Walk): unknown {
  const { trail } = walk;
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    trail.push(i);
    const inner = admit(list[i], walk);
    trail.pop();
    if (copy === undefined && inner !== list[i]) copy = list.slice(0, i);
    copy?.push(inner);
  }
  return copy ?? list;
}

function admitObject(value: object, walk: Walk): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refuse(walk, 'an object that is not plain');
  const keys = Object.keys(value);
  const source: Readonly<Record<string, unknown>> = Object(value);
  let copied = !areInOrder(keys);
  // By UTF-16 units, as RFC 8785 has it.
  if (copied) keys.sort();
  const items: unknown[] = [];
  for (const key of keys) {
    const item = source[key];
    if (item === undefined) {
      copied = true;
      items.push(undefined);
      continue;
    }
    if (!key.isWellFormed()) throw refuse(walk, 'a key with a lone surrogate');
    // Both serialisers read toJSON.
    if (key === 'toJSON' && typeof item === 'function') throw refuse(walk, 'a toJSON method');
    if (/^\d/.test(key)) walk.ordered = false;
    walk.trail.push(key);
    const inner = admit(item, walk);
    walk.trail.pop();
    if (inner !== item) copied = true;
    items.push(inner);
  }
  return copied ? objectOf(keys, items) : value;
}

function areInOrder(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] ?? '') > (keys[i] ?? '')) return false;
  return true;
}

function objectOf(keys: readonly string[], items: readonly unknown[]): object {
  const data: Record<string, unknown> = {};
  for (const [i, key] of keys.entries()) {
    const value = items[i];
    if (value === undefined) continue;
    // An assignment would set the prototype.
    if (key === '__proto__') Object.defineProperty(data, key, { ...OWN, value });
    else data[key] = value;
  }
  return data;
}

const OWN = { configurable: true, enumerable: true, writable: true };

function refuse({ trail }: Walk, what: string): PatternsError {
  const at = trail.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return new PatternsError('INTERNAL', `canonical JSON cannot hold ${what} (at $${at})`);
}
