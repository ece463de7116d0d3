import { truncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openProject, PatternsError } from '../../src/index.ts';
import { emptyProject, type TestProject } from '../support/project.ts';
import { attack, expectRefusal } from './attack.ts';

const HEAD = 'apiVersion: patterns/v1\nname: app\n';
const FILES = 'files: [{ path: a.txt, pattern: a@^1 }]\n';

function project(): TestProject {
  const made = emptyProject();
  made.publish('a', '1.0.0', 'text\n');
  return made;
}

/** One line of anchors that each double the one before. */
function doubling(levels: number): string {
  const rest = Array.from({ length: levels }, (_, i) => `&a${i + 1} [*a${i}, *a${i}]`).join(', ');
  return `variables: { list: [&a0 [x, x], ${rest}] }\n`;
}

/** Class of attack, what the spec says, and the code that it is refused with. These are to exhaust time or memory. */
const HEAVY: readonly (readonly [string, () => string, string])[] = [
  ['aliases that double forty times', () => HEAD + doubling(40) + FILES, 'LIMIT_EXCEEDED'],
  [
    'two hundred thousand aliases of one word',
    () => `${HEAD}variables: { a: &a x, b: [${'*a, '.repeat(200_000)}] }\n${FILES}`,
    'LIMIT_EXCEEDED',
  ],
  ['an alias of what it stands in', () => `${HEAD}variables: &a { b: *a }\n${FILES}`, 'YAML_INVALID'],
  [
    'two hundred thousand open brackets',
    () => `${HEAD}variables: { a: ${'['.repeat(200_000)}`,
    'LIMIT_EXCEEDED',
  ],
  ['fifty thousand open braces', () => `${HEAD}variables: { a: ${'{a: '.repeat(50_000)}`, 'LIMIT_EXCEEDED'],
  [
    'a hundred thousand dashes',
    () => `${HEAD}variables:\n  a: \n    ${'- '.repeat(100_000)}`,
    'LIMIT_EXCEEDED',
  ],
  [
    'three thousand steps of indentation',
    () =>
      `${HEAD}variables:\n${Array.from({ length: 2500 }, (_, i) => `${' '.repeat(i + 1)}a:`).join('\n')} x\n`,
    'LIMIT_EXCEEDED',
  ],
  [
    'depth within the limit of the parser',
    () => `${HEAD}variables: { a: ${'['.repeat(150)}${']'.repeat(150)} }\n${FILES}`,
    'LIMIT_EXCEEDED',
  ],
  [
    'nine megabytes of text',
    () => `${HEAD}variables: { a: "${'x'.repeat(9 * 1024 * 1024)}" }\n${FILES}`,
    'LIMIT_EXCEEDED',
  ],
  [
    'a million small values',
    () => `${HEAD}variables: { a: [${'1,'.repeat(1_000_000)}1] }\n${FILES}`,
    'LIMIT_EXCEEDED',
  ],
];

/** These are to reach what is not theirs, or to be misread. */
const SPECS: typeof HEAVY = [
  [
    'the key __proto__',
    () => `${HEAD}variables: { __proto__: { polluted: true } }\n${FILES}`,
    'YAML_INVALID',
  ],
  ['the key constructor', () => `${HEAD}variables: { constructor: { a: 1 } }\n${FILES}`, 'YAML_INVALID'],
  ['the key prototype', () => `${HEAD}variables: { prototype: { a: 1 } }\n${FILES}`, 'YAML_INVALID'],
  [
    'the key __proto__ in JSON',
    () =>
      `{"apiVersion":"patterns/v1","name":"app","variables":{"__proto__":{"a":1}},"files":[{"path":"a","pattern":"a"}]}`,
    'YAML_INVALID',
  ],
  ['the name __proto__', () => `apiVersion: patterns/v1\nname: __proto__\n${FILES}`, 'SPEC_INVALID'],
  ['the name ..', () => `apiVersion: patterns/v1\nname: ..\n${FILES}`, 'SPEC_INVALID'],
  ['a name with a slash', () => `apiVersion: patterns/v1\nname: ../up\n${FILES}`, 'SPEC_INVALID'],
  ['a merge key', () => `${HEAD}variables: { a: &a { b: 1 }, <<: *a }\n${FILES}`, 'SPEC_INVALID'],
  [
    'a tag of another language',
    () => `${HEAD}variables: { a: !!python/object/apply:os.system ["id"] }\n${FILES}`,
    'YAML_INVALID',
  ],
  [
    'a tag of JavaScript',
    () => `${HEAD}variables: { a: !!js/function "function(){}" }\n${FILES}`,
    'YAML_INVALID',
  ],
  ['bytes in base64', () => `${HEAD}variables: { a: !!binary aGk= }\n${FILES}`, 'YAML_INVALID'],
  [
    'an integer of four hundred digits',
    () => `${HEAD}variables: { a: ${'9'.repeat(400)} }\n${FILES}`,
    'YAML_INVALID',
  ],
  [
    'a hexadecimal integer beyond 2^53',
    () => `${HEAD}variables: { a: 0xFFFFFFFFFFFFFFFF }\n${FILES}`,
    'YAML_INVALID',
  ],
  ['infinity', () => `${HEAD}variables: { a: -.inf }\n${FILES}`, 'YAML_INVALID'],
  ['1e400', () => `${HEAD}variables: { a: 1e400 }\n${FILES}`, 'YAML_INVALID'],
  ['half a surrogate pair', () => `${HEAD}variables: { a: "\\ud800" }\n${FILES}`, 'YAML_INVALID'],
  ['a NUL', () => `${HEAD}variables: { a: "x\0y" }\n${FILES}`, 'ENCODING_INVALID'],
  ['a byte order mark', () => `\uFEFF${HEAD}${FILES}`, 'ENCODING_INVALID'],
  ['two documents', () => `${HEAD}${FILES}---\n${HEAD}${FILES}`, 'YAML_INVALID'],
  [
    'a range that is a novel',
    () => `${HEAD}files: [{ path: a, pattern: "a@${'>=1 || '.repeat(5000)}>=1" }]\n`,
    'SPEC_INVALID',
  ],
  [
    'a version beyond 2^53',
    () => `${HEAD}files: [{ path: a, pattern: "a@9007199254740993.0.0" }]\n`,
    'SPEC_INVALID',
  ],
  [
    'a range that nothing satisfies',
    () => `${HEAD}files: [{ path: a, pattern: "a@<0.0.0-0" }]\n`,
    'VERSION_UNSATISFIED',
  ],
  [
    'a version with a leading zero',
    () => `${HEAD}files: [{ path: a, pattern: "a@01.0.0" }]\n`,
    'SPEC_INVALID',
  ],
  ['a pattern id of a prototype', () => `${HEAD}files: [{ path: a, pattern: __proto__ }]\n`, 'SPEC_INVALID'],
  [
    'a pattern id with a traversal',
    () => `${HEAD}files: [{ path: a, pattern: "../a@^1" }]\n`,
    'SPEC_INVALID',
  ],
  [
    'a path template that climbs',
    () => `${HEAD}variables: { up: ../../../tmp/x }\nfiles: [{ path: "{{ variables.up }}", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  [
    'a path template that is absolute',
    () => `${HEAD}variables: { up: /etc/cron.d/x }\nfiles: [{ path: "{{ variables.up }}", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  [
    'a path from an item of a list',
    () =>
      `${HEAD}variables: { list: [ok, .., x] }\nfiles: [{ path: "{{ item }}/a", each: variables.list, pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  ['a path with a line break', () => `${HEAD}files: [{ path: "a\\nb", pattern: a }]\n`, 'PATH_UNSAFE'],
  ['a path with fullwidth letters', () => `${HEAD}files: [{ path: "ａ.txt", pattern: a }]\n`, 'PATH_UNSAFE'],
  [
    'a path with an invisible character',
    () => `${HEAD}files: [{ path: "a\u200B.txt", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  [
    'decomposed letters',
    () => `${HEAD}files: [{ path: "e\u0301.txt", pattern: a }, { path: "é.txt", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  ['a path of another drive', () => `${HEAD}files: [{ path: "C:/x", pattern: a }]\n`, 'PATH_UNSAFE'],
  ['an alternate data stream', () => `${HEAD}files: [{ path: "a.txt:hidden", pattern: a }]\n`, 'PATH_UNSAFE'],
  ['a device of Windows', () => `${HEAD}files: [{ path: "src/aux.py", pattern: a }]\n`, 'PATH_UNSAFE'],
  [
    'a device of Windows with a space',
    () => `${HEAD}files: [{ path: "src/con .py", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  [
    'a device of Windows with a superscript',
    () => `${HEAD}files: [{ path: "src/com¹", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  [
    'the folder of git in other case',
    () => `${HEAD}files: [{ path: "sub/.GiT/config", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  [
    'the short name of the folder of git',
    () => `${HEAD}files: [{ path: "git~1/config", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  [
    'the manifest in other case',
    () => `${HEAD}files: [{ path: "Generation_Manifest.JSON", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  [
    'the pending manifest',
    () => `${HEAD}files: [{ path: ".generation_manifest.pending.json", pattern: a }]\n`,
    'PATH_UNSAFE',
  ],
  ['a temporary name', () => `${HEAD}files: [{ path: ".patterns-1-1.tmp", pattern: a }]\n`, 'PATH_UNSAFE'],
  [
    'a condition that loops',
    () => `${HEAD}files: [{ path: a, pattern: a, when: "{% for i in (1..9) %}" }]\n`,
    'TEMPLATE_SYNTAX',
  ],
  [
    'a path that loops',
    () => `${HEAD}files: [{ path: "{% for i in (1..999999999) %}a{% endfor %}", pattern: a }]\n`,
    'TEMPLATE_LIMIT',
  ],
  [
    'a list of a range without end',
    () => `${HEAD}files: [{ path: "{{ item }}", each: "(1..999999999)", pattern: a }]\n`,
    'TEMPLATE_LIMIT',
  ],
  ['`extends` of what is no blueprint', () => `${HEAD}extends: a@^1\nfiles: []\n`, 'SPEC_INVALID'],
];

describe('a hostile spec is refused with its code, in bounded time and memory', () => {
  test.each(HEAVY)('%s', (_, text, code) => {
    const app = project();
    app.write('app.yaml', text());
    expectRefusal(attack(app, ['build', 'app.yaml', '-o', 'out']), code);
    expect([app.has('out'), app.has('golden/app.lock')]).toEqual([false, false]);
  });

  test('and the library refuses the others', async () => {
    const app = project();
    for (const [attackName, text, code] of SPECS) {
      app.write('app.yaml', text());
      const opened = openProject({ root: app.root });
      const error: unknown = await opened
        .build(app.path('app.yaml'), app.path('out'))
        .catch((cause: unknown) => cause);
      expect(error, attackName).toBeInstanceOf(PatternsError);
      expect(error, attackName).toMatchObject({ code });
      expect(error instanceof Error && error.message.length < 1000, attackName).toBe(true);
      expect([app.has('out'), app.has('golden/app.lock')], attackName).toEqual([false, false]);
    }
  });

  test('of a gigabyte: by its size', () => {
    const app = project();
    app.write('app.yaml', '');
    truncateSync(app.path('app.yaml'), 2 ** 30);
    expectRefusal(attack(app, ['build', 'app.yaml', '-o', 'out']), 'LIMIT_EXCEEDED');
  });

  test('that is no UTF-8', () => {
    const app = project();
    app.write(
      'app.yaml',
      Buffer.concat([Buffer.from(HEAD), Buffer.from([0xc3, 0x28, 0x0a]), Buffer.from(FILES)]),
    );
    expectRefusal(attack(app, ['build', 'app.yaml', '-o', 'out']), 'ENCODING_INVALID');
  });
});

describe('harmless, although it looks hostile', () => {
  test('values are text, never templates', () => {
    const app = project();
    app.publish('b', '1.0.0', '[{{ variables.evil }}] {{ x }}\n', 'variables: { x: { type: string } }\n');
    app.write(
      'app.yaml',
      `${HEAD}variables: { evil: "{{ project.name }}{% for i in (1..999999999) %}" }\nfiles: [{ path: a, pattern: b, with: { x: "{{ variables.evil }}" } }]\n`,
    );
    const run = attack(app, ['build', 'app.yaml', '-o', 'out']);
    expect([run.status, run.stderr]).toEqual([0, '']);
    const evil = '{{ project.name }}{% for i in (1..999999999) %}';
    expect(app.read('out/a')).toBe(`[${evil}] ${evil}\n`);
  });

  test('keys of Object.prototype are keys like others', () => {
    const app = project();
    app.publish('b', '1.0.0', '{{ variables.valueOf }} {{ variables.toString }}\n');
    app.write(
      'app.yaml',
      `${HEAD}variables: { valueOf: a, toString: b, hasOwnProperty: c }\nfiles: [{ path: a, pattern: b }]\n`,
    );
    const run = attack(app, ['build', 'app.yaml', '-o', 'out']);
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(app.read('out/a')).toBe('a b\n');
    expect(attack(app, ['replay', 'out/generation_manifest.json']).status).toBe(0);
  });

  test('CRLF in a spec changes no byte of the output', () => {
    const app = project();
    app.write('app.yaml', `${HEAD}description: |\n  one\n  two\n${FILES}`);
    const one = app.json(['build', 'app.yaml', '-o', 'out'])['output_digest'];
    app.write('app.yaml', app.read('app.yaml').replaceAll('\n', '\r\n'));
    expect(app.json(['build', 'app.yaml', '-o', 'out', '--locked'])['output_digest']).toBe(one);
  });

  test('one line of four megabytes', () => {
    const app = project();
    app.publish('b', '1.0.0', `${'x'.repeat(4 * 1024 * 1024)}{{ project.name }}\n`);
    app.write('app.yaml', `${HEAD}files: [{ path: a, pattern: b }]\n`);
    expect(attack(app, ['build', 'app.yaml', '-o', 'out']).status).toBe(0);
    expect(app.read('out/a').endsWith('xapp\n')).toBe(true);
  });
});
