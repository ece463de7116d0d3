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
  readAgain,
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
    const errno = call === 'writeSync' ? chance.of([...ERRNOS, 'SHORT'] as const) : chance.of(ERRNOS);
    const fault = { call, nth, errno };
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

/** Commands whose files are all read again by others. */
const CHECKED: readonly Operation[] = ['lock', 'build', 'publish', 'migrate', 'evidence pack', 'bank export'];

test(`a write that loses half of its bytes and says nothing is noticed by who reads it (seed ${SEED})`, async () => {
  const chance = new Chance(SEED);
  const project = await busyProject();
  const pristine = `${project.root}-pristine`;
  cpSync(project.root, pristine, { recursive: true });
  const runs = times(6, 300);
  const found = { refused: 0, mended: 0, 'never read': 0 };
  for (let i = 0; i < runs; i++) {
    const operation = chance.of(CHECKED);
    resetTo(pristine, project);
    const clean = await withFault({ call: 'writeSync', nth: 0, errno: 'EIO' }, () =>
      perform(operation, project),
    );
    const after = await outcomeOf(project);
    resetTo(pristine, project);
    const nth = 1 + chance.below(clean.counts.get('writeSync') ?? 1);
    const context = `torn ${i}, seed ${SEED}: ${operation}, write ${nth}`;
    const { error } = await withFault({ call: 'writeSync', nth, errno: 'TORN' }, () =>
      perform(operation, project),
    );
    if (error !== undefined) {
      expect(error, context).toBeInstanceOf(PatternsError);
      found.refused += 1;
      continue;
    }
    const torn = Object.entries(stateOf(project)).filter(([path, bytes]) => bytes !== after.files[path]);
    const verdict = await readAgain(operation, project).then(
      (sound) => (sound ? 'sound' : 'refused'),
      (cause: unknown) => {
        expect(cause, context).toBeInstanceOf(PatternsError);
        return 'refused' as const;
      },
    );
    if (verdict === 'refused') found.refused += 1;
    else {
      const now = stateOf(project);
      const left = torn.filter(([path]) => now[path] !== after.files[path]);
      if (torn.length > 0 && left.length === 0) found.mended += 1;
      else {
        // What stays torn may be nothing but a journal's last line, which was cut short for all who read it.
        for (const [path] of left) expect(path, context).toMatch(/\.jsonl$/);
        found['never read'] += 1;
      }
    }
  }
  rmSync(pristine, { recursive: true });
  const ends = Object.entries(found).map(([name, count]) => `${count} ${name}`);
  say(`torn: ${runs} silent losses (${ends.join(', ')}), none used, seed ${SEED}`);
}, 3_600_000);
