import type { Digest } from '../model/digest.ts';
import type { PatternRecord, PatternRef, Status, Tier } from '../model/pattern.ts';

/** A version that could answer a requirement. */
export interface Candidate extends PatternRef {
  /** Digest of the frozen pattern. */
  readonly digest: Digest;
  /** Digest of the body. */
  readonly body: Digest;
  readonly tier: Exclude<Tier, 'llm'>;
  readonly status: Status;
  readonly record: PatternRecord;
  /** Expected, from the outcomes and the declared rate; the declared one where no bank was asked. */
  readonly successRate: number;
  /** Whole days since it was published or frozen; undefined where it is as old as the release. */
  readonly ageDays: number | undefined;
}
