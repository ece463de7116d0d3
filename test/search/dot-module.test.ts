import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fastDots } from '../../src/search/dot-module.ts';
import { dotRow } from '../../src/search/packed-vectors.ts';

test('the fast dot products are those of the plain loop to the bit', () => {
  const number = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.gen(),
      (count, quarter, gen) => {
        const dimension = quarter * 4;
        const make = (length: number) => gen(fc.array, number, { minLength: length, maxLength: length });
        const packed = { dimension, rows: Float32Array.from(make(count * dimension)) };
        const dots = fastDots(packed);
        if (dots === undefined) throw new Error('the engine has no SIMD');
        for (let again = 0; again < 2; again++) {
          const query = Float64Array.from(make(dimension));
          const expected = Array.from({ length: count }, (_, row) => dotRow(packed, row, query));
          expect([...dots(query)]).toEqual(expected);
        }
      },
    ),
  );
});

test('a dimension that is no multiple of four, and no rows at all, are left to the plain loop', () => {
  expect(fastDots({ dimension: 6, rows: new Float32Array(12) })).toBeUndefined();
  expect(fastDots({ dimension: 8, rows: new Float32Array(0) })).toBeUndefined();
});
