import type { BankEntry } from '../bank/pattern-bank.ts';
import type { PatternVectors } from '../embed/pattern-vectors.ts';
import type { Prior } from '../learn/success.ts';
import { inheritedPriors } from '../learn/success.ts';
import { compareBytes } from '../model/byte-order.ts';
import { formatRef } from '../model/pattern.ts';
import { postingsOf } from '../search/lexical-index.ts';
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

/** Reads what the bank offers now. */
export async function openCorpus(workspace: Workspace): Promise<OfferedVersions> {
  const entries = await workspace.bank.use(async (bank) => {
    const found: BankEntry[] = [];
    for await (const entry of bank.entries()) found.push(entry);
    return found.sort(byRef);
  });
  const index = await buildIndex(workspace, entries);
  const marks = new Map(entries.map((entry) => [formatRef(entry), entry]));
  return offer(index, (version) => marks.get(formatRef(version)));
}

type Marks = Pick<BankEntry, 'status' | 'counts'>;
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
