import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rank, type Searchable } from '../../src/search/rank.ts';
import { estimateSuccess } from '../../src/learn/success.ts';
import { termsOf } from '../../src/search/tokens.ts';

function searchable(pattern_id: string, purpose: string, rest: Partial<Searchable> = {}): Searchable {
  return {
    pattern_id,
    version: '1.0.0',
    counts: { successes: 0, failures: 0 },
    record: {
      signature: { purpose, intent: 'create', domain: 'test', inputs: [], outputs: [], constraints: [] },
      facets: {},
      quality: {
        success_rate: 0.9,
        test_coverage: 0.9,
        security_level: 'HIGH',
        observability_complete: true,
        docker_ready: true,
      },
      derived_from: [],
    },
    ...rest,
  };
}

describe('terms', () => {
  test.each([
    ['docker_compose', ['docker', 'compos', 'dockercompos']],
    ['CartItem', ['cart', 'item', 'cartitem']],
    ['the PostgreSQL pg database', ['postgr', 'sql', 'postgr', 'postgr', 'databas']],
    ['HTTPServer v2', ['http', 'server', 'httpserver', 'v2']],
    ['for and the', []],
    ['Ünïcode 日本', ['ünïcode', '日本']],
  ])('%j → %j', (text, expected) => {
    expect(termsOf(text).map((term) => term.text)).toEqual(expected);
  });
});

describe('success', () => {
  test('is the lower bound of Wilson over the runs and a prior of two', () => {
    // Computed by hand for n = 2, p = 0.5, z = 1.28155: (0.5 + z²/4 - z·sqrt(0.125 + z²/16)) / (1 + z²/2).
    expect(estimateSuccess({ declared: 0.5, successes: 0, failures: 0 }).lower).toBeCloseTo(0.1643, 3);
    expect(estimateSuccess({ declared: 0.5, successes: 9, failures: 1 }).lower).toBeCloseTo(0.6581, 3);
    expect(estimateSuccess({ declared: 0.5, successes: 95, failures: 5 }).lower).toBeCloseTo(0.9038, 3);
  });

  test('rises with successes and falls with failures', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.nat(1000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (successes, failures, declared) => {
          const here = estimateSuccess({ declared, successes, failures });
          expect(
            estimateSuccess({ declared, successes: successes + 1, failures }).lower,
          ).toBeGreaterThanOrEqual(here.lower - 1e-12);
          expect(estimateSuccess({ declared, successes, failures: failures + 1 }).lower).toBeLessThanOrEqual(
            here.lower + 1e-12,
          );
          expect(here.lower).toBeLessThanOrEqual(here.mean + 1e-12);
        },
      ),
    );
  });
});

describe('rank', () => {
  test('does not depend on the order of the candidates', () => {
    const words = ['docker', 'python', 'cache', 'queue', 'metrics', 'deploy'];
    const candidates = fc.uniqueArray(
      fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.subarray(words, { minLength: 1 })),
      { selector: ([id]) => id, minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(candidates, fc.subarray(words, { minLength: 1 }), fc.nat(), (made, query, seed) => {
        const list = made.map(([id, purpose]) => searchable(id, purpose.join(' ')));
        const turned = [...list.slice(seed % list.length), ...list.slice(0, seed % list.length)].reverse();
        const order = (all: readonly Searchable[]) =>
          rank({ purpose: query.join(' ') }, all).map((match) => [match.candidate.pattern_id, match.score]);
        expect(order(turned)).toEqual(order(list));
      }),
    );
  });

  test('prefers what ran well among equals, and takes one version a pattern', () => {
    const found = rank({ purpose: 'parse mail' }, [
      searchable('a', 'Parse mail', { counts: { successes: 1, failures: 9 } }),
      searchable('b', 'Parse mail', { counts: { successes: 9, failures: 1 } }),
      searchable('b', 'Parse mail', { version: '2.0.0', counts: { successes: 0, failures: 9 } }),
    ]);
    expect(found.map((match) => `${match.candidate.pattern_id}@${match.candidate.version}`)).toEqual([
      'b@1.0.0',
      'a@1.0.0',
    ]);
  });

  const near = (semantic: number) => ({ nearness: { signature: semantic, body: undefined, semantic } });
  const others = Array.from({ length: 40 }, (_, i) => searchable(`other-${i}`, `Thing ${i}`, near(0.2)));

  test('takes the pattern that a need names, though another one is nearer in meaning', () => {
    const found = rank({ purpose: 'alembic migration script' }, [
      ...others,
      searchable('alembic', 'Alembic migration script template', near(0.5)),
      searchable('flyway', 'Change the schema of a database', near(0.65)),
    ]);
    expect(found[0]?.candidate.pattern_id).toBe('alembic');
  });

  test('does not let one word, met by chance, outvote meaning', () => {
    const found = rank({ purpose: 'watch how long the answers of our web server take' }, [
      ...others,
      searchable('latency', 'Request duration histogram', near(0.45)),
      searchable('bird', 'Watch birds', near(0.1)),
    ]);
    expect(found[0]?.candidate.pattern_id).toBe('latency');
  });

  test('trusts words by pattern: twenty versions of one are one', () => {
    const named = searchable('alembic', 'Alembic migration script template', near(0.3));
    const versions = Array.from({ length: 20 }, (_, i) => ({ ...named, version: `1.0.${i}` }));
    const need = { purpose: 'alembic migration script' };
    const [one] = rank(need, [...others, named]);
    const [many] = rank(need, [...others, ...versions]);
    expect(many?.candidate.pattern_id).toBe('alembic');
    // The statistics of words count versions, so the lexical score moves a little; how far it stands out must not.
    expect(Math.abs((many?.similarity ?? 0) - (one?.similarity ?? 0))).toBeLessThan(0.1);
  });

  test('scores lie between 0 and 1 and have six places', () => {
    for (const match of rank({ purpose: 'docker python image' }, [
      searchable('x', 'Docker image'),
      searchable('y', 'Python'),
    ])) {
      expect(match.score).toBeGreaterThan(0);
      expect(match.score).toBeLessThan(1);
      expect(Math.round(match.score * 1e6) / 1e6).toBe(match.score);
    }
  });
});
