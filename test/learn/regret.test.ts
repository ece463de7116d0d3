import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { repository } from '../support/repository.ts';

test('over 100 patterns with hidden rates regret shrinks, to less than a fifth of what similarity alone has, as the page says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'patterns-regret-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const plot = join(folder, 'learning.svg');
  const run = spawnSync(process.execPath, ['bench/learning.mjs', plot], {
    cwd: repository(''),
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  const numbers = (name: string) =>
    (new RegExp(`^${name} +([\\d. ]+)$`, 'm').exec(run.stdout)?.[1] ?? '').split(/ +/).map(Number);
  const ranking = numbers('ranking');
  const similarity = numbers('similarity alone');
  expect(ranking).toEqual(ranking.toSorted((a, b) => b - a));
  expect(ranking.length).toBe(6);
  expect((ranking.at(-1) ?? 1) * 5).toBeLessThan(similarity.at(-1) ?? 0);
  const page = readFileSync(repository('docs/learning.md'), 'utf8');
  for (const number of [...ranking, ...similarity]) expect(page).toContain(number.toFixed(1));
  expect(readFileSync(plot, 'utf8')).toBe(readFileSync(repository('docs/learning.svg'), 'utf8'));
});
