import type { SuccessEstimate } from '../learn/success.ts';
import type { PatternRef } from '../model/pattern.ts';
import type { Need } from '../model/spec.ts';
import { type LevelReport, type SearchLevel, searchWithFallback } from '../search/fallback.ts';
import { languageWarnings } from '../search/languages.ts';
import { needText, type Relevance } from '../search/rank.ts';
import type { Ranked } from '../search/ranking.ts';
import type { Offered, OfferedVersions } from '../search/search-index.ts';
import { BASE_THRESHOLD } from '../search/threshold.ts';
import { openCorpus } from './search-corpus.ts';
import { degradation } from './similarity.ts';
import type { Workspace } from './workspace.ts';

export interface SearchMatch {
  readonly pattern_id: string;
  readonly version: string;
  readonly score: number;
  readonly similarity: number;
  readonly purpose: string;
  readonly domain: string;
  readonly intent: string;
  readonly facets: Readonly<Record<string, string>>;
  readonly status: string;
  /** The concession that let it in. */
  readonly level: LevelReport['level'];
  /** The similarity from which on a match of its domain counts. */
  readonly threshold: number;
  /** Cosine similarity of signature and body, and lexical score; what similarity is made of. */
  readonly relevance: Relevance;
  readonly success: SuccessEstimate;
}

/** What came nearest where nothing matches, and which facets of the need it lacks, as `name=value`. */
export interface NearestMatch {
  readonly pattern_id: string;
  readonly version: string;
  readonly similarity: number;
  readonly threshold: number;
  readonly purpose: string;
  readonly lacks: readonly string[];
}

export interface SearchReport {
  readonly query: Need;
  /** The greatest concession that was made. */
  readonly level: SearchLevel;
  /** The levels that were tried, and how many matches each added. */
  readonly levels: readonly LevelReport[];
  /** Where nothing is known of a domain. */
  readonly threshold: number;
  /** Whether the search went by words alone. */
  readonly degraded: boolean;
  readonly matches: readonly SearchMatch[];
  /** At most three; empty where something matches. */
  readonly nearest: readonly NearestMatch[];
  readonly warnings: readonly string[];
}

export interface SearchOptions {
  readonly topK: number;
  /** With fewer matches than this, the search makes concessions. */
  readonly minResults: number;
}

const MAX_NEAREST = 3;

/** Finds the patterns of the bank that answer a need best. Has no side effect. */
export async function search(
  workspace: Workspace,
  need: Need,
  options: SearchOptions,
): Promise<SearchReport> {
  return (await openSearch(workspace))(need, options);
}

export type Search = (need: Need, options: SearchOptions) => Promise<SearchReport>;

/** Reads what the bank offers now, once for all needs that are then searched for. */
export async function openSearch(workspace: Workspace): Promise<Search> {
  const corpus = await openCorpus(workspace);
  let { offered } = corpus;
  return async (need, options) => {
    const report = await answer(workspace, offered, need, options);
    if (report !== undefined) return report;
    offered = await corpus.reread();
    const again = await answer(workspace, offered, need, options);
    if (again === undefined) throw new TypeError('what was just measured is not damaged');
    return again;
  };
}

/** Undefined where a part of the stored index that only explanations need is damaged. */
async function answer(
  workspace: Workspace,
  corpus: OfferedVersions,
  need: Need,
  options: SearchOptions,
): Promise<SearchReport | undefined> {
  const query = await queryVector(workspace, corpus, need);
  const ranker = corpus.rankerOf(needText(need), query);
  const thresholdAt = (place: number): number =>
    query === undefined ? BASE_THRESHOLD : corpus.thresholdAt(place);
  const found = searchWithFallback(
    need,
    { minResults: options.minResults, most: options.topK },
    { ranked: ranker, thresholdAt, patternOf: (match) => corpus.patternOf(match) },
  );
  const taken = found.matches.slice(0, options.topK);
  const matches: SearchMatch[] = [];
  for (const { level, match } of taken) {
    const explained = corpus.explain(match, query);
    if (explained === undefined) return undefined;
    const { candidate, place, score, similarity, relevance, success } = explained;
    const { record, pattern_id, version, status } = candidate;
    const { purpose, domain, intent } = record.signature;
    const { facets } = record;
    const threshold = thresholdAt(place);
    const head = { pattern_id, version, score, similarity, purpose, domain, intent, facets, status };
    matches.push({ ...head, level, threshold, relevance, success });
  }
  const warnings = languageWarnings(
    need,
    taken.map(({ match }) => match.candidate),
  );
  for (const warning of warnings) workspace.notify(warning);
  const nearest =
    matches.length > 0 ? [] : ranker({ purpose: need.purpose }).select(MAX_NEAREST, () => true).first;
  return {
    query: need,
    level: found.level,
    levels: found.levels,
    threshold: BASE_THRESHOLD,
    degraded: query === undefined,
    matches,
    nearest: nearest
      .filter(({ similarity }) => similarity > 0)
      .map((one) => nearestOf(need, one, thresholdAt(one.place))),
    warnings,
  };
}

/** Every pattern that passes the facets of a need, best first, whatever the thresholds: what an evaluation looks at. */
export async function openRanking(
  workspace: Workspace,
): Promise<(need: Need) => Promise<readonly PatternRef[]>> {
  const { offered } = await openCorpus(workspace);
  return async (need) => {
    const query = await queryVector(workspace, offered, need);
    const ranked = offered.rankerOf(needText(need), query)(need).all();
    return ranked.filter(({ similarity }) => similarity > 0).map(({ candidate }) => candidate);
  };
}

/** The vector of a need's text; undefined where search goes by words alone, which is announced once if it was not chosen. */
async function queryVector(
  workspace: Workspace,
  corpus: OfferedVersions,
  need: Need,
): Promise<Float32Array | undefined> {
  if (!corpus.hasVectors) return undefined;
  const { vectors } = workspace;
  const failed = vectors.failure !== undefined;
  const query = await vectors.use((store) => store.query(needText(need)));
  if (vectors.failure !== undefined && !failed) workspace.notify(degradation(vectors.failure));
  return query;
}

function nearestOf(need: Need, { candidate, similarity }: Ranked<Offered>, threshold: number): NearestMatch {
  const { pattern_id, version, record } = candidate;
  const { purpose, domain, intent } = record.signature;
  const wanted = Object.entries({ domain: need.domain, intent: need.intent, ...need.facets });
  const own: Readonly<Record<string, string>> = { ...record.facets, domain, intent };
  const lacks = wanted.flatMap(([name, value]) =>
    value === undefined || own[name]?.toLowerCase() === value.toLowerCase() ? [] : [`${name}=${value}`],
  );
  return { pattern_id, version, similarity, threshold, purpose, lacks };
}
