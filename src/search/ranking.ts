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

/** What was found of the best version of each pattern, by the number of the pattern. */
export interface Standings {
  /** The candidate; -1 where no version of the pattern answers the need. */
  readonly places: Int32Array;
  /** With six places. */
  readonly scores: Float64Array;
  readonly similarities: Float64Array;
  readonly lexicals: Float64Array;
}

/** Of the patterns that a test lets through: how many there are, and the first of them. */
export interface Selection<M> {
  readonly found: number;
  readonly first: readonly M[];
}

/** More patterns than a bank has, and a score that none reaches, in millionths: their product is still a safe integer. */
const PATTERNS = 2 ** 24;
const MOST = 1e8;

/** The patterns that answer a need, one version each. Objects are made of those alone that are asked for. */
export class Ranking<T> {
  readonly #standings: Standings;
  readonly #candidateAt: (place: number) => T;

  constructor(standings: Standings, candidateAt: (place: number) => T) {
    this.#standings = standings;
    this.#candidateAt = candidateAt;
  }

  similarity(pattern: number): number {
    return this.#standings.similarities[pattern] ?? 0;
  }

  lexical(pattern: number): number {
    return this.#standings.lexicals[pattern] ?? 0;
  }

  /** Every pattern, best first. */
  all(): readonly Ranked<T>[] {
    return this.select(Number.POSITIVE_INFINITY, () => true).first;
  }

  /** @param passes whether a pattern, given by its number and the candidate's, is let through */
  select(most: number, passes: (pattern: number, place: number) => boolean): Selection<Ranked<T>> {
    const { places, scores } = this.#standings;
    const keys = new Float64Array(places.length);
    let found = 0;
    for (let pattern = 0; pattern < places.length; pattern++) {
      const place = places[pattern] ?? -1;
      if (place < 0 || !passes(pattern, place)) continue;
      // A score in millionths and the number of a pattern make one whole number, and numbers compare fast.
      keys[found] = (MOST - Math.round((scores[pattern] ?? 0) * 1e6)) * PATTERNS + pattern;
      found += 1;
    }
    const first = smallest(keys.subarray(0, found), most);
    return { found, first: Array.from(first, (key) => this.#rankedOf(key % PATTERNS)) };
  }

  #rankedOf(pattern: number): Ranked<T> {
    const { places, scores, similarities, lexicals } = this.#standings;
    const place = places[pattern] ?? 0;
    return {
      candidate: this.#candidateAt(place),
      place,
      score: scores[pattern] ?? 0,
      similarity: similarities[pattern] ?? 0,
      lexical: lexicals[pattern] ?? 0,
    };
  }
}

/** Up to so many a list is kept in order by insertion: most keys are then looked at once. */
const FEW = 64;

/** The smallest keys in order. */
function smallest(keys: Float64Array, most: number): Float64Array {
  if (most > FEW || keys.length <= most) return keys.sort().subarray(0, Math.min(most, keys.length));
  const kept = new Float64Array(most).fill(Number.POSITIVE_INFINITY);
  for (const key of keys) {
    let at = most - 1;
    if (key >= (kept[at] ?? 0)) continue;
    for (; at > 0 && key < (kept[at - 1] ?? 0); at--) kept[at] = kept[at - 1] ?? 0;
    kept[at] = key;
  }
  return kept;
}
