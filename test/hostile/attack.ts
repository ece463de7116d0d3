import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { CLI, type TestProject } from '../support/project.ts';

/** Generous for a loaded machine, and far below what an attack that works would take. */
const MAX_SECONDS = 25;
const MAX_HEAP_MB = 512;

/** Runs the built command with bounded memory and time. */
export function attack(
  project: TestProject,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  const run = spawnSync(process.execPath, [`--max-old-space-size=${MAX_HEAP_MB}`, CLI, ...args], {
    cwd: project.root,
    encoding: 'utf8',
    timeout: MAX_SECONDS * 1000,
    killSignal: 'SIGKILL',
    env: { PATH: process.env['PATH'], ...env },
  });
  expect(run.signal, `${args.join(' ')} took more than ${MAX_SECONDS} s or ${MAX_HEAP_MB} MB`).toBeNull();
  return run;
}

/** That the command refuses its input with one coded, readable error and no stack. */
export function expectRefusal(run: SpawnSyncReturns<string>, code: string): void {
  expect(run.stderr).toContain(`[${code}]`);
  expect(run.status).toBe(2);
  expect(run.stdout).toBe('');
  expect(run.stderr).not.toMatch(/^ {4}at |TypeError|RangeError|call stack/m);
  expect(run.stderr.length).toBeLessThan(4000);
}
