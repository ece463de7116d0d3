import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

/** Compares with a file of expected text; `UPDATE_GOLDEN=1` writes it, which CI refuses. */
export function expectGolden(path: string, found: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') {
    if (process.env['CI'] !== undefined) throw new Error('golden files are not updated in CI');
    writeFileSync(path, found);
    return;
  }
  expect(
    existsSync(path),
    `${path} is missing; run the test once with UPDATE_GOLDEN=1 and read what it wrote`,
  ).toBe(true);
  expect(found).toBe(readFileSync(path, 'utf8'));
}
