import type { Digest } from './digest.ts';

export const SMOKE_VERDICTS = ['passed', 'failed', 'skipped'] as const;
/** `skipped`: could not be tried, because something before it failed. It speaks neither for nor against a pattern. */
export type SmokeVerdict = (typeof SMOKE_VERDICTS)[number];

export const SMOKE_PHASES = ['install', 'migrate', 'seed', 'start', 'ready', 'test', 'stop'] as const;
export type SmokePhaseName = (typeof SMOKE_PHASES)[number];

/** A place of the generated tree: `path` as the manifest has it, `line` from 1. */
export interface SmokeFrame {
  readonly path: string;
  readonly line: number;
  readonly function?: string | undefined;
}

export interface SmokeError {
  /** Class of the exception (`sqlalchemy.exc.IntegrityError`), or a word for what is none (`Timeout`, `WrongStatus`). */
  readonly class: string;
  readonly message: string;
  /**
   * The frames of the traceback that lie in the tree, in the order of Python's: the deepest call last. Frames of
   * libraries are left out, so that the last one is the line at fault. Empty where nothing of the tree is known.
   */
  readonly frames: readonly SmokeFrame[];
}

export interface SmokePhase {
  readonly name: SmokePhaseName;
  readonly verdict: SmokeVerdict;
  readonly duration_ms: number;
  readonly error?: SmokeError | undefined;
}

export interface SmokeCall {
  /** What was tried: `valid`, `invalid`, `unknown-id`, … */
  readonly case: string;
  /** The HTTP status; null when no answer came. */
  readonly status: number | null;
  /** Statuses that would have passed. */
  readonly expected: readonly number[];
  readonly verdict: SmokeVerdict;
  readonly duration_ms: number;
  readonly error?: SmokeError | undefined;
}

export interface SmokeOperation {
  /** Unique in the report. */
  readonly name: string;
  readonly method: string;
  /** The route, with its parameters as the app has them: `/products/{product_id}`. */
  readonly path: string;
  /** Where the app handles it: bears the blame when a call fails without a frame, as with a wrong status. */
  readonly handler?: (SmokeFrame & { readonly end_line?: number | undefined }) | undefined;
  readonly calls: readonly SmokeCall[];
}

/** What happened when the app of one generation was started and each of its operations called. */
export interface SmokeReport {
  /** `manifest_digest` of the generation. */
  readonly generation: Digest;
  /** `output_digest` of the generation; the tree that was run had exactly these bytes. */
  readonly output_digest: Digest;
  /** RFC 3339, UTC, milliseconds. */
  readonly started_at: string;
  readonly finished_at: string;
  /** What it ran on, without names of hosts or users: `python 3.12.3, postgresql 16.4, linux x64`. */
  readonly environment: string;
  /** `passed` exactly when no phase and no call failed. */
  readonly verdict: 'passed' | 'failed';
  readonly phases: readonly SmokePhase[];
  readonly operations: readonly SmokeOperation[];
  /**
   * Files of the tree that took part: modules that were loaded, files that were read to install, migrate and start. Only
   * versions that wrote lines of these can have succeeded.
   */
  readonly executed: readonly string[];
}

export const SMOKE_REPORT_FORMAT_VERSION = 1;
export const SMOKE_REPORT_NAME = 'smoke_report.json';
