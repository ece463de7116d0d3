import type { BankEntry } from '../bank/pattern-bank.ts';
import type { Need } from '../model/spec.ts';
import type { SuccessEstimate } from '../learn/success.ts';
import { LexicalIndex } from '../search/lexical-index.ts';
import { type Match, rank, type Relevance } from '../search/rank.ts';
import { formatRef } from '../model/pattern.ts';
import { trackRecords } from './track-record.ts';
import { type ReadBodies, withBodyTerms, withCosines } from './similarity.ts';
import type { Workspace } from './workspace.ts';

/** How much of a need a match must answer to be taken without asking. */
export const SIMILARITY_THRESHOLD = 0.25;

export interface SearchMatch {
  readonly pattern_id: string;
  readonly version: string;
  readonly score: number;
  readonly similarity: number;
  readonly purpose: string;
  readonly domain: string;
  readonly intent: string;
  readonly status: string;
  /** Cosine similarity of signature and body, and lexical score; what similarity is made of. */
  readonly relevance: Relevance;
  readonly success: SuccessEstimate;
}

/** Which concession was made to find something: none, softer facets dropped, the threshold dropped, nothing found. */
export type SearchLevel = 'strict' | 'facets dropped' | 'below threshold' | 'none';

export interface SearchReport {
  readonly query: Need;
  readonly level: SearchLevel;
  readonly threshold: number;
  readonly matches: readonly SearchMatch[];
}

export interface SearchOptions {
  readonly topK: number;
  /** With fewer matches than this, the search makes concessions. */
  readonly minResults: number;
}

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
  const entries = await workspace.bank.use(async (bank) => {
    const found: BankEntry[] = [];
    for await (const entry of bank.entries()) found.push(entry);
    const records = await trackRecords(bank, found);
    return found
      .filter(isOffered)
      .map((entry) => ({ ...entry, inherited: records.get(formatRef(entry))?.inherited }));
  });
  const readBodies: ReadBodies<BankEntry> = (missing) =>
    workspace.bank.use(async (bank) => (await bank.fetch(missing)).map((one) => one?.body));
  const worded = await withBodyTerms(workspace.terms, entries, readBodies);
  const words = new LexicalIndex(worded);
  return async (need, options) => {
    const candidates = await withCosines(workspace, need, worded, readBodies);
    const { level, matches } = searchWithFallback(need, { candidates, words }, options.minResults);
    return {
      query: need,
      level,
      threshold: SIMILARITY_THRESHOLD,
      matches: matches.slice(0, options.topK).map(matchReport),
    };
  };
}

/** Candidates, quarantined and yanked versions are not offered; an exact reference still finds the first. */
function isOffered(entry: BankEntry): boolean {
  return entry.status === 'production' || entry.status === 'deprecated';
}

function searchWithFallback(
  need: Need,
  { candidates, words }: { readonly candidates: readonly BankEntry[]; readonly words: LexicalIndex },
  minResults: number,
): { level: SearchLevel; matches: readonly Match<BankEntry>[] } {
  const strict = rank(need, candidates, words).filter((match) => match.similarity > 0);
  const passing = strict.filter((match) => match.similarity >= SIMILARITY_THRESHOLD);
  if (passing.length >= minResults) return { level: 'strict', matches: passing };
  const { intent: _, domain: __, ...softer } = need;
  const relaxed = rank(softer, candidates, words).filter((match) => match.similarity >= SIMILARITY_THRESHOLD);
  if (relaxed.length >= minResults && relaxed.length > passing.length)
    return { level: 'facets dropped', matches: relaxed };
  if (passing.length > 0 && passing.length >= strict.length) return { level: 'strict', matches: passing };
  if (strict.length > 0) return { level: 'below threshold', matches: strict };
  return { level: 'none', matches: [] };
}

function matchReport(match: Match<BankEntry>): SearchMatch {
  const { candidate, score, similarity, relevance, success } = match;
  const { purpose, domain, intent } = candidate.record.signature;
  const { pattern_id, version, status } = candidate;
  return { pattern_id, version, score, similarity, purpose, domain, intent, status, relevance, success };
}
