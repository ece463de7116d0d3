import { sha256 } from '../canon/sha256.ts';
import type { Embeddable, VectorStore } from '../embed/pattern-vectors.ts';
import type { TermCache } from '../embed/term-cache.ts';
import type { Digest } from '../model/digest.ts';
import type { PatternsError } from '../model/error.ts';
import type { Need } from '../model/spec.ts';
import { bodyTerms, TERMS_VERSION } from '../search/body-terms.ts';
import { blended, dot } from '../search/packed-vectors.ts';
import { needText, type Searchable } from '../search/rank.ts';
import type { Workspace } from './workspace.ts';

/** Reads bodies of which nothing is known yet. */
export type ReadBodies<T> = (candidates: readonly T[]) => Promise<readonly (Uint8Array | undefined)[]>;

/**
 * Gives candidates what the ranking goes by beside their signatures: the terms of their bodies, and their cosine
 * similarities to a need. Without a working embedder they go without the latter, which is announced once, and the search
 * goes by words alone.
 */
export async function withEvidence<T extends Searchable & Embeddable>(
  workspace: Workspace,
  need: Need,
  candidates: readonly T[],
  readBodies: ReadBodies<T>,
): Promise<readonly T[]> {
  if (candidates.length === 0) return candidates;
  const worded = await withBodyTerms(workspace.terms, candidates, readBodies);
  return withCosines(workspace, need, worded, readBodies);
}

/** Gives candidates whose terms are there already their cosine similarities, as `withEvidence` does; keeps their order. */
export async function withCosines<T extends Searchable & Embeddable>(
  workspace: Workspace,
  need: Need,
  worded: readonly T[],
  readBodies: ReadBodies<T>,
): Promise<readonly T[]> {
  const { vectors } = workspace;
  const failed = vectors.failure !== undefined;
  const measured = await vectors.use((store) => attach(store, need, worded, readBodies));
  if (vectors.failure !== undefined && !failed) workspace.notify(degradation(vectors.failure));
  return measured ?? worded;
}

/** Makes terms and vectors of patterns ahead of the searches that will ask for them. */
export async function prepareEvidence<T extends Embeddable>(
  { terms, vectors }: Workspace,
  candidates: readonly T[],
  readBodies: ReadBodies<T>,
): Promise<void> {
  await withBodyTerms(terms, candidates, readBodies);
  await vectors.use((store) =>
    store.patterns(candidates, (places) => readPlaces(candidates, places, readBodies)),
  );
}

export function readPlaces<T>(
  candidates: readonly T[],
  places: readonly number[],
  readBodies: ReadBodies<T>,
): ReturnType<ReadBodies<T>> {
  return readBodies(places.flatMap((place) => candidates[place] ?? []));
}

/** What is said of a search that has to do without vectors. */
export function degradation({ message, hint }: PatternsError): string {
  return `search is degraded to words alone: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** Gives candidates the terms of their bodies; keeps their order. */
export async function withBodyTerms<T extends Embeddable>(
  cache: TermCache,
  candidates: readonly T[],
  readBodies: ReadBodies<T>,
): Promise<readonly (T & Pick<Searchable, 'bodyTerms'>)[]> {
  const keys = candidates.map((candidate) => sha256(`terms ${TERMS_VERSION}\n${candidate.body}`));
  const missing = candidates.flatMap((candidate, i) => {
    const key = keys[i];
    return key === undefined || cache.get(key) !== undefined ? [] : [{ key, candidate }];
  });
  const bodies = missing.length === 0 ? [] : await readBodies(missing.map(({ candidate }) => candidate));
  const made = missing.flatMap(({ key }, i): [Digest, readonly string[]][] => {
    const body = bodies[i];
    return body === undefined ? [] : [[key, bodyTerms(body)]];
  });
  cache.put(new Map(made));
  return candidates.map((candidate, i) => {
    const key = keys[i];
    return key === undefined ? candidate : { ...candidate, bodyTerms: cache.get(key) };
  });
}

async function attach<T extends Searchable & Embeddable>(
  store: VectorStore,
  need: Need,
  candidates: readonly T[],
  readBodies: ReadBodies<T>,
): Promise<readonly T[]> {
  const query = await store.query(needText(need));
  const found = await store.patterns(candidates, (places) => readPlaces(candidates, places, readBodies));
  return candidates.map((candidate, i) => {
    const own = found[i];
    if (own === undefined) return candidate;
    const { signature, body } = own;
    const nearness = {
      signature: dot(signature, query),
      body: body === undefined ? undefined : dot(body, query),
      semantic: dot(blended(signature, body), query),
    };
    return { ...candidate, nearness };
  });
}
