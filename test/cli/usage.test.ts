import { expect, test } from 'vitest';
import { onBothBanks } from '../bank/both-banks.ts';
import { shopProject, SHOP_SPEC, type TestProject } from '../support/project.ts';

function used(project: TestProject): number {
  const { patterns } = project.json(['list']) as { patterns: { pattern_id: string; usage_count: number }[] };
  return patterns.find((one) => one.pattern_id === 'dockerfile')?.usage_count ?? -1;
}

onBothBanks('usage', ({ env: fresh }) => {
  test('builds are counted once each, when somebody counts; a build itself asks no bank for it', () => {
    const project = shopProject({ env: fresh() });
    expect(used(project)).toBe(0);
    project.json(['build', SHOP_SPEC, '-o', 'out']);
    project.json(['build', SHOP_SPEC, '-o', 'out', '--locked'], {
      env: { PATTERNS_BANK_URL: 'qdrant+http://127.0.0.1:3' },
    });
    project.json(['build', SHOP_SPEC, '-o', 'out', '--dry-run']);
    expect(project.read('.patterns/outbox/usage.jsonl').split('\n')).toHaveLength(3);
    expect(used(project)).toBe(2);
    expect(used(project)).toBe(2);
    expect(project.has('.patterns/outbox/usage.jsonl')).toBe(false);
    project.json(['replay', 'out/generation_manifest.json']);
    project.json(['search', 'Dockerfile']);
    expect(used(project)).toBe(2);
  });

  test('what a killed count left is counted by the next, and once', () => {
    const project = shopProject({ env: fresh() });
    project.json(['build', SHOP_SPEC, '-o', 'out']);
    const lines = project.read('.patterns/outbox/usage.jsonl');
    project.write('.patterns/outbox/usage-0.jsonl', lines);
    expect(used(project)).toBe(1);
    // The last line was cut short: that build had not ended.
    project.write('.patterns/outbox/usage-0.jsonl', `${lines}{"generation":"sha256:`);
    expect(used(project)).toBe(1);
  });
});
