import { compareBytes } from '../model/byte-order.ts';
import type { PackedVectors } from './packed-vectors.ts';

/** How much of a need a match must answer where nothing is known of its domain. */
export const BASE_THRESHOLD = 0.25;
/** So many patterns of a domain tell as much of it as the base does. */
const PRIOR_PATTERNS = 10;
/** A threshold moves no further than this from the base. */
const FURTHEST = 0.1;
/** No domain has a lower one. */
export const LOWEST_THRESHOLD = 0.15;

/** A version whose vector lies in a row of its own. */
export interface DomainMember {
  readonly pattern_id: string;
  readonly domain: string;
  readonly row: number;
}

/**
 * The threshold of each domain: the base, moved by half of what the domain's patterns resemble each other more, or less, than
 * those of the whole bank do (mean dot product over all pairs), the fewer they are the less. Where patterns are alike, a need that
 * misses them all comes near to each, so nearness says less; where they are far apart it says more. With four places, and
 * summed in byte order of the ids, so that it is the same everywhere.
 *
 * @param members those of one pattern follow each other; its first counts
 */
export function domainThresholds(
  members: readonly DomainMember[],
  vectors: PackedVectors,
): ReadonlyMap<string, number> {
  const patterns = new Map<string, DomainMember>();
  for (const member of members) if (!patterns.has(member.pattern_id)) patterns.set(member.pattern_id, member);
  const ordered = [...patterns.values()].sort((a, b) => compareBytes(a.pattern_id, b.pattern_id));
  const byDomain = new Map<string, DomainMember[]>();
  for (const member of ordered) {
    const own = byDomain.get(member.domain);
    if (own === undefined) byDomain.set(member.domain, [member]);
    else own.push(member);
  }
  const everywhere = cohesion(ordered, vectors);
  return new Map(
    [...byDomain].map(([domain, own]) => {
      const excess = own.length < 2 ? 0 : (cohesion(own, vectors) - everywhere) / 2;
      const moved = (excess * own.length) / (own.length + PRIOR_PATTERNS);
      return [domain, places(BASE_THRESHOLD + Math.min(FURTHEST, Math.max(-FURTHEST, moved)))];
    }),
  );
}

/** The mean dot product over all pairs: what the squared length of the sum has beyond the squared lengths. */
function cohesion(members: readonly DomainMember[], { dimension, rows }: PackedVectors): number {
  if (members.length < 2) return 0;
  const sum = new Float64Array(dimension);
  let own = 0;
  for (const { row } of members) {
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
