import { expect, test } from 'vitest';
import { onBothBanks } from '../bank/both-banks.ts';
import { emptyProject, type RunOptions, type TestProject } from '../support/project.ts';

const FROZEN = '2023-11-14T22:13:20.000Z';
const LATER = '1800000000';

/** A spec of a reference and a need, and a bank whose release `spring` holds a@1.0.0 and b@1.0.0. */
function released(env: Readonly<Record<string, string>>): TestProject {
  const project = emptyProject();
  project.write(
    'app.yaml',
    `apiVersion: patterns/v1
name: app
files:
  - { path: a.txt, pattern: a@^1 }
  - { path: b.txt, need: { purpose: Test pattern b, intent: create } }
`,
  );
  publish(project, env, 'a', '1.0.0');
  publish(project, env, 'b', '1.0.0');
  project.json(['freeze', '--name', 'spring'], { env: { ...env, SOURCE_DATE_EPOCH: '1700000000' } });
  publish(project, env, 'a', '1.1.0');
  return project;
}

function publish(
  project: TestProject,
  env: Readonly<Record<string, string>>,
  id: string,
  version: string,
): void {
  project.writePattern(id, version, `${id} ${version}\n`);
  project.json(['publish', `patterns/${id}/${version}`], { env });
}

function pinned(project: TestProject): readonly string[] {
  return lines(project).flatMap((line) =>
    line.kind === 'pin' ? [`${line.pattern_id}@${line.version}`] : [],
  );
}

function frozenAt(project: TestProject): readonly unknown[] {
  return lines(project).flatMap((line) => (line.kind === 'pattern' ? [line.frozen_at] : []));
}

function lines(project: TestProject): readonly Record<string, string>[] {
  return project
    .read('golden/app.lock')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

onBothBanks('releases', ({ env: fresh }) => {
  test('freeze marks what is in production, with one time; the name stands for that set for good', () => {
    const env = fresh();
    const project = released(env);
    expect(project.json(['list', '--releases'], { env })['releases']).toEqual([
      { name: 'spring', frozen_at: FROZEN, versions: 2 },
    ]);
    const other = project.run(['freeze', '--name', 'spring', '--json'], { env });
    expect(other.status).toBe(2);
    expect(JSON.parse(other.stdout).error).toMatchObject({
      code: 'RELEASE_EXISTS',
      details: { release: 'spring', added: ['a@1.1.0'], gone: [] },
    });
    project.json(['deprecate', 'a@1.1.0', '--reason', 'not yet'], { env });
    expect(project.json(['freeze', '--name', 'spring'], { env })).toMatchObject({
      known: true,
      frozen_at: FROZEN,
      versions: ['a@1.0.0', 'b@1.0.0'],
    });
  });

  test('a lock from a release has its versions and its time, and no others', () => {
    const env = fresh();
    const project = released(env);
    const report = project.json(['lock', 'app.yaml', '--release', 'spring'], { env });
    expect(report).toMatchObject({ changed: true, tiers: { bank: 2, static: 0 } });
    expect(pinned(project)).toEqual(['a@1.0.0', 'b@1.0.0']);
    expect(frozenAt(project)).toEqual([FROZEN, FROZEN]);
    const lock = project.read('golden/app.lock');
    expect(project.json(['lock', 'app.yaml', '--release', 'spring', '--check'], { env })['stale']).toEqual(
      [],
    );
    // The lock is one like any other: it needs no bank.
    expect(
      project.json(['build', 'app.yaml', '-o', 'out', '--locked'], {
        env: { PATTERNS_BANK_URL: 'qdrant+http://127.0.0.1:3' },
      })['locked'],
    ).toBe(true);
    project.remove('golden');
    project.write('golden/.gitkeep', '');
    project.json(['lock', 'app.yaml', '--release', 'spring'], { env: { ...env, SOURCE_DATE_EPOCH: LATER } });
    expect(project.read('golden/app.lock')).toBe(lock);
  });

  test('pins of other versions are resolved anew, also where golden has the body', () => {
    const env = fresh();
    const project = released(env);
    project.json(['lock', 'app.yaml'], { env });
    expect(pinned(project)).toEqual(['a@1.1.0', 'b@1.0.0']);
    project.write(
      'other.yaml',
      'apiVersion: patterns/v1\nname: other\nfiles: [{ path: a, pattern: a@1.0.0 }]\n',
    );
    project.json(['lock', 'other.yaml'], { env });
    const check = project.failure(['lock', 'app.yaml', '--release', 'spring', '--check'], { env });
    expect(check).toMatchObject({ status: 1, code: 'LOCK_STALE' });
    expect(check.message).toContain('a@1.1.0 is not of the release spring');
    const report = project.json(['lock', 'app.yaml', '--release', 'spring'], { env });
    expect(report['stale']).toMatchObject([{ requirement: 'a@^1' }]);
    expect(pinned(project)).toEqual(['a@1.0.0', 'b@1.0.0']);
    // b@1.0.0 was pinned before and keeps its time.
    expect(frozenAt(project)[0]).toBe(FROZEN);
    expect(frozenAt(project)[1]).not.toBe(FROZEN);
  });

  test('a requirement that the release does not answer is an error, whatever bank and templates have', () => {
    const env = fresh();
    const project = released(env);
    const failing = (file: string) => {
      project.write('bad.yaml', `apiVersion: patterns/v1\nname: bad\nfiles: [${file}]\n`);
      return project.failure(['lock', 'bad.yaml', '--release', 'spring'], { env });
    };
    const version = failing('{ path: a, pattern: a@^1.1 }');
    expect(version).toMatchObject({ status: 2, code: 'VERSION_UNSATISFIED' });
    expect(version.message).toContain('the release spring');
    // A built-in template answers it without a release.
    expect(failing('{ path: d, pattern: dockerfile }')).toMatchObject({ code: 'PATTERN_NOT_FOUND' });
    expect(
      failing('{ path: n, need: { purpose: Zebra stripes on quantum boats, intent: delete } }'),
    ).toMatchObject({
      code: 'NEED_UNANSWERED',
    });
    expect(project.has('golden/bad.lock')).toBe(false);
    // What was yanked since is offered to no new lock, of a release or not.
    project.json(['yank', 'a@1.0.0', '--reason', 'leaks'], { env });
    expect(project.failure(['lock', 'app.yaml', '--release', 'spring'], { env })).toMatchObject({
      status: 2,
      code: 'POLICY_UNMET',
    });
  });

  test('unknown releases, bad names and empty banks are refused', () => {
    const env = fresh();
    const project = emptyProject();
    project.write('app.yaml', 'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a, pattern: a }]\n');
    expect(project.failure(['freeze', '--name', 'spring'], { env })).toMatchObject({
      code: 'PATTERN_NOT_FOUND',
    });
    publish(project, env, 'a', '1.0.0');
    expect(project.failure(['freeze', '--name', 'Not A Slug'], { env })).toMatchObject({
      status: 2,
      code: 'USAGE',
    });
    expect(project.failure(['freeze'], { env })).toMatchObject({ status: 2, code: 'USAGE' });
    project.json(['freeze', '--name', 'spring'], { env });
    const unknown = project.failure(['lock', 'app.yaml', '--release', 'sprung'], { env });
    expect(unknown).toMatchObject({ status: 2, code: 'RELEASE_NOT_FOUND', hint: 'Did you mean `spring`?' });
  });
});

const DOWN: RunOptions = { env: { PATTERNS_BANK_URL: 'qdrant+http://127.0.0.1:3' } };
const OFF: RunOptions = { env: { USE_PATTERN_BANK_TEMPLATES: 'false' } };

test('--require-bank turns degradation into exit 3 with the reason, and nothing is written', () => {
  const project = emptyProject();
  project.write(
    'app.yaml',
    'apiVersion: patterns/v1\nname: app\nfiles: [{ path: d, pattern: dockerfile }]\n',
  );
  for (const args of [
    ['lock', 'app.yaml'],
    ['build', 'app.yaml', '-o', 'out'],
  ]) {
    const down = project.failure([...args, '--require-bank'], DOWN);
    expect(down).toMatchObject({ status: 3, code: 'BANK_UNREACHABLE' });
    expect(down.message).toContain('ECONNREFUSED');
    const off = project.failure([...args, '--require-bank'], OFF);
    expect(off).toMatchObject({ status: 3, code: 'BANK_UNREACHABLE' });
    expect(off.message).toContain('USE_PATTERN_BANK_TEMPLATES is false');
  }
  const offline = project.failure(['build', 'app.yaml', '-o', 'out', '--require-bank', '--offline'], DOWN);
  expect(offline.message).toContain('--offline was given');
  expect(project.has('golden/app.lock')).toBe(false);
  expect(project.has('out')).toBe(false);
  expect(project.failure(['lock', 'app.yaml', '--release', 'spring'], DOWN)).toMatchObject({ status: 3 });
  // Without the option the static template answers, and a complete lock asks nobody.
  project.json(['lock', 'app.yaml'], DOWN);
  project.json(['lock', 'app.yaml', '--require-bank'], DOWN);
  project.json(['build', 'app.yaml', '-o', 'out', '--require-bank'], OFF);
}, 60_000);

test('a policy without the bank contradicts --require-bank', () => {
  const project = emptyProject();
  project.write(
    'app.yaml',
    'apiVersion: patterns/v1\nname: app\npolicy: { tiers: [golden, static] }\nfiles: [{ path: d, pattern: dockerfile }]\n',
  );
  const failure = project.failure(['lock', 'app.yaml', '--require-bank']);
  expect(failure).toMatchObject({ status: 3, code: 'BANK_UNREACHABLE' });
  expect(failure.message).toContain('the policy leaves it out');
  project.json(['lock', 'app.yaml']);
});
