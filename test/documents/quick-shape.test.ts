import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { quick } from '../../src/documents/quick-shape.ts';
import { strict } from '../../src/documents/shape.ts';
import { DigestShape, PatternIdShape, VersionShape } from '../../src/documents/shapes.ts';

const Slow = v.array(
  strict({
    digest: DigestShape,
    id: PatternIdShape,
    size: v.pipe(v.number(), v.integer(), v.minValue(0)),
    tags: v.array(v.picklist(['a', 'b'])),
    version: VersionShape,
  }),
);

const sound = {
  digest: `sha256:${'0'.repeat(64)}`,
  id: 'acme/dockerfile',
  size: 1,
  tags: ['a', 'b'],
  version: '1.2.0',
};

/** A sound item, now and then with one field that is another, missing, or too many. */
const item = fc
  .tuple(
    fc.constantFrom(...Object.keys(sound), 'other', '__proto__', 'toString'),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('as it is') },
      fc.constantFrom(undefined, null, '', -1, 1.5, Number.NaN, '1.2', '1.2.0+x', ['c'], {}, 'x'.repeat(101)),
      fc.jsonValue(),
    ),
  )
  .map(([key, value]): unknown => {
    if (value === 'as it is') return sound;
    const entries = Object.entries(sound).filter(([name]) => name !== key);
    return Object.fromEntries(value === undefined ? entries : [...entries, [key, value]]);
  });

test('a quick look lets the same values through, and reports the same about the others', () => {
  const fast = quick(Slow);
  let passed = 0;
  fc.assert(
    fc.property(
      fc.oneof({ weight: 9, arbitrary: fc.array(item, { maxLength: 4 }) }, fc.jsonValue()),
      (value) => {
        const expected = v.safeParse(Slow, value);
        const found = v.safeParse(fast, value);
        if (expected.success) passed += 1;
        expect(found.success).toBe(expected.success);
        expect(found.output).toEqual(expected.output);
        expect(found.issues?.map((one) => [one.message, v.getDotPath(one)])).toEqual(
          expected.issues?.map((one) => [one.message, v.getDotPath(one)]),
        );
      },
    ),
    { numRuns: 2000 },
  );
  expect(passed).toBeGreaterThan(100);
});

test.each([
  ['that changes what it reads', v.pipe(v.string(), v.trim())],
  ['that fills in', strict({ a: v.optional(v.string(), 'x') })],
])('refuses a shape %s', (_, shape) => {
  expect(() => quick(shape)).toThrow('no quick look at a shape of type');
});
