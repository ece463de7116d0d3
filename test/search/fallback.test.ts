import { describe, expect, test } from 'vitest';
import type { Need } from '../../src/model/spec.ts';
import { searchWithFallback } from '../../src/search/fallback.ts';
import { Ranking } from '../../src/search/ranking.ts';
import { domainThresholds } from '../../src/search/threshold.ts';

interface Made {
  readonly id: string;
  readonly similarity: number;
  readonly lexical: number;
  readonly domain: string;
}

const match = (id: string, similarity: number, lexical = 0, domain = 'd'): Made => ({
  id,
  similarity,
  lexical,
  domain,
});

/** Ranks that know the domain facet alone; the score is the similarity. */
function run(
  all: readonly Made[],
  need: Need,
  minResults: number,
  thresholds: Record<string, number> = {},
  most = 99,
) {
  const ranked = ({ domain }: Need): Ranking<Made> =>
    new Ranking(
      {
        places: Int32Array.from(all, (one, i) => (domain === undefined || one.domain === domain ? i : -1)),
        scores: Float64Array.from(all, ({ similarity }) => similarity),
        similarities: Float64Array.from(all, ({ similarity }) => similarity),
        lexicals: Float64Array.from(all, ({ lexical }) => lexical),
      },
      (place) => all[place] ?? match('none', 0),
    );
  const found = searchWithFallback(
    need,
    { minResults, most },
    {
      ranked,
      thresholdAt: (place) => thresholds[all[place]?.domain ?? ''] ?? 0.25,
      patternOf: ({ place }) => place,
    },
  );
  const ids = found.matches.map((one) => `${one.match.candidate.id} ${one.level}`);
  return { level: found.level, levels: found.levels.map((one) => `${one.level} ${one.found}`), ids };
}

describe('concessions', () => {
  const all = [match('a', 0.6), match('b', 0.5, 0, 'e'), match('c', 0.2, 0.4), match('d', 0.1, 0.05)];

  test('none are made where enough match', () => {
    expect(run(all, { purpose: 'x', domain: 'd' }, 1)).toEqual({
      level: 'strict',
      levels: ['strict 1'],
      ids: ['a strict'],
    });
  });

  test('domain and intent are dropped first, then words fill up, and no more than that', () => {
    expect(run(all, { purpose: 'x', domain: 'd' }, 2)).toEqual({
      level: 'facets dropped',
      levels: ['strict 1', 'facets dropped 1'],
      ids: ['a strict', 'b facets dropped'],
    });
    expect(run(all, { purpose: 'x', domain: 'd' }, 9)).toEqual({
      level: 'lexical',
      levels: ['strict 1', 'facets dropped 1', 'lexical 1'],
      ids: ['a strict', 'b facets dropped', 'c lexical'],
    });
  });

  test('a level that adds nothing is told, and is not the level of the answer', () => {
    expect(run([match('a', 0.6)], { purpose: 'x' }, 2)).toEqual({
      level: 'strict',
      levels: ['strict 1', 'lexical 0'],
      ids: ['a strict'],
    });
    expect(run([match('a', 0.1)], { purpose: 'x' }, 1)).toEqual({
      level: 'none',
      levels: ['strict 0', 'lexical 0'],
      ids: [],
    });
  });

  test('no more are given than are asked for, and all are counted', () => {
    const many = Array.from({ length: 200 }, (_, i) => match(`m${i}`, 0.3 + ((i * 37) % 200) / 1000));
    const best = many.toSorted((a, b) => b.similarity - a.similarity).map(({ id }) => `${id} strict`);
    for (const most of [1, 5, 64, 65, 150, 999])
      expect(run(many, { purpose: 'x' }, 1, {}, most)).toEqual({
        level: 'strict',
        levels: ['strict 200'],
        ids: best.slice(0, most),
      });
  });

  test('each domain has a threshold of its own', () => {
    const two = [match('a', 0.3, 0, 'dense'), match('b', 0.2, 0, 'sparse')];
    expect(run(two, { purpose: 'x' }, 1, { dense: 0.32, sparse: 0.18 }).ids).toEqual(['b strict']);
  });
});

describe('thresholds', () => {
  // Two axes: `alike` holds ten equal vectors, `apart` ten that are at right angles to each other.
  const dimension = 11;
  const rows = new Float32Array(20 * dimension);
  for (let i = 0; i < 10; i++) {
    rows[i * dimension] = 1;
    rows[(10 + i) * dimension + 1 + i] = 1;
  }
  const domains = ['alike', 'apart'];
  const columnsOf = (patterns: readonly number[]) => ({
    patterns: Uint32Array.from(patterns),
    domains: Uint32Array.from(patterns, (_, row) => (row < 10 ? 0 : 1)),
    published: new Uint32Array(20),
    derived: new Uint32Array(20),
    rates: new Float64Array(20),
  });
  const own = columnsOf(Array.from({ length: 20 }, (_, row) => row));
  const every = Uint32Array.from({ length: 20 }, (_, row) => row);
  const thresholds = (columns: typeof own, which: Uint32Array): readonly number[] => [
    ...domainThresholds({ columns, domains, count: 20 }, which, { dimension, rows }),
  ];

  test('rise where patterns are alike, and fall where they are apart', () => {
    // Over all 380 ordered pairs 90 have the product 1: 0.236842. Half of the excess, by 10 of 20: (1 - 0.236842) / 4
    // exceeds 0.1; (0 - 0.236842) / 4 = -0.0592.
    expect(thresholds(own, every)).toEqual([0.35, 0.1908]);
  });

  test('do not depend on the order of the ids, nor on how many versions a pattern has', () => {
    const turned = columnsOf(Array.from({ length: 20 }, (_, row) => 19 - row));
    expect(thresholds(turned, every)).toEqual([0.35, 0.1908]);
    // The later rows are versions of the tenth pattern: of the domain apart only that one is left.
    const versions = columnsOf(Array.from({ length: 20 }, (_, row) => Math.min(row, 10)));
    expect(thresholds(versions, every)).toEqual(thresholds(own, every.subarray(0, 11)));
  });

  test('stay where they are for a single pattern', () => {
    expect(thresholds(own, every.subarray(0, 1))).toEqual([0.25, Number.NaN]);
  });
});
