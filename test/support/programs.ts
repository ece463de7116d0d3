import { spawnSync } from 'node:child_process';
import { TestRunner } from 'vitest';

/** Skips the running test where a program is missing, and says so; in CI it fails. */
export function requireProgram(name: string): void {
  if (spawnSync('sh', ['-c', `command -v ${name}`]).status === 0) return;
  const why = `${name} is not installed`;
  if (process.env['CI'] === 'true') throw new Error(why);
  TestRunner.getCurrentTest()?.context.skip(why);
}
