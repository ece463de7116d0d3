import type { Blame } from './attribution.ts';
import type { RunFailure } from '../model/observed-run.ts';
import type { SmokeReport, SmokeVerdict } from '../model/smoke-report.ts';

/** What a repair says of the error that it mends. */
export interface ErrorCondition {
  readonly class?: string | undefined;
  readonly message?: string | undefined;
}

/** Whether one of the failures is what a repair mends. A class matches whole, or by its last part: `exc.IntegrityError`. */
export function mends(condition: ErrorCondition, blame: Blame): boolean {
  return blame.failures.some((failure) => isOf(condition, failure));
}

function isOf({ class: name, message }: ErrorCondition, failure: RunFailure): boolean {
  if (name !== undefined && failure.class !== name && !failure.class.endsWith(`.${name}`)) return false;
  return message === undefined || failure.message.includes(message);
}

/** What a smoke test says of a repaired tree. */
export interface RepairVerdict {
  readonly kept: boolean;
  readonly reason: string;
}

/**
 * Compares a smoke test after a repair with the one before: something that failed passes now, and nothing that passed
 * does otherwise, or is gone.
 *
 * @param blamed the failures that the repair is to mend, by what was tried
 */
export function judgeRepair(
  before: SmokeReport,
  after: SmokeReport,
  blamed: readonly string[],
): RepairVerdict {
  const was = verdictsOf(before);
  const is = verdictsOf(after);
  for (const [what, verdict] of was) {
    const now = is.get(what);
    if (verdict === 'passed' && now !== 'passed')
      return { kept: false, reason: `${what} passed before, and is ${now ?? 'missing'} now` };
    if (verdict === 'skipped' && now === undefined) return { kept: false, reason: `${what} is missing now` };
  }
  const still = blamed.find((what) => is.get(what) !== 'passed');
  if (still !== undefined) return { kept: false, reason: `${still} is ${is.get(still) ?? 'missing'} still` };
  const news = [...is].find(([what, verdict]) => verdict === 'failed' && was.get(what) === undefined);
  if (news !== undefined) return { kept: false, reason: `${news[0]} fails, and was not there before` };
  return { kept: true, reason: `${blamed.join(', ')} passes, and nothing else changed for the worse` };
}

/** By what was tried, as attribution calls it. */
function verdictsOf(report: SmokeReport): ReadonlyMap<string, SmokeVerdict> {
  const verdicts = new Map<string, SmokeVerdict>();
  for (const phase of report.phases) verdicts.set(`phase ${phase.name}`, phase.verdict);
  for (const { method, path, calls } of report.operations) {
    for (const call of calls) {
      const what = `${method} ${path} (${call.case})`;
      // Two calls of one case: the worse one counts.
      verdicts.set(what, worse(verdicts.get(what), call.verdict));
    }
  }
  return verdicts;
}

function worse(a: SmokeVerdict | undefined, b: SmokeVerdict): SmokeVerdict {
  if (a === 'failed' || b === 'failed') return 'failed';
  return a === 'skipped' || b === 'skipped' ? 'skipped' : 'passed';
}
