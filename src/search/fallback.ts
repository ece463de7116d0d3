import type { Need } from '../model/spec.ts';
import { BASE_THRESHOLD, LOWEST_THRESHOLD } from './threshold.ts';

/**
 * The concessions of a search, the later the greater: none; the softer facets, domain and intent, dropped; below the threshold,
 * but by words alone it would count; nothing found.
 */
export const LEVELS = ['strict', 'facets dropped', 'lexical', 'none'] as const;
export type SearchLevel = (typeof LEVELS)[number];

/** One level that was tried, and how many matches it added. */
export interface LevelReport {
  readonly level: Exclude<SearchLevel, 'none'>;
  readonly found: number;
}

export interface LevelMatch<M> {
  readonly level: LevelReport['level'];
  readonly match: M;
}

export interface Fallback<M> {
  /** The last level that was needed. */
  readonly level: SearchLevel;
  readonly levels: readonly LevelReport[];
  readonly matches: readonly LevelMatch<M>[];
}

/** What a level needs to know of a match. */
export interface Leveled {
  readonly similarity: number;
  readonly lexical: number;
  readonly candidate: {
    readonly pattern_id: string;
    readonly record: { readonly signature: { readonly domain: string } };
  };
}

/**
 * Makes one concession after another until `minResults` patterns match. Facets other than domain and intent are never dropped.
 *
 * @param ranked the patterns that pass a need's facets, best first
 * @param thresholdOf the similarity from which on a match of a domain counts
 */
export function searchWithFallback<M extends Leveled>(
  need: Need,
  minResults: number,
  ports: { readonly ranked: (need: Need) => readonly M[]; readonly thresholdOf: (domain: string) => number },
): Fallback<M> {
  const passes = ({ candidate, similarity }: M): boolean =>
    similarity >= LOWEST_THRESHOLD && similarity >= ports.thresholdOf(candidate.record.signature.domain);
  const strict = ports.ranked(need);
  const matches: LevelMatch<M>[] = [];
  const taken = new Set<string>();
  const levels: LevelReport[] = [];
  const take = (level: LevelReport['level'], found: readonly M[]): boolean => {
    const fresh = found.filter((match) => !taken.has(match.candidate.pattern_id));
    for (const match of fresh) {
      taken.add(match.candidate.pattern_id);
      matches.push({ level, match });
    }
    levels.push({ level, found: fresh.length });
    return matches.length >= minResults;
  };
  const done = (): Fallback<M> => ({
    level: levels.findLast(({ found }) => found > 0)?.level ?? 'none',
    levels,
    matches,
  });

  if (take('strict', strict.filter(passes))) return done();
  const { intent, domain, ...softer } = need;
  const relaxed = intent === undefined && domain === undefined ? strict : ports.ranked(softer);
  if (relaxed !== strict && take('facets dropped', relaxed.filter(passes))) return done();
  const worded = [...strict, ...relaxed].filter((match) => match.lexical >= BASE_THRESHOLD && !passes(match));
  take(
    'lexical',
    firstOfEach(
      worded.filter(({ candidate }) => !taken.has(candidate.pattern_id)),
      minResults - matches.length,
    ),
  );
  return done();
}

/** The first match of each pattern, at most so many. */
function firstOfEach<M extends Leveled>(matches: readonly M[], most: number): readonly M[] {
  const seen = new Map<string, M>();
  for (const match of matches) {
    if (seen.size === most) break;
    if (!seen.has(match.candidate.pattern_id)) seen.set(match.candidate.pattern_id, match);
  }
  return [...seen.values()];
}
