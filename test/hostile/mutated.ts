import fc from 'fast-check';

/** What breaks parsers, from the public record of such bugs. */
export const NASTY: readonly string[] = [
  '\0',
  '\uFEFF',
  '\u202E',
  '\u2028',
  '\uD800',
  '\r\n',
  '\t',
  '"',
  "'",
  '\\',
  '\\u0000',
  '\\ud800',
  '{',
  '}',
  '[',
  ']',
  '{'.repeat(300),
  '['.repeat(3000),
  '- '.repeat(300),
  '&a [*a]',
  '*a',
  '&a ',
  '!!js/function "x"',
  '!!binary aGk=',
  '<<: {a: 1}',
  '? [a]: b',
  '---\n',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  '9007199254740993',
  `1${'0'.repeat(400)}`,
  '-0',
  '1e400',
  '.nan',
  '.inf',
  'NaN',
  'null',
  'true',
  '{}',
  '[]',
  '""',
  '0x1F',
  '0o17',
  '2001-01-01',
  '../../etc/passwd',
  'a@99999999999999999.0.0',
  'a@>=1 <1',
  `^${'1.'.repeat(200)}`,
  '1.0.0-' + 'a.'.repeat(100),
  '{{',
  '}}',
  '{%',
  '%}',
  '{% for i in (1..99999999999) %}',
  '{% if '.repeat(50),
  '{{ a | b | c: d, e: f }}',
  '{{ a[0].b["c"] }}',
  '{% raw %}',
  '<',
  '>',
  '&amp;',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '<![CDATA[',
  'sha256:',
  'x'.repeat(20_000),
  'é',
  '😀',
];

interface Change {
  readonly kind: 'cut' | 'repeat' | 'insert' | 'replace' | 'truncate' | 'swap';
  readonly at: number;
  readonly length: number;
  readonly token: string;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('cut', 'repeat', 'insert', 'replace', 'replace', 'truncate', 'swap'),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.nat({ max: 40 }),
  token: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...NASTY) },
    fc.string({ unit: 'binary', maxLength: 8 }),
  ),
});

/** A text of the language, changed in a few places; now and then one that is not of the language at all. */
export function mutated(seed: string): fc.Arbitrary<string> {
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc.array(change, { minLength: 1, maxLength: 4 }).map((all) => all.reduce(apply, seed)),
    },
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom(...NASTY), { maxLength: 8 }).map((tokens) => tokens.join('')),
    fc.json(),
  );
}

const WORD = /[\w.@^/-]+/g;

function apply(text: string, { kind, at, length, token }: Change): string {
  const start = Math.floor(at * text.length);
  const end = start + length;
  switch (kind) {
    case 'cut':
      return text.slice(0, start) + text.slice(end);
    case 'repeat':
      return text.slice(0, end) + text.slice(start);
    case 'insert':
      return text.slice(0, start) + token + text.slice(start);
    case 'truncate':
      return text.slice(0, start);
    case 'swap':
      return (
        text.slice(0, start) +
        text.slice(end, end + length) +
        text.slice(start, end) +
        text.slice(end + length)
      );
    case 'replace': {
      const words = [...text.matchAll(WORD)];
      const word = words[Math.floor(at * words.length)];
      if (word === undefined) return token;
      return text.slice(0, word.index) + token + text.slice(word.index + word[0].length);
    }
  }
}
