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
  /** The measured success rate where there is one, else the declared one. */
  readonly successRate: number;
}
