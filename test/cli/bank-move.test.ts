import { spawn } from 'node:child_process';
import { appendFileSync, cpSync } from 'node:fs';
import { expect, test } from 'vitest';
import { onBothBanks } from '../bank/both-banks.ts';
import { smokeReport } from '../support/smoke.ts';
import { CLI, emptyProject, snapshot, type TestProject } from '../support/project.ts';

const SPEC = 'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a.txt, pattern: a@^1 }]\n';

type Env = Readonly<Record<string, string>>;

/** A project whose bank has versions, changes of status, outcomes and a release. */
function filled(env: Env): TestProject {
  const project = emptyProject();
  for (const version of ['1.0.0', '1.1.0', '1.2.0-rc.1'])
    project.writePattern('a', version, `a ${version}\n`);
  project.writePattern('b', '1.0.0', 'b\n');
  project.writePattern('c', '0.1.0', 'c\n');
  project.json(['publish', 'patterns/a', 'patterns/b'], { env: at(env, 1) });
  project.json(['publish', 'patterns/c', '--candidate'], { env: at(env, 2) });
  project.json(['freeze', '--name', 'spring'], { env: at(env, 3) });
  project.json(['quarantine', 'b@1.0.0', '--reason', 'broke'], { env: at(env, 4) });
  project.json(['promote', 'b@1.0.0', '--reason', 'mended'], { env: at(env, 4) });
  project.json(['deprecate', 'a@1.0.0', '--reason', 'old'], { env: at(env, 5) });
  project.write('app.yaml', SPEC);
  project.json(['build', 'app.yaml', '-o', 'out'], { env: at(env, 6) });
  project.write('report.json', smokeReport(project, 'out'));
  project.json(['feedback', 'report.json', '--tree', 'out'], { env: at(env, 7) });
  return project;
}

function at(env: Env, second: number): Env {
  return { ...env, SOURCE_DATE_EPOCH: String(1_700_000_000 + second) };
}

function digestOf(project: TestProject, env: Env): unknown {
  return project.json(['bank', 'status'], { env })['content_digest'];
}

onBothBanks('patterns bank', (here, there) => {
  test('status counts what the bank holds', () => {
    const env = here.env();
    const project = filled(env);
    const status = project.json(['bank', 'status'], { env });
    expect(status).toMatchObject({
      kind: here.kind,
      schema: 1,
      patterns: 3,
      versions: 5,
      statuses: { candidate: 1, production: 3, deprecated: 1, quarantined: 0, yanked: 0 },
      outcomes: { usage: 1, successes: 1, failures: 0 },
      changes: 3,
      releases: [{ name: 'spring', frozen_at: '2023-11-14T22:13:23.000Z', versions: 4 }],
      index: here.kind === 'qdrant' ? { present: 5, missing: 0 } : null,
      server: here.kind === 'qdrant' ? '1.16.3' : null,
      vectors: null,
    });
    expect(digestOf(project, env)).toBe(status['content_digest']);
    project.json(['deprecate', 'b@1.0.0', '--reason', 'x'], { env });
    expect(digestOf(project, env)).not.toBe(status['content_digest']);
    expect(project.run(['bank', 'status'], { env }).stdout).toContain('2 production');
  });

  test('goes to a bank of the other kind and back with equal digests, and equal bytes', () => {
    const env = here.env();
    const project = filled(env);
    const before = digestOf(project, env);
    expect(project.json(['bank', 'export', 'first'], { env })).toMatchObject({
      folder: 'first',
      content_digest: before,
      versions: 5,
      changes: 3,
      outcomes: 2,
      releases: 1,
    });
    const other = there.env();
    expect(project.json(['bank', 'import', 'first'], { env: other })).toMatchObject({
      versions: { imported: 5, unchanged: 0 },
      changes: { imported: 3, unchanged: 0 },
      outcomes: { imported: 2, unchanged: 0 },
      releases: { imported: 1, unchanged: 0 },
      conflicts: [],
      export_digest: before,
      content_digest: before,
    });
    project.json(['bank', 'export', 'second'], { env: other });
    expect(snapshot(project.path('second'))).toEqual(snapshot(project.path('first')));
    const back = here.env();
    expect(project.json(['bank', 'import', 'second'], { env: back })['content_digest']).toBe(before);
    const shown = (of: Env) => project.json(['show', 'b@1.0.0'], { env: of });
    expect(shown(back)).toEqual(shown(env));
    expect(project.json(['list'], { env: back })['patterns']).toEqual(
      project.json(['list'], { env })['patterns'],
    );
  }, 60_000);

  test('an import done twice changes nothing the second time, and adds what came since', () => {
    const env = here.env();
    const project = filled(env);
    project.json(['bank', 'export', 'first'], { env });
    const other = there.env();
    project.json(['bank', 'import', 'first'], { env: other });
    const before = digestOf(project, other);
    expect(project.json(['bank', 'import', 'first'], { env: other })).toMatchObject({
      versions: { imported: 0, unchanged: 5 },
      changes: { imported: 0, unchanged: 3 },
      outcomes: { imported: 0, unchanged: 2 },
      releases: { imported: 0, unchanged: 1 },
      conflicts: [],
      content_digest: before,
    });
    project.json(['yank', 'a@1.0.0', '--reason', 'leaks'], { env });
    project.json(['bank', 'export', 'later'], { env });
    expect(project.json(['bank', 'import', 'later'], { env: other })).toMatchObject({
      changes: { imported: 1, unchanged: 3 },
      conflicts: [],
    });
    // The bank is ahead of the first export: that is no conflict.
    expect(project.json(['bank', 'import', 'first'], { env: other })['conflicts']).toEqual([]);
  }, 60_000);

  test('what the bank has otherwise is a conflict; the bank stands, and the rest is taken over', () => {
    const env = here.env();
    const project = filled(env);
    project.json(['bank', 'export', 'first'], { env });
    const other = there.env();
    project.remove('patterns');
    project.writePattern('a', '1.1.0', 'another body\n');
    project.writePattern('b', '1.0.0', 'b\n');
    project.json(['publish', 'patterns/a', 'patterns/b'], { env: at(other, 100) });
    project.json(['deprecate', 'b@1.0.0', '--reason', 'otherwise'], { env: other });
    const run = project.run(['bank', 'import', 'first', '--json'], { env: other });
    expect(run.status).toBe(1);
    const report = JSON.parse(run.stdout);
    expect(report).toMatchObject({ versions: { imported: 3, unchanged: 1 }, outcomes: { imported: 0 } });
    const conflicts = (report.conflicts as { kind: string; name: string }[]).map(
      ({ kind, name }) => `${kind} ${name}`,
    );
    expect(conflicts.toSorted()).toEqual([
      'history b@1.0.0',
      'publication b@1.0.0',
      'release spring',
      'version a@1.1.0',
    ]);
    expect(project.json(['show', 'a@1.1.0'], { env: other })['body']).toBe('another body\n');
    expect(project.json(['show', 'a@1.0.0'], { env: other })['status']).toBe('deprecated');
    expect(project.json(['show', 'b@1.0.0'], { env: other })['history']).toHaveLength(2);
  }, 60_000);

  test('a killed import goes on where it stopped', async () => {
    const env = here.env();
    const project = emptyProject();
    for (let i = 0; i < 240; i++) project.writePattern(`p${i}`, '1.0.0', `${i}\n`.repeat(50));
    project.json(['publish', 'patterns'], { env });
    project.json(['yank', 'p7@1.0.0', '--reason', 'x'], { env });
    const before = project.json(['bank', 'export', 'whole'], { env })['content_digest'];
    const other = there.env();
    const left: number[] = [];
    for (const enough of [1, 80, 140]) {
      await importUntil(project, other, enough);
      left.push(await there.count(other, project));
    }
    expect(left[0]).toBeGreaterThan(0);
    expect(left.every((count, i) => count >= (left[i - 1] ?? 0))).toBe(true);
    expect(left[0], `versions after each kill: ${left.join(', ')}`).toBeLessThan(240);
    expect(project.json(['bank', 'import', 'whole'], { env: other })).toMatchObject({
      versions: { imported: 240 - (left.at(-1) ?? 0) },
      conflicts: [],
      content_digest: before,
    });
  }, 90_000);

  /** Kills an import as soon as the bank has so many versions. */
  async function importUntil(project: TestProject, env: Env, enough: number): Promise<void> {
    const child = spawn(process.execPath, [CLI, 'bank', 'import', 'whole'], {
      cwd: project.root,
      env: { PATH: process.env['PATH'], ...env },
      stdio: 'ignore',
    });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    while (child.exitCode === null && (await there.count(env, project)) < enough)
      await new Promise((resolve) => {
        setTimeout(resolve, 8);
      });
    child.kill('SIGKILL');
    await ended;
  }

  test('reindex changes nothing of what the bank holds', () => {
    const env = here.env();
    const project = filled(env);
    const before = digestOf(project, env);
    expect(project.json(['bank', 'reindex'], { env })).toMatchObject({
      versions: 5,
      indexed: here.kind === 'qdrant' ? 5 : 0,
      embedder: null,
    });
    expect(digestOf(project, env)).toBe(before);
  });

  test('an empty bank is exported, imported and indexed as one', () => {
    const env = here.env();
    const project = emptyProject();
    project.json(['bank', 'export', 'empty'], { env });
    expect(project.json(['bank', 'import', 'empty'], { env: there.env() })['conflicts']).toEqual([]);
    expect(project.json(['bank', 'reindex'], { env })).toMatchObject({ versions: 0, indexed: 0 });
    expect(project.json(['bank', 'status'], { env })).toMatchObject({ versions: 0, releases: [] });
  });
});

test('without its bank each command says so, and exits 3', () => {
  const project = emptyProject();
  const env = { PATTERNS_BANK_URL: 'qdrant+http://127.0.0.1:3' };
  for (const args of [['status'], ['export', 'e'], ['reindex']])
    expect(project.failure(['bank', ...args], { env })).toMatchObject({
      status: 3,
      code: 'BANK_UNREACHABLE',
    });
  project.json(['bank', 'export', 'empty']);
  expect(project.failure(['bank', 'import', 'empty'], { env })).toMatchObject({ code: 'BANK_UNREACHABLE' });
  expect(project.has('e')).toBe(false);
}, 30_000);

test('a damaged export is refused before anything is written', () => {
  const project = filled({});
  const env = { PATTERNS_BANK_URL: 'file:other' };
  const damages: readonly (readonly [string, (path: string) => void])[] = [
    ['patterns/b/1.0.0.json', (path) => project.write(path, project.read(path).replace('"b\\n"', '"x\\n"'))],
    ['patterns/b/1.0.0.json', (path) => project.remove(path)],
    [
      'patterns/b/1.0.0.json',
      (path) => project.write(path, project.read(path).replace('production', 'candidate')),
    ],
    ['history.jsonl', (path) => project.write(path, project.read(path).replace('broke', 'fine'))],
    ['outcomes.jsonl', (path) => project.write(path, '')],
    ['outcomes.jsonl', (path) => appendFileSync(project.path(path), '{"id":\n')],
    ['releases.jsonl', (path) => project.remove(path)],
    ['export.json', (path) => project.remove(path)],
    ['export.json', (path) => project.write(path, '{}')],
  ];
  project.json(['bank', 'export', 'whole']);
  for (const [i, [name, damage]] of damages.entries()) {
    cpSync(project.path('whole'), project.path(`e${i}`), { recursive: true });
    damage(`e${i}/${name}`);
    const failure = project.failure(['bank', 'import', `e${i}`], { env });
    expect(failure, name).toMatchObject({ status: 2, code: 'EXPORT_INVALID' });
  }
  expect(project.json(['bank', 'status'], { env })).toMatchObject({ versions: 0, changes: 0 });
  expect(project.failure(['bank', 'import', 'nowhere'], { env })).toMatchObject({
    status: 2,
    code: 'FILE_NOT_FOUND',
  });
}, 90_000);

test('an export is never written over what is there', () => {
  const project = filled({});
  project.json(['bank', 'export', 'first']);
  const before = snapshot(project.path('first'));
  expect(project.failure(['bank', 'export', 'first'])).toMatchObject({ status: 2, code: 'USAGE' });
  expect(snapshot(project.path('first'))).toEqual(before);
  // What a kill left is no export, and no obstacle.
  project.write('second.unfinished/patterns/x/1.0.0.json', 'torn');
  project.json(['bank', 'export', `${project.path('second')}/`]);
  expect(snapshot(project.path('second'))).toEqual(before);
  expect(project.has('second.unfinished')).toBe(false);
});
