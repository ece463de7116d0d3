import type { Status } from '../model/pattern.ts';
import type { Thresholds } from '../model/project-config.ts';
import type { SuccessEstimate } from './success.ts';

/** A change of status that the outcomes ask for. */
export interface Verdict {
  readonly to: Extract<Status, 'production' | 'quarantined'>;
  readonly reason: string;
}

/**
 * What the thresholds make of a version. A quarantined or yanked one stays so until somebody promotes it, since nothing
 * resolves to it any more and so nothing new is learnt of it.
 */
export function judge(
  status: Status,
  counts: { readonly successes: number; readonly failures: number },
  estimate: SuccessEstimate,
  thresholds: Thresholds,
): Verdict | undefined {
  if (status === 'quarantined' || status === 'yanked') return undefined;
  const runs = counts.successes + counts.failures;
  const { quarantine, promote } = thresholds;
  if (counts.failures >= quarantine.failures && estimate.upper < quarantine.floor) {
    return {
      to: 'quarantined',
      reason: `${counts.failures} of ${runs} runs failed: its success is at most ${percent(estimate.upper)}, below the floor ${percent(quarantine.floor)}`,
    };
  }
  if (status === 'candidate' && runs >= promote.runs && estimate.mean >= promote.rate) {
    return {
      to: 'production',
      reason: `${counts.successes} of ${runs} runs succeeded: its expected success ${percent(estimate.mean)} reaches ${percent(promote.rate)}`,
    };
  }
  return undefined;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
