import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { build } from '../../src/commands/build.ts';
import { list } from '../../src/commands/catalogue.ts';
import { workspaceOf } from '../support/workspace.ts';
import { packEvidence } from '../../src/commands/evidence-pack.ts';
import { verifyEvidence } from '../../src/commands/evidence-verify.ts';
import { exportBank } from '../../src/commands/export-bank.ts';
import { importBank } from '../../src/commands/import-bank.ts';
import { importOpenApi } from '../../src/commands/import-openapi.ts';
import { feedback } from '../../src/commands/feedback.ts';
import { lock } from '../../src/commands/lock.ts';
import { migrate } from '../../src/commands/migrate.ts';
import { publish } from '../../src/commands/publish.ts';
import { search } from '../../src/commands/search.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Workspace } from '../../src/commands/workspace.ts';
import { writeSmokeReport } from '../../src/documents/smoke-report-document.ts';
import { AtomicWriter } from '../../src/host/atomic-write.ts';
import { hostOn } from '../../src/host/host.ts';
import { nodeFileSystem } from '../../src/host/node-file-system.ts';
import { repository } from '../support/repository.ts';
import { emptyProject, snapshot, type TestProject } from '../support/project.ts';

export const SPEC = 'app.yaml';
/** Read once, outside the disk that fails. */
const RELEASE = (JSON.parse(readFileSync(repository('package.json'), 'utf8')) as { version: string }).version;
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
export const OPERATIONS = [
  'lock',
  'build',
  'publish',
  'migrate',
  'feedback',
  'import openapi',
  'evidence pack',
  'bank export',
  'bank import',
] as const;
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
    case 'import openapi':
      return ['import', 'openapi', 'api.yaml', '-o', 'specs/api.yaml'];
    case 'evidence pack':
      return ['evidence', 'pack', 'out', '-o', 'evidence/app.tar'];
    case 'bank export':
      return ['bank', 'export', 'copy'];
    case 'bank import':
      return ['bank', 'import', 'backup'];
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
    case 'import openapi':
      return importOpenApi(space, project.path('api.yaml'), project.path('specs/api.yaml'));
    case 'evidence pack':
      return packEvidence(space, {
        folder: project.path('out'),
        archive: project.path('evidence/app.tar'),
        reports: [],
        key: undefined,
        privateTexts: [],
        version: RELEASE,
      });
    case 'bank export':
      return await exportBank(space, project.path('copy'));
    case 'bank import':
      return await importBank(space, project.path('backup'));
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
  project.write('api.yaml', API);
  const other = emptyProject();
  other.writePattern('x', '1.0.0', 'x {{ variables.x }}\n');
  other.writePattern('y', '1.0.0', 'y\n');
  await perform('publish', other);
  other.write(SPEC, spec(1, ['x']));
  await perform('build', other);
  other.write('report.json', smokeReport(other, 'out', 'test', 'dir/x.txt'));
  await perform('feedback', other);
  await exportBank(workspace(other), project.path('backup'));
  return project;
}

const API = `openapi: 3.0.3
info: { title: Pets, version: "1.0.0" }
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        "200": { description: ok, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Pet" } } } } }
components:
  schemas:
    Pet: { type: object, required: [id], properties: { id: { type: integer }, name: { type: string } } }
`;

/** The folders that commands of the workload write into. */
export const WRITTEN = ['golden', 'out', '.patterns', 'specs', 'evidence', 'copy'] as const;

function spec(x: number, files: readonly string[]): string {
  const entries = files.map((id) => `  - { path: dir/${id}.txt, pattern: ${id}@^1 }\n`).join('');
  return `apiVersion: patterns/v1\nname: app\nvariables: { x: ${x} }\nfiles:\n${entries}`;
}

/** Puts back all that commands have written. */
export function resetTo(pristine: string, project: TestProject): void {
  for (const folder of [...WRITTEN, 'copy.unfinished']) {
    project.remove(folder);
    if (existsSync(`${pristine}/${folder}`))
      cpSync(`${pristine}/${folder}`, project.path(folder), { recursive: true });
  }
}

type Files = Readonly<Record<string, string>>;

/** All that a project holds, but its inputs, and what is derived, checked by digest when read, and made anew. */
export function stateOf(project: TestProject): Files {
  return Object.fromEntries(
    Object.entries(snapshot(project.root)).filter(
      ([path]) =>
        WRITTEN.some((folder) => path.startsWith(`${folder}/`)) && !path.startsWith('.patterns/cache/'),
    ),
  );
}

/** A temporary file; what an export has not finished lies beside its folder, which `WRITTEN` leaves out. */
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

/** What a whole run leaves. */
export interface Outcome {
  readonly files: Files;
  /** The versions of the bank with their status and success, to which each acknowledged outcome counts once. */
  readonly bank: unknown;
}

export async function outcomeOf(project: TestProject): Promise<Outcome> {
  // First, since whatever opens the bank delivers what waited for it.
  const files = stateOf(project);
  const versions = await list(workspace(project));
  return {
    files,
    bank: versions.map(({ pattern_id, version, status, success_rate }) => ({
      pattern_id,
      version,
      status,
      success_rate,
    })),
  };
}

/** That the next run, by itself, brings everything to where a run without a fault does, and leaves nothing behind. */
export async function requireRecovery(
  operation: Operation,
  project: TestProject,
  after: Outcome,
  context: string,
): Promise<void> {
  // An export that was whole before the fault is refused to be written over.
  if (operation !== 'bank export' || !project.has('copy')) await perform(operation, project);
  const isJournal = (path: string) => /^(?:\.patterns|copy)\/.*\.jsonl$/.test(path);
  const lasting = (files: Files) =>
    Object.fromEntries(Object.entries(files).filter(([path]) => !isJournal(path)));
  const now = await outcomeOf(project);
  expect(Object.keys(lasting(now.files)), context).toEqual(Object.keys(lasting(after.files)));
  expect(lasting(now.files), context).toEqual(lasting(after.files));
  expect(now.bank, context).toEqual(after.bank);
  // Nothing is written into the cache by a command that finds nothing to do; the next search does, and sweeps it.
  if (leftovers(project).some((path) => path.startsWith('.patterns/cache/')))
    await search(workspace(project), { purpose: 'anything' }, { topK: 1, minResults: 0 });
  if (operation === 'build')
    expect(verify(workspace(project), project.path('out'), 'strict').verified, context).toBe(true);
}

/** Names of temporary files anywhere in the project. */
export function leftovers(project: TestProject): readonly string[] {
  return readdirSync(project.root, { recursive: true })
    .map(String)
    .filter((name) => /\.patterns-\d+-\d+\.tmp$/.test(name));
}

/** Runs a command again, and what checks its files; false where a check says that something is wrong. */
export async function readAgain(operation: Operation, project: TestProject): Promise<boolean> {
  const space = workspace(project);
  switch (operation) {
    case 'evidence pack':
      return verifyEvidence(space, {
        archive: project.path('evidence/app.tar'),
        key: undefined,
        bundle: undefined,
        version: RELEASE,
      }).verified;
    case 'bank export': {
      const fresh = emptyProject();
      await importBank(workspace(fresh), project.path('copy'));
      return true;
    }
    default:
      await perform(operation, project);
  }
  await perform('lock', project);
  await perform('build', project);
  await list(workspace(project));
  return verify(workspace(project), project.path('out'), 'strict').verified;
}
