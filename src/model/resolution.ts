import type { PatternRef, Tier } from './pattern.ts';

/** What one tier said to a requirement. */
export interface TierReport {
  readonly tier: Tier;
  readonly outcome: 'answered' | 'no match' | 'skipped' | 'failed';
  readonly reason: string;
}

/** A version that was looked at; `refused` says why it was not taken. */
export interface ConsideredVersion extends PatternRef {
  readonly refused?: string | undefined;
  /** Search score of a need, with six places. */
  readonly score?: number | undefined;
}

/** Requirement → version, and why. */
export interface Resolution extends PatternRef {
  readonly requirement: string;
  readonly tier: Tier;
  readonly reason: string;
  readonly tiers: readonly TierReport[];
  readonly considered: readonly ConsideredVersion[];
  /** For needs: how sure the search was. */
  readonly score?: number | undefined;
  readonly runner_up?: ConsideredVersion | undefined;
  readonly margin?: number | undefined;
}
