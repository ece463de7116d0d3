import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { nodeBinary } from '../support/node-versions.ts';
import {
  CLI,
  emptyProject,
  type RunOptions,
  shopProject,
  SHOP_SPEC,
  snapshot,
  type TestProject,
} from '../support/project.ts';
import { repository } from '../support/repository.ts';

const EPOCH = { SOURCE_DATE_EPOCH: '1700000000' };

/** Everything that a lock and a build leave behind. */
function generate(project: TestProject, options: RunOptions = {}): Readonly<Record<string, unknown>> {
  const run = project.run(['build', SHOP_SPEC, '-o', 'out'], {
    ...options,
    env: { ...EPOCH, ...options.env },
  });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  return { out: snapshot(project.path('out')), golden: snapshot(project.path('golden')) };
}

let known: Readonly<Record<string, unknown>> | undefined;

function expected(): Readonly<Record<string, unknown>> {
  known ??= generate(shopProject());
  return known;
}

/** The same data with every map turned round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

describe('same spec and lock, same bytes', () => {
  test.each(['UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Kiritimati'])(
    'in the time zone %s',
    (TZ) => {
      expect(generate(shopProject(), { env: { TZ } })).toEqual(expected());
    },
  );

  test.each(['C', 'tr_TR.UTF-8', 'de_DE.UTF-8'])('in the locale %s', (locale) => {
    expect(generate(shopProject(), { env: { LC_ALL: locale, LANG: locale } })).toEqual(expected());
  });

  test.each(['000', '022', '077'])('under the umask %s, modes included', (umask) => {
    const project = shopProject();
    const through = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath];
    expect(generate(project, { through })).toEqual(expected());
    expect(project.json(['verify', 'out', '--strict'])['verified']).toBe(true);
    expect(project.run(['build', SHOP_SPEC, '-o', 'out', '--json']).stdout).toContain('"updated": []');
  });

  test('with the keys of the spec turned round, and as JSON', () => {
    const project = shopProject();
    const spec: unknown = parse(project.read(SHOP_SPEC));
    project.write(SHOP_SPEC, stringify(reversed(spec)));
    expect(generate(project)).toEqual(expected());
    project.write(SHOP_SPEC, JSON.stringify(spec));
    project.remove('out');
    expect(generate(project)).toEqual(expected());
  });

  test('with readdir turned round', () => {
    const preload = repository('test/support/reversed-readdir.cjs');
    expect(generate(shopProject(), { through: [process.execPath, '--require', preload] })).toEqual(
      expected(),
    );
  });

  test('from another folder', () => {
    const project = shopProject();
    const elsewhere = emptyProject();
    const run = project.run(['build', project.path(SHOP_SPEC), '-o', project.path('out')], {
      cwd: elsewhere.root,
      env: EPOCH,
    });
    expect(run.status).toBe(0);
    expect({ out: snapshot(project.path('out')), golden: snapshot(project.path('golden')) }).toEqual(
      expected(),
    );
  });

  test.each([22, 24] as const)(
    'on Node %i',
    (major) => {
      const node = nodeBinary(major);
      expect(generate(shopProject(), { through: [node] })).toEqual(expected());
    },
    300_000,
  );
});

test('--offline opens no socket', () => {
  const project = shopProject();
  const preload = repository('test/support/no-sockets.cjs');
  const through = [process.execPath, '--require', preload];
  const offline = project.run(['build', SHOP_SPEC, '-o', 'out', '--offline'], { through });
  expect(offline.stderr).toBe('');
  expect(offline.status).toBe(0);
  expect(project.run(['replay', 'out/generation_manifest.json'], { through }).status).toBe(0);
});

test('nothing of this machine stands in what is written', () => {
  const project = shopProject();
  generate(project);
  const written = JSON.stringify([snapshot(project.path('out')), snapshot(project.path('golden'))]);
  const hex = (text: string) => Buffer.from(text).toString('hex');
  for (const secret of [project.root, process.env['HOME'] ?? '/root', CLI, process.version]) {
    expect(written.includes(hex(secret)), secret).toBe(false);
  }
});
