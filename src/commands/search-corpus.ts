import type { BankContent, BankEntry, Marks } from '../bank/pattern-bank.ts';
import { dirname, join } from 'node:path';
import { sha256, sha256Hex } from '../canon/sha256.ts';
import type { PatternVectors } from '../embed/pattern-vectors.ts';
import { TEXTS_VERSION } from '../embed/texts.ts';
import type { Prior } from '../learn/success.ts';
import { inheritedPriors } from '../learn/success.ts';
import { compareBytes } from '../model/byte-order.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';
import { TERMS_VERSION } from '../search/body-terms.ts';
import { decodeIndex, encodeIndex, type IndexKey, sameKey, type StoredIndex } from '../search/index-bytes.ts';
import { LEXICAL_FIELDS, postingsOf } from '../search/lexical-index.ts';
import { mergeIndexes } from '../search/merge-index.ts';
import { blended } from '../search/packed-vectors.ts';
import {
  type IndexedVectors,
  type LiveState,
  OfferedVersions,
  type SearchIndex,
} from '../search/search-index.ts';
import { domainThresholds } from '../search/threshold.ts';
import { tableOf, type VersionTable } from '../search/version-table.ts';
import { degradation, readPlaces, withBodyTerms } from './similarity.ts';
import type { Workspace } from './workspace.ts';

/** What the bank offers, and how to read it anew where what was stored of it turns out to be damaged. */
export interface Corpus {
  readonly offered: OfferedVersions;
  readonly reread: () => Promise<OfferedVersions>;
}

type How = 'stored' | 'anew';

/** Reads what the bank offers now: from the stored index where there is one of just these versions, else from the bank itself. */
export async function openCorpus(workspace: Workspace): Promise<Corpus> {
  const content = await workspace.bank.use(async (bank) => bank.content);
  const open = async (how: How): Promise<OfferedVersions> =>
    content === undefined
      ? openListed(workspace, how)
      : offer(await openIndex(workspace, content, how), content.marks());
  return { offered: await open('stored'), reread: () => open('anew') };
}

/** Lists a bank that lies elsewhere, since only it can tell what it has; what is measured of just these documents is stored. */
async function openListed(workspace: Workspace, how: How): Promise<OfferedVersions> {
  const identity = await identityOf(workspace);
  const entries = await list(workspace);
  const rows = entries.map(
    (entry) => `${formatRef(entry)} ${entry.documentDigest} ${entry.published.status}\n`,
  );
  const key = keyOf(workspace, sha256(rows.join('')), identity);
  let index = how === 'stored' ? readStored(workspace, key)?.index : undefined;
  if (index === undefined) {
    index = await buildIndex(workspace, entries);
    writeMeasured(workspace, { index, pending: [] }, key);
  }
  return offer(index, new Map(entries.map((entry) => [formatRef(entry), entry])));
}

async function openIndex(workspace: Workspace, content: BankContent, how: How): Promise<SearchIndex> {
  // Before the bank is read: what is published meanwhile makes the key another one.
  const key = keyOf(workspace, content.mark(), await identityOf(workspace));
  if (how === 'stored') {
    const stored = readStored(workspace, key);
    if (stored !== undefined && !(await isAnyThere(workspace, stored.pending))) return stored.index;
    const grown = await growIndex(workspace, content, key);
    if (grown !== undefined) {
      writeIndex(workspace, grown, key);
      // Of the file that it grew from nothing more can be read.
      const written = readStored(workspace, key);
      if (written !== undefined) return written.index;
    }
  }
  const entries = await list(workspace);
  const index = await buildIndex(workspace, entries);
  const there = new Set(entries.map(formatRef));
  const pending = new Set(
    content
      .announced()
      .map(formatRef)
      .filter((ref) => !there.has(ref)),
  );
  writeMeasured(workspace, { index, pending: [...pending] }, key);
  return index;
}

async function identityOf({ vectors }: Workspace): Promise<string | null> {
  return (await vectors.use(async (store) => store.identity)) ?? null;
}

/** Stores an index, unless the embedder failed meanwhile: one without vectors is not the one of the embedder's key. */
function writeMeasured(workspace: Workspace, stored: StoredIndex, key: IndexKey): void {
  const { versions, vectors } = stored.index;
  if (vectors !== undefined || key['embedder'] === null || versions.count === 0)
    writeIndex(workspace, stored, key);
}

/** The stored index with what was published since; undefined where that is not all that changed, or cannot be measured. */
async function growIndex(
  workspace: Workspace,
  content: BankContent,
  key: IndexKey,
): Promise<StoredIndex | undefined> {
  const found = readIndex(workspace, {
    wanted: key,
    takes: (other) => sameKey({ ...other, content: key['content'] ?? null }, key),
  });
  if (found === undefined) return undefined;
  const { index, pending } = found.stored;
  const { versions } = index;
  const fresh = content.since(found.key['content'] ?? '', (folder) => hasFolder(versions, folder));
  if (fresh === undefined) return undefined;
  const wanted = new Set([...pending, ...fresh.map(formatRef)]);
  const entries = (await versionsIn(workspace, wanted)).filter(
    (entry) => rowOf(versions, formatRef(entry)) === undefined,
  );
  const late = await buildIndex(workspace, entries.toSorted(byRef));
  // An empty bank has no vectors to tell how long others must be.
  const whole = versions.count === 0 ? undefined : mergeIndexes(index, late, byRef);
  const there = new Set(entries.map(formatRef));
  const missing = [...wanted].filter((ref) => !there.has(ref) && rowOf(versions, ref) === undefined);
  return whole === undefined ? undefined : { index: whole, pending: missing };
}

/** Whether one of the versions lies in the folder, which is the first part of their ids. */
function hasFolder(versions: VersionTable, folder: string): boolean {
  for (let row = 0; row < versions.count; row++) {
    const { pattern_id } = versions.at(row);
    if (pattern_id === folder || pattern_id.startsWith(`${folder}/`)) return true;
  }
  return false;
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

function readStored(workspace: Workspace, key: IndexKey): StoredIndex | undefined {
  return readIndex(workspace, { wanted: key, takes: (found) => sameKey(found, key) })?.stored;
}

function readIndex(
  workspace: Workspace,
  { wanted, takes }: { readonly wanted: IndexKey; readonly takes: (key: IndexKey) => boolean },
): { readonly stored: StoredIndex; readonly key: IndexKey } | undefined {
  const { fs } = workspace.host;
  const path = pathOf(workspace, wanted);
  let key = wanted;
  const stored = decodeIndex(
    () => (fs.stat(path)?.kind === 'file' ? fs.openFile(path) : undefined),
    (found) => {
      key = found;
      return takes(found);
    },
  );
  return stored === undefined ? undefined : { stored, key };
}

function writeIndex(workspace: Workspace, stored: StoredIndex, key: IndexKey): void {
  const bytes = encodeIndex(stored, key);
  if (bytes === undefined) return;
  const { fs, writer } = workspace.host;
  const path = pathOf(workspace, key);
  fs.makeFolder(dirname(path));
  writer.replace(path, bytes, { mode: 0o644, durable: false });
}

/** Whether a version that was only announced when the index was made has been published since. */
async function isAnyThere(workspace: Workspace, pending: readonly string[]): Promise<boolean> {
  return (await versionsIn(workspace, new Set(pending))).length > 0;
}

/** Those of some versions, given as `id@version`, that the bank has. */
async function versionsIn(workspace: Workspace, refs: ReadonlySet<string>): Promise<readonly BankEntry[]> {
  if (refs.size === 0) return [];
  const ids = [...new Set([...refs].map((ref) => ref.slice(0, ref.lastIndexOf('@'))))];
  const found = await workspace.bank.use((bank) => bank.versionsOf(ids));
  return found.filter((entry) => refs.has(formatRef(entry)));
}

async function list(workspace: Workspace): Promise<readonly BankEntry[]> {
  return workspace.bank.use(async (bank) => {
    const found: BankEntry[] = [];
    for await (const entry of bank.entries()) found.push(entry);
    return found.sort(byRef);
  });
}

const NO_COUNTS = { successes: 0, failures: 0 };

/** @param marks by `id@version`, of the versions that have some */
function offer(index: SearchIndex, marks: ReadonlyMap<string, Partial<Marks>>): OfferedVersions {
  const { versions } = index;
  const states = new Map<number, LiveState>();
  const noted = notedRows(versions, marks);
  for (const [row, { status, counts = NO_COUNTS }] of noted)
    states.set(row, { status: status ?? versions.at(row).published, counts, inherited: undefined });
  for (const [row, inherited] of priorsOf(versions, noted)) {
    const { status = versions.at(row).published, counts = NO_COUNTS } = states.get(row) ?? {};
    states.set(row, { status, counts, inherited });
  }
  return new OfferedVersions(index, states);
}

/** The rows of the versions that have marks. */
function notedRows(
  versions: VersionTable,
  marks: ReadonlyMap<string, Partial<Marks>>,
): ReadonlyMap<number, Partial<Marks>> {
  const rows = new Map<number, Partial<Marks>>();
  for (const [ref, own] of marks) {
    const row = rowOf(versions, ref);
    if (row !== undefined) rows.set(row, own);
  }
  return rows;
}

/** The row of an `id@version`, among versions in byte order of id and version. */
function rowOf(versions: VersionTable, ref: string): number | undefined {
  const cut = ref.lastIndexOf('@');
  const wanted = { pattern_id: ref.slice(0, cut), version: ref.slice(cut + 1) };
  let [low, high] = [0, versions.count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byRef(versions.at(middle), wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low < versions.count && byRef(versions.at(low), wanted) === 0 ? low : undefined;
}

/** What versions inherit, by row. Nothing is inherited where nothing was observed, or no version was made from others. */
function priorsOf(
  versions: VersionTable,
  noted: ReadonlyMap<number, Partial<Marks>>,
): ReadonlyMap<number, Prior> {
  const isSeen = [...noted.values()].some(
    ({ counts }) => (counts?.successes ?? 0) + (counts?.failures ?? 0) > 0,
  );
  if (!isSeen || !versions.columns.derived.includes(1)) return new Map();
  const all = Array.from({ length: versions.count }, (_, row) => {
    const version = versions.at(row);
    const { successes, failures } = noted.get(row)?.counts ?? NO_COUNTS;
    const { derived_from: derivedFrom, quality } = version.record;
    return { ref: formatRef(version), derivedFrom, declared: quality.success_rate, successes, failures };
  });
  const priors = inheritedPriors(all);
  return new Map(
    all.flatMap(({ ref }, row): [number, Prior][] => {
      const prior = priors.get(ref);
      return prior === undefined ? [] : [[row, prior]];
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
  const versions = tableOf(entries.map((entry) => ({ ...entry, published: entry.published.status })));
  return {
    versions,
    postings: postingsOf(worded),
    vectors: found === undefined ? undefined : pack(found, versions),
  };
}

function pack(found: readonly PatternVectors[], versions: VersionTable): IndexedVectors {
  const dimension = found[0]?.signature.length ?? 0;
  const rows = new Float32Array(found.length * dimension);
  for (const [row, { signature, body }] of found.entries())
    rows.set(blended(signature, body), row * dimension);
  const packed = { dimension, rows };
  return {
    blended: packed,
    pair: (row) => {
      const own = found[row];
      const signature = own?.signature ?? new Float32Array(dimension);
      return { signature, body: own?.body ?? new Float32Array(dimension) };
    },
    thresholds: domainThresholds(
      versions,
      Uint32Array.from({ length: versions.count }, (_, row) => row),
      packed,
    ),
  };
}

function byRef(a: PatternRef, b: PatternRef): number {
  return compareBytes(a.pattern_id, b.pattern_id) || compareBytes(a.version, b.version);
}
