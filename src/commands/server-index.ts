import type { EmbedderIdentity } from '../bank/qdrant/collections.ts';
import type { PatternIndex } from '../bank/qdrant/pattern-point.ts';
import type { Pattern } from '../model/pattern.ts';
import { bodyTerms } from '../search/body-terms.ts';
import { termsOf } from '../search/tokens.ts';

/** The vectors that a server's collections have room for. */
export const SERVER_VECTORS: EmbedderIdentity = {
  embedder: 'all-MiniLM-L6-v2-fp16@0.1.0+engine@0.2.0',
  dimension: 384,
};

/**
 * What a server finds versions by: their words. The order of a search is made on our side, from vectors that lie in the local
 * cache, so that every bank gives the same; no vector is sent.
 */
export async function serverIndex(patterns: readonly Pattern[]): Promise<readonly PatternIndex[]> {
  return patterns.map(({ record, body }) => {
    const terms = new Map<string, number>();
    const count = (term: string): void => void terms.set(term, (terms.get(term) ?? 0) + 1);
    for (const { text: term } of termsOf(record.signature.purpose)) count(term);
    for (const term of bodyTerms(body)) count(term);
    return { purpose: undefined, body: undefined, terms };
  });
}
