import { dirname } from 'node:path';
import { derivationGraph, graphDepths } from '../learn/derivation-graph.ts';
import { checkGate } from '../learn/metrics.ts';
import type { GateCheck, Metrics } from '../model/metrics.ts';
import { formatRef } from '../model/pattern.ts';
import { metricsPage } from '../pages/metrics-page.ts';
import { metrics } from './metrics.ts';
import type { Workspace } from './workspace.ts';

/** A larger graph is no picture; `patterns graph <id>` shows the part around one pattern. */
const MAX_DRAWN = 200;

export interface MetricsReport extends Metrics {
  readonly gate: readonly GateCheck[];
  /** Whether every check of the gate passed. */
  readonly ready: boolean;
}

/** The metrics, and what the go-live gate says to them. */
export async function measure(workspace: Workspace): Promise<MetricsReport> {
  const measured = await metrics(workspace);
  const gate = checkGate(measured, workspace.config().goLive);
  return { ...measured, gate, ready: gate.every((check) => check.passed) };
}

/** @param path absolute */
export function writeMetricsPage(workspace: Workspace, report: MetricsReport, path: string): void {
  const versions = report.versions.map((one) => ({ ref: formatRef(one), derived_from: one.derived_from }));
  const derived = versions
    .filter((one) => one.derived_from.length > 0)
    .map((one) => one.ref)
    .slice(0, MAX_DRAWN);
  const graph = derivationGraph(versions, derived);
  const depths = graphDepths(graph);
  const withdrawn = new Set(
    report.versions.filter((one) => one.status === 'quarantined' || one.status === 'yanked').map(formatRef),
  );
  const nodes = graph.nodes.map((ref) => ({
    ref,
    depth: depths.get(ref) ?? 0,
    withdrawn: withdrawn.has(ref),
  }));
  const text = metricsPage(report, report.gate, { nodes, edges: graph.edges });
  const { fs, writer } = workspace.host;
  fs.makeFolder(dirname(path));
  writer.replace(path, Buffer.from(text, 'utf8'), { mode: 0o644, durable: false });
}
