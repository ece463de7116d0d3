import { requirementOf } from '../canon/requirement.ts';
import type { Prior } from '../learn/success.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type Tier } from '../model/pattern.ts';
import type { ConsideredVersion, Resolution, TierReport } from '../model/resolution.ts';
import type { Demand } from '../model/spec.ts';
import type { Candidate } from '../resolve/candidate.ts';
import { languageWarnings } from '../search/languages.ts';
import type { Match } from '../search/rank.ts';
import { BASE_THRESHOLD } from '../search/threshold.ts';
import type { NeedPool } from './need-pool.ts';

type NeedDemand = Extract<Demand, { kind: 'need' }>;

/** A candidate with the outcomes that the ranking weighs. */
export type NeedCandidate = Candidate & {
  readonly counts: { readonly successes: number; readonly failures: number };
  readonly inherited?: Prior | undefined;
};

/** The candidates of one step of the tiers, and what to report of it. */
export interface NeedStep {
  readonly pool: NeedPool;
  readonly report: (answered: Tier | undefined, reason: string) => readonly TierReport[];
}

/** What the search said to a need. */
export type NeedAnswer =
  | {
      readonly kind: 'answered';
      readonly resolution: Resolution;
      /** A language or framework that the need names and the answer is not for. */
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'unanswered';
      readonly error: PatternsError;
      readonly tiers: readonly TierReport[];
      readonly nearest: readonly NeedCandidate[];
    };

/** Answers a need by search: the best match of the first step that has one above the threshold. */
export async function answerNeed(demand: NeedDemand, steps: readonly NeedStep[]): Promise<NeedAnswer> {
  const requirement = requirementOf(demand);
  const tiers: TierReport[] = [];
  const nearest: Match<NeedCandidate>[] = [];
  for (const step of steps) {
    const matches = (await step.pool.rank(demand.need)).filter((match) => match.similarity > 0);
    const [best, next] = matches;
    const passes = best !== undefined && best.similarity >= BASE_THRESHOLD;
    const reason = reasonFor(matches, step.pool.size);
    tiers.push(...step.report(passes ? best.candidate.tier : undefined, reason));
    if (!passes) {
      nearest.push(...matches.slice(0, 3));
      continue;
    }
    const { pattern_id, version, tier } = best.candidate;
    const resolution: Resolution = {
      requirement,
      pattern_id,
      version,
      tier,
      reason,
      tiers,
      considered: matches.slice(0, 5).map(consideredOf),
      score: best.score,
      ...(next === undefined
        ? {}
        : { runner_up: consideredOf(next), margin: Math.round((best.score - next.score) * 1e6) / 1e6 }),
    };
    return { kind: 'answered', resolution, warnings: languageWarnings(demand.need, [best.candidate]) };
  }
  const best = nearest.toSorted((a, b) => b.score - a.score).slice(0, 3);
  return {
    kind: 'unanswered',
    error: unanswered(demand, best),
    tiers,
    nearest: best.map((match) => match.candidate),
  };
}

function reasonFor(matches: readonly Match<NeedCandidate>[], count: number): string {
  const [best] = matches;
  if (best === undefined)
    return `none of ${count} versions shares a word with the need and passes its facets and the policy`;
  const how = best.similarity >= BASE_THRESHOLD ? 'reaches' : 'stays below';
  return `the best match of ${matches.length}, ${formatRef(best.candidate)}, ${how} the threshold ${BASE_THRESHOLD} with similarity ${best.similarity}`;
}

function consideredOf(match: Match<NeedCandidate>): ConsideredVersion {
  const { pattern_id, version } = match.candidate;
  return { pattern_id, version, score: match.score };
}

function unanswered(demand: NeedDemand, best: readonly Match<NeedCandidate>[]): PatternsError {
  const list = best.map(
    (match) =>
      `  ${formatRef(match.candidate)} (similarity ${match.similarity}): ${match.candidate.record.signature.purpose}`,
  );
  const near = list.length === 0 ? 'nothing comes near' : `nearest:\n${list.join('\n')}`;
  return new PatternsError('NEED_UNANSWERED', `no tier answers the need "${demand.need.purpose}"; ${near}`, {
    hint: 'Name one of them as `pattern:`, reword the need, loosen its facets, or publish a pattern for it.',
    details: { requirement: requirementOf(demand), nearest: best.map((match) => formatRef(match.candidate)) },
  });
}
