import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readManifest, writeManifest } from '../../src/documents/manifest-document.ts';
import { CLI, emptyProject, snapshot, type TestProject } from '../support/project.ts';

const SPEC = 'app.yaml';

function project(): TestProject {
  const made = emptyProject();
  made.publish('a', '1.0.0', 'text\n');
  return made;
}

function specWith(path: string): string {
  return `apiVersion: patterns/v1\nname: app\nfiles:\n  - path: ${JSON.stringify(path)}\n    pattern: a@^1\n`;
}

describe('output paths', () => {
  test.each([
    ['../x'],
    ['/etc/x'],
    ['a/../../x'],
    ['-rf'],
    ['dir/-x'],
    ['naïve.txt'],
    ['con.txt'],
    ['dir/NUL'],
    ['a\\b'],
    ['a:b'],
    ['a%b'],
    ['trailing.'],
    ['trailing '],
    ['a//b'],
    ['./a'],
    ['tab\there'],
    ['.git/hooks/post-checkout'],
    ['generation_manifest.json'],
    ['a'.repeat(241)],
    ['{{ "../up" }}'],
  ])('%j is refused, and nothing is written', (path) => {
    const app = project();
    app.write(SPEC, specWith(path));
    expect(app.failure(['build', SPEC, '-o', 'out'])).toMatchObject({ status: 2, code: 'PATH_UNSAFE' });
    expect(app.has('out')).toBe(false);
    expect(app.has('golden/app.lock')).toBe(false);
  });

  test.each([
    ['in case', 'A.txt', 'a.txt'],
    ['not at all', 'a.txt', 'a.txt'],
    ['by a folder', 'a', 'a/b'],
    ['by a folder, in the other order', 'a/b', 'a'],
    ['by the case of a folder', 'Dir/a', 'dir/b'],
  ])('two that differ %s collide', (_, one, two) => {
    const app = project();
    app.write(SPEC, `${specWith(one)}  - path: ${two}\n    pattern: a@^1\n`);
    expect(app.failure(['build', SPEC, '-o', 'out'])).toMatchObject({ status: 2, code: 'PATH_COLLISION' });
  });

  test.each([
    ['the output folder', 'out'],
    ['a folder below it', 'out/dir'],
  ])('%s is a symlink: refused', (_, link) => {
    const app = project();
    app.write(SPEC, specWith('dir/a.txt'));
    mkdirSync(app.path('elsewhere'));
    if (link !== 'out') mkdirSync(app.path('out'));
    symlinkSync(app.path('elsewhere'), app.path(link));
    expect(app.failure(['build', SPEC, '-o', 'out'])).toMatchObject({ status: 2, code: 'PATH_UNSAFE' });
    expect(snapshot(app.path('elsewhere'))).toEqual({});
  });

  test('the file itself is a symlink: refused, and its target keeps its bytes', () => {
    const app = project();
    app.write(SPEC, specWith('a.txt'));
    app.write('target.txt', 'precious');
    mkdirSync(app.path('out'));
    symlinkSync(app.path('target.txt'), app.path('out/a.txt'));
    expect(app.failure(['build', SPEC, '-o', 'out'])).toMatchObject({ status: 2, code: 'PATH_UNSAFE' });
    expect(app.read('target.txt')).toBe('precious');
  });
});

test('an output folder in the golden folder is refused', () => {
  const app = project();
  app.write(SPEC, specWith('a.txt'));
  for (const folder of ['golden', 'golden/out']) {
    expect(app.failure(['build', SPEC, '-o', folder])).toMatchObject({ status: 2, code: 'PATH_UNSAFE' });
  }
});

test('a body of a gigabyte is refused before it is read', () => {
  const app = project();
  app.writePattern('b', '1.0.0', '');
  truncateSync(app.path('patterns/b/1.0.0/body.txt'), 2 ** 30);
  expect(app.failure(['publish', 'patterns/b/1.0.0'])).toMatchObject({ status: 2, code: 'LIMIT_EXCEEDED' });
});

test('a manifest of another render contract is refused with the contracts found and supported', () => {
  const app = project();
  app.write(SPEC, specWith('a.txt'));
  app.json(['build', SPEC, '-o', 'out']);
  const manifest = readManifest(Buffer.from(app.read('out/generation_manifest.json')), 'm');
  app.write('other.json', writeManifest({ ...manifest, renderContract: 2 }));
  const error = app.failure(['replay', 'other.json']);
  expect(error).toMatchObject({ status: 2, code: 'RENDER_CONTRACT_UNSUPPORTED' });
  expect(error.message).toContain('contract 2');
});

test('a lockfile is replayed with its spec and an expected digest', () => {
  const app = project();
  app.write(SPEC, specWith('a.txt'));
  const built = app.json(['build', SPEC, '-o', 'out']);
  const replay = ['replay', 'golden/app.lock', '--spec', SPEC];
  expect(app.json([...replay, '--expect', String(built['output_digest'])])['identical']).toBe(true);
  expect(app.run([...replay, '--expect', `sha256:${'0'.repeat(64)}`]).status).toBe(1);
  expect(app.failure(['replay', 'golden/app.lock'])).toMatchObject({ status: 2, code: 'USAGE' });
});

describe('specs', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...'bcdefghij'
      .split('')
      .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghij'[i]}`).join(', ')}]`),
  ].join('\n');

  test.each([
    [
      'an unknown key',
      'apiVersion: patterns/v1\nname: app\nfiels: []\n',
      'SPEC_INVALID',
      'app.yaml:3:1',
      'Did you mean `files`?',
    ],
    [
      'an unknown key deep down',
      'apiVersion: patterns/v1\nname: app\nfiles:\n  - path: a\n    patern: a\n',
      'SPEC_INVALID',
      'app.yaml:5:5',
      'Did you mean `pattern`?',
    ],
    [
      'a duplicate key',
      'apiVersion: patterns/v1\nname: app\nname: app\n',
      'YAML_INVALID',
      'app.yaml:3:1',
      'Keep one of the two.',
    ],
    ['a wrong type', 'apiVersion: patterns/v1\nname: 7\nfiles: []\n', 'SPEC_INVALID', 'app.yaml:2:7', ''],
    [
      'NaN',
      'apiVersion: patterns/v1\nname: app\nvariables: { a: .nan }\n',
      'YAML_INVALID',
      'app.yaml:3:17',
      'Use a finite number.',
    ],
    [
      'an integer beyond 2^53',
      'apiVersion: patterns/v1\nname: app\nvariables: { a: 9007199254740993 }\n',
      'YAML_INVALID',
      'app.yaml:3:17',
      'Write it as a string, in quotes.',
    ],
    ['a bomb of anchors', bomb, 'LIMIT_EXCEEDED', 'app.yaml:', 'Aliases'],
    ['nothing', '', 'YAML_INVALID', 'app.yaml:1:1', ''],
    ['a list', '- a\n', 'SPEC_INVALID', 'app.yaml:1:1', ''],
    [
      'a bad range',
      'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a, pattern: "a@not-a-range" }]\n',
      'SPEC_INVALID',
      'app.yaml:3:29',
      'semver range',
    ],
    [
      'both pattern and need',
      'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a, pattern: a, need: { purpose: x } }]\n',
      'SPEC_INVALID',
      'app.yaml:3:',
      'Remove one',
    ],
    ['invalid UTF-8', '\u0000', 'ENCODING_INVALID', 'app.yaml:1', ''],
  ])('%s', (_, text, code, place, hint) => {
    const app = project();
    app.write(SPEC, text);
    const run = app.runHere(['build', SPEC, '-o', 'out']);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(`[${code}]`);
    expect(run.stderr).toContain(place);
    expect(run.stderr).toContain(hint);
    expect(run.stdout).toBe('');
    expect(run.stderr).not.toContain('    at ');
  });

  test('a spec that is missing, a folder, or unreadable', () => {
    const app = project();
    expect(app.failure(['build', 'none.yaml', '-o', 'out'])).toMatchObject({
      status: 2,
      code: 'FILE_NOT_FOUND',
    });
    expect(app.failure(['build', 'patterns', '-o', 'out'])).toMatchObject({
      status: 2,
      code: 'FILE_UNREADABLE',
    });
  });

  test('a secret in it is reported', () => {
    const app = project();
    app.write(SPEC, `${specWith('a.txt')}variables: { db_password: hunter2, greeting: hello }\n`);
    const run = app.run(['build', SPEC, '-o', 'out']);
    expect(run.status).toBe(0);
    expect(run.stderr).toContain('app.yaml:6:27: `variables.db_password` looks like a secret');
    expect(run.stderr).not.toContain('greeting');
    expect(run.stderr).not.toContain('hunter2');
  });
});

describe('conditions', () => {
  test.each(['==', 'true and', 'a b', '%}'])('%j is no condition', (when) => {
    const app = project();
    app.write(SPEC, `${specWith('a.txt')}    when: ${JSON.stringify(when)}\n`);
    expect(app.failure(['build', SPEC, '-o', 'out'])).toMatchObject({ status: 2, code: 'TEMPLATE_SYNTAX' });
    expect(app.has('out')).toBe(false);
  });
});

describe('templates', () => {
  test.each([
    [
      'a missing variable',
      'one\n{{ prot }}\n',
      'variables: { port: { type: integer, default: 1 } }\n',
      'TEMPLATE_RENDER',
      'a@2.0.0:2:4',
      'Did you mean `port`?',
    ],
    [
      'a key that a map lacks',
      '{{ project.nam }}\n',
      '',
      'TEMPLATE_RENDER',
      'a@2.0.0:1:4',
      'Did you mean `name`?',
    ],
    [
      'a loop that does not end',
      '{% for i in (1..100000000) %}x{% endfor %}\n',
      '',
      'TEMPLATE_LIMIT',
      'a@2.0.0:1:',
      '',
    ],
    [
      'nested loops',
      '{% for i in (1..5000) %}{% for j in (1..5000) %}{% endfor %}{% endfor %}',
      '',
      'TEMPLATE_LIMIT',
      'a@2.0.0',
      '',
    ],
    ['a prototype key', '{{ project.constructor }}\n', '', 'TEMPLATE_RENDER', 'a@2.0.0:1:', ''],
    [
      'a variable without a value',
      '{{ x }}\n',
      'variables: { x: { type: string } }\n',
      'VARIABLE_INVALID',
      '',
      'Add `with:',
    ],
  ])('%s', (_, body, extra, code, place, hint) => {
    const app = project();
    expect(app.publish('a', '2.0.0', body, extra).status).toBe(0);
    app.write(SPEC, specWith('a.txt').replace('a@^1', 'a@^2'));
    const run = app.runHere(['build', SPEC, '-o', 'out']);
    expect(run.stderr).toContain(`[${code}]`);
    expect(run.stderr).toContain(place);
    expect(run.stderr).toContain(hint);
    expect(run.status).toBe(2);
    expect(app.has('out')).toBe(false);
  });

  test.each([
    ['a tag that reads files', '{% include "/etc/passwd" %}\n', 'Known tags'],
    ['an unclosed tag', '{% if true %}\n', ''],
    ['an unknown filter', '{{ 1 | upcas }}\n', 'Did you mean `upcase`?'],
    ['a filter that reads the clock', '{{ "now" | date: "%Y" }}\n', 'Known filters'],
    ['a filter that reads a random number', '{{ "a,b" | split: "," | sample }}\n', 'hint:'],
  ])('%s cannot be published', (_, body, hint) => {
    const app = project();
    const run = app.publish('b', '1.0.0', body);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain('[TEMPLATE_SYNTAX]');
    expect(run.stderr).toContain('b@1.0.0:1:');
    expect(run.stderr).toContain(hint);
  });

  test('invisible characters in a body are told of', () => {
    const app = project();
    const run = app.publish('b', '1.0.0', 'ok\nif admin\u202E { }\n');
    expect(run.status).toBe(0);
    expect(run.stderr).toContain('b@1.0.0: line 2 of the body holds the invisible character U+202E');
  });
});

describe('patterns', () => {
  test.each([
    ['a bad id', 'pattern_id: ../up', 'must be a slug'],
    ['a version with build metadata', 'version: 1.0.0+x', 'without build metadata'],
    ['a body elsewhere', 'body: ../../secret', 'a file beside pattern.yaml'],
    [
      'a default of another type',
      'variables: { n: { type: integer, default: many } }',
      'must be of type integer',
    ],
    ['a reserved variable', 'variables: { project: { type: string } }', 'taken by the scope'],
  ])('%s is refused with its place', (_, line, message) => {
    const app = project();
    app.writePattern('b', '1.0.0', 'x\n');
    const key = line.slice(0, line.indexOf(':'));
    const yaml = app.read('patterns/b/1.0.0/pattern.yaml');
    app.write(
      'patterns/b/1.0.0/pattern.yaml',
      yaml.includes(`${key}:`) ? yaml.replace(new RegExp(`^${key}:.*$`, 'm'), line) : `${yaml}${line}\n`,
    );
    const error = app.failure(['publish', 'patterns/b/1.0.0']);
    expect(error).toMatchObject({ status: 2, code: 'PATTERN_INVALID' });
    expect(error.message).toContain(message);
  });
});

describe('usage', () => {
  test('--check and --update exclude each other', () => {
    const app = project();
    app.write(SPEC, specWith('a.txt'));
    expect(app.failure(['lock', SPEC, '--check', '--update'])).toMatchObject({ status: 2, code: 'USAGE' });
  });

  test('a replay and a verify read neither bank address nor clock', () => {
    const app = project();
    app.write(SPEC, specWith('a.txt'));
    app.json(['build', SPEC, '-o', 'out']);
    const env = { PATTERNS_BANK_URL: 'garbage', SOURCE_DATE_EPOCH: 'yesterday' };
    expect(app.run(['replay', 'out/generation_manifest.json'], { env }).status).toBe(0);
    expect(app.run(['verify', 'out'], { env }).status).toBe(0);
    expect(app.run(['build', SPEC, '-o', 'out', '--locked'], { env }).status).toBe(0);
    expect(app.failure(['list'], { env })).toMatchObject({ status: 2, code: 'USAGE' });
  });

  test('an interrupt ends a build', async () => {
    const app = project();
    const pages = Array.from({ length: 20_000 }, (_, i) => `    - p${i}\n`).join('');
    app.write(
      SPEC,
      `apiVersion: patterns/v1\nname: app\nvariables:\n  pages:\n${pages}files: [{ path: "{{ item }}", each: variables.pages, pattern: a }]\n`,
    );
    const child = spawn(process.execPath, [CLI, 'build', SPEC, '-o', 'out'], {
      cwd: app.root,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    await new Promise((resolve) => child.once('spawn', resolve));
    setTimeout(() => child.kill('SIGINT'), 400);
    expect(await ended).toBe('SIGINT');
    expect(app.has('out/generation_manifest.json')).toBe(false);
  });

  test.each([
    [['frobnicate']],
    [['build']],
    [['build', 'x.yaml', '-o', 'out', '--colour']],
    [['replay', 'x.json', '--expect', 'sha1:0']],
    [['build', SPEC, '-o', 'out', '--bank', 'mongodb://x']],
  ])('%j exits 2 with one error', (args) => {
    const app = project();
    app.write(SPEC, specWith('a.txt'));
    app.write('x.json', '{}');
    const run = app.run(args);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/^patterns: .*\n {2}hint: .*\n$/);
    expect(app.failure(args)).toMatchObject({ status: 2, code: 'USAGE' });
  });

  test('an empty bank says how to fill it', () => {
    const app = emptyProject();
    expect(app.run(['list']).stdout).toContain('patterns migrate');
  });

  test('help and version go to stdout and exit 0', () => {
    const app = project();
    for (const args of [[], ['--help'], ['build', '--help'], ['--version']]) {
      const run = app.run(args);
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout.length).toBeGreaterThan(4);
    }
  });

  test('an output folder that cannot be written exits 3, and the lock stands', () => {
    const app = project();
    app.write(SPEC, specWith('a.txt'));
    app.json(['lock', SPEC]);
    const lock = app.read('golden/app.lock');
    // A file where a folder is to be fails for root as well, which no permission bit does.
    app.write('blocked', '');
    expect(app.failure(['build', SPEC, '-o', 'blocked/out'])).toMatchObject({ status: 3, code: 'IO_FAILED' });
    expect(app.read('golden/app.lock')).toBe(lock);
  });
});
