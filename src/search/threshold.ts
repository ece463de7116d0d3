import type { PackedVectors } from './packed-vectors.ts';
import type { VersionTable } from './version-table.ts';

/** How much of a need a match must answer where nothing is known of its domain. */
export const BASE_THRESHOLD = 0.25;
/** So many patterns of a domain tell as much of it as the base does. */
const PRIOR_PATTERNS = 10;
/** A threshold moves no further than this from the base. */
const FURTHEST = 0.1;
/** No domain has a lower one. */
export const LOWEST_THRESHOLD = 0.15;

/**
 * The threshold of each domain: the base, moved by half of what the domain's patterns resemble each other more, or less, than
 * those of the whole bank do (mean dot product over all pairs), the fewer they are the less. Where patterns are alike, a need that
 * misses them all comes near to each, so nearness says less; where they are far apart it says more. With four places, and
 * summed in byte order of the ids, so that it is the same everywhere.
 *
 * @param rows the versions that count, in ascending order; of one pattern the first does
 * @returns by the number of the domain; NaN for one that none of the versions is of
 */
export function domainThresholds(
  { columns, domains, count }: Pick<VersionTable, 'columns' | 'domains' | 'count'>,
  rows: Uint32Array,
  vectors: PackedVectors,
): Float64Array {
  const first = new Int32Array(count).fill(-1);
  for (const row of rows) {
    const pattern = columns.patterns[row] ?? 0;
    if (first[pattern] === -1) first[pattern] = row;
  }
  const ordered = first.filter((row) => row >= 0);
  const byDomain = domains.map((): number[] => []);
  for (const row of ordered) byDomain[columns.domains[row] ?? 0]?.push(row);
  const everywhere = cohesion(ordered, vectors);
  return Float64Array.from(byDomain, (own) => {
    if (own.length === 0) return Number.NaN;
    const excess = own.length < 2 ? 0 : (cohesion(own, vectors) - everywhere) / 2;
    const moved = (excess * own.length) / (own.length + PRIOR_PATTERNS);
    return places(BASE_THRESHOLD + Math.min(FURTHEST, Math.max(-FURTHEST, moved)));
  });
}

/** The mean dot product over all pairs: what the squared length of the sum has beyond the squared lengths. */
function cohesion(members: ArrayLike<number> & Iterable<number>, { dimension, rows }: PackedVectors): number {
  if (members.length < 2) return 0;
  const sum = new Float64Array(dimension);
  let own = 0;
  for (const row of members) {
    for (let i = 0; i < dimension; i++) {
      const x = rows[row * dimension + i] ?? 0;
      sum[i] = (sum[i] ?? 0) + x;
      own += x * x;
    }
  }
  return (sum.reduce((total, x) => total + x * x, 0) - own) / (members.length * (members.length - 1));
}

function places(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
