import type { Prior } from '../learn/success.ts';
import { type Status, STATUSES } from '../model/pattern.ts';
import type { Need } from '../model/spec.ts';
import { fastDots } from './dot-module.ts';
import { LexicalIndex, type Postings } from './lexical-index.ts';
import { dotRow, type PackedVectors } from './packed-vectors.ts';
import { explain, factorOf, type Field, type Match, type Rankable, rankMeasured } from './rank.ts';
import type { Ranked, Ranking } from './ranking.ts';
import { BASE_THRESHOLD, domainThresholds } from './threshold.ts';
import type { VersionTable } from './version-table.ts';

/** The vectors of the versions of an index, in their order. */
export interface IndexedVectors {
  readonly blended: PackedVectors;
  /** Signature and body of one version, a body of zeros for none; undefined where they are damaged. */
  readonly pair: (
    row: number,
  ) => { readonly signature: Float32Array; readonly body: Float32Array } | undefined;
  /** The threshold of each domain, by its number, where every version is offered. */
  readonly thresholds: Float64Array;
}

/** Versions with all that their ranking needs, made once for many searches. */
export interface SearchIndex {
  readonly versions: VersionTable;
  readonly postings: Postings;
  /** Absent where search goes by words alone. */
  readonly vectors: IndexedVectors | undefined;
}

/** What changes of a version after it was published. */
export interface LiveState {
  readonly status: Status;
  readonly counts: Rankable['counts'];
  readonly inherited: Prior | undefined;
}

/** An offered version of an index. */
export type Offered = Rankable & { readonly status: Status };

const NO_COUNTS = { successes: 0, failures: 0 };
/** Candidates, quarantined and yanked versions are not offered; an exact reference still finds the first. */
const OFFERED: ReadonlySet<string | undefined> = new Set<Status>(['production', 'deprecated']);

/** The versions of an index that are offered now, ready to be searched: nothing is read or made again for the next need. */
export class OfferedVersions {
  readonly #versions: VersionTable;
  readonly #states: ReadonlyMap<number, LiveState>;
  readonly #rows: Uint32Array;
  readonly #field: Field<Offered>;
  readonly #lexical: LexicalIndex;
  readonly #vectors: IndexedVectors | undefined;
  #thresholds: Float64Array | undefined;
  /** Made for the second query, since for one alone it takes longer than it saves. */
  #dots: ((query: Float64Array) => Float64Array) | undefined;
  #queries = 0;

  /** @param states how versions stand now, by row; those that stand as they were published may be left out */
  constructor({ versions, postings, vectors }: SearchIndex, states: ReadonlyMap<number, LiveState>) {
    const { columns, count } = versions;
    const rows = new Uint32Array(count);
    let size = 0;
    for (let row = 0; row < count; row++) {
      const status = states.get(row)?.status ?? STATUSES[columns.published[row] ?? 0];
      if (OFFERED.has(status)) rows[size++] = row;
    }
    this.#versions = versions;
    this.#states = states;
    this.#rows = rows.subarray(0, size);
    this.#field = this.#fieldOf();
    const offered = new Uint8Array(count);
    for (const row of this.#rows) offered[row] = 1;
    this.#lexical = new LexicalIndex(postings, offered);
    this.#vectors = vectors;
  }

  get hasVectors(): boolean {
    return this.#vectors !== undefined;
  }

  /** The similarity from which on a match counts, by the place of its version. */
  thresholdAt(place: number): number {
    this.#thresholds ??= this.#measureThresholds();
    return this.#thresholds[this.#versions.columns.domains[this.#rows[place] ?? 0] ?? 0] ?? BASE_THRESHOLD;
  }

  /** The number of a match's pattern, the same for every need. */
  patternOf({ place }: Ranked<Offered>): number {
    return this.#field.patterns[place] ?? 0;
  }

  /**
   * The versions that pass a need's facets, one a pattern; for needs that differ in facets alone.
   * @param query the vector of the need's text; undefined to go by words alone
   */
  rankerOf(text: string, query: Float32Array | undefined): (need: Need) => Ranking<Offered> {
    const scores = this.#lexical.score(text);
    const rows = this.#rows;
    const lexical = new Float64Array(rows.length);
    for (let place = 0; place < rows.length; place++) lexical[place] = scores[rows[place] ?? 0] ?? 0;
    const semantic = this.#semantic(query);
    return (need) => rankMeasured(need, this.#field, { lexical, semantic });
  }

  /** What the rank of a version is made of; undefined where its vectors are damaged. */
  explain(ranked: Ranked<Offered>, query: Float32Array | undefined): Match<Offered> | undefined {
    const row = this.#rows[ranked.place];
    if (query === undefined || this.#vectors === undefined || row === undefined)
      return explain(ranked, undefined);
    const pair = this.#vectors.pair(row);
    if (pair === undefined) return undefined;
    const wanted = Float64Array.from(query);
    const cosine = (rows: Float32Array): number => dotRow({ dimension: rows.length, rows }, 0, wanted);
    return explain(ranked, {
      signature: cosine(pair.signature),
      body: pair.body.some((x) => x !== 0) ? cosine(pair.body) : undefined,
    });
  }

  #fieldOf(): Field<Offered> {
    const { columns, count } = this.#versions;
    const rows = this.#rows;
    const patterns = new Uint32Array(rows.length);
    const factors = new Float64Array(rows.length);
    const factorsByRate = new Map<number, number>();
    for (let place = 0; place < rows.length; place++) {
      const row = rows[place] ?? 0;
      patterns[place] = columns.patterns[row] ?? 0;
      const rate = columns.rates[row] ?? 0;
      const { counts = NO_COUNTS, inherited } = this.#states.get(row) ?? {};
      const unseen = counts.successes + counts.failures === 0 && inherited === undefined;
      const known = unseen ? factorsByRate.get(rate) : undefined;
      const factor = known ?? factorOf({ rate, counts, inherited });
      factors[place] = factor;
      if (unseen) factorsByRate.set(rate, factor);
    }
    const candidateAt = (place: number): Offered => this.#offeredAt(rows[place] ?? 0);
    return { count: rows.length, candidateAt, factors, patterns, patternCount: count };
  }

  #offeredAt(row: number): Offered {
    const { pattern_id, version, record, published } = this.#versions.at(row);
    const { status = published, counts = NO_COUNTS, inherited } = this.#states.get(row) ?? {};
    return { pattern_id, version, record, status, counts, inherited };
  }

  #semantic(query: Float32Array | undefined): Float64Array | undefined {
    const blended = this.#vectors?.blended;
    if (query === undefined || blended === undefined) return undefined;
    const wanted = Float64Array.from(query);
    this.#queries += 1;
    if (this.#queries === 2) this.#dots = fastDots(blended);
    const all = this.#dots?.(wanted);
    const rows = this.#rows;
    const semantic = new Float64Array(rows.length);
    for (let place = 0; place < rows.length; place++) {
      const row = rows[place] ?? 0;
      semantic[place] = all === undefined ? dotRow(blended, row, wanted) : (all[row] ?? 0);
    }
    return semantic;
  }

  #measureThresholds(): Float64Array {
    if (this.#vectors === undefined) return new Float64Array(0);
    const { blended, thresholds } = this.#vectors;
    // What is true of all versions was measured when the index was made.
    return this.#rows.length === this.#versions.count
      ? thresholds
      : domainThresholds(this.#versions, this.#rows, blended);
  }
}
