import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { CLI, emptyProject, snapshot, type TestProject } from '../support/project.ts';
import { smokeReport } from '../support/smoke.ts';

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
function faultyApp(): TestProject {
  const project = emptyProject();
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

describe('patterns feedback', () => {
  test('blames the version that wrote the line and no other; a fresh resolution avoids it, a locked build does not move', () => {
    const project = faultyApp();
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
    const project = faultyApp();
    for (let second = 0; second < 49; second += 7) {
      const names = Array.from({ length: 7 }, (_, i) => {
        project.write(`r${i}.json`, smokeReport(project, 'out', { second: second + i }));
        return `r${i}.json`;
      });
      project.json(['feedback', ...names, '--tree', 'out']);
    }
    expect(fail(project, 99)).toMatchObject({ changed: [] });
    const { 'store@1.1.0': store } = listed(project);
    expect(store).toEqual({ status: 'production', success_rate: Math.round((51 / 52) * 1e6) / 1e6 });
  });

  test('the same reports in any order, twice, and from 32 processes, count once', async () => {
    const sequential = faultyApp();
    const reports = Array.from({ length: 8 }, (_, second) =>
      smokeReport(sequential, 'out', second % 2 === 0 ? { second } : { second, error: FAULT }),
    );
    const names = reports.map((text, i) => {
      sequential.write(`r${i}.json`, text);
      return `r${i}.json`;
    });
    expect(sequential.json(['feedback', ...names, '--tree', 'out'])).toMatchObject({
      recorded: 16,
      known: 0,
    });
    expect(sequential.json(['feedback', ...names.toReversed(), '--tree', 'out'])).toMatchObject({
      recorded: 0,
      known: 16,
    });
    const parallel = faultyApp();
    for (const [i, text] of reports.entries()) parallel.write(`r${i}.json`, text);
    const statuses = await Promise.all(
      Array.from({ length: 32 }, (_, i) => {
        const order = [...names.slice(i % 8), ...names.slice(0, i % 8)];
        return exitOf(parallel, ['feedback', ...order, '--tree', 'out']);
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([0]));
    expect(listed(parallel)).toEqual(listed(sequential));
  }, 120_000);

  test('refuses a report of another generation, of an edited tree, of unknown versions, and records nothing', () => {
    const project = faultyApp();
    const journal = () =>
      project.has('.patterns/bank/outcomes.jsonl') ? project.read('.patterns/bank/outcomes.jsonl') : '';
    project.write('other.yaml', SPEC.replace('name: app', 'name: other'));
    project.json(['build', 'other.yaml', '-o', 'other']);
    project.write('good.json', smokeReport(project, 'out'));
    project.write('other.json', smokeReport(project, 'other'));
    const refused = (args: readonly string[]) => project.failure(['feedback', ...args]);
    expect(refused(['good.json', 'other.json', '--tree', 'out'])).toMatchObject({
      status: 2,
      code: 'REPORT_MISMATCH',
    });
    project.write(
      'forged.json',
      smokeReport(project, 'out', { change: { output_digest: `sha256:${'0'.repeat(64)}` } }),
    );
    expect(refused(['forged.json', '--tree', 'out'])).toMatchObject({ status: 2, code: 'REPORT_MISMATCH' });
    project.write(
      'beyond.json',
      smokeReport(project, 'out', { error: { ...FAULT, frames: [{ path: 'src/store.py', line: 9 }] } }),
    );
    expect(refused(['beyond.json', '--tree', 'out'])).toMatchObject({ status: 2, code: 'REPORT_INVALID' });
    project.write('cut.json', project.read('good.json').slice(0, 300));
    expect(refused(['cut.json', '--tree', 'out'])).toMatchObject({ status: 2, code: 'JSON_INVALID' });
    expect(refused(['good.json', '--tree', 'out', '--bank', 'file:empty'])).toMatchObject({
      status: 2,
      code: 'REPORT_MISMATCH',
    });
    expect(refused(['good.json'])).toMatchObject({ status: 2, code: 'FILE_NOT_FOUND' });
    expect(refused(['good.json', '--tree', 'out', '--tool', 'jest'])).toMatchObject({
      status: 2,
      code: 'USAGE',
    });
    project.write('out/src/store.py', 'x = 1\n');
    project.write('ruff.json', '[]');
    expect(refused(['ruff.json', '--tree', 'out'])).toMatchObject({ status: 2, code: 'REPORT_MISMATCH' });
    expect(journal()).toBe('');
  });

  test('takes ruff and mypy by lines of absolute and relative paths, and credits nobody where a failure has no place', () => {
    const project = faultyApp();
    project.write(
      'out/ruff.json',
      JSON.stringify([
        {
          code: 'F401',
          filename: project.path('out/src/store.py'),
          message: 'm',
          location: { row: 1, column: 1 },
        },
      ]),
    );
    expect(project.json(['feedback', 'out/ruff.json'])).toMatchObject({
      reports: [{ tool: 'ruff', failed: [{ pattern: 'store@1.1.0' }], succeeded: ['main@1.0.0'] }],
    });
    project.write(
      'mypy.json',
      `${JSON.stringify({ file: 'out/src/main.py', line: 2, message: 'm', code: 'c', severity: 'error' })}\n${JSON.stringify({ file: '/usr/lib/x.py', line: 2, message: 'm', code: 'c', severity: 'error' })}\n`,
    );
    expect(project.json(['feedback', 'mypy.json', '--tree', 'out'])).toMatchObject({
      reports: [
        { tool: 'mypy', failed: [{ pattern: 'main@1.0.0' }], succeeded: [], unattributed: ['c in c'] },
      ],
    });
  });

  test('a report from a clock that runs ahead is stamped with the time of day, and said so', () => {
    const project = faultyApp();
    project.write(
      'ahead.json',
      smokeReport(project, 'out', { change: { finished_at: '2999-01-01T00:00:00.000Z' } }),
    );
    const { notices } = project.json(['feedback', 'ahead.json', '--tree', 'out']);
    expect(JSON.stringify(notices)).toContain('has not come');
    expect(project.read('.patterns/bank/outcomes.jsonl')).not.toContain('2999');
  });
});

function exitOf(project: TestProject, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    spawn(process.execPath, [CLI, ...args], { cwd: project.root, stdio: 'ignore' }).on('exit', resolve);
  });
}
