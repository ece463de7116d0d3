import type { Need } from '../model/spec.ts';
import type { Selection } from './ranking.ts';
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

/** The patterns that pass a need's facets, by numbers that they have for every need. */
export interface RankedPatterns<M> {
  readonly similarity: (pattern: number) => number;
  readonly lexical: (pattern: number) => number;
  /** How many patterns pass a test, and the first of them, best first. */
  readonly select: (most: number, passes: (pattern: number, place: number) => boolean) => Selection<M>;
}

/**
 * Makes one concession after another until `minResults` patterns match. Facets other than domain and intent are never dropped.
 *
 * @param most how many matches are asked for; all are counted
 * @param thresholdAt the similarity from which on a match counts, by the place of the version
 * @param patternOf the number of a match's pattern
 */
export function searchWithFallback<M>(
  need: Need,
  { minResults, most }: { readonly minResults: number; readonly most: number },
  ports: {
    readonly ranked: (need: Need) => RankedPatterns<M>;
    readonly thresholdAt: (place: number) => number;
    readonly patternOf: (match: M) => number;
  },
): Fallback<M> {
  const matches: LevelMatch<M>[] = [];
  const taken = new Set<number>();
  const levels: LevelReport[] = [];
  const add = (level: LevelReport['level'], first: readonly M[]): void => {
    for (const match of first) {
      taken.add(ports.patternOf(match));
      matches.push({ level, match });
    }
  };
  const takePassing = (level: LevelReport['level'], ranking: RankedPatterns<M>): boolean => {
    const missing = minResults - matches.length;
    const { found, first } = ranking.select(Math.max(minResults, most), (pattern, place) => {
      const similarity = ranking.similarity(pattern);
      return similarity >= LOWEST_THRESHOLD && similarity >= ports.thresholdAt(place) && !taken.has(pattern);
    });
    add(level, first);
    levels.push({ level, found });
    return found >= missing;
  };
  const takeWorded = (rankings: readonly RankedPatterns<M>[]): void => {
    const before = matches.length;
    for (const ranking of rankings) {
      const passes = (pattern: number): boolean =>
        ranking.lexical(pattern) >= BASE_THRESHOLD && !taken.has(pattern);
      add('lexical', ranking.select(minResults - matches.length, passes).first);
    }
    levels.push({ level: 'lexical', found: matches.length - before });
  };
  const done = (): Fallback<M> => ({
    level: levels.findLast(({ found }) => found > 0)?.level ?? 'none',
    levels,
    matches: matches.slice(0, Math.max(minResults, most)),
  });

  const strict = ports.ranked(need);
  if (takePassing('strict', strict)) return done();
  const { intent, domain, ...softer } = need;
  if (intent === undefined && domain === undefined) {
    takeWorded([strict]);
    return done();
  }
  const relaxed = ports.ranked(softer);
  if (takePassing('facets dropped', relaxed)) return done();
  takeWorded([strict, relaxed]);
  return done();
}
