import semver from 'semver';
import { compareBytes } from '../model/byte-order.ts';
import type { PatternRecord, PatternRef, Quality, Signature } from '../model/pattern.ts';
import type { Need } from '../model/spec.ts';
import { estimateSuccess, type Prior, type SuccessEstimate, successFactor } from '../learn/success.ts';
import { LexicalIndex, postingsOf } from './lexical-index.ts';
import { type Ranked, Ranking } from './ranking.ts';
import { trustOf } from './trust.ts';

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
 *
 * @param words of the candidates, in their order; made here unless the caller has many needs for the same ones
 */
export function rank<T extends Searchable>(
  need: Need,
  candidates: readonly T[],
  words: LexicalIndex = new LexicalIndex(postingsOf(candidates)),
): readonly Match<T>[] {
  const measured: Measured = {
    lexical: words.score(needText(need)),
    semantic: candidates.map(({ nearness }) => nearness?.semantic ?? Number.NaN),
  };
  return rankMeasured(need, fieldOf(candidates), measured)
    .all()
    .map((ranked) => explain(ranked, ranked.candidate.nearness));
}

/**
 * Ranks versions by how well they answer a need, best first: hard facets first, then relevance (semantic and lexical
 * score), weighed by the lower bound of success; one version a pattern. Scores are rounded before they are
 * compared and ties break by id, so the order is the same everywhere and whatever the order of the candidates.
 *
 * Words count by as much as they can be trusted for this need (`trustOf`): where a need names things, words settle what
 * vectors blur; where it is put in other words than the bank's, chance must not outvote meaning.
 */
export function rankMeasured<T extends Rankable>(
  need: Need,
  field: Field<T>,
  { lexical, semantic }: Measured,
): Ranking<T> {
  const { count, candidateAt, factors, patterns, patternCount } = field;
  const fitting = fittingOf(need, field);
  const heard = new Float64Array(patternCount).fill(Number.NaN);
  for (let place = 0; place < count; place++) {
    if (fitting !== undefined && fitting[place] !== 1) continue;
    const pattern = patterns[place] ?? 0;
    const known = heard[pattern] ?? Number.NaN;
    const words = lexical[place] ?? 0;
    if (!(known >= words)) heard[pattern] = words;
  }
  const trust = trustOf(heard);
  const places = new Int32Array(patternCount).fill(-1);
  const scores = new Float64Array(patternCount);
  const similarities = new Float64Array(patternCount);
  const lexicals = new Float64Array(patternCount);
  for (let place = 0; place < count; place++) {
    if (fitting !== undefined && fitting[place] !== 1) continue;
    const words = lexical[place] ?? 0;
    const similarity = similarityOf(semantic?.[place] ?? Number.NaN, words, trust);
    if (similarity <= 0) continue;
    const score = round(similarity * (factors[place] ?? 0));
    const pattern = patterns[place] ?? 0;
    const known = places[pattern] ?? -1;
    // Within one pattern: the better answer, then the newer one.
    if (known >= 0) {
      const best = scores[pattern] ?? 0;
      if (score < best) continue;
      if (score === best && !semver.gt(candidateAt(place).version, candidateAt(known).version)) continue;
    }
    places[pattern] = place;
    scores[pattern] = score;
    similarities[pattern] = round(similarity);
    lexicals[pattern] = round(words);
  }
  return new Ranking({ places, scores, similarities, lexicals }, candidateAt);
}

/** Candidates, with what their ranks have in common for every need. */
export interface Field<T extends Rankable> {
  readonly count: number;
  readonly candidateAt: (place: number) => T;
  /** How success scales each. */
  readonly factors: Float64Array;
  /** The number of each one's pattern, in byte order of the ids. */
  readonly patterns: Uint32Array;
  readonly patternCount: number;
}

function fieldOf<T extends Rankable>(candidates: readonly T[]): Field<T> {
  const { numbers, count } = numberPatterns(candidates);
  return {
    count: candidates.length,
    candidateAt: (place) => {
      const candidate = candidates[place];
      if (candidate === undefined) throw new RangeError(`there is no candidate ${place}`);
      return candidate;
    },
    factors: Float64Array.from(candidates, ({ record, counts, inherited }) =>
      factorOf({ rate: record.quality.success_rate, counts, inherited }),
    ),
    patterns: numbers,
    patternCount: count,
  };
}

/** Numbers the patterns of versions in byte order of the ids: the number of each version's, and how many there are. */
export function numberPatterns(versions: readonly PatternRef[]): {
  readonly numbers: Uint32Array;
  readonly count: number;
} {
  const ids = [...new Set(versions.map(({ pattern_id }) => pattern_id))].sort(compareBytes);
  const numbers = new Map(ids.map((id, number) => [id, number]));
  return {
    numbers: Uint32Array.from(versions, ({ pattern_id }) => numbers.get(pattern_id) ?? 0),
    count: ids.length,
  };
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

/** 1 for each candidate that fits the facets of a need; undefined where every one does. */
function fittingOf<T extends Rankable>(need: Need, { count, candidateAt }: Field<T>): Uint8Array | undefined {
  const { intent, domain, facets = {} } = need;
  if (intent === undefined && domain === undefined && Object.keys(facets).length === 0) return undefined;
  const fits = fitOf(need);
  const fitting = new Uint8Array(count);
  for (let place = 0; place < count; place++) fitting[place] = fits(candidateAt(place).record) ? 1 : 0;
  return fitting;
}

/** Similarity cannot tell "Dockerfile for Go" from "Dockerfile for Python"; facets can. */
function fitOf(need: Need): (record: Rankable['record']) => boolean {
  const { intent, domain } = need;
  const facets = Object.entries(need.facets ?? {}).map(
    ([name, value]) => [name, value.toLowerCase()] as const,
  );
  return ({ signature, facets: own }) =>
    (intent === undefined || intent === signature.intent) &&
    (domain === undefined || domain === signature.domain) &&
    facets.every(([name, value]) => own[name]?.toLowerCase() === value);
}

function successOf({ counts: { successes, failures }, inherited, record }: Rankable): SuccessEstimate {
  return estimateSuccess({ declared: record.quality.success_rate, successes, failures, inherited });
}

/** How success scales the relevance of a version. */
export function factorOf({ rate, counts, inherited }: Standing): number {
  const { successes, failures } = counts;
  return successFactor(
    estimateSuccess({ declared: rate, successes, failures, inherited }),
    successes + failures,
  );
}

/** What is known of the success of a version; `rate` is what it declares. */
export type Standing = Pick<Rankable, 'counts' | 'inherited'> & { readonly rate: number };

function similarityOf(semantic: number, lexical: number, trust: number): number {
  if (Number.isNaN(semantic)) return lexical;
  return (Math.max(0, semantic) + trust * lexical) / (1 + trust);
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : round(value);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
