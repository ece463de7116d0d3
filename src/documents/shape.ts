import * as v from 'valibot';
import { nameHint } from '../canon/nearest-name.ts';
import { type ErrorCode, PatternsError } from '../model/error.ts';
import type { JsonPath, SourceDocument } from './yaml-text.ts';

/**
 * An object with exactly these keys. A misspelt key is reported with the known ones.
 * Messages of shapes have the form `message` or `message\nhint`.
 */
export function strict<E extends v.ObjectEntries>(entries: E) {
  const known = Object.keys(entries);
  return v.strictObject(entries, (issue) => {
    if (!isUnknownKey(issue)) return issue.message;
    const key = String(issue.input);
    return `unknown key \`${key}\`\n${nameHint(key, known, 'Known keys here')}`;
  });
}

/** A string of a pattern, with what to say otherwise. */
export function matching(pattern: RegExp, expected: string) {
  return v.pipe(
    v.string(),
    v.regex(pattern, (issue) => `must be ${expected}, found ${issue.received}`),
  );
}

/**
 * Decodes untrusted data by a shape, and reports the first deviation with its place, what was expected and what found.
 *
 * @throws PatternsError with the code given
 */
export function decode<S extends v.GenericSchema>(
  shape: S,
  source: SourceDocument,
  code: ErrorCode,
): v.InferOutput<S> {
  const result = v.safeParse(shape, source.value);
  if (!result.success) throw describe(mostTelling(result.issues), source, code);
  const list = listInPlaceOfMap(source.value, result.output);
  if (list === undefined) return result.output;
  throw new PatternsError(code, `\`${formatPath(list)}\` must be a map, found a list`, {
    place: source.place(list),
  });
}

const MAX_MESSAGE = 400;

type Issue = v.BaseIssue<unknown>;

/** An unknown key explains a missing one beside it (`naem` for `name`), so it is shown first. */
function mostTelling(issues: readonly [Issue, ...Issue[]]): Issue {
  return issues.find(isUnknownKey) ?? issues[0];
}

function isUnknownKey(issue: Issue): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

function describe(outer: Issue, source: SourceDocument, code: ErrorCode): PatternsError {
  const { issue, path } = innermost(outer, keys(outer));
  const name = path.length === 0 ? 'the document' : `\`${formatPath(path)}\``;
  const details = {
    path: formatPath(path),
    found: issue.received,
    ...(issue.expected === 'never' ? {} : { expected: issue.expected }),
  };
  if (isUnknownKey(issue) && Array.isArray(issue.path?.at(-1)?.input)) {
    const list = path.slice(0, -1);
    const what = list.length === 0 ? 'the document' : `\`${formatPath(list)}\``;
    return new PatternsError(code, `${what} must be a map, found a list`, { place: source.place(list) });
  }
  if (isUnknownKey(issue)) {
    const [message, hint] = issue.message.split('\n');
    const within = path.length > 1 ? ` in \`${formatPath(path.slice(0, -1))}\`` : '';
    return new PatternsError(code, `${message}${within}`, {
      place: source.place(path, 'key'),
      hint,
      details,
    });
  }
  return new PatternsError(code, `${name} ${shortened(predicate(issue))}`, {
    place: source.place(path),
    details,
  });
}

/** What a document quotes of itself may be of any length. */
function shortened(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE).toWellFormed()}…`;
}

function predicate(issue: Issue): string {
  if (issue.received === 'undefined') return 'is missing';
  if (issue.kind === 'schema' && !issue.message.startsWith('Invalid '))
    return `${issue.message}, found ${issue.received}`;
  if (issue.kind !== 'schema' || issue.expected === null) return issue.message.split('\n')[0] ?? '';
  return `must be ${READABLE[issue.expected] ?? choices(issue.expected)}, found ${READABLE[issue.received] ?? issue.received}`;
}

/** `("a" | "b")` as valibot has it: one of "a", "b". */
function choices(expected: string): string {
  const isList = expected.startsWith('(') && expected.endsWith(')');
  const list = (isList ? expected.slice(1, -1) : expected).replaceAll('" | "', '", "');
  return isList ? `one of ${list}` : list;
}

const READABLE: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  Object: 'a map',
};

/** A union reports one issue with those of its branches inside; the deepest one says most. */
function innermost(issue: Issue, path: JsonPath): { issue: Issue; path: JsonPath } {
  let best = { issue, path };
  for (const inner of issue.issues ?? []) {
    const candidate = innermost(inner, [...path, ...keys(inner)]);
    if (candidate.path.length > best.path.length) best = candidate;
  }
  return best;
}

function keys(issue: Issue): JsonPath {
  return (issue.path ?? []).map((item) => (typeof item.key === 'number' ? item.key : String(item.key)));
}

export function formatPath(path: JsonPath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
}

/** valibot takes a list for an object whose keys are all optional. */
function listInPlaceOfMap(input: unknown, output: unknown): JsonPath | undefined {
  if (input === output) return undefined;
  if (typeof input !== 'object' || input === null || typeof output !== 'object' || output === null)
    return undefined;
  if (Array.isArray(input) && Array.isArray(output)) {
    for (let i = 0; i < input.length; i++) {
      const found = listInPlaceOfMap(input[i], output[i]);
      if (found !== undefined) return [i, ...found];
    }
    return undefined;
  }
  if (!isMap(input) || !isMap(output)) return [];
  for (const key of Object.keys(input)) {
    const value = input[key];
    if (typeof value !== 'object' || !Object.hasOwn(output, key)) continue;
    const found = listInPlaceOfMap(value, output[key]);
    if (found !== undefined) return [key, ...found];
  }
  return undefined;
}

function isMap(value: object): value is Readonly<Record<string, unknown>> {
  return !Array.isArray(value);
}
