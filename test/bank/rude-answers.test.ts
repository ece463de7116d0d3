import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyProject, type Run, snapshot, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';
import { times } from '../torture/form.ts';
import { QdrantServer, qdrantProgram } from './qdrant-server.ts';
import { type Manner, RudeServer } from './rude-server.ts';

// A bank that is down, hung, slow, rude or lying: what a new resolution does, and what a locked build does not notice. The
// server is real; what stands before it changes its answers.

const found = qdrantProgram();
const title = found.kind === 'program' ? 'a Qdrant that' : `a Qdrant, skipped: ${found.reason}`;

const SPEC = 'app.yaml';
const BUILD = ['build', SPEC, '-o', 'out'];

describe.skipIf(found.kind !== 'program')(title, () => {
  let real: QdrantServer;
  let rude: RudeServer;

  beforeAll(async () => {
    if (found.kind !== 'program') return;
    real = await QdrantServer.start(found.path);
    rude = await RudeServer.start(real.url);
    const made = emptyProject({ lasting: true });
    evolve(made);
    const run = made.run(['publish', 'dockerfile'], { env: envOf() });
    spawnSync('rm', ['-rf', made.root]);
    if (run.status !== 0) throw new Error(run.stderr);
  }, 60_000);
  afterAll(async () => {
    rude.stop();
    await real.stop();
  });
  beforeEach(() => {
    rude.behave({ kind: 'forward' });
  });

  const envOf = (more: Readonly<Record<string, string>> = {}) => ({
    PATTERNS_BANK_URL: `qdrant+${rude.url}?bank=rude`,
    PATTERNS_BANK_TIMEOUT: '1',
    PATTERNS_EMBEDDER: 'none',
    ...more,
  });

  /** A Dockerfile in the bank that is newer than the built-in one. */
  function evolve(made: TestProject): void {
    const copy = spawnSync('cp', ['-r', repository('templates/dockerfile/1.0.0'), made.path('dockerfile')]);
    if (copy.status !== 0) throw new Error('cp failed');
    const document = made.read('dockerfile/pattern.yaml');
    made.write('dockerfile/pattern.yaml', document.replace('version: 1.0.0', 'version: 1.1.0'));
  }

  function project(spec = 'files: [{ path: Dockerfile, pattern: dockerfile@^1 }]\n'): TestProject {
    const made = emptyProject();
    made.write(SPEC, `apiVersion: patterns/v1\nname: app\n${spec}`);
    return made;
  }

  function pinOf(made: TestProject): string {
    return (
      /"pin","pattern_id":"dockerfile","requirement":"[^"]*","version":"([^"]*)"/.exec(
        made.read('golden/app.lock'),
      )?.[1] ?? 'none'
    );
  }

  const rudeManners: readonly (readonly [string, Manner, RegExp])[] = [
    ['drops the connection', { kind: 'reset' }, /cannot be reached/],
    ['drops it in the middle of a lock', { kind: 'reset', after: 2 }, /cannot be reached/],
    ['hangs', { kind: 'hang' }, /did not answer within 1000 ms/],
    ['hangs in the middle of a lock', { kind: 'hang', after: 2 }, /did not answer within 1000 ms/],
    ['wants a key', { kind: 'status', status: 401 }, /asks for an API key/],
    ['forbids', { kind: 'status', status: 403 }, /asks for an API key/],
    ['is asked too much', { kind: 'status', status: 429 }, /is asked too much \(429\)/],
    ['fails', { kind: 'status', status: 500 }, /fails \(500\): as it was told/],
    ['fails in the middle of a lock', { kind: 'status', status: 503, after: 2 }, /fails \(503\)/],
    ['cuts its answers', { kind: 'truncated' }, /no JSON|does not answer as Qdrant/],
    ['is a web page', { kind: 'text', text: '<html>Welcome</html>' }, /no JSON/],
    ['is another service', { kind: 'text', text: '{"hello":"world"}' }, /does not answer as Qdrant does/],
    [
      'leads elsewhere',
      { kind: 'redirect', to: 'http://127.0.0.1:1/' },
      /cannot be reached|does not answer as/,
    ],
    ['is too old', { kind: 'version', version: '1.15.4' }, /runs Qdrant 1\.15\.4, which cannot insert/],
    ['loses data', { kind: 'version', version: '1.17.0' }, /runs Qdrant 1\.17\.0, which loses data/],
    ['has another schema', { kind: 'metadata', metadata: { schema: 2 } }, /has schema version 2/],
    ['has another embedder', { kind: 'metadata', metadata: { embedder: 'other@1' } }, /other@1/],
    ['has a collection of somebody else', { kind: 'metadata', metadata: { format: 'x' } }, /no bank of ours/],
  ];

  test.each(rudeManners)('%s: a new lock falls to the templates, and says why', (_, manner, why) => {
    const made = project();
    rude.behave(manner);
    const run = made.runHere([...BUILD, '--json'], { env: envOf() });
    expect(run.status, run.stderr).toBe(0);
    expect(run.stderr).toMatch(why);
    expect(run.stderr).toContain('answered by the static templates');
    const report = JSON.parse(run.stdout) as { tiers: Record<string, number>; notices: readonly string[] };
    expect(report.tiers).toMatchObject({ bank: 0, static: 1 });
    expect(report.notices.join('\n')).toMatch(why);
    expect(pinOf(made)).toBe('1.0.0');
    expect(made.json(['why', 'out/Dockerfile'])).toMatchObject({ entries: [{ tier: 'static' }] });
  });

  test.each(rudeManners.filter((_, i) => i % 4 === 0))(
    '%s: --require-bank makes it exit 3, and nothing is written',
    (_, manner, why) => {
      const made = project();
      const before = snapshot(made.root);
      rude.behave(manner);
      const run = made.run([...BUILD, '--require-bank'], { env: envOf() });
      expect(run.status).toBe(3);
      expect(run.stderr).toMatch(why);
      expect(snapshot(made.root)).toEqual(before);
    },
  );

  test('is slow: it is waited for', () => {
    const made = project();
    rude.behave({ kind: 'slow', ms: 300 });
    expect(made.json(BUILD, { env: envOf() })['tiers']).toMatchObject({ bank: 1, static: 0 });
    expect(pinOf(made)).toBe('1.1.0');
  });

  test('fails once or twice: the call is made again', () => {
    const made = project();
    rude.behave({ kind: 'status', status: 503, after: 2, times: 2 });
    expect(made.json(BUILD, { env: envOf() })['tiers']).toMatchObject({ bank: 1 });
  });

  test('is gone: a locked build, a replay and a verification make no request', () => {
    const made = project();
    const built = made.json(BUILD, { env: envOf() });
    rude.behave({ kind: 'status', status: 500 });
    const before = rude.requests().length;
    for (const args of [BUILD, [...BUILD, '--locked'], ['replay', 'out/generation_manifest.json']])
      expect(made.json(args, { env: envOf() })['output_digest']).toBe(built['output_digest']);
    expect(made.json(['verify', 'out'], { env: envOf() })['verified']).toBe(true);
    expect(rude.requests().length).toBe(before);
  });

  test('hangs: 200 requirements cost one time-out', () => {
    const names = Array.from({ length: 200 }, (_, i) => `p${i}`);
    const made = project(
      `files:\n${names.map((id) => `  - { path: ${id}.txt, need: { purpose: Dockerfile ${id}, domain: infrastructure } }\n`).join('')}`,
    );
    rude.behave({ kind: 'hang' });
    const before = rude.requests().length;
    const started = process.hrtime.bigint();
    const run = made.run(['lock', SPEC], { env: envOf({ PATTERNS_BANK_TIMEOUT: '2' }) });
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    expect(run.stderr).toContain('did not answer within 2000 ms');
    expect(run.status, run.stderr).toBe(0);
    expect(rude.requests().length - before).toBe(1);
    expect(seconds).toBeLessThan(15);
  });

  const many = times(250, 1000);

  test(`is asked for ${many} requirements: in a handful of requests`, () => {
    const made = project(
      `files:\n${Array.from({ length: many }, (_, i) => `  - { path: f${i}.txt, pattern: q${i}@^1 }\n`).join('')}`,
    );
    for (let i = 0; i < many; i++) made.writePattern(`q${i}`, '1.0.0', `${i}\n`);
    made.json(['publish', 'patterns'], { env: envOf({ PATTERNS_BANK_TIMEOUT: '30' }) });
    const before = rude.requests().length;
    const report = made.json(['lock', SPEC], { env: envOf({ PATTERNS_BANK_TIMEOUT: '30' }) });
    expect(report['pins']).toHaveLength(many);
    // The server, the collection, history, outcomes; headers by 500, bodies by 50.
    expect(rude.requests().length - before).toBeLessThanOrEqual(8 + Math.ceil(many / 500) + many / 50);
  }, 60_000);

  test('gets its key in a header, and nothing else does', () => {
    const made = project();
    const key = 'key-4f1c-nobody-may-see';
    const env = envOf({ QDRANT_API_KEY: key });
    const run = made.run([...BUILD, '--json'], { env });
    expect(run.status).toBe(0);
    expect(rude.requests().at(-1)?.key).toBe(key);
    rude.behave({ kind: 'status', status: 401 });
    const refused = made.run(['list'], { env });
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('refuses the API key');
    rude.behave({ kind: 'redirect', to: `${real.url}/collections` });
    const seen = rude.requests().length;
    expect(made.run(['list'], { env }).status).toBe(3);
    expect(rude.requests().length).toBeGreaterThan(seen);
    const told = [run, refused].map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(told).not.toContain(key);
    expect(spawnSync('grep', ['-r', key, made.root]).status).toBe(1);
    const far = made.run(['list'], {
      env: { QDRANT_API_KEY: key, PATTERNS_BANK_URL: 'qdrant+http://example.invalid:6333' },
    });
    expect(far.status).toBe(2);
    expect(far.stderr).toContain('can be read on the way');
    const url = made.run(['list', '--bank', `qdrant+http://u:${key}@127.0.0.1:1`]);
    expect(url.stdout + url.stderr).not.toContain(key);
  });

  describe('lies', () => {
    const nothingOf = (made: TestProject, run: Run): void => {
      expect(made.has('out')).toBe(false);
      expect(made.has('golden/app.lock')).toBe(false);
      expect(spawnSync('grep', ['-r', 'evil', made.path('golden')]).status).toBe(1);
      for (const character of ['\u001b', '\u202e']) expect(run.stdout + run.stderr).not.toContain(character);
    };

    test.each([
      ['another body', 'body', /dockerfile@1\.1\.0/],
      ['another header', 'header', /dockerfile@1\.1\.0/],
      ['a header that is a number', 'type', /dockerfile@1\.1\.0/],
      ['no payload', 'nothing', /point [0-9a-f-]{36}/],
      ['a path for an id', 'traversal', /\.\.\/\.\.\/etc\/passwd/],
      ['a body of 50 MB', 'huge', /dockerfile@1\.1\.0/],
      ['control characters', 'controls', /dockerfile@1\.0\.0/],
    ])('%s: refused by name, and nothing of it reaches the disk', (_, lie, name) => {
      const made = project();
      rude.behave({ kind: 'lie', lie });
      const run = made.runHere([...BUILD, '--json'], { env: envOf({ PATTERNS_BANK_TIMEOUT: '20' }) });
      expect(run.status, run.stderr).toBe(3);
      const { error } = JSON.parse(run.stdout) as { error: { code: string; message: string } };
      expect(error.code).toBe('BANK_CORRUPT');
      expect(error.message).toMatch(name);
      nothingOf(made, run);
    });

    test('one version in the place of another', () => {
      const made = project('files: [{ path: a, pattern: r1@^1 }, { path: b, pattern: r2@^1 }]\n');
      for (const id of ['r1', 'r2']) made.writePattern(id, '1.0.0', `${id}\n`);
      made.json(['publish', 'patterns'], { env: envOf() });
      rude.behave({ kind: 'lie', lie: 'twin' });
      expect(made.failure(BUILD, { env: envOf() })).toMatchObject({ status: 3, code: 'BANK_CORRUPT' });
      expect(made.has('out')).toBe(false);
    });
  });
});
