import type { BankEntry } from '../bank/pattern-bank.ts';
import type { PatternsError } from '../model/error.ts';
import { degradation, prepareEvidence } from './similarity.ts';
import type { Workspace } from './workspace.ts';

export interface ReindexReport {
  readonly bank: string;
  readonly versions: number;
  /** Versions whose index on the server was made anew; 0 without a server. */
  readonly indexed: number;
  /** By whom the vectors of the local cache are made; null where search goes by words alone. */
  readonly embedder: string | null;
}

/**
 * Makes what is derived from the documents: the server's index anew, and what the local caches of vectors and terms lack. Those
 * are kept by the digest of what they were made of, so that none of them can be stale. Counts and statuses are read off the
 * journals each time, and need no repair.
 */
export async function reindexBank(workspace: Workspace): Promise<ReindexReport> {
  const { bank, vectors } = workspace;
  const { indexed, entries } = await bank.use(async (open) => {
    const written = await open.reindex();
    const all: BankEntry[] = [];
    for await (const entry of open.entries()) all.push(entry);
    return { indexed: written, entries: all };
  });
  await prepareEvidence(workspace, entries, (missing) =>
    bank.use(async (open) => (await open.fetch(missing)).map((one) => one?.body)),
  );
  const embedder = await vectors.use(async (store) => store.identity);
  const failure: PatternsError | undefined = vectors.failure;
  if (failure !== undefined) workspace.notify(degradation(failure));
  return { bank: bank.address, versions: entries.length, indexed, embedder: embedder ?? null };
}
