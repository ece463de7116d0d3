import type { BankEntry, PatternBank } from '../bank/pattern-bank.ts';
import {
  type Derived,
  estimateSuccess,
  inheritedPriors,
  type Prior,
  type SuccessEstimate,
} from '../learn/success.ts';
import { formatRef } from '../model/pattern.ts';

/** What is expected of a version, and from what. */
export interface TrackRecord {
  readonly estimate: SuccessEstimate;
  readonly inherited: Prior | undefined;
}

/** No derivation is followed further back: damped by half each time, it does not show. */
const MAX_GENERATIONS = 8;

/**
 * The track records of versions, by `id@version`, inherited priors included. Reads the versions that they were made from
 * where those are not among them.
 */
export async function trackRecords(
  bank: PatternBank,
  entries: readonly BankEntry[],
): Promise<ReadonlyMap<string, TrackRecord>> {
  const known = new Map(entries.map((entry) => [formatRef(entry), entry]));
  const asked = new Set(entries.map((entry) => entry.pattern_id));
  let fresh: readonly BankEntry[] = entries;
  for (let generation = 0; generation < MAX_GENERATIONS; generation++) {
    const parents = fresh.flatMap((entry) => entry.record.derived_from).filter((ref) => !known.has(ref));
    const ids = [...new Set(parents.map(idOf))].filter((id) => !asked.has(id));
    if (ids.length === 0) break;
    for (const id of ids) asked.add(id);
    fresh = await bank.versionsOf(ids);
    for (const entry of fresh) known.set(formatRef(entry), entry);
  }
  const priors = inheritedPriors([...known.values()].map(derivedOf));
  return new Map(
    entries.map((entry) => {
      const inherited = priors.get(formatRef(entry));
      return [formatRef(entry), { estimate: estimateSuccess({ ...derivedOf(entry), inherited }), inherited }];
    }),
  );
}

function derivedOf(entry: BankEntry): Derived {
  const { successes, failures } = entry.counts;
  const { derived_from: derivedFrom, quality } = entry.record;
  return { ref: formatRef(entry), derivedFrom, declared: quality.success_rate, successes, failures };
}

function idOf(ref: string): string {
  return ref.slice(0, ref.lastIndexOf('@'));
}
