import type { BankEntry } from '../bank/pattern-bank.ts';
import { nameHint } from '../canon/nearest-name.ts';
import { type DerivationEdge, derivationGraph } from '../learn/derivation-graph.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type Status } from '../model/pattern.ts';
import { trackRecords } from './track-record.ts';
import type { Workspace } from './workspace.ts';

export interface GraphNode {
  /** `id@version`. */
  readonly ref: string;
  /** Null for a version that another names, and the bank does not have. */
  readonly status: Status | null;
  readonly successes: number;
  readonly failures: number;
  /** Expected success, inherited prior included; null as above. */
  readonly success: number | null;
  /** Runs that the versions before it vouch with. */
  readonly inherited_runs: number;
}

export interface GraphReport {
  readonly pattern_id: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly DerivationEdge[];
}

/**
 * The derivation graph around a pattern: its versions, what they were made from, and what was made from them.
 * @throws PatternsError PATTERN_NOT_FOUND
 */
export async function graph(workspace: Workspace, patternId: string): Promise<GraphReport> {
  return workspace.bank.use(async (bank) => {
    const entries: BankEntry[] = [];
    for await (const entry of bank.entries()) entries.push(entry);
    const starts = entries.filter((entry) => entry.pattern_id === patternId).map(formatRef);
    if (starts.length === 0) {
      const ids = [...new Set(entries.map((entry) => entry.pattern_id))];
      throw new PatternsError(
        'PATTERN_NOT_FOUND',
        `the bank ${bank.address} has no pattern \`${patternId}\``,
        {
          hint: ids.length === 0 ? 'The bank is empty.' : nameHint(patternId, ids, 'It has'),
        },
      );
    }
    const { nodes, edges } = derivationGraph(
      entries.map((entry) => ({ ref: formatRef(entry), derived_from: entry.record.derived_from })),
      starts,
    );
    const known = new Map(entries.map((entry) => [formatRef(entry), entry]));
    const records = await trackRecords(bank, entries);
    return {
      pattern_id: patternId,
      nodes: nodes.map((ref) => {
        const entry = known.get(ref);
        const track = records.get(ref);
        return {
          ref,
          status: entry?.status ?? null,
          successes: entry?.counts.successes ?? 0,
          failures: entry?.counts.failures ?? 0,
          success: track === undefined ? null : Math.round(track.estimate.mean * 1e6) / 1e6,
          inherited_runs: track?.inherited?.runs ?? 0,
        };
      }),
      edges,
    };
  });
}
