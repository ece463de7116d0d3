import type { Digest } from './digest.ts';
import type { PatternRef } from './pattern.ts';

export const OUTCOME_KINDS = ['usage', 'success', 'failure'] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

/** What one pattern version was observed to do in one generation. */
export interface Outcome extends PatternRef {
  /** 64 lower-case hex digits: the idempotency key. Whoever records the same observation again gives the same id. */
  readonly id: string;
  readonly kind: OutcomeKind;
  /** How many observations the line stands for; 1 or more. */
  readonly count: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /** The manifest digest of the generation. */
  readonly generation: Digest;
  /** The digest of the report that says so; null for a usage. */
  readonly report: Digest | null;
  readonly environment: string;
  /** What was seen, in a few words. */
  readonly evidence: string;
}

/** The sums of a journal of outcomes for one version. Integers, so that any order of counting gives the same sums. */
export interface OutcomeCounts {
  /** Builds that used the version. */
  readonly usage: number;
  readonly successes: number;
  readonly failures: number;
}

export const NO_OUTCOMES: OutcomeCounts = { usage: 0, successes: 0, failures: 0 };

/** The sums with one more outcome. */
export function addOutcome(counts: OutcomeCounts, outcome: Pick<Outcome, 'kind' | 'count'>): OutcomeCounts {
  const { usage, successes, failures } = counts;
  switch (outcome.kind) {
    case 'usage':
      return { usage: usage + outcome.count, successes, failures };
    case 'success':
      return { usage, successes: successes + outcome.count, failures };
    case 'failure':
      return { usage, successes, failures: failures + outcome.count };
  }
}
