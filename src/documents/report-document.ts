import { sha256 } from '../canon/sha256.ts';
import { PatternsError } from '../model/error.ts';
import type { ObservedRun, RunFailure, RunTool } from '../model/observed-run.ts';
import type { SmokeCall, SmokeError, SmokeOperation, SmokeReport } from '../model/smoke-report.ts';
import { parseJunit } from './junit-document.ts';
import { decodeText, parseJson } from './json-text.ts';
import { parseMypy, parseRuff } from './lint-report-document.ts';
import { readSmokeReport } from './smoke-report-document.ts';

/** Finds the path in the tree that a report's path stands for; undefined for what lies outside of it. */
export type Locate = (path: string) => string | undefined;

/**
 * Reads a report of a run, whichever tool wrote it. Tools are told apart by content.
 *
 * @param tool says which tool wrote it; needed for an empty file alone, which is a mypy that found nothing
 * @throws PatternsError REPORT_INVALID, JSON_INVALID, ENCODING_INVALID, FORMAT_UNSUPPORTED
 */
export async function readReport(
  bytes: Uint8Array,
  file: string,
  locate: Locate,
  tool: RunTool | undefined,
): Promise<ObservedRun> {
  const text = decodeText(bytes, file);
  const found = tool ?? toolOf(text, file);
  const report = sha256(bytes);
  switch (found) {
    case 'smoke': {
      const { report_digest, ...smoke } = readSmokeReport(bytes, file);
      return { ...smokeRun(smoke), report: report_digest };
    }
    case 'pytest':
      return { ...(await parseJunit(text, file, locate)), report };
    case 'ruff':
      return { ...lintRun('ruff', parseRuff(text, file, locate)), report };
    case 'mypy':
      return { ...lintRun('mypy', parseMypy(text, file, locate)), report };
  }
}

function toolOf(text: string, file: string): RunTool {
  const start = text.trimStart().slice(0, 1);
  if (start === '<') return 'pytest';
  if (start === '[') return 'ruff';
  if (start === '{') {
    const [first = ''] = text.trimStart().split('\n');
    // JSON Lines have a whole object in the first line.
    const lines = first.trimEnd().endsWith('}') && !first.includes('"kind"');
    if (lines) return 'mypy';
    const json = parseJson(text, file);
    if (typeof json === 'object' && json !== null && 'kind' in json && json.kind === 'smoke-report')
      return 'smoke';
  }
  throw new PatternsError('REPORT_INVALID', 'the file is no report that is known', {
    place: { file },
    hint: 'Reports are smoke_report.json, JUnit XML of pytest, `ruff check --output-format json`, `mypy --output json`; say which with --tool for an empty one.',
  });
}

function lintRun(tool: RunTool, failures: readonly RunFailure[]): Omit<ObservedRun, 'report'> {
  return { tool, failures, executed: { kind: 'suffix', suffix: '.py' } };
}

/** What a smoke report says, in the form that all reports have. */
export function smokeRun(report: SmokeReport): Omit<ObservedRun, 'report'> {
  const phases = report.phases.flatMap(({ name, verdict, error }) =>
    verdict === 'failed' ? [failureOf(`phase ${name}`, error)] : [],
  );
  const calls = report.operations.flatMap((operation) =>
    operation.calls.flatMap((call) => (call.verdict === 'failed' ? [callFailure(operation, call)] : [])),
  );
  return {
    tool: 'smoke',
    generation: report.generation,
    output: report.output_digest,
    at: report.finished_at,
    environment: report.environment,
    failures: [...phases, ...calls],
    executed: { kind: 'files', paths: report.executed },
  };
}

function callFailure(operation: SmokeOperation, call: SmokeCall): RunFailure {
  const what = `${operation.method} ${operation.path} (${call.case})`;
  const wrong = {
    class: 'WrongStatus',
    message: `expected ${call.expected.join(' or ')}, found ${call.status ?? 'no answer'}`,
    frames: [],
  };
  const failure = failureOf(what, call.error ?? wrong);
  return operation.handler === undefined ? failure : { ...failure, handler: operation.handler };
}

function failureOf(what: string, error: SmokeError | undefined): RunFailure {
  const { class: name, message, frames } = error ?? { class: 'Failed', message: '', frames: [] };
  return { what, class: name, message, frames };
}
