import type { Operator } from '../model/domain.ts';

// The expressions of a domain model, parsed by hand into flat trees, so that neither a template nor a pattern of another
// language needs a parser of its own. What names mean is found out in resolve-expression.ts.

export interface Comparison {
  readonly left: string;
  readonly op: Operator;
  readonly right: string;
}

const OPERATORS: readonly Operator[] = ['==', '!=', '<=', '>=', '<', '>'];

/** `left op right`, split at the first operator that stands outside of quotes; undefined when there is none. */
export function parseComparison(text: string): Comparison | undefined {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted;
    if (quoted) continue;
    const op = OPERATORS.find((one) => text.startsWith(one, at));
    if (op === undefined) continue;
    const left = text.slice(0, at).trim();
    const right = text.slice(at + op.length).trim();
    return left === '' || right === '' ? undefined : { left, op, right };
  }
  return undefined;
}

/** `name(argument)`: the argument; undefined for anything else. */
export function parseCall(text: string, name: string): string | undefined {
  const start = `${name}(`;
  return text.startsWith(start) && text.endsWith(')') ? text.slice(start.length, -1).trim() : undefined;
}

export interface Arithmetic {
  readonly left: string;
  readonly op: '*' | '+' | '-';
  readonly right: string;
}

/** `left * right`, also with + and -. */
export function parseArithmetic(text: string): Arithmetic | undefined {
  for (const op of ['*', '+', '-'] as const) {
    const parts = text.split(op).map((part) => part.trim());
    const [left, right] = parts;
    if (parts.length === 2 && left !== undefined && right !== undefined && isName(left) && isName(right))
      return { left, op, right };
  }
  return undefined;
}

/** The names of `a.b.c`; undefined where one is no name. */
export function parsePath(text: string): readonly string[] | undefined {
  const names = text.split('.');
  return names.every(isName) ? names : undefined;
}

function isName(text: string): boolean {
  return text.charAt(0) >= 'a' && text.charAt(0) <= 'z' && text.split('').every(isNameCharacter);
}

function isNameCharacter(one: string): boolean {
  return (one >= 'a' && one <= 'z') || (one >= '0' && one <= '9') || one === '_';
}

/** The text between double quotes; undefined for anything else. */
export function parseText(text: string): string | undefined {
  const inner =
    text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : undefined;
  return inner === undefined || inner.includes('"') ? undefined : inner;
}

/** A decimal number without exponent; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  const digits = text.startsWith('-') ? text.slice(1) : text;
  const [whole = '', fraction, ...rest] = digits.split('.');
  const isWritten = isDigits(whole) && (fraction === undefined || isDigits(fraction)) && rest.length === 0;
  return isWritten ? Number(text) : undefined;
}

function isDigits(text: string): boolean {
  return text !== '' && text.split('').every((one) => one >= '0' && one <= '9');
}
