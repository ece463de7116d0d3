import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { emptyProject, type TestProject } from '../support/project.ts';
import { onBothBanks } from './both-banks.ts';

// What a search stores of a bank, of either kind, and when it takes it.

type Environment = Readonly<Record<string, string>>;

function publish(project: TestProject, env: Environment, id: string, version = '1.0.0'): void {
  const text = `signature: { purpose: Parse mail of ${id}, intent: transform, domain: mail }\n`;
  project.writePattern(id, version, `${id}\n`, text);
  const run = project.run(['publish', `patterns/${id}/${version}`], { env });
  if (run.status !== 0) throw new Error(run.stderr);
}

function found(project: TestProject, env: Environment): readonly string[] {
  const report = project.json(['search', 'parse mail', '--top-k', '99'], { env });
  return (report['matches'] as readonly { pattern_id: string; version: string }[]).map(
    ({ pattern_id, version }) => `${pattern_id}@${version}`,
  );
}

function indexPath(project: TestProject): string {
  const names = readdirSync(project.path('.patterns/cache')).filter((name) => name.endsWith('.idx'));
  expect(names).toHaveLength(1);
  return project.path(`.patterns/cache/${names[0] ?? ''}`);
}

onBothBanks('the stored index', (bank) => {
  test('is taken while the bank has the same versions, and follows what is published and withdrawn', () => {
    const project = emptyProject();
    const env = { PATTERNS_BANK_URL: bank.fresh(), PATTERNS_EMBEDDER: 'none' };
    publish(project, env, 'a');
    publish(project, env, 'b');
    expect(found(project, env)).toEqual(['a@1.0.0', 'b@1.0.0']);
    const path = indexPath(project);
    const first = readFileSync(path);
    expect(found(project, env)).toEqual(['a@1.0.0', 'b@1.0.0']);
    project.json(['yank', 'b@1.0.0', '--reason', 'wrong'], { env });
    expect(found(project, env)).toEqual(['a@1.0.0']);
    expect(readFileSync(path).equals(first)).toBe(true);
    publish(project, env, 'c');
    publish(project, env, 'a', '1.1.0');
    expect(found(project, env)).toEqual(['a@1.1.0', 'c@1.0.0']);
    const grown = readFileSync(path);
    expect(grown.equals(first)).toBe(false);
    // An older one in its place is told by its key.
    writeFileSync(path, first);
    expect(found(project, env)).toEqual(['a@1.1.0', 'c@1.0.0']);
    expect(readFileSync(path).equals(grown)).toBe(true);
  }, 60_000);
});
