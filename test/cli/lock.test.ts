import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  emptyProject,
  shopProject,
  SHOP_SPEC,
  snapshot,
  type TestProject,
  times,
} from '../support/project.ts';

const SPEC = 'manifests/app.yaml';

function project(...patterns: readonly (readonly [string, string])[]): TestProject {
  const made = emptyProject();
  for (const [id, version] of patterns)
    expect(made.publish(id, version, `${id} ${version}\n`).status).toBe(0);
  return made;
}

function spec(...references: readonly string[]): string {
  const files = references.map((reference, i) => `  - { path: f${i}.txt, pattern: "${reference}" }\n`);
  return `apiVersion: patterns/v1\nname: app\nfiles:\n${files.join('')}`;
}

describe('a locked build', () => {
  test('of a stale lock is refused, names the requirement, and writes nothing', () => {
    const app = project(['a', '1.0.0'], ['b', '1.0.0']);
    app.write(SPEC, spec('a@^1'));
    app.json(['build', SPEC, '-o', 'out']);
    app.write(SPEC, spec('a@^1', 'b@^1'));
    const before = [times(app.path('out')), times(app.path('golden'))];
    const error = app.failure(['build', SPEC, '-o', 'out', '--locked']);
    expect(error).toMatchObject({ status: 1, code: 'LOCK_STALE' });
    expect(error.message).toContain('b@^1');
    expect(app.failure(['lock', SPEC, '--check'])).toMatchObject({ status: 1, code: 'LOCK_STALE' });
    expect([times(app.path('out')), times(app.path('golden'))]).toEqual(before);
  });

  test.each([
    ['its pin does not satisfy the range', ['a@^2', 'a@^1']],
    ['a pin serves nothing', ['a@^1']],
  ])('is stale when %s', (_, [now, ...rest]) => {
    const app = project(['a', '1.0.0'], ['b', '1.0.0']);
    app.write(SPEC, spec('a@^1', 'b@^1'));
    app.json(['lock', SPEC]);
    expect(app.runHere(['lock', SPEC, '--check']).status).toBe(0);
    app.write(SPEC, spec(now ?? '', ...rest));
    expect(app.failure(['lock', SPEC, '--check'])).toMatchObject({ status: 1, code: 'LOCK_STALE' });
  });

  test('is never stale because of the bank', () => {
    const app = project(['a', '1.0.0']);
    app.write(SPEC, spec('a@^1'));
    app.json(['lock', SPEC]);
    app.publish('a', '1.5.0', 'newer\n');
    app.remove('.patterns');
    expect(app.run(['lock', SPEC, '--check']).status).toBe(0);
    expect(app.json(['build', SPEC, '-o', 'out', '--locked', '--offline'])['pins']).toMatchObject([
      { version: '1.0.0' },
    ]);
  });
});

describe('resolving', () => {
  test('takes the highest version that satisfies, whatever the order of publishing', () => {
    const app = project(['a', '1.10.0'], ['a', '1.9.0'], ['a', '2.0.0'], ['a', '1.11.0-rc.1']);
    app.write(SPEC, spec('a@^1'));
    expect(app.json(['lock', SPEC])['pins']).toMatchObject([{ version: '1.10.0' }]);
  });

  test('takes prereleases and candidates only when asked for', () => {
    const app = project(['a', '1.0.0'], ['a', '1.1.0-rc.1']);
    app.writePattern('a', '1.2.0', 'candidate\n');
    app.runHere(['publish', 'patterns/a/1.2.0', '--candidate']);
    app.write(SPEC, spec('a@^1', 'a@1.1.0-rc.1', 'a@1.2.0', 'a@^1.1.0-rc.0'));
    const pins = app.json(['lock', SPEC])['pins'] as { requirement: string; version: string }[];
    expect(Object.fromEntries(pins.map((pin) => [pin.requirement, pin.version]))).toEqual({
      'a@^1': '1.0.0',
      'a@1.1.0-rc.1': '1.1.0-rc.1',
      'a@1.2.0': '1.2.0',
      'a@^1.1.0-rc.0': '1.1.0-rc.1',
    });
    app.write(SPEC, `${spec('a@^1')}policy: { statuses: [production, candidate] }\n`);
    expect(app.json(['lock', SPEC, '--update'])['pins']).toMatchObject([{ version: '1.2.0' }]);
  });

  test('an unsatisfiable range lists the versions that exist', () => {
    const app = project(['a', '1.0.0'], ['a', '1.5.0']);
    app.write(SPEC, spec('a@^3'));
    const error = app.failure(['lock', SPEC]);
    expect(error).toMatchObject({ status: 2, code: 'VERSION_UNSATISFIED' });
    expect(error.message).toContain('a@1.5.0');
    expect(error.message).toContain('a@1.0.0');
    expect(app.has('golden/app.lock')).toBe(false);
  });

  test('an unknown id suggests the nearest', () => {
    const app = shopProject();
    app.write(SPEC, spec('dockerfil@^1'));
    const error = app.failure(['lock', SPEC]);
    expect(error).toMatchObject({ status: 2, code: 'PATTERN_NOT_FOUND' });
    expect(error.hint).toContain('`dockerfile`');
  });

  test('a policy that nothing meets says which versions fail, and why', () => {
    const app = project(['a', '1.0.0']);
    app.write(SPEC, `${spec('a@^1')}policy: { min_success_rate: 0.9 }\n`);
    const error = app.failure(['lock', SPEC]);
    expect(error).toMatchObject({ status: 2, code: 'POLICY_UNMET' });
    expect(error.message).toContain('success rate 0.5 is below 0.9');
  });

  test('a policy that leaves out the only tier that answers says so', () => {
    const app = emptyProject();
    app.write(SPEC, `${spec('dockerfile@^1')}policy: { tiers: [golden, bank] }\n`);
    const error = app.failure(['lock', SPEC]);
    expect(error).toMatchObject({ status: 2, code: 'TIER_FORBIDDEN' });
    expect(error.message).toContain('static template dockerfile@1.0.0');
  });

  test('dropping pins is told of', () => {
    const app = project(['a', '1.0.0'], ['b', '1.0.0']);
    app.write(SPEC, spec('a@^1', 'b@^1'));
    app.json(['lock', SPEC]);
    app.write(SPEC, spec('a@^1'));
    expect(app.run(['lock', SPEC]).stderr).toContain(
      'dropped pins that serve no requirement of manifests/app.yaml: b@^1',
    );
  });

  test('a bank that serves another body for a frozen version is refused', () => {
    const app = project(['a', '1.0.0']);
    app.write(SPEC, spec('a@^1'));
    app.json(['lock', SPEC]);
    app.remove('.patterns');
    app.publish('a', '1.0.0', 'swapped\n');
    app.write('manifests/other.yaml', spec('a@1.0.0').replace('name: app', 'name: other'));
    const error = app.failure(['lock', 'manifests/other.yaml']);
    expect(error).toMatchObject({ status: 2, code: 'PATTERN_MISMATCH' });
  });

  test('needs no bank for what golden has', () => {
    const app = project(['a', '1.0.0']);
    app.write(SPEC, spec('a@^1'));
    app.json(['lock', SPEC]);
    app.remove('.patterns');
    app.write('manifests/other.yaml', spec('a@*').replace('name: app', 'name: other'));
    const report = app.json(['lock', 'manifests/other.yaml'], {
      env: { USE_PATTERN_BANK_TEMPLATES: 'false' },
    });
    expect(report['resolutions']).toMatchObject([
      {
        tier: 'golden',
        version: '1.0.0',
        tiers: [
          { tier: 'golden', outcome: 'answered' },
          { tier: 'bank', outcome: 'skipped', reason: 'USE_PATTERN_BANK_TEMPLATES is false' },
        ],
      },
    ]);
  });
});

describe('frozen_at', () => {
  test('is the only trace of the clock, honours SOURCE_DATE_EPOCH, and is kept', () => {
    const app = project(['a', '1.0.0'], ['b', '1.0.0']);
    app.write(SPEC, spec('a@^1'));
    app.json(['build', SPEC, '-o', 'out'], { env: { SOURCE_DATE_EPOCH: '86400' } });
    const first = app.read('golden/app.lock');
    expect(first).toContain('"frozen_at":"1970-01-02T00:00:00.000Z"');
    app.json(['lock', SPEC, '--update'], { env: { SOURCE_DATE_EPOCH: '999999' } });
    expect(app.read('golden/app.lock')).toBe(first);
    app.write(SPEC, spec('a@^1', 'b@^1'));
    app.json(['lock', SPEC], { env: { SOURCE_DATE_EPOCH: '172800' } });
    expect(app.read('golden/app.lock')).toContain('"frozen_at":"1970-01-03T00:00:00.000Z"');
    expect(app.read('golden/app.lock')).toContain('"frozen_at":"1970-01-02T00:00:00.000Z"');
  });

  test('differs in two generations without being a difference', () => {
    const app = project(['a', '1.0.0']);
    app.write(SPEC, spec('a@^1'));
    app.json(['build', SPEC, '-o', 'one', '--golden', 'g1'], { env: { SOURCE_DATE_EPOCH: '1' } });
    app.json(['build', SPEC, '-o', 'two', '--golden', 'g2'], { env: { SOURCE_DATE_EPOCH: '2' } });
    expect(app.read('one/generation_manifest.json')).not.toBe(app.read('two/generation_manifest.json'));
    expect(app.run(['diff', 'one/generation_manifest.json', 'two/generation_manifest.json']).status).toBe(0);
  });

  test('a SOURCE_DATE_EPOCH that is no number is an error', () => {
    const app = project(['a', '1.0.0']);
    app.write(SPEC, spec('a@^1'));
    expect(app.failure(['lock', SPEC], { env: { SOURCE_DATE_EPOCH: 'yesterday' } })).toMatchObject({
      status: 2,
      code: 'USAGE',
    });
  });
});

describe('merging by git', () => {
  function git(app: TestProject, ...args: readonly string[]): string {
    return execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: app.root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  }

  test('two branches that each add a pin, one of them the same, merge and load', () => {
    const app = project(['a', '1.0.0'], ['b', '1.0.0'], ['c', '1.0.0'], ['d', '1.0.0']);
    app.write('.gitignore', '.patterns/\n');
    app.write(SPEC, spec('a@^1'));
    app.json(['lock', SPEC]);
    git(app, 'init', '-q', '-b', 'main');
    git(app, 'add', '-A');
    git(app, 'commit', '-qm', 'base');
    for (const [branch, own] of [
      ['left', 'b@^1'],
      ['right', 'c@^1'],
    ] as const) {
      git(app, 'checkout', '-q', '-b', branch, 'main');
      app.write(SPEC, spec('a@^1', own, 'd@^1'));
      app.json(['lock', SPEC], { env: { SOURCE_DATE_EPOCH: branch === 'left' ? '100' : '200' } });
      // Each branch keeps its own spec file aside, so that only the lock is merged here.
      git(app, 'checkout', '-q', SPEC);
      git(app, 'add', '-A');
      git(app, 'commit', '-qm', branch);
    }
    git(app, 'merge', '-q', '--no-edit', 'left');
    app.write(SPEC, spec('a@^1', 'b@^1', 'c@^1', 'd@^1'));
    expect(app.run(['lock', SPEC, '--check']).status).toBe(0);
    expect(app.run(['build', SPEC, '-o', 'out', '--locked']).status).toBe(0);
    app.json(['lock', SPEC]);
    const lines = app.read('golden/app.lock').trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('"pattern_id":"d"'))).toHaveLength(2);
    expect(
      lines.find((line) => line.includes('"kind":"pattern"') && line.includes('"pattern_id":"d"')),
    ).toContain('1970-01-01T00:01:40.000Z');
  });

  test('contradicting pins are refused with both lines, and --update settles them', () => {
    const app = project(['a', '1.0.0']);
    app.write(SPEC, spec('a@^1'));
    app.json(['lock', SPEC]);
    const older = app.read('golden/app.lock');
    app.publish('a', '1.1.0', 'a 1.1.0\n');
    app.json(['lock', SPEC, '--update']);
    const union = `${app.read('golden/app.lock')}${older}`;
    app.write('golden/app.lock', union);
    const error = app.failure(['build', SPEC, '-o', 'out']);
    expect(error).toMatchObject({ status: 2, code: 'LOCK_CONFLICT' });
    expect(error.message).toContain('"version":"1.0.0"');
    expect(error.message).toContain('"version":"1.1.0"');
    expect(error.hint).toContain('--update a@^1');
    expect(app.read('golden/app.lock')).toBe(union);
    expect(app.json(['lock', SPEC, '--update', 'a@^1'])['pins']).toMatchObject([{ version: '1.1.0' }]);
    expect(app.run(['build', SPEC, '-o', 'out', '--locked']).status).toBe(0);
  });

  test('one version with two digests is refused', () => {
    const app = project(['a', '1.0.0']);
    app.write(SPEC, spec('a@^1'));
    app.json(['lock', SPEC]);
    const lines = app.read('golden/app.lock');
    const other = lines.split('\n').find((line) => line.includes('"kind":"pattern"')) ?? '';
    app.write(
      'golden/app.lock',
      `${lines}${other.replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`)}\n`,
    );
    expect(app.failure(['build', SPEC, '-o', 'out'])).toMatchObject({ status: 2, code: 'LOCK_CONFLICT' });
  });
});

test('republishing: the same content is a no-op, other content an error with both digests', () => {
  const app = project(['a', '1.0.0']);
  expect(app.json(['publish', 'patterns/a/1.0.0'])).toMatchObject({ published: [], unchanged: ['a@1.0.0'] });
  const before = snapshot(app.path('.patterns'));
  app.writePattern('a', '1.0.0', 'other\n');
  const error = app.failure(['publish', 'patterns/a/1.0.0']);
  expect(error).toMatchObject({ status: 2, code: 'PATTERN_EXISTS' });
  expect(error.message.match(/sha256:[0-9a-f]{64}/g)).toHaveLength(2);
  expect(snapshot(app.path('.patterns'))).toEqual(before);
});

test('a lock of a newer format is refused with the versions found and supported', () => {
  const app = project(['a', '1.0.0']);
  app.write(SPEC, spec('a@^1'));
  app.write('golden/app.lock', '{"kind":"header","lockfileVersion":7,"renderContract":9,"novelty":true}\n');
  const error = app.failure(['build', SPEC, '-o', 'out']);
  expect(error).toMatchObject({ status: 2, code: 'FORMAT_UNSUPPORTED' });
  expect(error.message).toContain('lockfileVersion 7');
  expect(error.message).toContain('1 to 1');
});

test('the lock of the shop is canonical: sorted, one object a line', () => {
  const app = shopProject();
  app.json(['lock', SHOP_SPEC]);
  const lines = readFileSync(app.path('golden/shop-core.lock'), 'utf8').trimEnd().split('\n');
  for (const line of lines) {
    const keys = Object.keys(JSON.parse(line) as object);
    expect(keys).toEqual([...keys].sort());
  }
  expect(lines[0]).toBe('{"kind":"header","lockfileVersion":1,"renderContract":1}');
  expect(lines[1]).toBe(
    '{"kind":"pin","pattern_id":"alembic_env","requirement":"alembic_env@^1","version":"1.0.0"}',
  );
});
