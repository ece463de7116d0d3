import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { QdrantServer, qdrantProgram } from '../bank/qdrant-server.ts';
import { readLockfile } from '../../src/documents/lockfile-document.ts';
import { CLI, emptyProject, type TestProject } from '../support/project.ts';
import { Chance, LONG, say, SEED } from './form.ts';
import { leftovers, smokeReport } from './workload.ts';

const CROWD = LONG ? 32 : 10;

interface Ended {
  readonly args: readonly string[];
  readonly status: number | null;
  readonly text: string;
}

async function start(
  project: TestProject,
  args: readonly string[],
  bank: string | undefined,
): Promise<Ended> {
  const env = {
    PATH: process.env['PATH'],
    PATTERNS_EMBEDDER: 'none',
    ...(bank === undefined ? {} : { PATTERNS_BANK_URL: bank }),
  };
  const child = spawn(process.execPath, [CLI, ...args], { cwd: project.root, env });
  let text = '';
  child.stdout.on('data', (part: Buffer) => (text += part.toString()));
  child.stderr.on('data', (part: Buffer) => (text += part.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { args, status, text };
}

async function crowd(bank: string | undefined): Promise<void> {
  const project = emptyProject();
  const env = { PATTERNS_EMBEDDER: 'none', ...(bank === undefined ? {} : { PATTERNS_BANK_URL: bank }) };
  for (const id of ['a', 'b']) project.writePattern(id, '1.0.0', `${id}\n`);
  expect(project.run(['publish', 'patterns'], { env }).status).toBe(0);
  project.write(
    'app.yaml',
    'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a.txt, pattern: a@^1 }, { path: b.txt, pattern: b@^1 }]\n',
  );
  expect(project.run(['build', 'app.yaml', '-o', 'base'], { env }).status).toBe(0);
  project.remove('golden');
  const jobs: (readonly string[])[] = [];
  const chance = new Chance(SEED);
  for (let i = 0; i < CROWD; i++) {
    project.writePattern(`own-${i}`, '1.0.0', `${i}\n`);
    project.writePattern('shared', '1.0.0', 'shared\n');
    // The first lock of one spec, made by many; each builds a tree of its own.
    if (i % 4 < 2) jobs.push(['build', 'app.yaml', '-o', `out-${i}`]);
    else if (i % 4 === 2) jobs.push(['publish', `patterns/own-${i}`, 'patterns/shared']);
    else {
      project.write(`report-${i}.json`, smokeReport(project, 'base', `machine ${i}`, 'a.txt'));
      jobs.push(['feedback', `report-${i}.json`, '--tree', 'base']);
    }
  }
  const shuffled = jobs.map((job) => ({ job, at: chance.below(2 ** 30) })).sort((a, b) => a.at - b.at);
  const ended = await Promise.all(shuffled.map(({ job }) => start(project, job, bank)));
  for (const { args, status, text } of ended) expect(status, `${args.join(' ')}: ${text}`).toBe(0);
  const { lockfile } = readLockfile(Buffer.from(project.read('golden/app.lock')), 'app.lock');
  const stamps = lockfile.patterns.map((one) => one.frozen_at);
  for (const job of jobs.filter(([name]) => name === 'build')) {
    const manifest = JSON.parse(project.read(`${job[3] ?? ''}/generation_manifest.json`)) as {
      patterns: readonly { frozen_at: string }[];
    };
    expect(
      manifest.patterns.map((one) => one.frozen_at),
      job.join(' '),
    ).toEqual(stamps);
    expect(project.run(['verify', job[3] ?? '', '--strict']).status).toBe(0);
  }
  const listed = project.run(['list', '--json'], { env }).stdout;
  for (const job of jobs.filter(([name]) => name === 'publish'))
    expect(listed).toContain(`"${(job[1] ?? '').slice('patterns/'.length)}"`);
  // Each outcome was acknowledged, so each is known.
  for (const job of jobs.filter(([name]) => name === 'feedback'))
    expect(project.json(job, { env })).toMatchObject({ recorded: 0, known: 1 });
  expect(project.run(['build', 'app.yaml', '-o', 'out-0'], { env }).status).toBe(0);
  expect(leftovers(project)).toEqual([]);
  say(
    `crowd: ${CROWD} processes at once on ${bank === undefined ? 'the embedded bank' : 'Qdrant'}, ${CROWD} survived, seed ${SEED}`,
  );
}

test(`many processes at once on the embedded bank (seed ${SEED})`, () => crowd(undefined), 600_000);

const found = qdrantProgram();

test.skipIf(found.kind !== 'program')(
  `many processes at once on a real Qdrant (seed ${SEED})`,
  async () => {
    if (found.kind !== 'program') return;
    const server = await QdrantServer.start(found.path);
    try {
      await crowd(`qdrant+${server.url}?bank=crowd`);
    } finally {
      await server.stop();
    }
  },
  600_000,
);
