import type { BankEntry } from '../bank/pattern-bank.ts';
import { byDay, endToEnd, percentile, summarise } from '../learn/metrics.ts';
import type { SuccessEstimate } from '../learn/success.ts';
import type { Metrics, RetrievalMetrics, VersionMetrics } from '../model/metrics.ts';
import type { Outcome } from '../model/outcome.ts';
import { formatRef, type Status } from '../model/pattern.ts';
import { search } from './search.ts';
import { trackRecords } from './track-record.ts';
import { unattributedReports } from './unattributed.ts';
import { sendUsage } from './usage-outbox.ts';
import type { Workspace } from './workspace.ts';

/** Counts and measures a bank, and how the lockfiles of the project came about. Builds that wait to be counted are. */
export async function metrics(workspace: Workspace): Promise<Metrics> {
  const { bank, locks } = workspace;
  const { entries, journal, versions, demotions } = await bank.use(async (open) => {
    await sendUsage(workspace, open);
    const all: BankEntry[] = [];
    for await (const entry of open.entries()) all.push(entry);
    const outcomes: Outcome[] = [];
    for await (const outcome of open.outcomes()) outcomes.push(outcome);
    const records = await trackRecords(open, all);
    const demoted = all.filter((entry) => DEMOTED.includes(entry.status)).length;
    const measured = all.flatMap((entry) => {
      const track = records.get(formatRef(entry));
      return track === undefined ? [] : [versionMetrics(entry, track.estimate)];
    });
    return { entries: all, journal: outcomes, versions: measured, demotions: demoted };
  });
  const tiers = { golden: 0, bank: 0, static: 0, llm: 0 };
  for (const { source } of locks.allPatterns()) tiers[source] += 1;
  return {
    bank: bank.address,
    ...summarise(versions),
    demotions,
    retrieval: await measureRetrieval(workspace, entries),
    tiers,
    end_to_end: endToEnd(journal, unattributedReports(workspace)),
    versions,
    days: byDay(journal),
  };
}

const DEMOTED: readonly Status[] = ['deprecated', 'quarantined', 'yanked'];

function versionMetrics(entry: BankEntry, success: SuccessEstimate): VersionMetrics {
  const { pattern_id, version, status, record, counts } = entry;
  const { mean, lower, upper } = success;
  return {
    pattern_id,
    version,
    status,
    domain: record.signature.domain,
    ...counts,
    success: { mean: round(mean), lower: round(lower), upper: round(upper) },
    derived_from: record.derived_from,
  };
}

/** Searches for the purpose of each built-in template. The first search loads the model, and is not counted. */
async function measureRetrieval(
  workspace: Workspace,
  entries: readonly BankEntry[],
): Promise<RetrievalMetrics> {
  const { elapsed } = workspace.host;
  const templates = workspace.statics.all();
  const known = new Map(entries.map((entry) => [formatRef(entry), entry.digest]));
  const times: number[] = [];
  const missed: string[] = [];
  const options = { topK: 1, minResults: 1 };
  const [first] = templates;
  if (first !== undefined && entries.length > 0)
    await search(workspace, { purpose: first.pattern.record.signature.purpose }, options);
  for (const { pattern, digest } of templates) {
    const { pattern_id } = pattern.frozen;
    if (entries.length === 0) {
      missed.push(pattern_id);
      continue;
    }
    const start = elapsed();
    const { matches } = await search(workspace, { purpose: pattern.record.signature.purpose }, options);
    times.push(elapsed() - start);
    const has = known.get(formatRef(pattern.frozen)) === digest;
    if (!has || matches[0]?.pattern_id !== pattern_id) missed.push(pattern_id);
  }
  return {
    queries: times.length,
    found: templates.length - missed.length,
    missed,
    p50_ms: Math.round(percentile(times, 0.5) * 100) / 100,
    p95_ms: Math.round(percentile(times, 0.95) * 100) / 100,
  };
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
