import semver from 'semver';
import { compareBytes } from '../model/byte-order.ts';
import type { PatternRecord, PatternRef } from '../model/pattern.ts';
import type { Need } from '../model/spec.ts';
import { LexicalIndex } from './lexical-index.ts';
import { estimateSuccess, type SuccessEstimate } from './success.ts';

/** A version that a search may find. */
export interface Searchable extends PatternRef {
  readonly record: PatternRecord;
  readonly counts: { readonly successes: number; readonly failures: number };
}

export interface Match<T extends Searchable> {
  readonly candidate: T;
  /** Relevance weighed by success, between 0 and 1, six places. */
  readonly score: number;
  /** Relevance alone, between 0 and 1, six places. */
  readonly similarity: number;
  readonly success: SuccessEstimate;
}

/**
 * Ranks versions by how well they answer a need, best first: hard facets first, then lexical relevance, weighed by the
 * lower bound of success; one version a pattern. Scores are rounded before they are compared and ties break by id, so the
 * order is the same everywhere and whatever the order of the candidates.
 */
export function rank<T extends Searchable>(need: Need, candidates: readonly T[]): readonly Match<T>[] {
  const index = new LexicalIndex(candidates);
  const scores = index.score(needText(need));
  const best = new Map<string, Match<T>>();
  for (const [i, candidate] of candidates.entries()) {
    if (!hasFacets(need, candidate.record)) continue;
    const match = matchOf(candidate, scores[i] ?? 0);
    const known = best.get(candidate.pattern_id);
    if (known === undefined || compareVersions(match, known) < 0) best.set(candidate.pattern_id, match);
  }
  return [...best.values()].sort(
    (a, b) => b.score - a.score || compareBytes(a.candidate.pattern_id, b.candidate.pattern_id),
  );
}

/** The text that is searched for. */
export function needText(need: Need): string {
  return [need.purpose, ...(need.inputs ?? []), ...(need.outputs ?? []), ...(need.constraints ?? [])].join(
    ' ',
  );
}

/** Similarity cannot tell "Dockerfile for Go" from "Dockerfile for Python"; facets can. */
function hasFacets(need: Need, record: PatternRecord): boolean {
  if (need.intent !== undefined && need.intent !== record.signature.intent) return false;
  if (need.domain !== undefined && need.domain !== record.signature.domain) return false;
  return Object.entries(need.facets ?? {}).every(
    ([name, value]) => record.facets[name]?.toLowerCase() === value.toLowerCase(),
  );
}

function matchOf<T extends Searchable>(candidate: T, relevance: number): Match<T> {
  const { successes, failures } = candidate.counts;
  const success = estimateSuccess({ declared: candidate.record.quality.success_rate, successes, failures });
  return {
    candidate,
    score: round(relevance * (0.8 + 0.2 * success.lower)),
    similarity: round(relevance),
    success,
  };
}

/** Within one pattern: the better proven version, then the newer one. */
function compareVersions<T extends Searchable>(a: Match<T>, b: Match<T>): number {
  return b.score - a.score || semver.rcompare(a.candidate.version, b.candidate.version);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
