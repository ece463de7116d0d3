import { truncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { emptyProject, type TestProject } from '../support/project.ts';
import { attack, expectRefusal } from './attack.ts';

function built(): TestProject {
  const app = emptyProject();
  app.publish('a', '1.0.0', 'text\n');
  app.write('app.yaml', 'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a.txt, pattern: a@^1 }]\n');
  app.json(['build', 'app.yaml', '-o', 'out']);
  return app;
}

const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

describe('a hostile lockfile, manifest or pattern is refused with its code', () => {
  test.each([
    [
      'a lock that is nested deep',
      'golden/app.lock',
      () => `${deep}\n`,
      ['build', 'app.yaml', '-o', 'out'],
      'LIMIT_EXCEEDED',
    ],
    [
      'a lock with a prototype key',
      'golden/app.lock',
      (old: string) => old.replace('{"kind":"pin"', '{"__proto__":{},"kind":"pin"'),
      ['build', 'app.yaml', '-o', 'out'],
      'LOCK_INVALID',
    ],
    [
      'a lock whose pin climbs',
      'golden/app.lock',
      (old: string) => old.replaceAll('"pattern_id":"a"', '"pattern_id":"../a"'),
      ['build', 'app.yaml', '-o', 'out'],
      'LOCK_INVALID',
    ],
    [
      'a lock of a later format',
      'golden/app.lock',
      (old: string) => old.replace('"lockfileVersion":1', '"lockfileVersion":9007199254740991'),
      ['build', 'app.yaml', '-o', 'out'],
      'FORMAT_UNSUPPORTED',
    ],
    [
      'a manifest that is nested deep',
      'out/generation_manifest.json',
      () => deep,
      ['replay', 'out/generation_manifest.json'],
      'LIMIT_EXCEEDED',
    ],
    [
      'a manifest whose path climbs',
      'out/generation_manifest.json',
      (old: string) => old.replace('"a.txt"', '"../../a.txt"'),
      ['replay', 'out/generation_manifest.json'],
      'MANIFEST_INVALID',
    ],
    [
      'a manifest with a byte order mark',
      'out/generation_manifest.json',
      (old: string) => `\uFEFF${old}`,
      ['replay', 'out/generation_manifest.json'],
      'ENCODING_INVALID',
    ],
    [
      'a manifest of a later format',
      'out/generation_manifest.json',
      (old: string) => old.replace('"formatVersion": 1', '"formatVersion": 99'),
      ['replay', 'out/generation_manifest.json'],
      'FORMAT_UNSUPPORTED',
    ],
    [
      'a version beyond 2^53',
      'patterns/a/1.0.0/pattern.yaml',
      (old: string) => old.replace('1.0.0', '9007199254740993.0.0'),
      ['publish', 'patterns/a/1.0.0'],
      'PATTERN_INVALID',
    ],
    [
      'a version with a leading zero',
      'patterns/a/1.0.0/pattern.yaml',
      (old: string) => old.replace('1.0.0', '1.00.0'),
      ['publish', 'patterns/a/1.0.0'],
      'PATTERN_INVALID',
    ],
    [
      'a version of three hundred characters',
      'patterns/a/1.0.0/pattern.yaml',
      (old: string) => old.replace('1.0.0', `1.0.0-${'a'.repeat(300)}`),
      ['publish', 'patterns/a/1.0.0'],
      'PATTERN_INVALID',
    ],
    [
      'tags nested ten thousand deep',
      'patterns/a/1.0.0/body.txt',
      () => `${'{% if true %}'.repeat(10_000)}x${'{% endif %}'.repeat(10_000)}`,
      ['publish', 'patterns/a/1.0.0'],
      'TEMPLATE_LIMIT',
    ],
  ] as const)('%s', (_, path, change, args, code) => {
    const app = built();
    app.write(path, change(app.read(path)));
    expectRefusal(attack(app, args), code);
  });

  test.each([
    ['the lockfile', 'golden/app.lock', ['build', 'app.yaml', '-o', 'out']],
    ['the manifest', 'out/generation_manifest.json', ['replay', 'out/generation_manifest.json']],
    ['pattern.yaml', 'patterns/a/1.0.0/pattern.yaml', ['publish', 'patterns/a/1.0.0']],
  ] as const)('%s of a gigabyte: by its size', (_, path, args) => {
    const app = built();
    truncateSync(app.path(path), 2 ** 30);
    expectRefusal(attack(app, args), 'LIMIT_EXCEEDED');
  });

  test.each(['\u202E', '\u200B', '\u2066', '\u00AD'])('an invisible %j in a body is told of', (mark) => {
    const app = emptyProject();
    const run = app.publish('b', '1.0.0', `ok\nif admin${mark} {{ project.name }}\n`);
    expect([run.status, run.stderr]).toEqual([
      0,
      expect.stringContaining('line 2 of the body holds the invisible character U+'),
    ]);
  });

  test.each([
    ['extends itself', 'extends: a@^1\nfiles: []\n', 'unknown key `extends`'],
    ['names a file twice', 'files: [{ path: x, pattern: a@^1, path: y }]\n', ''],
    ['is no mapping', '- a\n', ''],
  ])('a blueprint that %s is not published', (_, body, message) => {
    const app = emptyProject();
    app.writePattern('a', '1.0.0', body, 'kind: blueprint\n');
    const failure = app.failure(['publish', 'patterns/a/1.0.0']);
    expect(failure.status).toBe(2);
    expect(failure.message).toContain(message);
    expect(app.json(['list'])).toMatchObject({ patterns: [] });
  });

  test('a blueprint that has itself written as a file is refused, and not gone into', () => {
    const app = emptyProject();
    app.writePattern('a', '1.0.0', 'files: [{ path: x.txt, pattern: a@^1 }]\n', 'kind: blueprint\n');
    app.json(['publish', 'patterns/a/1.0.0']);
    app.write('app.yaml', 'apiVersion: patterns/v1\nname: app\nextends: a@^1\n');
    expectRefusal(attack(app, ['build', 'app.yaml', '-o', 'out']), 'SPEC_INVALID');
    expect(app.has('out')).toBe(false);
  });
});
