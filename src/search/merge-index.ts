import type { Postings } from './lexical-index.ts';
import type { IndexedVectors, SearchIndex } from './search-index.ts';
import { domainThresholds } from './threshold.ts';
import { type IndexedVersion, tableOf } from './version-table.ts';

/** Where the versions of one index lie in another. */
interface Part {
  readonly index: SearchIndex;
  /** The row of each version in the whole. */
  readonly rows: Uint32Array;
}

/**
 * One index of the versions of two, which have none in common: the same as if all had been measured at once.
 *
 * @param compare the order that the versions of both are in
 * @returns undefined where one has vectors and the other has none, or others
 */
export function mergeIndexes(
  first: SearchIndex,
  second: SearchIndex,
  compare: (a: IndexedVersion, b: IndexedVersion) => number,
): SearchIndex | undefined {
  if (second.versions.count === 0) return first;
  const { versions, parts } = interleave(first, second, compare);
  const vectors = mergeVectors(parts, versions.length);
  if (vectors === undefined && first.vectors !== undefined) return undefined;
  if (vectors === undefined && second.vectors !== undefined) return undefined;
  const table = tableOf(versions);
  const all = Uint32Array.from({ length: versions.length }, (_, row) => row);
  return {
    versions: table,
    postings: mergePostings(parts, versions.length),
    vectors:
      vectors === undefined
        ? undefined
        : { ...vectors, thresholds: domainThresholds(table, all, vectors.blended) },
  };
}

function interleave(
  first: SearchIndex,
  second: SearchIndex,
  compare: (a: IndexedVersion, b: IndexedVersion) => number,
): { readonly versions: readonly IndexedVersion[]; readonly parts: readonly [Part, Part] } {
  const [left, right] = [first.versions, second.versions];
  const parts: [Part, Part] = [
    { index: first, rows: new Uint32Array(left.count) },
    { index: second, rows: new Uint32Array(right.count) },
  ];
  const versions: IndexedVersion[] = [];
  let [i, j] = [0, 0];
  while (i < left.count || j < right.count) {
    const takesLeft = j === right.count || (i < left.count && compare(left.at(i), right.at(j)) < 0);
    (takesLeft ? parts[0] : parts[1]).rows[takesLeft ? i : j] = versions.length;
    versions.push(takesLeft ? left.at(i++) : right.at(j++));
  }
  return { versions, parts };
}

function mergePostings([first, second]: readonly [Part, Part], count: number): Postings {
  const [a, b] = [first.index.postings, second.index.postings];
  const fields = b.lengths.length / second.rows.length;
  const lengths = new Uint32Array(count * fields);
  for (const { index, rows } of [first, second])
    for (const [row, to] of rows.entries())
      lengths.set(index.postings.lengths.subarray(row * fields, (row + 1) * fields), to * fields);
  const terms = [...new Set([...a.terms, ...b.terms])].sort();
  const starts = new Uint32Array(terms.length + 1);
  const size = a.documents.length + b.documents.length;
  const documents = new Uint32Array(size);
  const places = new Uint32Array(size);
  let [at, i, j] = [0, 0, 0];
  for (const [number, term] of terms.entries()) {
    const [left, right] = [rangeOf(a, i, term), rangeOf(b, j, term)];
    let [x, y] = [left.from, right.from];
    while (x < left.to || y < right.to) {
      const rowX = x < left.to ? (first.rows[a.documents[x] ?? 0] ?? 0) : count;
      const rowY = y < right.to ? (second.rows[b.documents[y] ?? 0] ?? 0) : count;
      documents[at] = Math.min(rowX, rowY);
      places[at++] = (rowX < rowY ? a.places[x++] : b.places[y++]) ?? 0;
    }
    starts[number + 1] = at;
    i += left.to > left.from ? 1 : 0;
    j += right.to > right.from ? 1 : 0;
  }
  return { lengths, terms, starts, documents, places };
}

/** The entries of a term, if it is the one of this number; none else. */
function rangeOf({ terms, starts }: Postings, number: number, term: string): { from: number; to: number } {
  if (terms[number] !== term) return { from: 0, to: 0 };
  return { from: starts[number] ?? 0, to: starts[number + 1] ?? 0 };
}

function mergeVectors(
  parts: readonly [Part, Part],
  count: number,
): Omit<IndexedVectors, 'thresholds'> | undefined {
  const [a, b] = [parts[0].index.vectors, parts[1].index.vectors];
  const dimension = b?.blended.dimension ?? 0;
  if (a === undefined || b === undefined || a.blended.dimension !== dimension) return undefined;
  const rows = new Float32Array(count * dimension);
  const pairs: ((() => ReturnType<IndexedVectors['pair']>) | undefined)[] = Array.from({ length: count });
  for (const [vectors, part] of [
    [a, parts[0]],
    [b, parts[1]],
  ] as const) {
    for (const [row, to] of part.rows.entries()) {
      rows.set(vectors.blended.rows.subarray(row * dimension, (row + 1) * dimension), to * dimension);
      pairs[to] = () => vectors.pair(row);
    }
  }
  return { blended: { dimension, rows }, pair: (row) => pairs[row]?.() };
}
