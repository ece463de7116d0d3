import { expect, test } from 'vitest';
import { onBothBanks } from '../bank/both-banks.ts';
import { type Run, shopProject, SHOP_SPEC, type TestProject, emptyProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';
import { cpSync } from 'node:fs';

// The road of docs/migration.md, there and back.

const STATIC = { USE_PATTERN_BANK_TEMPLATES: 'false' };

function shopWithoutBank(env: Readonly<Record<string, string>>): TestProject {
  const project = emptyProject({ env });
  cpSync(repository('manifests'), project.path('manifests'), { recursive: true });
  return project;
}

function sources(project: TestProject): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [, source = ''] of project.read('golden/shop-core.lock').matchAll(/"source":"(\w+)"/g))
    counts[source] = (counts[source] ?? 0) + 1;
  return counts;
}

function noticesOf(run: Run): string {
  return JSON.stringify(JSON.parse(run.stdout).notices);
}

onBothBanks('the road to the bank and back', ({ env: fresh }) => {
  test('a rollout by domain changes where patterns come from, and no tree', () => {
    const project = shopWithoutBank(fresh());
    const first = project.json(['build', SHOP_SPEC, '-o', 'out'], { env: STATIC });
    expect(sources(project)).toEqual({ static: 14 });
    project.json(['migrate', '--only', 'infrastructure'], { env: STATIC });
    // The flag keeps the bank out of new resolutions, whatever it holds.
    project.remove('golden');
    const update = ['lock', SHOP_SPEC, '--update'];
    project.json(['lock', SHOP_SPEC], { env: STATIC });
    expect(sources(project)).toEqual({ static: 14 });
    project.remove('golden');
    const partly = project.run(['lock', SHOP_SPEC, '--json']);
    expect(sources(project)).toEqual({ bank: 7, static: 7 });
    expect(noticesOf(partly)).toContain('answered by the static templates');
    project.json(['migrate']);
    project.remove('golden');
    project.json(['lock', SHOP_SPEC]);
    expect(sources(project)).toEqual({ bank: 14 });
    expect(project.json(['build', SHOP_SPEC, '-o', 'out', '--locked'])['output_digest']).toBe(
      first['output_digest'],
    );
    // Back: at once for what is new, and nothing moves that is locked.
    const lock = project.read('golden/shop-core.lock');
    expect(
      project.json(['build', SHOP_SPEC, '-o', 'out', '--locked'], { env: STATIC })['output_digest'],
    ).toBe(first['output_digest']);
    expect(project.read('golden/shop-core.lock')).toBe(lock);
    project.json(update, { env: STATIC });
    expect(project.json(['build', SHOP_SPEC, '-o', 'out', '--locked'])['output_digest']).toBe(
      first['output_digest'],
    );
  }, 120_000);
});

test('a service of a blueprint locks from a release as from the bank', () => {
  const project = shopProject();
  const spec = 'manifests/shop/app.yaml';
  project.json(['freeze', '--name', 'first'], { env: { SOURCE_DATE_EPOCH: '1700000000' } });
  project.json(['lock', spec, '--golden', 'golden-bank']);
  project.json(['lock', spec, '--release', 'first']);
  const pins = (golden: string) =>
    project
      .read(`${golden}/shop.lock`)
      .split('\n')
      .filter((line) => line.includes('"kind":"pin"'));
  expect(pins('golden')).toEqual(pins('golden-bank'));
  expect(pins('golden').length).toBeGreaterThan(50);
  const times = new Set(project.read('golden/shop.lock').match(/"frozen_at":"[^"]*"/g));
  expect([...times]).toEqual(['"frozen_at":"2023-11-14T22:13:20.000Z"']);
}, 60_000);
