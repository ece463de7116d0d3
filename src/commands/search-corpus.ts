import type { BankContent, BankEntry, Marks } from '../bank/pattern-bank.ts';
import { dirname, join } from 'node:path';
import { sha256Hex } from '../canon/sha256.ts';
import type { PatternVectors } from '../embed/pattern-vectors.ts';
import { TEXTS_VERSION } from '../embed/texts.ts';
import type { Prior } from '../learn/success.ts';
import { inheritedPriors } from '../learn/success.ts';
import { compareBytes } from '../model/byte-order.ts';
import { formatRef } from '../model/pattern.ts';
import { TERMS_VERSION } from '../search/body-terms.ts';
import { decodeIndex, encodeIndex, type IndexKey, type StoredIndex } from '../search/index-bytes.ts';
import { LEXICAL_FIELDS, postingsOf } from '../search/lexical-index.ts';
import { blended } from '../search/packed-vectors.ts';
import {
  type IndexedVectors,
  type IndexedVersion,
  type LiveState,
  OfferedVersions,
  type SearchIndex,
} from '../search/search-index.ts';
import { degradation, readPlaces, withBodyTerms } from './similarity.ts';
import type { Workspace } from './workspace.ts';

/** Reads what the bank offers now: from the stored index where there is one of just these versions, else from the bank itself. */
export async function openCorpus(workspace: Workspace): Promise<OfferedVersions> {
  const content = await workspace.bank.use(async (bank) => bank.content);
  if (content === undefined) {
    const { index, entries } = await scan(workspace);
    const states = new Map(entries.map((entry) => [formatRef(entry), entry]));
    return offer(index, (version) => states.get(formatRef(version)));
  }
  const index = await openIndex(workspace, content);
  const marks = content.marks();
  return offer(index, (version) => marks.get(formatRef(version)));
}

async function openIndex(workspace: Workspace, content: BankContent): Promise<SearchIndex> {
  const identity = (await workspace.vectors.use(async (store) => store.identity)) ?? null;
  // Before the bank is read: what is published meanwhile makes the key another one.
  const key = keyOf(workspace, content.mark(), identity);
  const stored = readIndex(workspace, key);
  if (stored !== undefined && !(await isAnyThere(workspace, stored.pending))) return stored.index;
  const { index, entries } = await scan(workspace);
  const has = index.vectors !== undefined;
  // An embedder that failed meanwhile leaves an index without vectors, which is not the one of its key.
  if (has || identity === null || entries.length === 0) {
    const there = new Set(entries.map(formatRef));
    const pending = content
      .announced()
      .map(formatRef)
      .filter((ref) => !there.has(ref));
    writeIndex(workspace, { index, pending: [...new Set(pending)] }, key);
  }
  return index;
}

/** All that decides what is in an index, but for its form. */
function keyOf(workspace: Workspace, mark: string, embedder: string | null): IndexKey {
  const texts = `${TERMS_VERSION}/${TEXTS_VERSION}/${LEXICAL_FIELDS}`;
  return { bank: workspace.bank.address, content: mark, embedder, texts };
}

function pathOf({ root }: Workspace, { bank, embedder }: IndexKey): string {
  const name = sha256Hex(`${bank}\n${embedder}`).slice(0, 16);
  return join(root, '.patterns', 'cache', `search-${name}.idx`);
}

function readIndex(workspace: Workspace, key: IndexKey): StoredIndex | undefined {
  const { fs } = workspace.host;
  const path = pathOf(workspace, key);
  return fs.stat(path)?.kind === 'file' ? decodeIndex(fs.readFile(path), key) : undefined;
}

function writeIndex(workspace: Workspace, stored: StoredIndex, key: IndexKey): void {
  const bytes = encodeIndex(stored, key);
  if (bytes === undefined) return;
  const { fs, writer } = workspace.host;
  const path = pathOf(workspace, key);
  fs.makeFolder(dirname(path));
  writer.sweep(dirname(path));
  writer.replace(path, bytes, { mode: 0o644, durable: false });
}

/** Whether a version that was only announced when the index was made has been published since. */
async function isAnyThere(workspace: Workspace, pending: readonly string[]): Promise<boolean> {
  if (pending.length === 0) return false;
  const wanted = new Set(pending);
  const ids = [...new Set(pending.map((ref) => ref.slice(0, ref.lastIndexOf('@'))))];
  const found = await workspace.bank.use((bank) => bank.versionsOf(ids));
  return found.some((entry) => wanted.has(formatRef(entry)));
}

async function scan(workspace: Workspace): Promise<{ index: SearchIndex; entries: readonly BankEntry[] }> {
  const entries = await workspace.bank.use(async (bank) => {
    const found: BankEntry[] = [];
    for await (const entry of bank.entries()) found.push(entry);
    return found.sort(byRef);
  });
  return { index: await buildIndex(workspace, entries), entries };
}

const NO_COUNTS = { successes: 0, failures: 0 };

function offer(
  index: SearchIndex,
  marksOf: (version: IndexedVersion) => Partial<Marks> | undefined,
): OfferedVersions {
  const states = index.versions.map((version) => {
    const { status = version.published, counts = NO_COUNTS } = marksOf(version) ?? {};
    return { status, counts };
  });
  const priors = priorsOf(index.versions, states);
  const byVersion = new Map(
    index.versions.map((version, i): [IndexedVersion, LiveState] => {
      const state = states[i] ?? { status: version.published, counts: NO_COUNTS };
      return [version, { ...state, inherited: priors.get(formatRef(version)) }];
    }),
  );
  return new OfferedVersions(index, (version) => {
    const state = byVersion.get(version);
    if (state === undefined) throw new TypeError('every version of the index has a state');
    return state;
  });
}

/** Nothing is inherited where nothing was observed. */
function priorsOf(
  versions: readonly IndexedVersion[],
  states: readonly Pick<LiveState, 'counts'>[],
): ReadonlyMap<string, Prior> {
  if (states.every(({ counts }) => counts.successes + counts.failures === 0)) return new Map();
  return inheritedPriors(
    versions.map((version, i) => {
      const { successes, failures } = states[i]?.counts ?? NO_COUNTS;
      const { derived_from: derivedFrom, quality } = version.record;
      return { ref: formatRef(version), derivedFrom, declared: quality.success_rate, successes, failures };
    }),
  );
}

/** Measures every version of a bank: the exact scan that a stored index must agree with. */
async function buildIndex(workspace: Workspace, entries: readonly BankEntry[]): Promise<SearchIndex> {
  const readBodies = (missing: readonly BankEntry[]): Promise<readonly (Uint8Array | undefined)[]> =>
    workspace.bank.use(async (bank) => (await bank.fetch(missing)).map((one) => one?.body));
  const worded = await withBodyTerms(workspace.terms, entries, readBodies);
  const { vectors } = workspace;
  const failed = vectors.failure !== undefined;
  const found = await vectors.use((store) =>
    store.patterns(entries, (places) => readPlaces(entries, places, readBodies)),
  );
  if (vectors.failure !== undefined && !failed) workspace.notify(degradation(vectors.failure));
  return {
    versions: entries.map((entry) => ({ ...entry, published: entry.published.status })),
    postings: postingsOf(worded),
    vectors: found === undefined ? undefined : pack(found),
  };
}

function pack(found: readonly PatternVectors[]): IndexedVectors {
  const dimension = found[0]?.signature.length ?? 0;
  const rows = new Float32Array(found.length * dimension);
  for (const [row, { signature, body }] of found.entries())
    rows.set(blended(signature, body), row * dimension);
  return {
    blended: { dimension, rows },
    pair: (row) => {
      const own = found[row];
      const signature = own?.signature ?? new Float32Array(dimension);
      return { signature, body: own?.body ?? new Float32Array(dimension) };
    },
  };
}

function byRef(a: BankEntry, b: BankEntry): number {
  return compareBytes(a.pattern_id, b.pattern_id) || compareBytes(a.version, b.version);
}
