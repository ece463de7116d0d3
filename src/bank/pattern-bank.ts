import type { Digest } from '../model/digest.ts';
import type { Pattern, PatternRecord, PatternRef, Status } from '../model/pattern.ts';

/** What one version was observed to do. Integers, so that any order of counting gives the same sums. */
export interface OutcomeCounts {
  /** Builds that used the version. */
  readonly usage: number;
  readonly successes: number;
  readonly failures: number;
}

/** What a bank knows of a version without its body. */
export interface BankEntry extends PatternRef {
  /** Digest of the frozen pattern: equal digests render equally. */
  readonly digest: Digest;
  /** Digest of the published document: frozen pattern and record. */
  readonly documentDigest: Digest;
  /** Digest of the body. */
  readonly body: Digest;
  readonly record: PatternRecord;
  readonly status: Status;
  readonly counts: OutcomeCounts;
}

/** What became of one published pattern. */
export type PublishOutcome =
  | { readonly kind: 'published'; readonly ref: PatternRef; readonly documentDigest: Digest }
  | { readonly kind: 'unchanged'; readonly ref: PatternRef; readonly documentDigest: Digest }
  | {
      readonly kind: 'conflict';
      readonly ref: PatternRef;
      readonly documentDigest: Digest;
      readonly existing: Digest;
    };

/** One change of status; the history of a version is the list of them, oldest first. */
export interface StatusChange extends PatternRef {
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly from: Status | null;
  readonly to: Status;
  readonly reason: string;
}

/** One observed result of one version; the journal of them is append-only, and every count is made from it. */
export interface Outcome extends PatternRef {
  /** 64 hex digits: the same outcome again, from whichever process, is recorded once. */
  readonly id: string;
  readonly kind: 'usage' | 'success' | 'failure';
  readonly count: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /** `manifest_digest` of the generation. */
  readonly generation: Digest;
  /** Digest of the report; undefined for a usage. */
  readonly report?: Digest | undefined;
  readonly environment: string;
  /** What was seen, in a line. */
  readonly evidence: string;
}

/** How a publish marks versions that are new. */
export interface PublishOptions {
  readonly status: Extract<Status, 'production' | 'candidate'>;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
}

/**
 * A bank of published pattern versions. Published versions are write-once; statuses and outcomes are append-only
 * histories beside them. Every call throws PatternsError: BANK_UNREACHABLE when the bank cannot be asked, BANK_CORRUPT
 * when what it answers does not match its digests.
 */
export interface PatternBank {
  /** How messages call the bank; holds no key. */
  readonly address: string;

  /** Publishes in the order given. A version that exists with the same content is left alone, with other content a conflict. */
  publish(patterns: readonly Pattern[], options: PublishOptions): Promise<readonly PublishOutcome[]>;

  /** Every version of the ids, in any order. Ids that the bank does not know have none. */
  versionsOf(patternIds: readonly string[]): Promise<readonly BankEntry[]>;

  /** Every version, by id and then version, in byte order. */
  entries(): AsyncIterable<BankEntry>;

  /** The patterns with their bodies, in the order asked for; undefined for one that the bank does not have. */
  fetch(refs: readonly PatternRef[]): Promise<readonly (Pattern | undefined)[]>;

  /** Appends a change of status. */
  setStatus(change: StatusChange): Promise<void>;

  /** The changes of status of one version, oldest first. */
  history(ref: PatternRef): Promise<readonly StatusChange[]>;

  /** Appends to the journal what it does not have. */
  record(outcomes: readonly Outcome[]): Promise<{ readonly recorded: number; readonly known: number }>;

  /** The journal, each outcome once. */
  outcomes(): AsyncIterable<Outcome>;

  close(): Promise<void>;
}
