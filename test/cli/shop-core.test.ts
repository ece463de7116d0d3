import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { emptyProject, shopProject, SHOP_SPEC, snapshot, times } from '../support/project.ts';

const MANIFEST = 'out/shop/generation_manifest.json';

describe('the core of the shop', () => {
  test('output_digest is what sha256sum makes of the tree', () => {
    const project = shopProject();
    const report = project.json(['build', SHOP_SPEC, '-o', 'out/shop']);
    const found = execFileSync(
      'bash',
      [
        '-c',
        "find . -type f ! -path ./generation_manifest.json | sed 's#^\\./##' | LC_ALL=C sort | xargs -d'\\n' sha256sum | sha256sum",
      ],
      { cwd: project.path('out/shop'), encoding: 'utf8' },
    );
    expect(report['output_digest']).toBe(`sha256:${found.slice(0, 64)}`);
    expect(report['files']).toBe(14);
    expect(report['tiers']).toEqual({ golden: 0, bank: 14, static: 0, llm: 0 });
  });

  test('a replay with the bank deleted makes the same tree and the same manifest', () => {
    const project = shopProject();
    project.json(['build', SHOP_SPEC, '-o', 'out/shop']);
    project.remove('.patterns');
    project.remove('manifests');
    project.remove('golden/shop-core.lock');
    const namespaces = spawnSync('unshare', ['-rn', 'true']).status === 0;
    const report = project.json(
      ['replay', MANIFEST, '-o', 'out/again'],
      namespaces ? { through: ['unshare', '-rn', process.execPath] } : {},
    );
    expect(report['identical']).toBe(true);
    expect(snapshot(project.path('out/again'))).toEqual(snapshot(project.path('out/shop')));
  });

  test('the bank evolves, a fresh resolution follows, and the locked build stays', () => {
    const project = shopProject();
    const first = project.json(['build', SHOP_SPEC, '-o', 'out/shop']);
    const body = project.json(['show', 'dockerfile@1.0.0'])['body'];
    project.writePattern('dockerfile', '1.1.0', `${String(body)}# hardened\n`);
    const yaml = project.read('patterns/dockerfile/1.1.0/pattern.yaml');
    project.write(
      'patterns/dockerfile/1.1.0/pattern.yaml',
      `${yaml}variables:\n${variablesOf(project.json(['show', 'dockerfile@1.0.0'])['variables'])}`,
    );
    expect(project.json(['publish', 'patterns/dockerfile/1.1.0'])['published']).toEqual(['dockerfile@1.1.0']);
    const again = project.json(['build', SHOP_SPEC, '-o', 'out/shop', '--locked']);
    expect(again['output_digest']).toBe(first['output_digest']);
    const fresh = project.json(['build', SHOP_SPEC, '-o', 'out/fresh', '--golden', 'other-golden']);
    expect(fresh['pins']).toContainEqual({
      requirement: 'dockerfile@^1',
      pattern_id: 'dockerfile',
      version: '1.1.0',
    });
    expect(project.read('out/fresh/Dockerfile')).toContain('# hardened');
    // The first manifest replays after the lock has moved on.
    const updated = project.json(['lock', SHOP_SPEC, '--update', 'dockerfile']);
    expect(updated['pins']).toContainEqual({
      requirement: 'dockerfile@^1',
      pattern_id: 'dockerfile',
      version: '1.1.0',
    });
    expect(project.json(['replay', MANIFEST, '-o', 'out/old'])['output_digest']).toBe(first['output_digest']);
  });

  test('without the bank, all fourteen come from the static tier, with the same output', () => {
    const shop = shopProject();
    const banked = shop.json(['build', SHOP_SPEC, '-o', 'out/shop']);
    const flag = emptyProject();
    flag.write(SHOP_SPEC, shop.read(SHOP_SPEC));
    const off = flag.json(['build', SHOP_SPEC, '-o', 'out/shop'], {
      env: { USE_PATTERN_BANK_TEMPLATES: 'false' },
    });
    expect(off['tiers']).toEqual({ golden: 0, bank: 0, static: 14, llm: 0 });
    expect(off['output_digest']).toBe(banked['output_digest']);
    const broken = emptyProject();
    broken.write(SHOP_SPEC, shop.read(SHOP_SPEC));
    broken.write('bank-is-a-file', '');
    const down = broken.run([
      'build',
      SHOP_SPEC,
      '-o',
      'out/shop',
      '--bank',
      'file:bank-is-a-file',
      '--json',
    ]);
    expect(down.status).toBe(0);
    expect(down.stderr).toContain('cannot be asked');
    expect(JSON.parse(down.stdout)).toMatchObject({
      output_digest: banked['output_digest'],
      tiers: { static: 14 },
    });
  });

  test('migrate is idempotent', () => {
    const project = emptyProject();
    const counts = () => {
      const report = project.json(['migrate']);
      return [report['migrated'], report['unchanged'], report['failed']].map((list) =>
        Array.isArray(list) ? list.length : list,
      );
    };
    const [migrated, , failed] = counts();
    expect(migrated).toBeGreaterThanOrEqual(14);
    expect(failed).toBe(0);
    expect(counts()).toEqual([0, migrated, 0]);
  });

  test('why names pattern, version, tier, date and template line', () => {
    const project = shopProject();
    project.json(['build', SHOP_SPEC, '-o', 'out/shop'], { env: { SOURCE_DATE_EPOCH: '1700000000' } });
    const body = String(project.json(['show', 'dockerfile@1.0.0'])['body']).split('\n');
    const lines = project.read('out/shop/Dockerfile').split('\n');
    const line = lines.findIndex((text) => text.startsWith('USER ')) + 1;
    const report = project.json(['why', `out/shop/Dockerfile:${line}`]);
    expect(report['entries']).toMatchObject([
      {
        pattern_id: 'dockerfile',
        version: '1.0.0',
        tier: 'bank',
        frozen_at: '2023-11-14T22:13:20.000Z',
        requirements: ['dockerfile@^1'],
      },
    ]);
    const template = body.findIndex((text) => text.startsWith('USER ')) + 1;
    expect(report['entries']).toMatchObject([{ template: { start: template, end: template } }]);
    expect(project.run(['why', `out/shop/Dockerfile:${line}`]).stdout).toContain(
      `line ${template} of its body`,
    );
    expect(project.failure(['why', 'out/shop/Dockerfile:9999'])).toMatchObject({ status: 2, code: 'USAGE' });
  });

  test('a rebuild without change writes nothing', () => {
    const project = shopProject();
    project.json(['build', SHOP_SPEC, '-o', 'out/shop']);
    mkdirSync(project.path('out/shop/mine'));
    const before = [times(project.path('out')), times(project.path('golden'))];
    project.json(['build', SHOP_SPEC, '-o', 'out/shop']);
    project.json(['lock', SHOP_SPEC]);
    expect([times(project.path('out')), times(project.path('golden'))]).toEqual(before);
  });
});

function variablesOf(variables: unknown): string {
  return Object.entries({ ...(variables as object) })
    .map(([name, declaration]) => `  ${name}: ${JSON.stringify(declaration)}\n`)
    .join('');
}
