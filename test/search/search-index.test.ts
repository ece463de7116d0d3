import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PatternRecord } from '../../src/model/pattern.ts';
import { decodeIndex, encodeIndex, type StoredIndex } from '../../src/search/index-bytes.ts';
import { postingsOf } from '../../src/search/lexical-index.ts';
import { blended, dot } from '../../src/search/packed-vectors.ts';
import { rank } from '../../src/search/rank.ts';
import { OfferedVersions, type SearchIndex } from '../../src/search/search-index.ts';

const DIMENSION = 6;
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
  status: fc.constantFrom('production', 'deprecated', 'yanked'),
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
  return {
    versions: all.map((one) => ({ ...one, record: recordOf(one), published: 'production' })),
    postings: postingsOf(all.map((one) => ({ ...one, record: recordOf(one), bodyTerms: one.body }))),
    vectors: {
      blended: { dimension: DIMENSION, rows },
      pair: (row) => ({
        signature: all[row]?.signature ?? new Float32Array(DIMENSION),
        body: all[row]?.bodyVector ?? new Float32Array(DIMENSION),
      }),
    },
  };
}

function stored(all: readonly Made[]): Uint8Array {
  const bytes = encodeIndex({ index: indexOf(all), pending: ['z@1.0.0'] }, KEY);
  if (bytes === undefined) throw new Error('no index on this machine');
  return bytes;
}

function decoded(bytes: Uint8Array): StoredIndex {
  const index = decodeIndex(bytes, KEY);
  if (index === undefined) throw new Error('the index was refused');
  return index;
}

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
  const states = new Map(all.map((one) => [`${one.pattern_id}@${one.version}`, one]));
  const offered = new OfferedVersions(index, ({ pattern_id, version: number }) => {
    const { status, failures } = states.get(`${pattern_id}@${number}`) ?? { status: 'yanked', failures: 0 };
    return { status, counts: { successes: 0, failures }, inherited: undefined };
  });
  return offered
    .rankerOf(
      need.purpose,
      query,
    )(need)
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

  const [sample = []] = fc.sample(corpus, { numRuns: 1, seed: 7 });

  test('keeps what was announced and not there', () => {
    expect(decoded(stored(sample)).pending).toEqual(['z@1.0.0']);
  });

  test('is read from any place in memory', () => {
    const bytes = stored(sample);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const need = { purpose: 'docker cache' };
    const query = new Float32Array(DIMENSION).fill(0.4);
    expect(indexed(decoded(shifted.subarray(3)).index, need, query, sample)).toEqual(
      exact(sample, need, query),
    );
  });

  test('of another key is not taken', () => {
    const bytes = stored(sample);
    expect(decodeIndex(bytes, { ...KEY, content: 'abd' })).toBeUndefined();
    expect(decodeIndex(bytes, { ...KEY, embedder: null })).toBeUndefined();
    expect(decodeIndex(bytes, { ...KEY, texts: '1' })).toBeUndefined();
  });

  test('that is damaged anywhere, cut short or no index at all is not taken', () => {
    const bytes = stored(sample);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(decodeIndex(damaged, KEY)).toBeUndefined();
        expect(decodeIndex(bytes.subarray(0, at), KEY)).toBeUndefined();
      }),
    );
    expect(decodeIndex(new Uint8Array(0), KEY)).toBeUndefined();
    expect(decodeIndex(Buffer.from('{}\n'), KEY)).toBeUndefined();
  });
});
