import { cpSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PatternsError } from '../../src/model/error.ts';
import { CALLS, type Call, withFault } from './faulty-calls.ts';
import { Chance, say, SEED, times } from './form.ts';
import {
  busyProject,
  leftovers,
  type Operation,
  OPERATIONS,
  type Outcome,
  outcomeOf,
  perform,
  requirePossible,
  requireRecovery,
  resetTo,
  stateOf,
} from './workload.ts';

const ERRNOS = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE'] as const;

test(`one system call of a command fails: nothing lost, nothing torn, and the next run succeeds (seed ${SEED})`, async () => {
  const chance = new Chance(SEED);
  const project = await busyProject();
  const pristine = `${project.root}-pristine`;
  cpSync(project.root, pristine, { recursive: true });
  const restore = () => {
    resetTo(pristine, project);
  };
  const before = stateOf(project);
  const clean = new Map<Operation, { counts: ReadonlyMap<Call, number>; after: Outcome }>();
  for (const operation of OPERATIONS) {
    restore();
    const run = await withFault({ call: 'openSync', nth: 0, errno: 'EIO' }, () =>
      perform(operation, project),
    );
    expect(run.error).toBeUndefined();
    clean.set(operation, { counts: run.counts, after: await outcomeOf(project) });
  }
  const runs = times(25, 2000);
  let injected = 0;
  let unharmed = 0;
  for (let i = 0; i < runs; i++) {
    const operation = chance.of(OPERATIONS);
    const known = clean.get(operation);
    const calls = CALLS.filter((call) => (known?.counts.get(call) ?? 0) > 0);
    const call = chance.of(calls);
    const nth = 1 + chance.below(known?.counts.get(call) ?? 1);
    const fault = { call, nth, errno: chance.of(ERRNOS) };
    const context = `run ${i}, seed ${SEED}: ${operation} with ${fault.errno} at ${call} ${nth}`;
    restore();
    const { error, injected: hit } = await withFault(fault, () => perform(operation, project));
    if (hit) injected += 1;
    if (error === undefined) unharmed += 1;
    else {
      expect(error, `${context}: ${error instanceof Error ? error.message : ''}`).toBeInstanceOf(
        PatternsError,
      );
      expect(error, context).toMatchObject({ code: 'IO_FAILED' });
    }
    const after = known?.after ?? { files: {}, bank: [] };
    requirePossible(project, before, after.files, context);
    await requireRecovery(operation, project, after, context);
    expect(leftovers(project), context).toEqual([]);
  }
  rmSync(pristine, { recursive: true });
  say(
    `disk: ${runs} runs, ${injected} faults injected, ${runs} survived, ${unharmed} of them without an error, seed ${SEED}`,
  );
  expect(injected).toBeGreaterThan(runs * 0.9);
}, 3_600_000);
