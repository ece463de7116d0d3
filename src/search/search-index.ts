import type { Prior } from '../learn/success.ts';
import type { PatternRef, Status } from '../model/pattern.ts';
import type { Need } from '../model/spec.ts';
import { LexicalIndex, type Postings } from './lexical-index.ts';
import { dotRow, type PackedVectors } from './packed-vectors.ts';
import {
  explain,
  type Field,
  fieldOf,
  type Match,
  type Rankable,
  type Ranked,
  rankMeasured,
} from './rank.ts';
import { BASE_THRESHOLD, domainThresholds } from './threshold.ts';

/** What an index has of a version: nothing of it changes after it was published. */
export interface IndexedVersion extends PatternRef {
  readonly record: Rankable['record'] & { readonly derived_from: readonly string[] };
  readonly published: Status;
}

/** The vectors of the versions of an index, in their order. */
export interface IndexedVectors {
  readonly blended: PackedVectors;
  /** Signature and body of one version; a body of zeros stands for none. */
  readonly pair: (row: number) => { readonly signature: Float32Array; readonly body: Float32Array };
}

/** Versions with all that their ranking needs, made once for many searches. */
export interface SearchIndex {
  /** In byte order of id and version. */
  readonly versions: readonly IndexedVersion[];
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

/** The versions of an index that are offered now, ready to be searched: nothing is read or made again for the next need. */
export class OfferedVersions {
  readonly #rows: readonly number[];
  readonly #field: Field<Offered>;
  readonly #lexical: LexicalIndex;
  readonly #vectors: IndexedVectors | undefined;
  #thresholds: ReadonlyMap<string, number> | undefined;

  /** @param stateOf how versions stand now */
  constructor(index: SearchIndex, stateOf: (version: IndexedVersion) => LiveState) {
    const rows: number[] = [];
    const candidates: Offered[] = [];
    for (const [row, version] of index.versions.entries()) {
      const { status, counts, inherited } = stateOf(version);
      // Candidates, quarantined and yanked versions are not offered; an exact reference still finds the first.
      if (status !== 'production' && status !== 'deprecated') continue;
      const { pattern_id, record } = version;
      rows.push(row);
      candidates.push({ pattern_id, version: version.version, record, status, counts, inherited });
    }
    const offered = new Set(rows);
    this.#rows = rows;
    this.#field = fieldOf(candidates);
    this.#lexical = new LexicalIndex(index.postings, (row) => offered.has(row));
    this.#vectors = index.vectors;
  }

  get hasVectors(): boolean {
    return this.#vectors !== undefined;
  }

  /** The similarity from which on a match of the domain counts. */
  thresholdOf(domain: string): number {
    this.#thresholds ??= this.#measureThresholds();
    return this.#thresholds.get(domain) ?? BASE_THRESHOLD;
  }

  /**
   * The versions that pass a need's facets, best first, one a pattern; for needs that differ in facets alone.
   * @param query the vector of the need's text; undefined to go by words alone
   */
  rankerOf(text: string, query: Float32Array | undefined): (need: Need) => readonly Ranked<Offered>[] {
    const scores = this.#lexical.score(text);
    const lexical = Float64Array.from(this.#rows, (row) => scores[row] ?? 0);
    const semantic = this.#semantic(query);
    return (need) => rankMeasured(need, this.#field, { lexical, semantic });
  }

  /** What the rank of a version is made of. */
  explain(ranked: Ranked<Offered>, query: Float32Array | undefined): Match<Offered> {
    const row = this.#rows[ranked.place];
    if (query === undefined || this.#vectors === undefined || row === undefined)
      return explain(ranked, undefined);
    const { signature, body } = this.#vectors.pair(row);
    const wanted = Float64Array.from(query);
    const cosine = (rows: Float32Array): number => dotRow({ dimension: rows.length, rows }, 0, wanted);
    return explain(ranked, {
      signature: cosine(signature),
      body: body.some((x) => x !== 0) ? cosine(body) : undefined,
    });
  }

  #semantic(query: Float32Array | undefined): Float64Array | undefined {
    const blended = this.#vectors?.blended;
    if (query === undefined || blended === undefined) return undefined;
    const wanted = Float64Array.from(query);
    return Float64Array.from(this.#rows, (row) => dotRow(blended, row, wanted));
  }

  #measureThresholds(): ReadonlyMap<string, number> {
    if (this.#vectors === undefined) return new Map();
    const members = this.#field.candidates.map(({ pattern_id, record }, i) => ({
      pattern_id,
      domain: record.signature.domain,
      row: this.#rows[i] ?? 0,
    }));
    return domainThresholds(members, this.#vectors.blended);
  }
}
