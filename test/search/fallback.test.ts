import { describe, expect, test } from 'vitest';
import type { Need } from '../../src/model/spec.ts';
import { type Leveled, searchWithFallback } from '../../src/search/fallback.ts';
import { domainThresholds } from '../../src/search/threshold.ts';

const match = (pattern_id: string, similarity: number, lexical = 0, domain = 'd'): Leveled => ({
  candidate: { pattern_id, record: { signature: { domain } } },
  similarity,
  lexical,
});

/** Ranks that know the domain facet alone. */
function run(
  all: readonly Leveled[],
  need: Need,
  minResults: number,
  thresholds: Record<string, number> = {},
) {
  const found = searchWithFallback(need, minResults, {
    ranked: ({ domain }) =>
      all.filter(({ candidate }) => domain === undefined || candidate.record.signature.domain === domain),
    thresholdOf: (domain) => thresholds[domain] ?? 0.25,
  });
  const ids = found.matches.map((one) => `${one.match.candidate.pattern_id} ${one.level}`);
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
  const members = Array.from({ length: 20 }, (_, row) => ({
    pattern_id: `p${row}`,
    domain: row < 10 ? 'alike' : 'apart',
    row,
  }));

  test('rise where patterns are alike, and fall where they are apart', () => {
    // Over all 380 ordered pairs 90 have the product 1: 0.236842. Half of the excess, by 10 of 20: (1 - 0.236842) / 4
    // exceeds 0.1; (0 - 0.236842) / 4 = -0.0592.
    expect([...domainThresholds(members, { dimension, rows })]).toEqual([
      ['alike', 0.35],
      ['apart', 0.1908],
    ]);
  });

  test('do not depend on the order, nor on how many versions a pattern has', () => {
    const more = [...members].reverse().flatMap((member) => [member, member]);
    expect(new Map(domainThresholds(more, { dimension, rows }))).toEqual(
      new Map(domainThresholds(members, { dimension, rows })),
    );
  });

  test('stay where they are for a single pattern', () => {
    expect([...domainThresholds(members.slice(0, 1), { dimension, rows })]).toEqual([['alike', 0.25]]);
  });
});
