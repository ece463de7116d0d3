import * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256Json } from '../canon/sha256.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import {
  SMOKE_PHASES,
  SMOKE_REPORT_FORMAT_VERSION,
  SMOKE_VERDICTS,
  type SmokeError,
  type SmokeReport,
  type SmokeVerdict,
} from '../model/smoke-report.ts';
import { refuseNewer } from './format-version.ts';
import { decodeText, parseJson } from './json-text.ts';
import { plainSource } from './plain-source.ts';
import { decode, matching, strict } from './shape.ts';
import { DigestShape, TimestampShape } from './shapes.ts';

// smoke_report.json. Keys sorted, two spaces, final newline; `report_digest` is the SHA-256 of the canonical JSON
// (RFC 8785) of all the rest. New optional keys may be added; a change that an older release would misread raises
// formatVersion.

const MAX_TEXT = 4000;
const MAX_NAME = 300;
const MAX_FRAMES = 100;

const NameTextShape = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(MAX_NAME, 'is too long'),
);
const DurationShape = v.pipe(v.number(), v.integer(), v.minValue(0));
const LineShape = v.pipe(v.number(), v.integer(), v.minValue(1));
const HttpStatusShape = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599));
const VerdictShape = v.picklist(SMOKE_VERDICTS);

const frame = { path: NameTextShape, line: LineShape, function: v.optional(NameTextShape) };

const ErrorShape = strict({
  class: NameTextShape,
  message: v.pipe(v.string(), v.maxLength(MAX_TEXT, 'is too long')),
  frames: v.pipe(v.array(strict(frame)), v.maxLength(MAX_FRAMES, 'has too many frames')),
});

const CallShape = strict({
  case: NameTextShape,
  status: v.nullable(HttpStatusShape),
  expected: v.array(HttpStatusShape),
  verdict: VerdictShape,
  duration_ms: DurationShape,
  error: v.optional(ErrorShape),
});

export const SmokeReportShape = strict({
  kind: v.literal('smoke-report'),
  formatVersion: v.pipe(v.number(), v.integer(), v.minValue(1)),
  generation: DigestShape,
  output_digest: DigestShape,
  started_at: TimestampShape,
  finished_at: TimestampShape,
  environment: NameTextShape,
  verdict: v.picklist(['passed', 'failed']),
  phases: v.array(
    strict({
      name: v.picklist(SMOKE_PHASES),
      verdict: VerdictShape,
      duration_ms: DurationShape,
      error: v.optional(ErrorShape),
    }),
  ),
  operations: v.array(
    strict({
      name: NameTextShape,
      method: matching(/^[A-Z]+$/, 'an HTTP method such as GET'),
      path: NameTextShape,
      handler: v.optional(strict({ ...frame, end_line: v.optional(LineShape) })),
      calls: v.array(CallShape),
    }),
  ),
  executed: v.array(NameTextShape),
  report_digest: DigestShape,
});

/** The one way a report is written: texts are cut to what a reader takes, and the verdict is made from the parts. */
export function writeSmokeReport(report: Omit<SmokeReport, 'verdict'>): string {
  const body = {
    kind: 'smoke-report',
    formatVersion: SMOKE_REPORT_FORMAT_VERSION,
    ...report,
    environment: report.environment.slice(0, MAX_NAME),
    verdict: verdictOf(report),
    phases: report.phases.map(cutError),
    operations: report.operations.map((one) => ({ ...one, calls: one.calls.map(cutError) })),
    executed: [...new Set(report.executed)].sort(),
  };
  const sorted: unknown = JSON.parse(canonicalJson({ ...body, report_digest: sha256Json(body) }));
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

/**
 * Reads a report, which is not trusted: it must match its own digest, and its verdict its parts.
 *
 * @throws PatternsError REPORT_INVALID; JSON_INVALID for a truncated one; FORMAT_UNSUPPORTED for a newer format
 */
export function readSmokeReport(
  bytes: Uint8Array,
  file: string,
): SmokeReport & { readonly report_digest: Digest } {
  const json = parseJson(decodeText(bytes, file), file);
  refuseNewer(json, file, {
    what: 'the report',
    key: 'formatVersion',
    supported: SMOKE_REPORT_FORMAT_VERSION,
  });
  const { report_digest, ...body } = decode(SmokeReportShape, plainSource(json, file), 'REPORT_INVALID');
  const found = sha256Json(body);
  if (found !== report_digest)
    throw invalid(file, `the report does not match report_digest: expected ${report_digest}, found ${found}`);
  const { kind: _, formatVersion: __, ...report } = body;
  if (report.verdict !== verdictOf(report))
    throw invalid(
      file,
      `the verdict is \`${report.verdict}\`, which its phases and calls make \`${verdictOf(report)}\``,
    );
  if (report.finished_at < report.started_at) throw invalid(file, 'the report ends before it starts');
  const names = report.operations.map((one) => one.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalid(file, `the operation \`${twice}\` is there twice`);
  return { ...report, report_digest };
}

/** What a smoke report says in short. */
export interface SmokeSummary {
  readonly verdict: 'passed' | 'failed';
  readonly operations: number;
  readonly calls: number;
  readonly failed: number;
  readonly environment: string;
}

/**
 * Counts what a report says. It need not match its own digest: private names may have been taken out of it.
 * @returns undefined for what is no smoke report
 */
export function summariseSmoke(bytes: Uint8Array, file: string): SmokeSummary | undefined {
  let json: unknown;
  try {
    json = parseJson(decodeText(bytes, file), file);
  } catch (cause) {
    if (cause instanceof PatternsError) return undefined;
    throw cause;
  }
  const { success, output } = v.safeParse(SmokeReportShape, json);
  if (!success) return undefined;
  const calls = output.operations.flatMap((one) => one.calls);
  return {
    verdict: verdictOf(output),
    operations: output.operations.length,
    calls: calls.length,
    failed: calls.filter((call) => call.verdict === 'failed').length,
    environment: output.environment,
  };
}

function verdictOf(report: Pick<SmokeReport, 'phases' | 'operations'>): 'passed' | 'failed' {
  const verdicts: readonly SmokeVerdict[] = [
    ...report.phases.map((phase) => phase.verdict),
    ...report.operations.flatMap((one) => one.calls.map((call) => call.verdict)),
  ];
  return verdicts.includes('failed') ? 'failed' : 'passed';
}

function cutError<T extends { readonly error?: SmokeError | undefined }>(part: T): T {
  if (part.error === undefined) return part;
  const { class: name, message, frames } = part.error;
  return {
    ...part,
    error: {
      class: name.slice(0, MAX_NAME) || 'Error',
      message: message.slice(0, MAX_TEXT).toWellFormed(),
      frames: frames.slice(-MAX_FRAMES),
    },
  };
}

function invalid(file: string, message: string): PatternsError {
  return new PatternsError('REPORT_INVALID', message, {
    place: { file },
    hint: 'Run `patterns smoke` again; a report is never edited.',
  });
}
