import { compareBytes } from '../model/byte-order.ts';
import type { DayMetrics, GateCheck, Metrics, VersionMetrics } from '../model/metrics.ts';
import { addOutcome, NO_OUTCOMES, type Outcome, type OutcomeCounts } from '../model/outcome.ts';
import type { GoLiveGate } from '../model/project-config.ts';

/** An entry of the journal, as far as metrics go. */
export type JournalEntry = Pick<Outcome, 'kind' | 'count' | 'at' | 'report' | 'evidence'>;

const MOST_USED = 10;

/** Sums over versions. */
export function summarise(versions: readonly VersionMetrics[]) {
  const production = versions.filter((version) => version.status === 'production');
  const usage = new Map<string, number>();
  const domains = new Map<string, Set<string>>();
  for (const { pattern_id, domain, usage: count } of versions) {
    usage.set(pattern_id, (usage.get(pattern_id) ?? 0) + count);
    domains.set(domain, (domains.get(domain) ?? new Set()).add(pattern_id));
  }
  const statuses = { candidate: 0, production: 0, deprecated: 0, quarantined: 0, yanked: 0 };
  for (const { status } of versions) statuses[status] += 1;
  return {
    total_patterns: usage.size,
    total_versions: versions.length,
    avg_success_rate: mean(production.map((version) => version.success.mean)),
    avg_usage_count: mean(production.map((version) => version.usage)),
    domain_distribution: Object.fromEntries(
      [...domains].toSorted(([a], [b]) => compareBytes(a, b)).map(([domain, ids]) => [domain, ids.size]),
    ),
    most_used_patterns: [...usage]
      .filter(([, count]) => count > 0)
      .toSorted(([a, x], [b, y]) => y - x || compareBytes(a, b))
      .slice(0, MOST_USED)
      .map(([pattern_id, usage_count]) => ({ pattern_id, usage_count })),
    statuses,
  };
}

/** The journal by day, without the days on which nothing was seen. */
export function byDay(journal: readonly JournalEntry[]): readonly DayMetrics[] {
  const days = new Map<string, OutcomeCounts>();
  for (const entry of journal) {
    const day = entry.at.slice(0, 10);
    days.set(day, addOutcome(days.get(day) ?? NO_OUTCOMES, entry));
  }
  return [...days].toSorted(([a], [b]) => compareBytes(a, b)).map(([day, sum]) => ({ day, ...sum }));
}

/**
 * How many smoke reports there were, and how many passed.
 * @param unattributed digests of reports whose failures point to nobody, so that the journal has nothing of them
 */
export function endToEnd(
  journal: readonly JournalEntry[],
  unattributed: readonly string[],
): { reports: number; passed: number } {
  const verdicts = new Map<string, boolean>();
  for (const { kind, report, evidence } of journal) {
    if (report === null || !evidence.startsWith('smoke:')) continue;
    verdicts.set(report, (verdicts.get(report) ?? true) && kind !== 'failure');
  }
  for (const report of unattributed) verdicts.set(report, false);
  return { reports: verdicts.size, passed: [...verdicts.values()].filter((passed) => passed).length };
}

/** The smallest value that a share of all values does not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** What the gate says to a bank, one check after the other. */
export function checkGate(metrics: Metrics, gate: GoLiveGate): readonly GateCheck[] {
  const { retrieval, end_to_end, tiers } = metrics;
  const share = end_to_end.reports === 0 ? 0 : end_to_end.passed / end_to_end.reports;
  return [
    {
      check: 'templates in the bank, and found by their purpose',
      passed: retrieval.found >= gate.min_templates,
      expected: `at least ${gate.min_templates}`,
      found: `${retrieval.found}${retrieval.missed.length === 0 ? '' : ` (not: ${retrieval.missed.join(', ')})`}`,
    },
    {
      check: 'retrieval, 95th percentile',
      passed: retrieval.queries > 0 && retrieval.p95_ms <= gate.max_retrieval_p95_ms,
      expected: `at most ${gate.max_retrieval_p95_ms} ms`,
      found: `${retrieval.p95_ms} ms`,
    },
    {
      check: 'average expected success in production',
      passed: metrics.avg_success_rate >= gate.min_average_success,
      expected: `at least ${gate.min_average_success}`,
      found: String(metrics.avg_success_rate),
    },
    {
      check: 'smoke tests that passed',
      passed: end_to_end.reports > 0 && share >= gate.min_end_to_end,
      expected: `at least ${gate.min_end_to_end} of those reported`,
      found: end_to_end.reports === 0 ? 'no report' : `${end_to_end.passed} of ${end_to_end.reports}`,
    },
    {
      check: 'locked patterns from the static tier',
      passed: tiers.static <= gate.max_static_resolutions,
      expected: `at most ${gate.max_static_resolutions}`,
      found: String(tiers.static),
    },
  ];
}

function mean(values: readonly number[]): number {
  if (values.length === 0) return 0;
  return Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 1e6) / 1e6;
}
