import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';

const SCRIPT = `
import { openProject, PatternsError } from 'patternbank';
const project = openProject({ root: '.', sourceDateEpoch: 1700000000 });
const published = await project.publish(['patterns']);
const locked = await project.lock('app.yaml');
const built = await project.build('app.yaml', 'out', { locked: true });
const replayed = project.replay('out/generation_manifest.json', 'again');
const verified = project.verify('out', 'strict');
const found = await project.search({ purpose: 'Test pattern' });
const packed = await project.packEvidence('out', 'out.tar');
const evidence = await project.verifyEvidence('out.tar');
let code = '';
try {
  await project.build('missing.yaml', 'out');
} catch (error) {
  if (error instanceof PatternsError) code = error.code;
}
await project.close();
console.log(JSON.stringify({ published: published.published, pins: locked.pins, built: built.output_digest, replayed: replayed.output_digest, verified: verified.verified, best: found.matches[0]?.pattern_id, packed: packed.packed, evidence: evidence.verified, code }));
`;

test('the packed tarball, installed elsewhere, publishes, locks, builds and replays through index.ts', () => {
  const app = emptyProject();
  const npm = (args: readonly string[], cwd: string) =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const packed = npm(
    ['pack', '--ignore-scripts', '--json', '--pack-destination', app.root],
    repository(''),
  ).trim();
  const tarball = /"filename":\s*"([^"]+)"/.exec(packed)?.[1] ?? '';
  app.write('package.json', '{ "name": "user", "private": true, "type": "module" }\n');
  npm(
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', join(app.root, tarball)],
    app.root,
  );
  mkdirSync(app.path('patterns'));
  app.writePattern(
    'hello',
    '1.0.0',
    'hello {{ who }}\n',
    'variables: { who: { type: string, default: world } }\n',
  );
  app.write(
    'app.yaml',
    'apiVersion: patterns/v1\nname: app\nfiles: [{ path: hello.txt, pattern: hello@^1 }, { path: Dockerfile, pattern: dockerfile@^1, with: { } }]\n',
  );
  app.write('run.mjs', SCRIPT);
  const found = JSON.parse(
    execFileSync(process.execPath, ['run.mjs'], { cwd: app.root, encoding: 'utf8' }),
  ) as Record<string, unknown>;
  expect(found).toMatchObject({ published: ['hello@1.0.0'], verified: true, code: 'FILE_NOT_FOUND' });
  expect(found).toMatchObject({ best: 'hello', packed: true, evidence: true });
  expect(found['pins']).toContainEqual({ requirement: 'hello@^1', pattern_id: 'hello', version: '1.0.0' });
  expect(found['replayed']).toBe(found['built']);
  expect(app.read('again/hello.txt')).toBe('hello world\n');
  const version = execFileSync(join(app.root, 'node_modules/.bin/patterns'), ['--version'], {
    encoding: 'utf8',
  });
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
}, 240_000);
