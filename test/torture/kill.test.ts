import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { CLI, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';
import { Chance, say, SEED, times } from './form.ts';
import {
  argumentsOf,
  busyProject,
  leftovers,
  type Operation,
  OPERATIONS,
  type Outcome,
  outcomeOf,
  requirePossible,
  requireRecovery,
  resetTo,
  stateOf,
} from './workload.ts';

// The first second of 2026-11-23, the time that the workload's own runs have.
const EPOCH = String(Date.UTC(2026, 10, 23) / 1000);
const PRELOAD = pathToFileURL(repository('test/torture/kill-preload.mjs')).href;

/** When a run is killed: at a call that changes the disk, from 1, or after so many milliseconds. */
type Moment =
  | { readonly kind: 'call'; readonly nth: number; readonly how: 'before' | 'after' | 'torn' }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'never'; readonly calls: string };

/** Runs a command; the status, or undefined where it was killed. */
async function runUntil(
  cwd: string,
  operation: Operation,
  moment: Moment,
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const child = spawn(process.execPath, ['--import', PRELOAD, CLI, ...argumentsOf(operation)], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      SOURCE_DATE_EPOCH: EPOCH,
      PATTERNS_EMBEDDER: 'none',
      ...(moment.kind === 'call' ? { PATTERNS_KILL: `${moment.nth} ${moment.how}` } : {}),
      ...(moment.kind === 'never' ? { PATTERNS_CALLS: moment.calls } : {}),
    },
  });
  let text = '';
  child.stdout.on('data', (part: Buffer) => (text += part.toString()));
  child.stderr.on('data', (part: Buffer) => (text += part.toString()));
  const timer = moment.kind === 'clock' ? setTimeout(() => child.kill('SIGKILL'), moment.ms) : undefined;
  const [status, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('close', (...ended) => {
      resolve(ended);
    }),
  );
  clearTimeout(timer);
  if (signal !== null && signal !== 'SIGKILL') throw new Error(`ended by ${signal}: ${text}`);
  return { status: status ?? undefined, text };
}

interface Clean {
  readonly after: Outcome;
  readonly ms: number;
  /** The calls that change the disk, in their order. */
  readonly calls: readonly string[];
}

/** A run of each operation that nothing disturbs. */
async function cleanRuns(project: TestProject, pristine: string): Promise<ReadonlyMap<Operation, Clean>> {
  const folder = mkdtempSync(join(tmpdir(), 'patterns-calls-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const clean = new Map<Operation, Clean>();
  for (const operation of OPERATIONS) {
    resetTo(pristine, project);
    const calls = join(folder, operation);
    const start = performance.now();
    const { status, text } = await runUntil(project.root, operation, { kind: 'never', calls });
    const ms = performance.now() - start;
    expect(status, `${operation}: ${text}`).toBe(0);
    const made = existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : [];
    expect(made.length, operation).toBeGreaterThan(2);
    clean.set(operation, { after: await outcomeOf(project), ms, calls: made });
  }
  return clean;
}

/** Three quarters are aimed at a call, so that they land between two writes; the rest are not, in case the aim misses something. */
function momentOf(chance: Chance, { ms, calls }: Clean): Moment {
  if (chance.below(4) === 0) return { kind: 'clock', ms: ms * (0.3 + chance.below(700) / 1000) };
  const nth = 1 + chance.below(calls.length);
  const how =
    calls[nth - 1] === 'writeSync' ? (['before', 'torn', 'after'] as const) : (['before', 'after'] as const);
  return { kind: 'call', nth, how: chance.of<'before' | 'torn' | 'after'>(how) };
}

function describeMoment(moment: Moment, calls: readonly string[]): string {
  if (moment.kind === 'clock') return `after ${moment.ms.toFixed(0)} ms`;
  if (moment.kind === 'never') return 'not killed';
  return `${moment.how} call ${moment.nth} of ${calls.length} (${calls[moment.nth - 1]})`;
}

test(`SIGKILL at any moment: nothing lost, nothing torn, and the next run succeeds (seed ${SEED})`, async () => {
  const chance = new Chance(SEED);
  const project = await busyProject();
  const pristine = `${project.root}-pristine`;
  cpSync(project.root, pristine, { recursive: true });
  onTestFinished(() => {
    rmSync(pristine, { recursive: true });
  });
  const before = stateOf(project);
  const clean = await cleanRuns(project, pristine);
  const runs = times(8, 1000);
  const found = { unharmed: 0, 'before the first change': 0, between: 0, 'after the last change': 0 };
  for (let i = 0; i < runs; i++) {
    const operation = chance.of(OPERATIONS);
    const known = clean.get(operation);
    if (known === undefined) throw new Error(`no clean run of ${operation}`);
    const { after, calls } = known;
    const moment = momentOf(chance, known);
    const context = `kill ${i}, seed ${SEED}: ${operation} ${describeMoment(moment, calls)}`;
    resetTo(pristine, project);
    const { status, text } = await runUntil(project.root, operation, moment);
    if (status !== undefined) expect(status, `${context}: ${text}`).toBe(0);
    if (moment.kind === 'call') expect(status, `${context}: not killed`).toBeUndefined();
    const now = JSON.stringify(stateOf(project));
    if (status !== undefined) found.unharmed += 1;
    else if (now === JSON.stringify(before)) found['before the first change'] += 1;
    else if (now === JSON.stringify(after.files)) found['after the last change'] += 1;
    else found.between += 1;
    // What was acknowledged is there whole.
    requirePossible(project, status === 0 ? after.files : before, after.files, context);
    await requireRecovery(operation, project, after, context);
    expect(leftovers(project), context).toEqual([]);
  }
  const where = Object.entries(found).map(([name, count]) => `${count} ${name}`);
  say(`kill: ${runs} runs (${where.join(', ')}), ${runs} survived, seed ${SEED}`);
  expect(runs - found.unharmed).toBeGreaterThan(runs * 0.6);
}, 7_200_000);
