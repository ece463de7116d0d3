import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trustOf } from '../../src/search/trust.ts';

const scores = (...values: readonly number[]) => Float64Array.from(values);

/** So many patterns without a word of the need, and these. */
const amongst = (silent: number, ...heard: readonly number[]) =>
  scores(...Array.from({ length: silent }, () => 0), ...heard);

describe('trust', () => {
  test('is nothing where no word of the need is found', () => {
    expect(trustOf(scores())).toBe(0);
    expect(trustOf(scores(0, 0))).toBe(0);
    expect(trustOf(scores(Number.NaN, Number.NaN))).toBe(0);
  });

  test('of the only pattern, and of equals, is their score', () => {
    expect(trustOf(scores(0.4))).toBe(0.4);
    expect(trustOf(scores(0.4, 0.4, Number.NaN))).toBe(0.4);
  });

  test('is the best score times how far it stands out', () => {
    // Mean 0.2, deviation 0.2·√2 of three: (0.6 − 0.2) / (0.2·√2) = √2, over √(2 ln 3).
    expect(trustOf(scores(0.6, 0, 0))).toBeCloseTo(
      0.6 * (Math.SQRT2 / Math.sqrt(2 * Math.log(3))) ** 1.5,
      12,
    );
  });

  test('is less where many patterns are found as well', () => {
    expect(trustOf(amongst(30, 0.5, 0.1))).toBeGreaterThan(trustOf(amongst(2, 0.5, ...Array(29).fill(0.4))));
  });

  test('lets the best score weigh as much as a cosine of 1, and no more in the largest bank', () => {
    expect(trustOf(amongst(100_000, 0.9)) * 0.9).toBeCloseTo(1, 12);
  });

  test('leaves out what takes no part', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (all) => {
        const trust = trustOf(scores(...all));
        expect(trustOf(scores(...all.flatMap((score) => [score, Number.NaN])))).toBe(trust);
        expect(trust).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
