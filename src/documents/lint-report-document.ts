import * as v from 'valibot';
import type { RunFailure } from '../model/observed-run.ts';
import { parseJson } from './json-text.ts';
import { plainSource } from './plain-source.ts';
import type { Locate } from './report-document.ts';
import { decode } from './shape.ts';

// Reports of linters, as the tools write them: keys that are not needed are ignored, since a tool may add some.

const RuffShape = v.array(
  v.object({
    filename: v.string(),
    code: v.nullable(v.string()),
    message: v.string(),
    location: v.object({ row: v.number() }),
  }),
);

const MypyShape = v.object({
  file: v.string(),
  line: v.number(),
  message: v.string(),
  code: v.nullable(v.string()),
  severity: v.string(),
});

/**
 * `ruff check --output-format json`: a list of what breaks a rule.
 * @throws PatternsError REPORT_INVALID, JSON_INVALID
 */
export function parseRuff(text: string, file: string, locate: Locate): readonly RunFailure[] {
  const found = decode(RuffShape, plainSource(parseJson(text, file), file), 'REPORT_INVALID');
  return found.map(({ filename, code, message, location }) =>
    failureAt('ruff', { path: filename, line: location.row, rule: code ?? 'syntax-error', message }, locate),
  );
}

/**
 * `mypy --output json`: one object a line; nothing at all when there is no fault. Notes explain errors and are none.
 * @throws PatternsError REPORT_INVALID, JSON_INVALID with the line
 */
export function parseMypy(text: string, file: string, locate: Locate): readonly RunFailure[] {
  return text.split('\n').flatMap((row, i) => {
    if (row.trim() === '') return [];
    const source = plainSource(parseJson(row, file, i + 1), file, i + 1);
    const found = decode(MypyShape, source, 'REPORT_INVALID');
    if (found.severity !== 'error') return [];
    return [
      failureAt(
        'mypy',
        { path: found.file, line: found.line, rule: found.code ?? 'error', message: found.message },
        locate,
      ),
    ];
  });
}

function failureAt(
  what: string,
  { path, line, rule, message }: { path: string; line: number; rule: string; message: string },
  locate: Locate,
): RunFailure {
  const inTree = locate(path);
  // A fault of a whole file is told of line 0 or -1.
  const frames = inTree === undefined ? [] : [{ path: inTree, line: Math.max(1, Math.trunc(line)) }];
  return { what, class: rule, message, frames };
}
