import semver from 'semver';
import { compareBytes } from '../model/byte-order.ts';
import type { PatternRecord, PatternRef } from '../model/pattern.ts';
import type { Need } from '../model/spec.ts';
import { LexicalIndex } from './lexical-index.ts';
import { estimateSuccess, type Prior, type SuccessEstimate, successFactor } from '../learn/success.ts';

/** A version that a search may find. */
export interface Searchable extends PatternRef {
  readonly record: PatternRecord;
  readonly counts: { readonly successes: number; readonly failures: number };
  /** From the versions that it was made from. */
  readonly inherited?: Prior | undefined;
  /** The terms of the body, made by `bodyTerms`. */
  readonly bodyTerms?: readonly string[] | undefined;
  /** Cosine similarities to the need; without them the search goes by words alone. */
  readonly cosine?: { readonly signature: number; readonly body: number | undefined } | undefined;
}

/** How each part of a score came about, each between 0 and 1 with six places. */
export interface Relevance {
  readonly signature: number | undefined;
  readonly body: number | undefined;
  readonly lexical: number;
}

export interface Match<T extends Searchable> {
  readonly candidate: T;
  /** Similarity weighed by success. */
  readonly score: number;
  /** Relevance alone. */
  readonly similarity: number;
  readonly relevance: Relevance;
  readonly success: SuccessEstimate;
}

/** The signature says what a pattern is for, the body what it does. */
const SIGNATURE_WEIGHT = 0.6;

/**
 * Ranks versions by how well they answer a need, best first: hard facets first, then relevance (both cosines and the
 * lexical score), weighed by the lower bound of success; one version a pattern. Scores are rounded before they are
 * compared and ties break by id, so the order is the same everywhere and whatever the order of the candidates.
 *
 * Words count by as much as they can be trusted for this need: the best lexical score that any candidate reaches. A
 * need that names things finds most of its words in one pattern, and words then settle what vectors blur; a need in
 * other words than the bank's finds some by chance, and chance must not outvote meaning.
 *
 * @param words of the candidates, in their order; made here unless the caller has many needs for the same ones
 */
export function rank<T extends Searchable>(
  need: Need,
  candidates: readonly T[],
  words: LexicalIndex = new LexicalIndex(candidates),
): readonly Match<T>[] {
  const scores = words.score(needText(need));
  const scored = candidates
    .map((candidate, i) => ({ candidate, lexical: scores[i] ?? 0 }))
    .filter(({ candidate }) => hasFacets(need, candidate.record));
  const trust = scored.reduce((most, { lexical }) => Math.max(most, lexical), 0);
  const best = new Map<string, Match<T>>();
  for (const { candidate, lexical } of scored) {
    const match = matchOf(candidate, lexical, trust);
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

function matchOf<T extends Searchable>(candidate: T, lexical: number, trust: number): Match<T> {
  const { successes, failures } = candidate.counts;
  const { inherited } = candidate;
  const declared = candidate.record.quality.success_rate;
  const success = estimateSuccess({ declared, successes, failures, inherited });
  const similarity = similarityOf(candidate, lexical, trust);
  const { signature, body } = candidate.cosine ?? { signature: undefined, body: undefined };
  return {
    candidate,
    score: round(similarity * successFactor(success, successes + failures)),
    similarity: round(similarity),
    relevance: { signature: rounded(signature), body: rounded(body), lexical: round(lexical) },
    success: { mean: round(success.mean), lower: round(success.lower), upper: round(success.upper) },
  };
}

function similarityOf(candidate: Searchable, lexical: number, trust: number): number {
  if (candidate.cosine === undefined) return lexical;
  const { signature, body } = candidate.cosine;
  const semantic = SIGNATURE_WEIGHT * signature + (1 - SIGNATURE_WEIGHT) * (body ?? signature);
  return (Math.max(0, semantic) + trust * lexical) / (1 + trust);
}

/** Within one pattern: the better answer, then the newer one. */
function compareVersions<T extends Searchable>(a: Match<T>, b: Match<T>): number {
  return b.score - a.score || semver.rcompare(a.candidate.version, b.candidate.version);
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : round(value);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
