import { feedback, type FeedbackReport } from '../commands/feedback.ts';
import { graph, type GraphNode } from '../commands/graph.ts';
import { measure, type MetricsReport, writeMetricsPage } from '../commands/metrics-report.ts';
import { graphMermaid, graphText } from '../learn/derivation-graph.ts';
import { PatternsError } from '../model/error.ts';
import { RUN_TOOLS, type RunTool } from '../model/observed-run.ts';
import type { FeedbackFlags, MetricsFlags } from './program.ts';
import type { CommonOptions, Session } from './session.ts';
import { columns, plural, tierText } from './text.ts';

export async function feedbackCommand(
  session: Session,
  reports: readonly string[],
  options: CommonOptions & FeedbackFlags,
): Promise<void> {
  const paths = reports.map((report) => session.absolute(report));
  const tree = options.tree === undefined ? undefined : session.absolute(options.tree);
  const workspace = session.workspace(options, tree ?? paths[0] ?? session.absolute('any'));
  const report = await feedback(workspace, {
    reports: paths,
    tree,
    tool: toolOf(options.tool),
    environment: options.environment ?? 'unknown',
  });
  session.answer(options, report, () => feedbackText(report));
}

function toolOf(name: string | undefined): RunTool | undefined {
  if (name === undefined) return undefined;
  const tool = RUN_TOOLS.find((one) => one === name);
  if (tool !== undefined) return tool;
  throw new PatternsError('USAGE', `--tool ${name} is not known`, {
    hint: `Tools: ${RUN_TOOLS.join(', ')}.`,
  });
}

function feedbackText(report: FeedbackReport): string {
  const lines = report.reports.flatMap((one) => [
    `${one.report} (${one.tool}): ${one.failed.length} failed, ${one.succeeded.length} succeeded\n`,
    ...one.failed.map(({ pattern, place, what }) => `  ${pattern}: ${what} at ${place}\n`),
    ...one.unattributed.map((what) => `  of nobody known: ${what}; so nobody is credited\n`),
  ]);
  const changed = report.changed.map(
    (one) => `${one.pattern_id}@${one.version}: ${one.from} → ${one.to} (${one.reason})\n`,
  );
  return [
    ...lines,
    `${report.bank}: ${plural(report.recorded, 'outcome')} recorded, ${report.known} known before\n`,
    ...changed,
  ].join('');
}

export async function metricsCommand(session: Session, options: CommonOptions & MetricsFlags): Promise<void> {
  const workspace = session.workspaceHere(options);
  const report = await measure(workspace);
  if (options.html !== undefined) writeMetricsPage(workspace, report, session.absolute(options.html));
  const status = options.check === true && !report.ready ? 1 : 0;
  session.answer(options, report, () => metricsText(report, options.check === true), status);
}

function metricsText(report: MetricsReport, checking: boolean): string {
  const { retrieval, end_to_end } = report;
  const gate = report.gate.map((one) => [
    one.passed ? 'ok' : 'SHORT',
    one.check,
    `found ${one.found}`,
    `asked for ${one.expected}`,
  ]);
  const verdict = `${columns(gate)}${report.ready ? 'ready to go live' : 'NOT ready to go live'}\n`;
  if (checking) return verdict;
  const rows = [
    ['bank', report.bank],
    ['patterns', `${report.total_patterns} in ${plural(report.total_versions, 'version')}`],
    ['expected success', `${report.avg_success_rate} (mean of those in production)`],
    ['builds', `${report.avg_usage_count} a version in production`],
    ['domains', countText(Object.entries(report.domain_distribution))],
    ['most used', countText(report.most_used_patterns.map((one) => [one.pattern_id, one.usage_count]))],
    ['statuses', countText(Object.entries(report.statuses))],
    [
      'retrieval',
      `p50 ${retrieval.p50_ms} ms, p95 ${retrieval.p95_ms} ms over ${retrieval.queries} searches`,
    ],
    ['locked patterns', `from ${tierText(report.tiers)}`],
    ['smoke tests', `${end_to_end.passed} of ${end_to_end.reports} passed`],
  ];
  const versions = report.versions.map((one) => [
    `${one.pattern_id}@${one.version}`,
    one.status,
    one.success.mean.toFixed(3),
    `${one.success.lower.toFixed(3)} to ${one.success.upper.toFixed(3)}`,
    String(one.successes),
    String(one.failures),
    String(one.usage),
  ]);
  const heads = ['VERSION', 'STATUS', 'EXPECTED', 'INTERVAL', 'RAN', 'FAILED', 'BUILDS'];
  return `${columns(rows)}\n${columns([heads, ...versions])}\n${verdict}`;
}

function countText(pairs: readonly (readonly [string, number])[]): string {
  const some = pairs.filter(([, count]) => count > 0);
  return some.map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}

export async function graphCommand(
  session: Session,
  id: string,
  options: CommonOptions & { format: string },
): Promise<void> {
  const { format } = options;
  if (format !== 'text' && format !== 'mermaid')
    throw new PatternsError('USAGE', `--format ${format} is not known`, { hint: 'Write text or mermaid.' });
  const report = await graph(session.workspaceHere(options), id);
  const nodes = new Map(report.nodes.map((node) => [node.ref, node]));
  const drawn = { nodes: report.nodes.map((node) => node.ref), edges: report.edges };
  const describe = (ref: string) => nodeText(ref, nodes.get(ref));
  session.answer(options, report, () =>
    format === 'text' ? graphText(drawn, describe) : graphMermaid(drawn, describe),
  );
}

function nodeText(ref: string, node: GraphNode | undefined): string {
  if (node === undefined || node.success === null) return `${ref} (not in the bank)`;
  const inherited = node.inherited_runs > 0 ? `, ${node.inherited_runs} inherited` : '';
  const runs = node.successes + node.failures;
  return `${ref} (${node.status}, expected ${node.success}, ${plural(runs, 'run')}${inherited})`;
}
