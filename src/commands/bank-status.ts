import type { BankDescription, BankEntry } from '../bank/pattern-bank.ts';
import type { Digest } from '../model/digest.ts';
import type { Status } from '../model/pattern.ts';
import { contentDigest, readContent } from './bank-content.ts';
import { type ListedRelease, listedRelease } from './freeze-release.ts';
import type { Workspace } from './workspace.ts';

export interface BankStatus extends Omit<BankDescription, 'index'> {
  readonly bank: string;
  readonly patterns: number;
  readonly versions: number;
  readonly statuses: Readonly<Record<Status, number>>;
  /** Observations, each as often as it was made. */
  readonly outcomes: { readonly usage: number; readonly successes: number; readonly failures: number };
  readonly changes: number;
  readonly releases: readonly ListedRelease[];
  /** What the server finds by its own index; null without a server. */
  readonly index: BankDescription['index'];
  /** Of the local cache that searches read; null where search goes by words alone. */
  readonly vectors: VectorStatus | null;
  readonly content_digest: Digest;
}

export interface VectorStatus {
  readonly embedder: string;
  readonly present: number;
  readonly missing: number;
}

/** Reads all of a bank, and says what it is and holds. Changes nothing. */
export async function bankStatus(workspace: Workspace): Promise<BankStatus> {
  return workspace.bank.use(async (bank) => {
    const description = await bank.describe();
    const content = await readContent(bank);
    const { entries } = content;
    const statuses = { candidate: 0, production: 0, deprecated: 0, quarantined: 0, yanked: 0 };
    const outcomes = { usage: 0, successes: 0, failures: 0 };
    for (const { status, counts } of entries) {
      statuses[status] += 1;
      outcomes.usage += counts.usage;
      outcomes.successes += counts.successes;
      outcomes.failures += counts.failures;
    }
    return {
      bank: workspace.bank.address,
      ...description,
      patterns: new Set(entries.map(({ pattern_id }) => pattern_id)).size,
      versions: entries.length,
      statuses,
      outcomes,
      changes: content.changes.length,
      releases: content.releases.map(listedRelease),
      vectors: await vectorStatus(workspace, entries),
      content_digest: contentDigest(content),
    };
  });
}

async function vectorStatus(
  { vectors }: Workspace,
  entries: readonly BankEntry[],
): Promise<VectorStatus | null> {
  const found = await vectors.use(async (store) => {
    const present = entries.filter((entry) => store.hasSignature(entry)).length;
    return { embedder: store.identity, present, missing: entries.length - present };
  });
  return found ?? null;
}
