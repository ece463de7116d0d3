import type { Embeddable, VectorStore } from '../embed/pattern-vectors.ts';
import { dot } from '../embed/vector.ts';
import { PatternsError } from '../model/error.ts';
import type { Need } from '../model/spec.ts';
import { needText, type Searchable } from '../search/rank.ts';
import type { Workspace } from './workspace.ts';

/** Reads bodies that have no vector yet. */
export type ReadBodies<T> = (candidates: readonly T[]) => Promise<readonly (Uint8Array | undefined)[]>;

/**
 * Gives candidates their cosine similarities to a need. Without a working embedder they go without, which is announced
 * once, and the search goes by words alone.
 */
export async function withCosines<T extends Searchable & Embeddable>(
  workspace: Workspace,
  need: Need,
  candidates: readonly T[],
  readBodies: ReadBodies<T>,
): Promise<readonly T[]> {
  const { vectors } = workspace;
  if (vectors.kind === 'none' || candidates.length === 0) return candidates;
  try {
    return await attach(vectors.open(), need, candidates, readBodies);
  } catch (cause) {
    if (!(cause instanceof PatternsError) || cause.code !== 'EMBEDDER_UNAVAILABLE') throw cause;
    workspace.notify(
      `search is degraded to words alone: ${cause.message}${cause.hint === undefined ? '' : ` (${cause.hint})`}`,
    );
    return candidates;
  }
}

async function attach<T extends Searchable & Embeddable>(
  store: VectorStore,
  need: Need,
  candidates: readonly T[],
  readBodies: ReadBodies<T>,
): Promise<readonly T[]> {
  const query = await store.query(needText(need));
  const found = await store.patterns(candidates, (places) =>
    readBodies(places.flatMap((place) => candidates[place] ?? [])),
  );
  return candidates.map((candidate, i) => {
    const own = found[i];
    if (own === undefined) return candidate;
    const body = own.body === undefined ? undefined : dot(query, own.body);
    return { ...candidate, cosine: { signature: dot(query, own.signature), body } };
  });
}
