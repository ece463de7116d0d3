import semver from 'semver';
import { compareBytes } from '../model/byte-order.ts';
import type { PatternRecord, PatternRef, Quality, Signature } from '../model/pattern.ts';
import type { Need } from '../model/spec.ts';
import { estimateSuccess, type Prior, type SuccessEstimate, successFactor } from '../learn/success.ts';
import { LexicalIndex, postingsOf } from './lexical-index.ts';

/** A version that can be ranked, once its words and its meaning are measured. */
export interface Rankable extends PatternRef {
  readonly record: {
    readonly signature: Pick<Signature, 'purpose' | 'intent' | 'domain'>;
    readonly facets: Readonly<Record<string, string>>;
    readonly quality: Pick<Quality, 'success_rate'>;
  };
  readonly counts: { readonly successes: number; readonly failures: number };
  /** From the versions that it was made from. */
  readonly inherited?: Prior | undefined;
}

/** How near a need is to a version in meaning: the cosines, and the semantic score that is made of them. */
export interface Nearness {
  readonly signature: number;
  readonly body: number | undefined;
  readonly semantic: number;
}

/** A version that a search may find. */
export interface Searchable extends Rankable {
  readonly record: PatternRecord;
  /** The terms of the body, made by `bodyTerms`. */
  readonly bodyTerms?: readonly string[] | undefined;
  /** Without it the search goes by words alone. */
  readonly nearness?: Nearness | undefined;
}

/** How each part of a score came about, with six places. */
export interface Relevance {
  /** Cosine similarities, between -1 and 1. */
  readonly signature: number | undefined;
  readonly body: number | undefined;
  /** Between 0 and 1. */
  readonly lexical: number;
}

/** A version in its place. */
export interface Ranked<T> {
  readonly candidate: T;
  /** Its number among the candidates. */
  readonly place: number;
  /** Similarity weighed by success. */
  readonly score: number;
  /** Relevance alone. */
  readonly similarity: number;
  readonly lexical: number;
}

export interface Match<T> extends Ranked<T> {
  readonly relevance: Relevance;
  readonly success: SuccessEstimate;
}

/** What was measured of each candidate, in their order. */
export interface Measured {
  readonly lexical: ArrayLike<number>;
  /** NaN where a candidate has no vectors; undefined where none has. */
  readonly semantic: ArrayLike<number> | undefined;
}

/**
 * Ranks versions by how well they answer a need, best first, each measured on the spot. See `rankMeasured`.
 */
export function rank<T extends Searchable>(need: Need, candidates: readonly T[]): readonly Match<T>[] {
  const measured: Measured = {
    lexical: new LexicalIndex(postingsOf(candidates)).score(needText(need)),
    semantic: candidates.map(({ nearness }) => nearness?.semantic ?? Number.NaN),
  };
  return rankMeasured(need, candidates, measured).map((ranked) => explain(ranked, ranked.candidate.nearness));
}

/**
 * Ranks versions by how well they answer a need, best first: hard facets first, then relevance (semantic and lexical
 * score), weighed by the lower bound of success; one version a pattern. Scores are rounded before they are
 * compared and ties break by id, so the order is the same everywhere and whatever the order of the candidates.
 *
 * Words count by as much as they can be trusted for this need: the best lexical score that any candidate reaches. A
 * need that names things finds most of its words in one pattern, and words then settle what vectors blur; a need in
 * other words than the bank's finds some by chance, and chance must not outvote meaning.
 */
export function rankMeasured<T extends Rankable>(
  need: Need,
  candidates: readonly T[],
  { lexical, semantic }: Measured,
): readonly Ranked<T>[] {
  const fitting = [...candidates.keys()].filter((place) => {
    const candidate = candidates[place];
    return candidate !== undefined && hasFacets(need, candidate.record);
  });
  const trust = fitting.reduce((most, place) => Math.max(most, lexical[place] ?? 0), 0);
  const best = new Map<string, Ranked<T>>();
  for (const place of fitting) {
    const candidate = candidates[place];
    if (candidate === undefined) continue;
    const similarity = similarityOf(semantic?.[place] ?? Number.NaN, lexical[place] ?? 0, trust);
    const score = round(similarity * factorOf(candidate));
    const known = best.get(candidate.pattern_id);
    if (known !== undefined && !isBetter(score, candidate, known)) continue;
    const words = round(lexical[place] ?? 0);
    best.set(candidate.pattern_id, {
      candidate,
      place,
      score,
      similarity: round(similarity),
      lexical: words,
    });
  }
  return [...best.values()].sort(
    (a, b) => b.score - a.score || compareBytes(a.candidate.pattern_id, b.candidate.pattern_id),
  );
}

/** What a rank is made of. */
export function explain<T extends Rankable>(
  ranked: Ranked<T>,
  nearness: Pick<Nearness, 'signature' | 'body'> | undefined,
): Match<T> {
  const { mean, lower, upper } = successOf(ranked.candidate);
  return {
    ...ranked,
    relevance: {
      signature: rounded(nearness?.signature),
      body: rounded(nearness?.body),
      lexical: ranked.lexical,
    },
    success: { mean: round(mean), lower: round(lower), upper: round(upper) },
  };
}

/** The text that is searched for. */
export function needText(need: Need): string {
  return [need.purpose, ...(need.inputs ?? []), ...(need.outputs ?? []), ...(need.constraints ?? [])].join(
    ' ',
  );
}

/** Similarity cannot tell "Dockerfile for Go" from "Dockerfile for Python"; facets can. */
function hasFacets(need: Need, record: Rankable['record']): boolean {
  if (need.intent !== undefined && need.intent !== record.signature.intent) return false;
  if (need.domain !== undefined && need.domain !== record.signature.domain) return false;
  if (need.facets === undefined) return true;
  return Object.entries(need.facets).every(
    ([name, value]) => record.facets[name]?.toLowerCase() === value.toLowerCase(),
  );
}

function successOf({ counts: { successes, failures }, inherited, record }: Rankable): SuccessEstimate {
  return estimateSuccess({ declared: record.quality.success_rate, successes, failures, inherited });
}

function factorOf(candidate: Rankable): number {
  const { successes, failures } = candidate.counts;
  return successFactor(successOf(candidate), successes + failures);
}

function similarityOf(semantic: number, lexical: number, trust: number): number {
  if (Number.isNaN(semantic)) return lexical;
  return (Math.max(0, semantic) + trust * lexical) / (1 + trust);
}

/** Within one pattern: the better answer, then the newer one. */
function isBetter(score: number, candidate: PatternRef, known: Ranked<PatternRef>): boolean {
  return (
    score > known.score || (score === known.score && semver.gt(candidate.version, known.candidate.version))
  );
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : round(value);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
