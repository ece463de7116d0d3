import { spawnSync } from 'node:child_process';
import { PatternsError } from '../model/error.ts';

/** How a program ended: its exit status, or null when a signal ended it. */
export type RunProgram = (program: string, args: readonly string[]) => number | null;

/**
 * Runs a program with its output on ours, and waits for it. No shell takes part.
 * @throws PatternsError IO_FAILED when it cannot be started
 */
export const runProgram: RunProgram = (program, args) => {
  const { status, error } = spawnSync(program, [...args], { stdio: ['ignore', 2, 2] });
  if (error === undefined) return status;
  throw new PatternsError('IO_FAILED', `cannot run ${program}: ${error.message}`, {
    hint: 'Check the path of the program, and that it may be executed.',
    cause: error,
  });
};
