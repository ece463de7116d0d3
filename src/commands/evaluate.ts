import * as v from 'valibot';
import { decodeText, parseJson } from '../documents/json-text.ts';
import { plainSource } from '../documents/plain-source.ts';
import { decode, strict } from '../documents/shape.ts';
import { displayPath, readNamedFile } from './project.ts';
import { openRanking } from './search.ts';
import type { Workspace } from './workspace.ts';

const QueryShape = strict({
  query: v.pipe(v.string(), v.minLength(1, 'must not be empty')),
  expect: v.string(),
});

/** A query whose expected pattern was not the first. */
export interface Miss {
  readonly query: string;
  readonly expect: string;
  readonly found: string | null;
  /** From 1; null where the pattern was not among the matches. */
  readonly rank: number | null;
}

export interface EvaluationReport {
  readonly queries: number;
  /** Share of the queries whose expected pattern came first. */
  readonly hit_at_1: number;
  readonly hit_at_5: number;
  /** Mean reciprocal rank. */
  readonly mrr: number;
  readonly misses: readonly Miss[];
}

/**
 * Measures how well the bank's search finds what is expected.
 *
 * @param path absolute path of a JSON Lines file of `{"query": …, "expect": <pattern_id>}`
 * @throws PatternsError JSON_INVALID, SPEC_INVALID with the line
 */
export async function evaluate(workspace: Workspace, path: string): Promise<EvaluationReport> {
  const label = displayPath(workspace.root, path);
  const rows = decodeText(readNamedFile(workspace.host.fs, path, 'the query file', label), label).split('\n');
  const queries = rows.flatMap((row, i) =>
    row.trim() === ''
      ? []
      : [decode(QueryShape, plainSource(parseJson(row, label, i + 1), label, i + 1), 'SPEC_INVALID')],
  );
  const ranking = await openRanking(workspace);
  const misses: Miss[] = [];
  const ranks: (number | null)[] = [];
  for (const { query, expect } of queries) {
    const matches = await ranking({ purpose: query });
    const place = matches.findIndex((match) => match.pattern_id === expect);
    const rank = place < 0 ? null : place + 1;
    ranks.push(rank);
    if (rank !== 1) misses.push({ query, expect, found: matches[0]?.pattern_id ?? null, rank });
  }
  return {
    queries: queries.length,
    hit_at_1: share(ranks, (rank) => (rank === 1 ? 1 : 0)),
    hit_at_5: share(ranks, (rank) => (rank !== null && rank <= 5 ? 1 : 0)),
    mrr: share(ranks, (rank) => (rank === null ? 0 : 1 / rank)),
    misses,
  };
}

function share(ranks: readonly (number | null)[], worth: (rank: number | null) => number): number {
  if (ranks.length === 0) return 0;
  return Math.round((ranks.reduce<number>((sum, rank) => sum + worth(rank), 0) / ranks.length) * 1e6) / 1e6;
}
