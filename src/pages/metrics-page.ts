import type { GateCheck, Metrics, VersionMetrics } from '../model/metrics.ts';
import { daysChart, type DrawnGraph, graphChart, interval, percent } from './charts.ts';
import { escapeHtml, page } from './html.ts';

/** More rows than this make no page that anybody reads; the JSON has all. */
const MAX_ROWS = 500;

/** The metrics of a bank as one self-contained page. */
export function metricsPage(metrics: Metrics, gate: readonly GateCheck[], graph: DrawnGraph): string {
  const { retrieval, end_to_end } = metrics;
  const cards: readonly (readonly [string, string])[] = [
    ['patterns', String(metrics.total_patterns)],
    ['versions', String(metrics.total_versions)],
    ['expected success in production', percent(metrics.avg_success_rate)],
    ['builds a version', metrics.avg_usage_count.toFixed(1)],
    ['retrieval p50 / p95', `${retrieval.p50_ms.toFixed(0)} / ${retrieval.p95_ms.toFixed(0)} ms`],
    ['smoke tests passed', `${end_to_end.passed} of ${end_to_end.reports}`],
    ['withdrawn versions', String(metrics.demotions)],
  ];
  const body = [
    `<h1>Pattern bank</h1>\n<p class="dim">${escapeHtml(metrics.bank)}</p>\n`,
    `<dl class="cards">${cards.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>\n`,
    `<h2>Ready to go live?</h2>\n${gateTable(gate)}`,
    `<h2>Expected success</h2>\n${versionTable(metrics.versions)}`,
    `<h2>By day</h2>\n${daysChart(metrics.days)}`,
    `<h2>Derivations</h2>\n${graphChart(graph)}`,
    `<h2>Domains</h2>\n${pairTable(['domain', 'patterns'], Object.entries(metrics.domain_distribution))}`,
    `<h2>Most used</h2>\n${pairTable(
      ['pattern', 'builds'],
      metrics.most_used_patterns.map((one) => [one.pattern_id, one.usage_count]),
    )}`,
    `<h2>Tiers of the locked patterns</h2>\n${pairTable(['tier', 'patterns'], Object.entries(metrics.tiers))}`,
  ];
  return page('Pattern bank', body.join(''));
}

function gateTable(gate: readonly GateCheck[]): string {
  const rows = gate.map(
    (one) =>
      `<tr><td class="${one.passed ? 'good' : 'bad'}">${one.passed ? 'yes' : 'no'}</td><td>${escapeHtml(one.check)}</td><td>${escapeHtml(one.found)}</td><td>${escapeHtml(one.expected)}</td></tr>`,
  );
  return table(['', 'what', 'found', 'asked for'], rows);
}

function versionTable(versions: readonly VersionMetrics[]): string {
  const rows = versions
    .slice(0, MAX_ROWS)
    .map(
      (one) =>
        `<tr><td>${escapeHtml(`${one.pattern_id}@${one.version}`)}</td><td>${interval(one.success)}</td><td class="number">${percent(one.success.mean)}</td><td class="number">${one.successes}</td><td class="number">${one.failures}</td><td class="number">${one.usage}</td><td>${one.status}</td></tr>`,
    );
  const more =
    versions.length > MAX_ROWS
      ? `<p class="dim">${versions.length - MAX_ROWS} more versions are in the JSON.</p>\n`
      : '';
  return `<p class="dim">Mean and two-sided 80 % interval of the posterior, from 0 to 1.</p>\n${table(['version', 'interval', 'mean', 'ran', 'failed', 'builds', 'status'], rows)}${more}`;
}

function pairTable(heads: readonly [string, string], pairs: readonly (readonly [string, number])[]): string {
  if (pairs.length === 0) return '<p class="dim">None.</p>\n';
  const rows = pairs.map(
    ([name, count]) => `<tr><td>${escapeHtml(name)}</td><td class="number">${count}</td></tr>`,
  );
  return table(heads, rows);
}

function table(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((name) => `<th>${name}</th>`).join('');
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>\n`;
}
