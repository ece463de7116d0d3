import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Derived, estimateSuccess, inheritedPriors } from '../../src/learn/success.ts';
import { judge } from '../../src/learn/thresholds.ts';
import { DEFAULT_CONFIG } from '../../src/model/project-config.ts';

const { thresholds } = DEFAULT_CONFIG;

function version(ref: string, successes: number, failures: number, derivedFrom: string[] = []): Derived {
  return { ref, derivedFrom, declared: 1, successes, failures };
}

describe('the posterior', () => {
  test('is the declared rate while nothing is known, and the interval is wide', () => {
    const { mean, lower, upper } = estimateSuccess({ declared: 1, successes: 0, failures: 0 });
    expect(mean).toBe(1);
    expect(lower).toBeCloseTo(0.549, 3);
    expect(upper).toBe(1);
  });

  test("is Wilson's interval over the runs and two declared ones", () => {
    // 9 of 10 declared 0.5: (9 + 1) / 12; the interval computed by hand.
    const { mean, lower, upper } = estimateSuccess({ declared: 0.5, successes: 9, failures: 1 });
    expect(mean).toBeCloseTo(10 / 12, 12);
    expect(lower).toBeCloseTo(0.658, 3);
    expect(upper).toBeCloseTo(0.9286, 4);
  });

  test('holds mean and bounds in order, between 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(10000),
        fc.nat(10000),
        (declared, s, f) => {
          const { mean, lower, upper } = estimateSuccess({ declared, successes: s, failures: f });
          expect(lower).toBeGreaterThanOrEqual(0);
          expect(lower).toBeLessThanOrEqual(mean + 1e-12);
          expect(mean).toBeLessThanOrEqual(upper + 1e-12);
          expect(upper).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('the derivation graph', () => {
  test('passes half of at most four runs to a child, and half of that to a grandchild', () => {
    const priors = inheritedPriors([
      version('a@1.0.0', 9, 1),
      version('a@1.1.0', 0, 0, ['a@1.0.0']),
      version('a@1.2.0', 0, 0, ['a@1.1.0']),
    ]);
    expect(priors.get('a@1.0.0')).toBeUndefined();
    expect(priors.get('a@1.1.0')).toEqual({ rate: 0.9, runs: 2 });
    expect(priors.get('a@1.2.0')).toEqual({ rate: 0.9, runs: 1 });
  });

  test('averages parents and leaves out the unknown', () => {
    const priors = inheritedPriors([
      version('a@1.0.0', 4, 0),
      version('b@1.0.0', 0, 4),
      version('c@1.0.0', 0, 0, ['b@1.0.0', 'a@1.0.0', 'gone@1.0.0', 'a@1.0.0']),
    ]);
    expect(priors.get('c@1.0.0')).toEqual({ rate: 0.5, runs: 2 });
  });

  test('gives the same priors in any order, and ends on circles', () => {
    const graph = [
      version('a@1.0.0', 3, 1, ['c@1.0.0']),
      version('b@1.0.0', 5, 0, ['a@1.0.0']),
      version('c@1.0.0', 1, 7, ['b@1.0.0', 'd@1.0.0']),
      version('d@1.0.0', 2, 2, ['d@1.0.0']),
      version('e@1.0.0', 0, 9),
      version('f@1.0.0', 1, 1, ['e@1.0.0', 'c@1.0.0']),
    ];
    const expected = inheritedPriors(graph);
    expect(expected.get('f@1.0.0')).toEqual({ rate: 0, runs: 2 });
    expect([...expected.keys()]).toEqual(['f@1.0.0']);
    fc.assert(
      fc.property(fc.shuffledSubarray(graph, { minLength: graph.length }), (shuffled) => {
        expect(new Map(inheritedPriors(shuffled))).toEqual(expected);
      }),
    );
  });

  test('takes a chain of 100,000 versions', () => {
    const chain = Array.from({ length: 100_000 }, (_, i) =>
      version(`a@0.0.${i}`, 1, 0, i === 0 ? [] : [`a@0.0.${i - 1}`]),
    );
    expect(inheritedPriors(chain).get('a@0.0.99999')?.rate).toBe(1);
  });
});

describe('the thresholds', () => {
  const verdict = (
    successes: number,
    failures: number,
    status: 'production' | 'candidate' = 'production',
    inherited?: { rate: number; runs: number },
  ) =>
    judge(
      status,
      { successes, failures },
      estimateSuccess({ declared: 1, successes, failures, inherited }),
      thresholds,
    )?.to;

  test('quarantine a version that only fails, within five failures even where a good parent vouches for it', () => {
    expect(verdict(0, 2)).toBeUndefined();
    expect(verdict(0, 3)).toBe('quarantined');
    const parent = { rate: 1, runs: 2 };
    expect(verdict(0, 4, 'production', parent)).toBeUndefined();
    expect(verdict(0, 5, 'production', parent)).toBe('quarantined');
  });

  test('one failure in fifty does not demote', () => {
    expect(verdict(49, 1)).toBeUndefined();
    expect(verdict(0, 1)).toBeUndefined();
  });

  test('promote a candidate with enough clean runs, and nothing else', () => {
    expect(verdict(19, 0, 'candidate')).toBeUndefined();
    expect(verdict(20, 0, 'candidate')).toBe('production');
    expect(verdict(18, 2, 'candidate')).toBeUndefined();
    expect(verdict(20, 0)).toBeUndefined();
  });

  test('leave what was withdrawn to people', () => {
    const estimate = estimateSuccess({ declared: 0, successes: 0, failures: 99 });
    for (const status of ['quarantined', 'yanked'] as const)
      expect(judge(status, { successes: 0, failures: 99 }, estimate, thresholds)).toBeUndefined();
  });
});
