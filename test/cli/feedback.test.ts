import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { onBothBanks } from '../bank/both-banks.ts';
import { CLI, emptyProject, snapshot, type TestProject } from '../support/project.ts';
import { smokeReport } from '../support/smoke.ts';
import { LONG } from '../torture/form.ts';

const SPEC = `apiVersion: patterns/v1
name: app
files:
  - { path: src/main.py, pattern: main@^1 }
  - { path: src/store.py, pattern: store@^1 }
`;
const FAULT = {
  class: 'ZeroDivisionError',
  message: 'division by zero',
  frames: [
    { path: 'src/main.py', line: 1 },
    { path: 'src/store.py', line: 2 },
  ],
};

/** An app of two patterns, of which the newest `store` is faulty. */
function faultyApp(env: Readonly<Record<string, string>> = {}): TestProject {
  const project = emptyProject({ env });
  project.write('app.yaml', SPEC);
  const good =
    'quality: { success_rate: 1, test_coverage: 1, security_level: HIGH, observability_complete: true, docker_ready: true }\n';
  project.publish('main', '1.0.0', 'from src.store import load\nload()\n', good);
  project.publish('store', '1.0.0', 'def load():\n    return 1\n', good);
  project.publish(
    'store',
    '1.1.0',
    'def load():\n    return 1 / 0\n',
    `${good}derived_from: [store@1.0.0]\n`,
  );
  project.json(['build', 'app.yaml', '-o', 'out']);
  return project;
}

function fail(project: TestProject, second: number): Record<string, unknown> {
  project.write('report.json', smokeReport(project, 'out', { error: FAULT, second }));
  return project.json(['feedback', 'report.json', '--tree', 'out']);
}

function listed(project: TestProject): Record<string, { status: string; success_rate: number }> {
  const { patterns } = project.json(['list']) as {
    patterns: { pattern_id: string; version: string; status: string; success_rate: number }[];
  };
  return Object.fromEntries(
    patterns.map(({ pattern_id, version, status, success_rate }) => [
      `${pattern_id}@${version}`,
      { status, success_rate },
    ]),
  );
}

onBothBanks('patterns feedback', ({ env: fresh, kind }) => {
  test('blames the version that wrote the line and no other; a fresh resolution avoids it, a locked build does not move', () => {
    const project = faultyApp(fresh());
    // Its parent ran well, which vouches for it.
    project.write('clean.yaml', SPEC.replace('store@^1', 'store@1.0.0').replace('name: app', 'name: clean'));
    project.json(['build', 'clean.yaml', '-o', 'clean']);
    for (let second = 0; second < 4; second++) {
      project.write('clean.json', smokeReport(project, 'clean', { second }));
      project.json(['feedback', 'clean.json', '--tree', 'clean']);
    }
    const before = snapshot(project.path('out'));
    const lock = project.read('golden/app.lock');
    const first = fail(project, 0);
    expect(first).toMatchObject({
      reports: [
        {
          tool: 'smoke',
          failed: [{ pattern: 'store@1.1.0', place: 'src/store.py:2' }],
          succeeded: ['main@1.0.0'],
          unattributed: [],
        },
      ],
      recorded: 2,
      known: 0,
      changed: [],
    });
    let failures = 1;
    while (listed(project)['store@1.1.0']?.status === 'production' && failures < 10)
      fail(project, failures++);
    expect(failures).toBeLessThanOrEqual(5);
    expect(listed(project)).toMatchObject({
      'main@1.0.0': { status: 'production', success_rate: 1 },
      'store@1.0.0': { status: 'production', success_rate: 1 },
      'store@1.1.0': { status: 'quarantined' },
    });
    project.write('fresh.yaml', SPEC.replace('name: app', 'name: fresh'));
    project.json(['lock', 'fresh.yaml']);
    expect(project.read('golden/fresh.lock')).toContain('"requirement":"store@^1","version":"1.0.0"');
    expect(project.run(['build', 'app.yaml', '-o', 'out', '--locked']).status).toBe(0);
    expect(snapshot(project.path('out'))).toEqual(before);
    expect(project.read('golden/app.lock')).toBe(lock);
    const check = project.run(['lock', 'app.yaml', '--check', '--json']);
    expect(check.status).toBe(0);
    expect(JSON.parse(check.stdout)).toMatchObject({
      withdrawn: [{ pattern_id: 'store', version: '1.1.0', status: 'quarantined' }],
    });
    expect(project.run(['doctor']).stdout).toContain('is locked, and quarantined in the bank');
  });

  test('one failure in fifty does not demote', () => {
    const project = faultyApp(fresh());
    const names = Array.from({ length: 49 }, (_, second) => {
      project.write(`r${second}.json`, smokeReport(project, 'out', { second }));
      return `r${second}.json`;
    });
    project.json(['feedback', ...names, '--tree', 'out']);
    expect(fail(project, 99)).toMatchObject({ changed: [] });
    const { 'store@1.1.0': store } = listed(project);
    expect(store).toEqual({ status: 'production', success_rate: 0.980769 });
  });

  // On a server each process costs three times as much.
  const processes = LONG || kind === 'embedded' ? 32 : 10;

  test(`the same reports in any order, twice, and from ${processes} processes, count once`, async () => {
    const sequential = faultyApp(fresh());
    const names = eightReports(sequential);
    const args = ['feedback', '--tree', 'out'];
    expect(sequential.json([...args, ...names])).toMatchObject({ recorded: 16, known: 0 });
    expect(sequential.json([...args, ...names.toReversed()])).toMatchObject({ recorded: 0, known: 16 });
    const parallel = faultyApp(fresh());
    eightReports(parallel);
    const statuses = await Promise.all(
      Array.from({ length: processes }, (_, i) =>
        exitOf(parallel, [...args, ...names.slice(i % 8), ...names.slice(0, i % 8)]),
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([0]));
    expect(listed(parallel)).toEqual(listed(sequential));
  }, 120_000);
});

describe('patterns feedback', () => {
  test('refuses a report of another generation, of an edited tree, of unknown versions, and records nothing', () => {
    const project = faultyApp();
    project.write('other.yaml', SPEC.replace('name: app', 'name: other'));
    project.json(['build', 'other.yaml', '-o', 'other']);
    project.write('good.json', smokeReport(project, 'out'));
    project.write('other.json', smokeReport(project, 'other'));
    const refused = (...args: readonly string[]) => {
      const { status, code } = project.failure(['feedback', ...args]);
      return [status, code];
    };
    const mismatch = [2, 'REPORT_MISMATCH'];
    expect(refused('good.json', 'other.json', '--tree', 'out')).toEqual(mismatch);
    const change = { output_digest: `sha256:${'0'.repeat(64)}` } as const;
    project.write('forged.json', smokeReport(project, 'out', { change }));
    expect(refused('forged.json', '--tree', 'out')).toEqual(mismatch);
    const error = { ...FAULT, frames: [{ path: 'src/store.py', line: 9 }] };
    project.write('beyond.json', smokeReport(project, 'out', { error }));
    expect(refused('beyond.json', '--tree', 'out')).toEqual([2, 'REPORT_INVALID']);
    project.write('cut.json', project.read('good.json').slice(0, 300));
    expect(refused('cut.json', '--tree', 'out')).toEqual([2, 'JSON_INVALID']);
    expect(refused('good.json', '--tree', 'out', '--bank', 'file:empty')).toEqual(mismatch);
    expect(refused('good.json')).toEqual([2, 'FILE_NOT_FOUND']);
    expect(refused('good.json', '--tree', 'out', '--tool', 'jest')).toEqual([2, 'USAGE']);
    project.write('out/src/store.py', 'x = 1\n');
    project.write('ruff.json', '[]');
    expect(refused('ruff.json', '--tree', 'out')).toEqual(mismatch);
    expect(listed(project)['store@1.1.0']).toEqual({ status: 'production', success_rate: 1 });
  });

  test('takes ruff and mypy by absolute and relative paths, and credits nobody where a failure has no place', () => {
    const project = faultyApp();
    const location = { row: 1, column: 1 };
    const rule = { code: 'F401', filename: project.path('out/src/store.py'), message: 'm', location };
    project.write('out/ruff.json', JSON.stringify([rule]));
    expect(project.json(['feedback', 'out/ruff.json'])).toMatchObject({
      reports: [{ tool: 'ruff', failed: [{ pattern: 'store@1.1.0' }], succeeded: ['main@1.0.0'] }],
    });
    const line = { line: 2, message: 'm', code: 'c', severity: 'error' };
    const lines = ['out/src/main.py', '/usr/lib/x.py'].map((file) => JSON.stringify({ file, ...line }));
    project.write('mypy.json', `${lines.join('\n')}\n`);
    expect(project.json(['feedback', 'mypy.json', '--tree', 'out'])).toMatchObject({
      reports: [
        { tool: 'mypy', failed: [{ pattern: 'main@1.0.0' }], succeeded: [], unattributed: ['c in mypy'] },
      ],
    });
  });

  test('takes JUnit reports of pytest, read by the command as it ships', () => {
    const project = faultyApp();
    project.write(
      'junit.xml',
      '<?xml version="1.0"?><testsuites><testsuite tests="2" failures="1" errors="0"><testcase classname="t" name="a"/><testcase classname="t" name="b"><failure message="ZeroDivisionError: division by zero">src/store.py:2: ZeroDivisionError</failure></testcase></testsuite></testsuites>',
    );
    const { status, stdout, stderr } = project.run(['feedback', 'junit.xml', '--tree', 'out', '--json']);
    expect(status, stdout + stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      reports: [{ tool: 'pytest', failed: [{ pattern: 'store@1.1.0' }], succeeded: ['main@1.0.0'] }],
    });
    project.write('junit.xml', '<testsuites><testsuite>');
    expect(project.failure(['feedback', 'junit.xml', '--tree', 'out'])).toMatchObject({
      status: 2,
      code: 'REPORT_INVALID',
    });
  });

  test('a report from a clock that runs ahead is stamped with the time of day, and said so', () => {
    const project = faultyApp();
    const change = { finished_at: '2999-01-01T00:00:00.000Z' };
    project.write('ahead.json', smokeReport(project, 'out', { change }));
    const { notices } = project.json(['feedback', 'ahead.json', '--tree', 'out']);
    expect(JSON.stringify(notices)).toContain('has not come');
  });
});

function eightReports(project: TestProject): readonly string[] {
  return Array.from({ length: 8 }, (_, second) => {
    const error = second % 2 === 0 ? {} : { error: FAULT };
    project.write(`r${second}.json`, smokeReport(project, 'out', { second, ...error }));
    return `r${second}.json`;
  });
}

function exitOf(project: TestProject, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    spawn(process.execPath, [CLI, ...args], {
      cwd: project.root,
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], ...project.env },
    }).on('exit', resolve);
  });
}
