import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes } from '../../src/model/byte-order.ts';
import type { PatternRecord, PatternRef, Status } from '../../src/model/pattern.ts';
import {
  decodeIndex as decodeTaken,
  encodeIndex,
  type IndexKey,
  type IndexReader,
  sameKey,
  type StoredIndex,
} from '../../src/search/index-bytes.ts';
import { postingsOf } from '../../src/search/lexical-index.ts';
import { mergeIndexes } from '../../src/search/merge-index.ts';
import { blended, dot } from '../../src/search/packed-vectors.ts';
import { rank } from '../../src/search/rank.ts';
import { type LiveState, OfferedVersions, type SearchIndex } from '../../src/search/search-index.ts';
import { domainThresholds } from '../../src/search/threshold.ts';
import { tableOf } from '../../src/search/version-table.ts';

const DIMENSION = 8;
const WORDS = ['docker', 'python', 'cache', 'queue', 'metrics', 'deploy', 'table'];
const KEY = { bank: 'file:bank', content: 'abc', embedder: 'test' };

const phrase = fc
  .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 })
  .map((all) => all.join(' '));
const vector = fc
  .array(fc.integer({ min: -9, max: 9 }), { minLength: DIMENSION, maxLength: DIMENSION })
  .map((all) => Float32Array.from(all, (x) => x / 9));
const version = fc.record({
  pattern_id: fc.constantFrom('a', 'b', 'c', 'd', 'ns/e', 'f'),
  version: fc.constantFrom('1.0.0', '1.1.0', '2.0.0', '10.0.0'),
  purpose: phrase,
  domain: fc.constantFrom('x', 'y'),
  outputs: fc.array(phrase, { maxLength: 2 }),
  body: fc.uniqueArray(fc.constantFrom(...WORDS)),
  rate: fc.constantFrom(0, 0.5, 0.9, 1),
  failures: fc.nat(5),
  status: fc.constantFrom<Status>('production', 'deprecated', 'yanked'),
  signature: vector,
  bodyVector: fc.option(vector, { nil: undefined }),
});
type Made = typeof version extends fc.Arbitrary<infer T> ? T : never;
const corpus = fc.uniqueArray(version, {
  selector: ({ pattern_id, version: number }) => `${pattern_id}@${number}`,
  minLength: 1,
  maxLength: 15,
});

function recordOf({ purpose, domain, outputs, rate }: Made): PatternRecord {
  return {
    signature: { purpose, intent: 'create', domain, inputs: [], outputs, constraints: [] },
    facets: { language: domain },
    quality: {
      success_rate: rate,
      test_coverage: 1,
      security_level: 'HIGH',
      observability_complete: true,
      docker_ready: true,
    },
    derived_from: [],
  };
}

function indexOf(all: readonly Made[]): SearchIndex {
  const rows = new Float32Array(all.length * DIMENSION);
  for (const [i, one] of all.entries()) rows.set(blended(one.signature, one.bodyVector), i * DIMENSION);
  const versions = tableOf(all.map((one) => ({ ...one, record: recordOf(one), published: 'production' })));
  return {
    versions,
    postings: postingsOf(all.map((one) => ({ ...one, record: recordOf(one), bodyTerms: one.body }))),
    vectors: {
      blended: { dimension: DIMENSION, rows },
      pair: (row) => pairOf(all[row]),
      thresholds: domainThresholds(versions, Uint32Array.from(all.keys()), { dimension: DIMENSION, rows }),
    },
  };
}

const pairOf = (one: Made | undefined) => ({
  signature: one?.signature ?? new Float32Array(DIMENSION),
  body: one?.bodyVector ?? new Float32Array(DIMENSION),
});

function stored(all: readonly Made[]): Uint8Array {
  const bytes = encodeIndex({ index: indexOf(all), pending: ['z@1.0.0'] }, KEY);
  if (bytes === undefined) throw new Error('no index on this machine');
  return bytes;
}

const decodeIndex = (open: () => IndexReader | undefined, wanted: IndexKey): StoredIndex | undefined =>
  decodeTaken(open, (key) => sameKey(key, wanted));

/** A file in memory. */
function fileOf(bytes: Uint8Array): () => IndexReader {
  return () => ({
    size: bytes.byteLength,
    readInto: (target, position) => {
      const part = bytes.subarray(position, position + target.byteLength);
      target.set(part);
      return part.byteLength;
    },
    close: () => undefined,
  });
}

function decoded(bytes: Uint8Array): StoredIndex {
  const index = decodeIndex(fileOf(bytes), KEY);
  if (index === undefined) throw new Error('the index was refused');
  return index;
}

const byRef = (a: PatternRef, b: PatternRef): number =>
  compareBytes(a.pattern_id, b.pattern_id) || compareBytes(a.version, b.version);

/** Measures each version on the spot, without an index. */
function exact(all: readonly Made[], need: { purpose: string; domain?: string }, query: Float32Array) {
  const offered = all.filter(({ status }) => status !== 'yanked');
  const candidates = offered.map((one) => ({
    pattern_id: one.pattern_id,
    version: one.version,
    record: recordOf(one),
    counts: { successes: 0, failures: one.failures },
    bodyTerms: one.body,
    nearness: {
      signature: dot(one.signature, query),
      body: one.bodyVector === undefined ? undefined : dot(one.bodyVector, query),
      semantic: dot(blended(one.signature, one.bodyVector), query),
    },
  }));
  return rank(need, candidates).map(({ candidate, score, similarity, lexical }) => [
    `${candidate.pattern_id}@${candidate.version}`,
    score,
    similarity,
    lexical,
  ]);
}

function indexed(
  index: SearchIndex,
  need: { purpose: string; domain?: string },
  query: Float32Array,
  all: readonly Made[],
) {
  const states = new Map<number, LiveState>();
  for (let row = 0; row < index.versions.count; row++) {
    const { pattern_id, version: number } = index.versions.at(row);
    const own = all.find((one) => one.pattern_id === pattern_id && one.version === number);
    if (own === undefined) throw new Error(`${pattern_id}@${number} was not made`);
    const { status, failures } = own;
    states.set(row, { status, counts: { successes: 0, failures }, inherited: undefined });
  }
  const offered = new OfferedVersions(index, states);
  const once = offered.rankerOf(need.purpose, query)(need).all();
  // From the second query on the products are made another way.
  expect(offered.rankerOf(need.purpose, query)(need).all()).toEqual(once);
  return offered
    .rankerOf(
      need.purpose,
      query,
    )(need)
    .all()
    .map(({ candidate, score, similarity, lexical }) => [
      `${candidate.pattern_id}@${candidate.version}`,
      score,
      similarity,
      lexical,
    ]);
}

describe('a stored index', () => {
  test('ranks as the exact scan does, scores included, whatever the order of the versions', () => {
    fc.assert(
      fc.property(corpus, phrase, vector, fc.boolean(), fc.nat(), (all, purpose, query, narrow, seed) => {
        const need = narrow ? { purpose, domain: 'x' } : { purpose };
        const expected = exact(all, need, query);
        const turned = [...all.slice(seed % all.length), ...all.slice(0, seed % all.length)].reverse();
        expect(indexed(indexOf(turned), need, query, all)).toEqual(expected);
        expect(indexed(decoded(stored(turned)).index, need, query, all)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('that two are merged into is the one of all', () => {
    fc.assert(
      fc.property(corpus, fc.nat(), fc.boolean(), (made, seed, plain) => {
        const all = made.toSorted(byRef);
        const isLate = (_: unknown, i: number): boolean => ((seed >> (i % 16)) & 1) === 1;
        const strip = (index: SearchIndex): SearchIndex => (plain ? { ...index, vectors: undefined } : index);
        const [old, late] = [all.filter((one, i) => !isLate(one, i)), all.filter(isLate)];
        fc.pre(late.length > 0 && old.length > 0);
        const merged = mergeIndexes(strip(indexOf(old)), strip(indexOf(late)), byRef);
        if (merged === undefined) throw new Error('nothing was merged');
        const whole = encodeIndex({ index: strip(indexOf(all)), pending: [] }, KEY);
        expect(encodeIndex({ index: merged, pending: [] }, KEY)).toEqual(whole);
        const half = mergeIndexes(indexOf(old), { ...indexOf(late), vectors: undefined }, byRef);
        expect(half).toBeUndefined();
      }),
    );
  });

  const [sample = []] = fc.sample(corpus, { numRuns: 1, seed: 7 });

  test('keeps what was announced and not there', () => {
    expect(decoded(stored(sample)).pending).toEqual(['z@1.0.0']);
  });

  test('of another key is not taken', () => {
    const file = fileOf(stored(sample));
    expect(decodeIndex(file, KEY)).toBeDefined();
    expect(decodeIndex(file, { ...KEY, content: 'abd' })).toBeUndefined();
    expect(decodeIndex(file, { ...KEY, embedder: null })).toBeUndefined();
    expect(decodeIndex(file, { ...KEY, texts: '1' })).toBeUndefined();
  });

  const need = { purpose: 'docker cache' };
  const query = new Float32Array(DIMENSION).fill(0.4);

  test('that is damaged is not taken, nor are the vectors of an explanation that are', () => {
    const bytes = stored(sample);
    const good = exact(sample, need, query);
    const lost = new Set<string>();
    // Each byte in turn: every section, every checksum, and what lies between them.
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x11;
      const found = decodeIndex(fileOf(damaged), KEY);
      if (found === undefined) {
        lost.add('index');
        continue;
      }
      expect(indexed(found.index, need, query, sample)).toEqual(good);
      for (const [row, one] of sample.entries()) {
        const pair = found.index.vectors?.pair(row);
        if (pair === undefined) lost.add('pair');
        else expect(pair).toEqual(pairOf(one));
      }
    }
    expect(lost).toEqual(new Set(['index', 'pair']));
  });

  test('that is cut short, grew or is no index at all is not taken', () => {
    const bytes = stored(sample);
    for (let length = 0; length < bytes.length; length++)
      expect(decodeIndex(fileOf(bytes.subarray(0, length)), KEY)).toBeUndefined();
    expect(decodeIndex(fileOf(Buffer.concat([bytes, Buffer.of(0)])), KEY)).toBeUndefined();
    expect(decodeIndex(fileOf(Buffer.from('{}\n')), KEY)).toBeUndefined();
    expect(decodeIndex(() => undefined, KEY)).toBeUndefined();
  });

  test('gives no vectors of an index that took its place', () => {
    let bytes = stored(sample);
    const { index } = decodeIndex(() => fileOf(bytes)(), KEY) ?? {};
    expect(index?.vectors?.pair(0)).toEqual(pairOf(sample[0]));
    const other = encodeIndex({ index: indexOf(sample), pending: ['y@1.0.0'] }, { ...KEY, content: 'abd' });
    bytes = other ?? bytes;
    expect(index?.vectors?.pair(0)).toBeUndefined();
  });
});
