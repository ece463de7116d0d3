import type { JsonObject } from './json.ts';

/**
 * Every way in which a command can fail. The set is closed: `cli/exit-status.ts` maps each code to its exit status,
 * and the compiler refuses a code without one.
 */
export type ErrorCode =
  // The input is wrong.
  | 'USAGE'
  | 'FILE_NOT_FOUND'
  | 'FILE_UNREADABLE'
  | 'ENCODING_INVALID'
  | 'YAML_INVALID'
  | 'JSON_INVALID'
  | 'SPEC_INVALID'
  | 'CONFIG_INVALID'
  | 'PATTERN_INVALID'
  | 'LOCK_INVALID'
  | 'LOCK_CONFLICT'
  | 'LOCK_MISSING'
  | 'MANIFEST_INVALID'
  | 'FORMAT_UNSUPPORTED'
  | 'RENDER_CONTRACT_UNSUPPORTED'
  | 'BLOB_CORRUPT'
  | 'BLOB_MISSING'
  | 'PATTERN_EXISTS'
  | 'PATTERN_NOT_FOUND'
  | 'PATTERN_MISMATCH'
  | 'VERSION_UNSATISFIED'
  | 'NEED_UNANSWERED'
  | 'POLICY_UNMET'
  | 'TIER_FORBIDDEN'
  | 'TEMPLATE_SYNTAX'
  | 'TEMPLATE_RENDER'
  | 'TEMPLATE_LIMIT'
  | 'VARIABLE_INVALID'
  | 'SLOT_INVALID'
  | 'PATH_UNSAFE'
  | 'PATH_COLLISION'
  | 'STATUS_INVALID'
  | 'RELEASE_EXISTS'
  | 'RELEASE_NOT_FOUND'
  | 'EXPORT_INVALID'
  | 'REPORT_INVALID'
  | 'REPORT_MISMATCH'
  | 'MODEL_REFUSED'
  | 'OPENAPI_INVALID'
  | 'OPENAPI_UNSUPPORTED'
  | 'OPENAPI_REFERENCE'
  | 'LIMIT_EXCEEDED'
  | 'EVIDENCE_INVALID'
  | 'KEY_INVALID'
  | 'SECRET_FOUND'
  // A negative verdict.
  | 'LOCK_STALE'
  | 'OUTPUT_EDITED'
  | 'REPLAY_DIFFERS'
  // The environment failed.
  | 'IO_FAILED'
  | 'BANK_UNREACHABLE'
  | 'BANK_CORRUPT'
  | 'EMBEDDER_UNAVAILABLE'
  | 'EMBEDDER_MISMATCH'
  | 'SMOKE_UNAVAILABLE'
  | 'MODEL_UNAVAILABLE'
  // We are at fault.
  | 'INTERNAL';

/** Where in the input an error stands. Lines and columns count from 1; columns count UTF-16 units, as editors do. */
export interface Place {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

export interface PatternsErrorOptions {
  /** What the reader can do about it, in one imperative sentence. */
  readonly hint?: string | undefined;
  readonly place?: Place | undefined;
  /** Facts for programs: expected, found, candidates. Never holds secrets or absolute paths. */
  readonly details?: JsonObject | undefined;
  readonly cause?: unknown;
}

/** The one error type that this package throws on purpose; any other error that reaches the CLI is a bug. */
export class PatternsError extends Error {
  override readonly name = 'PatternsError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly details: JsonObject | undefined;

  constructor(code: ErrorCode, message: string, options: PatternsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.place = options.place;
    this.details = options.details;
  }
}

/** `file:line:column`, as terminals and editors link it. */
export function formatPlace(place: Place): string {
  const line = place.line === undefined ? '' : `:${place.line}`;
  const column = place.line === undefined || place.column === undefined ? '' : `:${place.column}`;
  return `${place.file}${line}${column}`;
}
