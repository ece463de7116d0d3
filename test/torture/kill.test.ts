import { spawn } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLI } from '../support/project.ts';
import { Chance, say, SEED, times } from './form.ts';
import {
  argumentsOf,
  busyProject,
  leftovers,
  type Operation,
  OPERATIONS,
  requirePossible,
  requireRecovery,
  stateOf,
} from './workload.ts';

// The first second of 2026-11-23, the time that the workload's own runs have.
const EPOCH = String(Date.UTC(2026, 10, 23) / 1000);

/** Runs a command and kills it; the status, or undefined where the kill came first. */
async function runFor(cwd: string, operation: Operation, ms: number): Promise<number | undefined> {
  const child = spawn(process.execPath, [CLI, ...argumentsOf(operation)], {
    cwd,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], SOURCE_DATE_EPOCH: EPOCH, PATTERNS_EMBEDDER: 'none' },
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  return status ?? undefined;
}

test(`SIGKILL at random moments: nothing lost, nothing torn, and the next run succeeds (seed ${SEED})`, async () => {
  const chance = new Chance(SEED);
  const project = await busyProject();
  const pristine = `${project.root}-pristine`;
  cpSync(project.root, pristine, { recursive: true });
  const restore = () => {
    for (const folder of ['golden', 'out', '.patterns']) {
      project.remove(folder);
      cpSync(`${pristine}/${folder}`, project.path(folder), { recursive: true });
    }
  };
  const before = stateOf(project);
  const clean = new Map<Operation, { after: ReturnType<typeof stateOf>; ms: number }>();
  for (const operation of OPERATIONS) {
    restore();
    const start = performance.now();
    expect(await runFor(project.root, operation, 60_000), operation).toBe(0);
    clean.set(operation, { after: stateOf(project), ms: performance.now() - start });
  }
  const runs = times(8, 1000);
  let killed = 0;
  let midway = 0;
  for (let i = 0; i < runs; i++) {
    const operation = chance.of(OPERATIONS);
    const { after = {}, ms = 0 } = clean.get(operation) ?? {};
    // Nothing is written before the modules are loaded, so most kills fall into the second half.
    const delay = ms * (0.35 + chance.below(700) / 1000);
    const context = `kill ${i}, seed ${SEED}: ${operation} after ${delay.toFixed(0)} ms`;
    restore();
    const status = await runFor(project.root, operation, delay);
    if (status === undefined) killed += 1;
    else expect(status, context).toBe(0);
    const found = JSON.stringify(stateOf(project));
    if (found !== JSON.stringify(before) && found !== JSON.stringify(after)) midway += 1;
    // What was acknowledged is there whole.
    requirePossible(project, status === 0 ? after : before, after, context);
    await requireRecovery(operation, project, after, context);
    expect(leftovers(project), context).toEqual([]);
  }
  rmSync(pristine, { recursive: true });
  say(
    `kill: ${runs} runs, ${killed} killed, ${midway} of them between two writes, ${runs} survived, seed ${SEED}`,
  );
}, 7_200_000);
