import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSpec } from '../../src/documents/spec-document.ts';
import { plainSource } from '../../src/documents/plain-source.ts';
import { readPatternDocument } from '../../src/documents/pattern-document.ts';
import { frozenDigest } from '../../src/documents/bank-document.ts';
import { compile, type CompiledFile } from '../../src/render/compile.ts';
import { spansOf } from '../../src/render/sourced-text.ts';
import type { LoadedPattern } from '../../src/render/parsed-body.ts';

type Patterns = Readonly<Record<string, { readonly body: string | Uint8Array; readonly document?: object }>>;

/** Compiles a spec with patterns that are given in place. */
function render(files: unknown, patterns: Patterns, rest: object = {}): readonly CompiledFile[] {
  const { spec } = readSpec(
    plainSource({ apiVersion: 'patterns/v1', name: 'app', version: '1.2.3', files, ...rest }, 'app.yaml'),
  );
  const patternOf = (requirement: string): LoadedPattern => {
    const id = requirement.split('@')[0] ?? '';
    const made = patterns[id];
    if (made === undefined) throw new Error(`no pattern ${id}`);
    const signature = { purpose: id, intent: 'create', domain: 'test' };
    const document = readPatternDocument(
      plainSource({ pattern_id: id, version: '1.0.0', signature, body: 'b', ...made.document }, id),
    );
    const pattern = document.withBody(typeof made.body === 'string' ? Buffer.from(made.body) : made.body);
    return { frozen: pattern.frozen, body: pattern.body, digest: frozenDigest(pattern) };
  };
  return [...compile({ project: spec, expanded: spec, patternOf })];
}

function text(file: CompiledFile | undefined): string {
  return Buffer.from(file?.bytes ?? []).toString('utf8');
}

function one(body: string, rest: object = {}): string {
  return text(render([{ path: 'f', pattern: 'a' }], { a: { body } }, rest)[0]);
}

describe('scope', () => {
  test('a body reads project, variables, entities, operations and its path', () => {
    const found = one(
      '{{ project.name }} {{ project.version }} {{ variables.x }} {{ entities[0].name }} {{ operations.size }} {{ file.path }}\n',
      {
        variables: { x: 7 },
        entities: [{ name: 'Order' }],
      },
    );
    expect(found).toBe('app 1.2.3 7 Order 0 f\n');
  });

  test('a declared variable comes from with, else from the spec, else from its default', () => {
    const document = { variables: { v: { type: 'string', default: 'default' } } };
    const files = [
      { path: 'a', pattern: 'a', with: { v: 'with' } },
      { path: 'b', pattern: 'a' },
    ];
    expect(render(files, { a: { body: '{{ v }}', document } }).map(text)).toEqual(['with', 'default']);
    expect(
      render(files, { a: { body: '{{ v }}', document } }, { variables: { v: 'spec' } }).map(text),
    ).toEqual(['with', 'spec']);
  });

  test('with may be a template, and a single output keeps its type', () => {
    const document = { variables: { list: { type: 'list' }, name: { type: 'string' } } };
    const files = [
      {
        path: 'a',
        pattern: 'a',
        with: { list: '{{ variables.items }}', name: '{{ project.name | upcase }}-1' },
      },
    ];
    expect(
      text(
        render(
          files,
          { a: { body: '{{ list | join: "+" }} {{ name }}', document } },
          { variables: { items: [1, 2] } },
        )[0],
      ),
    ).toBe('1+2 APP-1');
  });

  test.each([
    ['an undeclared variable', { w: 1 }, /does not declare/],
    ['a value of another type', { v: 'x' }, /must be of type integer/],
    ['a value outside of the enum', { v: 4 }, /must be one of 1, 2/],
  ])('%s is refused', (_, values, message) => {
    const document = { variables: { v: { type: 'integer', default: 1, enum: [1, 2] } } };
    expect(() => render([{ path: 'a', pattern: 'a', with: values }], { a: { body: '', document } })).toThrow(
      message,
    );
  });

  test('keys of maps come in the order of their names, whatever the source says', () => {
    const body = '{% for pair in variables.map %}{{ pair[0] }}{% endfor %}{{ variables.map | json }}';
    const { spec } = readSpec(
      plainSource({ apiVersion: 'patterns/v1', name: 'a', files: [{ path: 'f', pattern: 'a' }] }, 's'),
    );
    expect(spec.name).toBe('a');
    expect(one(body, { variables: { map: { a: 1, b: 2 } } })).toBe('ab{"a":1,"b":2}');
  });
});

describe('each and when', () => {
  test('make one file an item, and leave out what the condition refuses', () => {
    const files = [
      { path: '{{ entity.name | snake }}.py', pattern: 'a', each: 'entities', when: 'entity.public' },
    ];
    const entities = [
      { name: 'CartItem', public: true },
      { name: 'Secret', public: false },
      { name: 'Order', public: true },
    ];
    const found = render(files, { a: { body: '{{ entity.name }}' } }, { entities });
    expect(found.map((file) => [file.path, text(file)])).toEqual([
      ['cart_item.py', 'CartItem'],
      ['order.py', 'Order'],
    ]);
  });

  test('name the item', () => {
    const files = [{ path: '{{ region }}.tf', pattern: 'a', each: 'variables.regions', as: 'region' }];
    expect(
      render(files, { a: { body: '{{ region }}' } }, { variables: { regions: ['eu', 'us'] } }).map(
        (file) => file.path,
      ),
    ).toEqual(['eu.tf', 'us.tf']);
  });

  test('a condition may ask for a key that a map lacks, but for no name that is unknown', () => {
    const entities = [{ name: 'A', hidden: true }, { name: 'B' }];
    const files = (when: string) => [{ path: '{{ entity.name }}', pattern: 'a', each: 'entities', when }];
    const body = '{% if entity.hidden %}h{% else %}v{% endif %}';
    expect(render(files('entity.hidden != true'), { a: { body } }, { entities }).map(text)).toEqual(['v']);
    expect(() => render(files('entiti.hidden'), { a: { body } }, { entities })).toThrow(
      'undefined variable: entiti',
    );
    expect(() =>
      render(
        files('true'),
        { a: { body: '{% if false %}{% if entiti.hidden %}{% endif %}{% endif %}' } },
        { entities },
      ),
    ).toThrow('undefined variable: entiti');
    expect(() => render(files('true'), { a: { body: '{{ entity.hidden }}' } }, { entities })).toThrow(
      'undefined variable: entity.hidden',
    );
    expect(() =>
      render(files('true'), { a: { body: '{% contribute x %}{{ nope }}{% endcontribute %}' } }, { entities }),
    ).toThrow('undefined variable: nope');
  });

  test('over what is no list is an error', () => {
    expect(() => render([{ path: 'a', pattern: 'a', each: 'project.name' }], { a: { body: '' } })).toThrow(
      /is no list/,
    );
  });
});

describe('slots', () => {
  const frame = {
    body: 'import x\n{% slot imports %}\n\nclass A:\n    {% slot methods %}\n\nend\n',
    document: { slots: { imports: { unique: true, sort: true }, methods: { separator: '\n\n' } } },
  };
  const fragment = {
    body: '{% contribute imports %}\nimport {{ item }}\nimport os\n{% endcontribute %}\ndef {{ item }}():\n    pass\n',
  };
  const files = [
    {
      path: 'f.py',
      pattern: 'frame',
      fragments: { methods: [{ pattern: 'fragment', each: 'variables.names' }] },
    },
  ];

  test('are filled with their indentation, separated, and imports merged', () => {
    const [file] = render(files, { frame, fragment }, { variables: { names: ['b', 'a'] } });
    expect(text(file)).toBe(
      'import x\nimport a\nimport b\nimport os\n\nclass A:\n    def b():\n        pass\n\n    def a():\n        pass\n\nend\n',
    );
  });

  test('vanish with their line when nothing fills them', () => {
    const [file] = render([{ path: 'f', pattern: 'frame' }], { frame });
    expect(text(file)).toBe('import x\n\nclass A:\n\nend\n');
  });

  test('leave spans that cover every line and name its writer', () => {
    const [file] = render(files, { frame, fragment }, { variables: { names: ['b', 'a'] } });
    expect(file?.spans.map(({ start, end, pattern_id }) => [start, end, pattern_id])).toEqual([
      [1, 1, 'frame'],
      [2, 4, 'fragment'],
      [5, 6, 'frame'],
      [7, 8, 'fragment'],
      [9, 9, 'frame'],
      [10, 11, 'fragment'],
      [12, 13, 'frame'],
    ]);
    expect(file?.lines()[7]).toEqual({
      text: '        pass',
      source: { pattern: expect.objectContaining({ pattern_id: 'fragment' }), line: 6 },
    });
  });

  test('a contribution reaches past a fragment that does not declare the slot', () => {
    const nested = { body: 'inner:\n{% slot more %}\n', document: { slots: { more: {} } } };
    const [file] = render(
      [
        {
          path: 'f',
          pattern: 'frame',
          fragments: {
            methods: [
              { pattern: 'nested', fragments: { more: [{ pattern: 'fragment', each: 'variables.names' }] } },
            ],
          },
        },
      ],
      { frame, fragment, nested },
      { variables: { names: ['z'] } },
    );
    expect(text(file)).toContain('import os\nimport z\n');
    expect(text(file)).toContain('    inner:\n    def z():\n        pass\n');
  });

  test.each([
    ['a slot that the pattern does not declare', { nope: [{ pattern: 'fragment' }] }, /does not declare/],
    ['a contribution that nobody takes', {}, /no enclosing pattern declares/],
  ])('%s is refused', (_, fragments, message) => {
    const lonely = { body: '{% contribute nowhere %}x{% endcontribute %}' };
    const use = Object.keys(fragments).length === 0 ? { pattern: 'lonely' } : { pattern: 'frame', fragments };
    expect(() => render([{ path: 'f', ...use }], { frame, lonely, fragment })).toThrow(message);
  });

  test('a required slot must be filled, and a filled slot must be placed', () => {
    const strict = { body: '{% slot s %}\n', document: { slots: { s: { required: true } } } };
    expect(() => render([{ path: 'f', pattern: 'strict' }], { strict })).toThrow(/is required/);
    const forgetful = { body: 'nothing\n', document: { slots: { s: {} } } };
    const fill = { s: [{ pattern: 'plain' }] };
    expect(() =>
      render([{ path: 'f', pattern: 'forgetful', fragments: fill }], { forgetful, plain: { body: 'x\n' } }),
    ).toThrow(/leaves out the slot/);
  });
});

describe('verbatim bodies', () => {
  test('come through byte for byte, template marks and all', () => {
    const body = '${{ secrets.X }} {% raw %} <% y %> {{ z }}\r\nno newline';
    const [file] = render([{ path: 'f', pattern: 'a' }], { a: { body, document: { engine: 'none' } } });
    expect(text(file)).toBe(body);
    expect(file?.spans).toMatchObject([{ start: 1, end: 2 }]);
  });

  test('any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        const [file] = render([{ path: 'f', pattern: 'a' }], { a: { body, document: { engine: 'none' } } });
        expect(Buffer.from(file?.bytes ?? []).equals(body)).toBe(true);
        expect(file?.spans).toEqual(body.length === 0 ? [] : spansOf(file?.lines() ?? []));
      }),
    );
  });

  test('own delimiters leave those of another language alone', () => {
    const delimiters = { output: ['<<', '>>'], tag: ['<%', '%>'] };
    const [file] = render([{ path: 'f', pattern: 'a' }], {
      a: { body: '${{ x }} << project.name >>{{ y }}<% if true %>!<% endif %>', document: { delimiters } },
    });
    expect(text(file)).toBe('${{ x }} app{{ y }}!');
  });
});

describe('line sources', () => {
  test('point at the template line of every output line', () => {
    const body =
      'a\n{%- for i in (1..2) %}\nx{{ i }}\n  y\n{%- endfor %}\n{% if true %}z{% endif %}\n\nend\n';
    const [file] = render([{ path: 'f', pattern: 'a' }], { a: { body } });
    const template = body.split('\n');
    const rows = file?.lines().map((line) => [line.text, template[line.source.line - 1]]);
    expect(rows).toEqual([
      ['a', 'a'],
      ['x1', 'x{{ i }}'],
      ['  y', '  y'],
      ['x2', 'x{{ i }}'],
      ['  y', '  y'],
      ['z', '{% if true %}z{% endif %}'],
      ['', ''],
      ['end', 'end'],
    ]);
  });

  test('for plain text, line n comes from line n, and the lines make up the file', () => {
    const plain = fc
      .array(fc.stringMatching(/^[a-z ]{0,8}$/), { maxLength: 12 })
      .map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(plain, (body) => {
        const [file] = render([{ path: 'f', pattern: 'a' }], { a: { body } });
        expect(text(file)).toBe(body);
        expect(file?.lines().map((line) => line.source.line)).toEqual(file?.lines().map((_, i) => i + 1));
        const joined =
          file
            ?.lines()
            .map((line) => line.text)
            .join('\n') ?? '';
        expect([joined, `${joined}\n`]).toContain(body);
        expect(file?.spans).toEqual(spansOf(file?.lines() ?? []));
      }),
    );
  });
});

describe('filters', () => {
  test.each([
    ['{{ "CartItem" | snake }}', 'cart_item'],
    ['{{ "cart_item" | pascal }}', 'CartItem'],
    ['{{ "cart_item" | camel }}', 'cartItem'],
    ['{{ "CartItem" | kebab }}', 'cart-item'],
    ['{{ "CartItem" | constant }}', 'CART_ITEM'],
    ['{{ "category" | plural }} {{ "people" | singular }}', 'categories person'],
    ['{{ "a\nb\n\nc" | indent: 2 }}', 'a\n  b\n\n  c'],
    ['{{ "quote\\"" | json }}', '"quote\\""'],
    ['{{ 0.1 | plus: 0.2 }}', '0.30000000000000004'],
  ])('%j → %j', (template, expected) => {
    expect(one(template)).toBe(expected);
  });

  test('a map has no text', () => {
    expect(() => one('{{ project }}')).toThrow(/a map has no text/);
  });
});
