import { compareBytes } from '../model/byte-order.ts';

/** A version with what it was made from, `id@version` each. */
export interface DerivationNode {
  readonly ref: string;
  readonly derived_from: readonly string[];
}

export interface DerivationEdge {
  readonly from: string;
  readonly to: string;
}

/** The versions that are related to some, and who was made from whom. In byte order. */
export interface DerivationGraph {
  readonly nodes: readonly string[];
  readonly edges: readonly DerivationEdge[];
}

/**
 * Ancestors and descendants of some versions. What a version says it was made from is a node also where nobody knows it.
 * @param starts `id@version`
 */
export function derivationGraph(
  versions: readonly DerivationNode[],
  starts: readonly string[],
): DerivationGraph {
  const parents = new Map(versions.map(({ ref, derived_from }) => [ref, [...new Set(derived_from)]]));
  const children = new Map<string, string[]>();
  for (const [ref, list] of parents)
    for (const parent of list) children.set(parent, [...(children.get(parent) ?? []), ref]);
  const nodes = new Set(starts);
  reach(nodes, starts, (ref) => parents.get(ref) ?? []);
  reach(nodes, starts, (ref) => children.get(ref) ?? []);
  const sorted = [...nodes].toSorted(compareBytes);
  const edges = sorted.flatMap((to) =>
    (parents.get(to) ?? []).flatMap((from) => (nodes.has(from) ? [{ from, to }] : [])),
  );
  return {
    nodes: sorted,
    edges: edges.toSorted((a, b) => compareBytes(a.from, b.from) || compareBytes(a.to, b.to)),
  };
}

function reach(
  nodes: Set<string>,
  starts: readonly string[],
  next: (ref: string) => readonly string[],
): void {
  const waiting = [...starts];
  const seen = new Set(starts);
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    nodes.add(ref);
    for (const one of next(ref)) {
      if (seen.has(one)) continue;
      seen.add(one);
      waiting.push(one);
    }
  }
}

/** Versions that were made from none of the graph, then their children below them; one seen before is not unfolded again. */
export function graphText(graph: DerivationGraph, describe: (ref: string) => string): string {
  const made = new Set(graph.edges.map((edge) => edge.to));
  const children = new Map<string, string[]>();
  for (const { from, to } of graph.edges) children.set(from, [...(children.get(from) ?? []), to]);
  const lines: string[] = [];
  const unfolded = new Set<string>();
  const write = (ref: string): void => {
    const stack = [{ ref, depth: 0 }];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const again = unfolded.has(at.ref);
      unfolded.add(at.ref);
      lines.push(`${'  '.repeat(at.depth)}${describe(at.ref)}${again ? ' (above)' : ''}\n`);
      const { depth } = at;
      const below = again ? [] : (children.get(at.ref) ?? []);
      stack.push(...below.toReversed().map((child) => ({ ref: child, depth: depth + 1 })));
    }
  };
  for (const ref of graph.nodes) if (!made.has(ref)) write(ref);
  // What is left lies on a circle.
  for (const ref of graph.nodes) if (!unfolded.has(ref)) write(ref);
  return lines.join('');
}

/** A flowchart in Mermaid. */
export function graphMermaid(graph: DerivationGraph, describe: (ref: string) => string): string {
  const names = new Map(graph.nodes.map((ref, i) => [ref, `n${i}`]));
  const nodes = graph.nodes.map((ref, i) => `  n${i}["${describe(ref).replaceAll('"', '#quot;')}"]\n`);
  const edges = graph.edges.map(({ from, to }) => `  ${names.get(from)} --> ${names.get(to)}\n`);
  return `flowchart LR\n${nodes.join('')}${edges.join('')}`;
}

/** How deep each version lies: 0 for those made from none. Circles end where they began. */
export function graphDepths(graph: DerivationGraph): ReadonlyMap<string, number> {
  const depths = new Map(graph.nodes.map((ref) => [ref, 0]));
  for (let round = 0; round < graph.nodes.length; round++) {
    let changed = false;
    for (const { from, to } of graph.edges) {
      const depth = Math.min((depths.get(from) ?? 0) + 1, graph.nodes.length - 1);
      if (depth <= (depths.get(to) ?? 0)) continue;
      depths.set(to, depth);
      changed = true;
    }
    if (!changed) break;
  }
  return depths;
}
