import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainSource } from '../../src/documents/plain-source.ts';
import { readPatternDocument } from '../../src/documents/pattern-document.ts';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import type { FrozenPattern } from '../../src/model/pattern.ts';
import { PatternsError } from '../../src/model/error.ts';
import { BUILT_IN_FILTERS, OWN_FILTERS } from '../../src/render/filters.ts';
import { conditionHolds, evaluateExpression, LiquidBody, renderText } from '../../src/render/liquid.ts';
import { SlotFillings } from '../../src/render/slots.ts';
import type { SourcedText } from '../../src/render/sourced-text.ts';
import * as oracle from './oracle/liquid.ts';

const RUNS = Number(process.env['PATTERNS_FUZZ_RUNS'] ?? 3000);

const frame: FrozenPattern = readPatternDocument(
  plainSource(
    {
      pattern_id: 'frame',
      version: '1.0.0',
      signature: { purpose: 'p', intent: 'create', domain: 'd' },
      body: 'b',
      slots: { lines: {}, sorted: { sort: true, unique: true }, empty: {} },
    },
    'frame',
  ),
).withBody(Buffer.from('')).frozen;

function fillings(): SlotFillings {
  const made = new SlotFillings(frame);
  const source = { pattern: { pattern_id: 'fragment', version: '2.0.0' }, line: 3 };
  made.fill('lines', [
    { text: 'first', source },
    { text: '', source },
    { text: '  second', source: { ...source, line: 5 } },
  ]);
  made.fill('sorted', [
    { text: 'b', source },
    { text: 'a', source },
    { text: 'b', source },
  ]);
  return made;
}

/** All that a caller can see of a render: text, lines with sources, what goes upward, or the error with its place. */
function outcome(act: () => unknown): unknown {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    const { code, message, place, hint } = cause;
    return { code, message, place, hint };
  }
}

type Body = new (
  text: string,
  name: string,
  delimiters: undefined,
) => { render(pattern: FrozenPattern, scope: JsonObject, fillings: SlotFillings): SourcedText };

function rendered(engine: Body, body: string, scope: JsonObject): unknown {
  return outcome(() => {
    const slots = fillings();
    const parsed = new engine(body, 'frame@1.0.0', undefined);
    const text = parsed.render(frame, scope, slots);
    // A body is rendered many times, and none may leave something behind for the next.
    const again = parsed.render(frame, scope, fillings());
    return {
      text: text.toString(),
      again: again.toString(),
      lines: text.lines(),
      upward: slots.upward,
      unplaced: slots.unplaced,
    };
  });
}

function expectSame(body: string, scope: JsonObject): void {
  expect(rendered(LiquidBody, body, scope)).toEqual(rendered(oracle.LiquidBody, body, scope));
}

const SCOPE: JsonObject = {
  project: { name: 'app', version: '1.2.3', description: null },
  s: 'some Text, with  parts\nand lines',
  empty: '',
  n: 7,
  minus: -2,
  half: 2.5,
  yes: true,
  no: false,
  nothing: null,
  list: [3, 1, 2, 1],
  words: ['b', 'A', 'c', 'b'],
  none: [],
  map: { size: 4, first: 'f', key: 'value', 'last-one': [1, [2]], toString: 'own' },
  items: [
    { name: 'one', rank: 2, tags: ['x', 'y'], on: true },
    { name: 'two', rank: 1, tags: [], on: false },
    { name: 'three', rank: null, tags: ['z'], on: true },
  ],
  key: 'name',
  index: 1,
};

const path = fc.oneof(
  fc.constantFrom(...Object.keys(SCOPE)),
  fc.constantFrom(
    ...'x a b i item entity map.key map.size map.first map.last-one.last list[0] list[-1] list.size list.first list.last'.split(
      ' ',
    ),
    ...'items[index].name items[0][key] items.first.tags[1] map[key] map["key"] s.size n.size missing project.missing'.split(
      ' ',
    ),
    ...'item.name item.tags item[0] item[key] forloop forloop.index forloop.last forloop.rindex0 forloop.name forloop.nope'.split(
      ' ',
    ),
    ...'toString constructor __proto__ map.toString map.constructor words.length size first list[n] items[item] 2.size'.split(
      ' ',
    ),
  ),
);

const operand = fc.oneof(
  { weight: 4, arbitrary: path },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...'1 2 -2 2.50 "b" \'value\' "" true false nil null empty blank'.split(' '),
      ...'(1..3) (index..n) (3..1) (1..list[0]) "a\\nb" (1..3).size "text".size'.split(' '),
    ),
  },
);

const filter = fc
  .tuple(
    fc.constantFrom(...BUILT_IN_FILTERS, ...Object.keys(OWN_FILTERS)),
    fc.array(fc.oneof(operand, fc.constantFrom('"name"', '"rank"', '", "', 'allow_false: true', 'x: n')), {
      maxLength: 2,
    }),
  )
  .map(([name, args]) => ` | ${name}${args.length === 0 ? '' : `: ${args.join(', ')}`}`);

const expression = fc
  .tuple(
    fc.array(fc.constant('not '), { maxLength: 1 }),
    operand,
    fc.array(
      fc.tuple(
        fc.constantFrom('==', '!=', '<', '>', '<=', '>=', 'contains', 'and', 'or', 'and not', ''),
        operand,
      ),
      { maxLength: 2 },
    ),
  )
  .map(
    ([not, first, rest]) =>
      not.join('') + first + rest.map(([operator, value]) => ` ${operator} ${value}`).join(''),
  );

const filtered = fc
  .tuple(fc.oneof({ weight: 3, arbitrary: operand }, expression), fc.array(filter, { maxLength: 2 }))
  .map(([value, filters]) => value + filters.join(''));

const name = fc.constantFrom('a', 'b', 'x', 'item', 's', 'forloop');
const open = fc.constantFrom('{% ', '{%- ');
const close = fc.constantFrom(' %}', ' -%}');
const plain = fc.constantFrom('text', '\n', '  ', ' \n  ', 'a\nb\n', '\t', '}', '{ ', 'é😀\n');
const modifiers = fc
  .array(
    fc.oneof(
      fc.constantFrom('reversed', 'limit: 2', 'offset: 1', 'offset: continue', 'limit: n', 'offset: "1"'),
      fc.tuple(fc.constantFrom('limit', 'offset'), operand).map(([key, value]) => `${key}: ${value}`),
    ),
    { maxLength: 2 },
  )
  .map((all) => all.map((one) => ` ${one}`).join(''));

const { body } = fc.letrec<{ body: string; node: string }>((tie) => {
  const tag = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(open, text, close).map((parts) => parts.join(''));
  const block = (...parts: readonly (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> =>
    fc
      .tuple(...parts.map((part) => (typeof part === 'string' ? tag(fc.constant(part)) : part)))
      .map((all) => all.join(''));
  const inner = tie('body');
  const condition = fc.oneof(expression, filtered);
  const word = (start: string, rest: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    tag(rest.map((text) => `${start} ${text}`));
  return {
    body: fc.array(tie('node'), { maxLength: 4 }).map((nodes) => nodes.join('')),
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      { weight: 6, arbitrary: plain },
      {
        weight: 6,
        arbitrary: fc
          .tuple(fc.constantFrom('{{ ', '{{- '), filtered, fc.constantFrom(' }}', ' -}}'))
          .map((parts) => parts.join('')),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(name, filtered)
          .chain(([key, value]) => word('assign', fc.constant(`${key} = ${value}`))),
      },
      { weight: 1, arbitrary: word('echo', filtered) },
      { weight: 1, arbitrary: tag(fc.constantFrom('break', 'continue', '# remark', 'slot empty', 'echo')) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          '{% slot lines %}',
          '\n  {% slot sorted %}\n',
          '  {%- slot lines %}',
          '{% slot none %}',
        ),
      },
      {
        weight: 1,
        arbitrary: word('cycle', fc.constantFrom('1, 2', '"a", "b", n', 'x: 1, 2', 's', '"g": "a", map')),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom('{% raw %}{{ a }}\n{% endraw %}', '{% comment %}x{% endcomment %}'),
      },
      {
        weight: 1,
        arbitrary: filtered.map(
          (value) => `{% liquid\n  assign x = ${value}\n  echo x\n  if x\n echo "y"\n endif\n%}`,
        ),
      },
      { weight: 3, arbitrary: block(word('if', condition), inner, 'endif') },
      {
        weight: 2,
        arbitrary: block(
          word('if', condition),
          inner,
          word('elsif', condition),
          inner,
          'else',
          inner,
          'endif',
        ),
      },
      {
        weight: 2,
        arbitrary: block(
          word('unless', condition),
          inner,
          word('elsif', condition),
          inner,
          'else',
          inner,
          'endunless',
        ),
      },
      {
        weight: 4,
        arbitrary: block(
          fc
            .tuple(name, operand, modifiers)
            .chain(([key, list, more]) => word('for', fc.constant(`${key} in ${list}${more}`))),
          inner,
          'endfor',
        ),
      },
      {
        weight: 1,
        arbitrary: block(
          word(
            'for',
            operand.map((list) => `item in ${list}`),
          ),
          inner,
          'else',
          inner,
          'endfor',
        ),
      },
      {
        weight: 2,
        arbitrary: block(
          word('case', filtered),
          word(
            'when',
            fc.array(operand, { minLength: 1, maxLength: 2 }).map((all) => all.join(', ')),
          ),
          inner,
          word(
            'when',
            fc.array(operand, { minLength: 1, maxLength: 2 }).map((all) => all.join(' or ')),
          ),
          inner,
          'else',
          inner,
          'endcase',
        ),
      },
      { weight: 2, arbitrary: block(word('capture', name), inner, 'endcapture') },
      { weight: 1, arbitrary: block(fc.constant('\n  {% contribute outer %}\n'), inner, 'endcontribute') },
    ),
  };
});

const ODD: JsonObject = {
  forloop: { index: 99, name: 'outer', last: false, rindex0: 7 },
  '2': { size: 1 },
  toString: 'own',
  constructor: [1],
  continue: 1,
};

/** Names that random bodies set come into scope, so that most of them get past the check of names. */
const scopes = fc
  .record({
    a: fc.constantFrom<JsonValue>(1, 'a', null, [1], { name: 'n' }),
    b: fc.constantFrom<JsonValue>(2, 'b', [], [[1, 2]]),
    x: fc.constantFrom<JsonValue>('x', 0, '', false),
    item: fc.constantFrom<JsonValue>('outer', { name: 'outer', tags: ['t'] }),
    // Names that only loops and the prototype of maps have, so that a body with them gets past the check as well.
    more: fc.constantFrom<JsonObject>({}, ODD, ODD, ODD),
  })
  .map(({ more: odd, ...more }) => ({ ...odd, ...more }))
  .map((more): JsonObject => ({ ...SCOPE, ...more, missing: 'here', i: 1, size: 2, first: 3 }));

test('a random body comes out as by LiquidJS: text, sources, errors and their places', () => {
  fc.assert(
    fc.property(body, scopes, (text, scope) => {
      expectSame(text, scope);
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test('random expressions, conditions and texts of a spec come out as by LiquidJS', () => {
  fc.assert(
    fc.property(filtered, scopes, (text, scope) => {
      expect(outcome(() => evaluateExpression(text, 'each', scope))).toEqual(
        outcome(() => oracle.evaluateExpression(text, 'each', scope)),
      );
      expect(outcome(() => conditionHolds(text, 'when', scope))).toEqual(
        outcome(() => oracle.conditionHolds(text, 'when', scope)),
      );
      expect(outcome(() => renderText(`p/{{ ${text} }}`, 'path', scope))).toEqual(
        outcome(() => oracle.renderText(`p/{{ ${text} }}`, 'path', scope)),
      );
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test.each([
  ['steps of nested loops', '{% for a in (1..3000) %}{% for b in (1..3000) %}{% endfor %}{% endfor %}'],
  [
    'steps inside of capture',
    '{% for a in (1..3000) %}{% capture x %}{% for b in (1..3000) %}{% endfor %}{% endcapture %}{% endfor %}',
  ],
  ['memory of a range', '\n{% for a in (1..100000000) %}{% endfor %}'],
  [
    'memory of filters',
    '{% assign x = (1..9000000) %}{% for i in list %}\n{% for i in list %}{% assign y = x | reverse | size %}{% endfor %}{% endfor %}',
  ],
  [
    'size of the output',
    '{% capture x %}{% for a in (1..20000) %}0123456789abcdef0123456789abcdef0123456789abcdef{% endfor %}{% endcapture %}{% for a in (1..200) %}{{ x }}{% endfor %}',
  ],
  ['a map in an output', 'a\n {{ map }}'],
  ['a map in a capture', '{% capture x %}\n{{ items }}{% endcapture %}'],
  ['a slot in a capture', '{% capture x %}\n{% slot lines %}{% endcapture %}'],
  ['break outside of a loop', 'a{% if yes %}b{% break %}c{% endif %}d'],
  [
    'break in a case that fits twice',
    '{% case 1 %}{% when 1 %}a{% break %}b{% when 1 %}c{{ n }}d{% endcase %}e',
  ],
  ['a loop over its own name', '{% for forloop in list %}{{ forloop }}{% endfor %}'],
  [
    'loops that go on',
    '{% for a in list limit: 2 %}{{ a }}{% endfor %}{% for a in list limit: 1 offset: continue %}{{ a }}{% endfor %}-{% for a in list offset: continue %}{{ a }}{% endfor %}',
  ],
  [
    'a first loop that goes on',
    '{% for a in list offset: continue limit: 1 %}{{ a }}{% endfor %}{% for a in list offset: continue %}{{ a }}{% endfor %}',
  ],
  ['a name of every prototype', '{{ map.__proto__ }}{{ __proto__ }}'],
  ['the loop as text', '{% for a in list %}{{ forloop }}{{ forloop.name }}{{ forloop.length }}{% endfor %}'],
  ['default of an absent key', '{{ map.nope | default: "d" }}{% assign x = map.nope %}{{ x }}{{ map.nope }}'],
])('%s', (_, text) => {
  expectSame(text, SCOPE);
});

test('built-in bodies come out as by LiquidJS, also with a scope that lacks what they read', () => {
  const templates = new URL('../../templates', import.meta.url).pathname;
  const bodies = readdirSync(templates, { recursive: true, encoding: 'utf8' }).filter((one) =>
    one.endsWith('.liquid'),
  );
  expect(bodies.length).toBeGreaterThan(50);
  const model = { name: 'Cart', names: { snake: 'cart' }, fields: [], operations: [], keys: [], rules: [] };
  for (const file of bodies) {
    const text = readFileSync(join(templates, file), 'utf8');
    expectSame(text, SCOPE);
    expectSame(text, {
      ...SCOPE,
      variables: {},
      entities: [model],
      operations: [],
      file: { path: 'f' },
      entity: model,
    });
  }
});
