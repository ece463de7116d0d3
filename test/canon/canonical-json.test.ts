import fc from 'fast-check';
import stringify from 'fast-json-stable-stringify';
import { describe, expect, test } from 'vitest';
import { canonicalJson, prettyJson } from '../../src/canon/canonical-json.ts';
import { PatternsError } from '../../src/model/error.ts';

const json = fc.jsonValue().filter((value) => {
  try {
    canonicalJson(value);
    return true;
  } catch (cause) {
    // Integers beyond 2^53 and lone surrogates are refused; they have tests of their own.
    return !(cause instanceof PatternsError);
  }
});

/** Objects with keys that an engine does not keep in the order of their making. */
const indexed = fc.dictionary(
  fc.oneof(fc.nat().map(String), fc.constantFrom('__proto__', '01', '-1', '4294967295', 'a')),
  json,
  { noNullPrototype: true },
);

describe('canonicalJson', () => {
  test.each([
    [{ b: 1, a: [true, null, 'é\u2028'] }, '{"a":[true,null,"é\u2028"],"b":1}'],
    [{ 10: 'ten', 9: 'nine', 1: 'one' }, '{"1":"one","10":"ten","9":"nine"}'],
    [{ '\u{1f600}': 1, '\uff5e': 2 }, '{"😀":1,"～":2}'],
    [{ a: undefined, b: -0, c: 0.1, d: 1e-7 }, '{"b":0,"c":0.1,"d":1e-7}'],
    [JSON.parse('{"__proto__":{"a":1},"b":2}'), '{"__proto__":{"a":1},"b":2}'],
  ])('of %o', (value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  test('is what another implementation gives, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.oneof(json, indexed), (value) => {
        expect(canonicalJson(value)).toBe(stringify(value));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [{ a: [1, { b: Number.NaN }] }, '$.a[1].b'],
    [[2 ** 53], '$[0]'],
    [{ a: '\ud800' }, '$.a'],
    [{ a: new Map() }, '$.a'],
    [{ a: 1n }, '$.a'],
    [[undefined], '$[0]'],
    [{ toJSON: () => 1 }, '$'],
  ])('refuses %o, and says where', (value, place) => {
    expect(() => canonicalJson(value)).toThrow(`(at ${place})`);
  });
});

test('prettyJson is the same data, with sorted keys', () => {
  fc.assert(
    fc.property(fc.oneof(json, indexed), (value) => {
      const text = prettyJson(value);
      expect(text).toBe(`${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`);
    }),
    { numRuns: 2000 },
  );
});
