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

/** A named, frozen set of versions. */
export interface Release {
  readonly name: string;
  readonly frozen_at: string;
  /** By id, then version, in byte order. */
  readonly versions: readonly (PatternRef & { readonly digest: Digest })[];
}
