import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { build } from '../../src/commands/build.ts';
import { list } from '../../src/commands/catalogue.ts';
import { workspaceOf } from '../support/workspace.ts';
import { feedback } from '../../src/commands/feedback.ts';
import { lock } from '../../src/commands/lock.ts';
import { migrate } from '../../src/commands/migrate.ts';
import { publish } from '../../src/commands/publish.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Workspace } from '../../src/commands/workspace.ts';
import { writeSmokeReport } from '../../src/documents/smoke-report-document.ts';
import { AtomicWriter } from '../../src/host/atomic-write.ts';
import { hostOn } from '../../src/host/host.ts';
import { nodeFileSystem } from '../../src/host/node-file-system.ts';
import { emptyProject, snapshot, type TestProject } from '../support/project.ts';

export const SPEC = 'app.yaml';
const NOW = '2026-11-23T00:00:00.000Z';

/** Each process that works on the project: what it leaves behind is swept by the next one. */
function workspace(project: TestProject): Workspace {
  return workspaceOf(project, {
    ...hostOn(nodeFileSystem, () => NOW),
    writer: new AtomicWriter(nodeFileSystem, { pid: process.pid, isAlive: () => false }),
  });
}

/** A report of a run that passed, of the tree in a folder. */
export function smokeReport(
  project: TestProject,
  tree: string,
  environment: string,
  executed: string,
): string {
  const manifest = JSON.parse(project.read(`${tree}/generation_manifest.json`)) as {
    manifest_digest: `sha256:${string}`;
    output_digest: `sha256:${string}`;
  };
  return writeSmokeReport({
    generation: manifest.manifest_digest,
    output_digest: manifest.output_digest,
    started_at: NOW,
    finished_at: NOW,
    environment,
    phases: [],
    operations: [
      {
        name: 'load',
        method: 'GET',
        path: '/a',
        calls: [{ case: 'valid', status: 200, expected: [200], duration_ms: 1, verdict: 'passed' }],
      },
    ],
    executed: [executed],
  });
}

/** The commands that write, as functions and as arguments of the command line. */
export const OPERATIONS = ['lock', 'build', 'publish', 'migrate', 'feedback'] as const;
export type Operation = (typeof OPERATIONS)[number];

export function argumentsOf(operation: Operation): readonly string[] {
  switch (operation) {
    case 'lock':
      return ['lock', SPEC];
    case 'build':
      return ['build', SPEC, '-o', 'out'];
    case 'publish':
      return ['publish', 'patterns'];
    case 'migrate':
      return ['migrate', '--only', 'observability'];
    case 'feedback':
      return ['feedback', 'report.json', '--tree', 'out'];
  }
}

export async function perform(operation: Operation, project: TestProject): Promise<unknown> {
  const space = workspace(project);
  switch (operation) {
    case 'lock':
      return await lock(space, project.path(SPEC), {
        update: { kind: 'keep' },
        mode: 'write',
        bank: 'optional',
        release: undefined,
      });
    case 'build':
      return await build(space, {
        spec: project.path(SPEC),
        output: project.path('out'),
        lock: 'complete',
        bank: 'optional',
        write: 'write',
        edits: 'keep',
        diff: 'none',
      });
    case 'publish':
      return await publish(space, [project.path('patterns')], 'production');
    case 'migrate':
      return await migrate(space, { domains: ['observability'], folders: [], builtIn: 'with' }, 'write');
    case 'feedback':
      return await feedback(space, {
        reports: [project.path('report.json')],
        tree: project.path('out'),
        tool: undefined,
        environment: 'test',
      });
  }
}

/** A project with something to do for every operation: two versions built, a third pattern, a changed spec, a report. */
export async function busyProject(): Promise<TestProject> {
  const project = emptyProject();
  for (const id of ['a', 'b']) project.writePattern(id, '1.0.0', `${id} {{ variables.x }}\n`);
  await perform('publish', project);
  project.write(SPEC, spec(1, ['a', 'b']));
  await perform('build', project);
  project.write('report.json', smokeReport(project, 'out', 'test', 'dir/a.txt'));
  project.writePattern('c', '1.0.0', 'c {{ variables.x }}\n');
  await perform('publish', project);
  project.writePattern('d', '1.0.0', 'd\n');
  project.write(SPEC, spec(2, ['a', 'c']));
  return project;
}

function spec(x: number, files: readonly string[]): string {
  const entries = files.map((id) => `  - { path: dir/${id}.txt, pattern: ${id}@^1 }\n`).join('');
  return `apiVersion: patterns/v1\nname: app\nvariables: { x: ${x} }\nfiles:\n${entries}`;
}

type Files = Readonly<Record<string, string>>;

/** All that a project holds, but its inputs, and what is derived, checked by digest when read, and made anew. */
export function stateOf(project: TestProject): Files {
  return Object.fromEntries(
    Object.entries(snapshot(project.root)).filter(
      ([path]) => /^(?:golden|out|\.patterns)\//.test(path) && !path.startsWith('.patterns/cache/'),
    ),
  );
}

const MAY_BE_HALF = /(?:^|\/)\.patterns-\d+-\d+\.tmp$|\.generation_manifest\.pending\.json$/;

/**
 * The model of what may be on the disk after a fault or a kill: every file is absent as before, or has the bytes from
 * before, or those of a whole run. Journals and outboxes have the lines from before, and then whole or torn new ones.
 * Nothing that was there is gone, unless a whole run removes it.
 */
export function requirePossible(project: TestProject, before: Files, after: Files, context: string): void {
  const now = stateOf(project);
  for (const [path, bytes] of Object.entries(now)) {
    if (MAY_BE_HALF.test(path)) continue;
    if (path.endsWith('.jsonl') && path.startsWith('.patterns/')) {
      expect(bytes.startsWith(before[path] ?? ''), `${context}: ${path} lost a line`).toBe(true);
      continue;
    }
    if (path.startsWith('golden/blobs/')) {
      const digest = createHash('sha256').update(Buffer.from(bytes, 'hex')).digest('hex');
      expect(path.replaceAll('/', ''), `${context}: torn blob`).toContain(digest);
      continue;
    }
    expect([before[path], after[path]], `${context}: ${path}`).toContain(bytes);
  }
  for (const path of Object.keys(before))
    if (after[path] !== undefined) expect(now[path], `${context}: ${path} is gone`).toBeDefined();
}

/** That the next run, by itself, brings everything to where a run without a fault does, and leaves nothing behind. */
export async function requireRecovery(
  operation: Operation,
  project: TestProject,
  after: Files,
  context: string,
): Promise<void> {
  await perform(operation, project);
  const isJournal = (path: string) => /^\.patterns\/.*\.jsonl$/.test(path);
  const lasting = (files: Files) =>
    Object.fromEntries(Object.entries(files).filter(([path]) => !isJournal(path)));
  const now = lasting(stateOf(project));
  expect(Object.keys(now), context).toEqual(Object.keys(lasting(after)));
  expect(now, context).toEqual(lasting(after));
  if (operation === 'feedback') {
    const versions = await list(workspace(project));
    const counted = versions.filter((one) => one.pattern_id === 'a').map((one) => one.success_rate);
    // One success of three runs, two of them declared at 0.5.
    expect(counted, context).toEqual([0.666667]);
  }
  if (operation === 'build')
    expect(verify(workspace(project), project.path('out'), 'strict').verified, context).toBe(true);
}

/** Names of temporary files anywhere in the project. */
export function leftovers(project: TestProject): readonly string[] {
  return readdirSync(project.root, { recursive: true })
    .map(String)
    .filter((name) => /\.patterns-\d+-\d+\.tmp$/.test(name));
}
