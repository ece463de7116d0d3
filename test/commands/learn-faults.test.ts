import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { expect, test } from 'vitest';
import { build } from '../../src/commands/build.ts';
import { list } from '../../src/commands/catalogue.ts';
import { workspaceOf } from '../support/workspace.ts';
import { feedback } from '../../src/commands/feedback.ts';
import { publish } from '../../src/commands/publish.ts';
import { repair } from '../../src/commands/repair.ts';
import { replay } from '../../src/commands/replay.ts';
import type { Workspace } from '../../src/commands/workspace.ts';
import { writeSmokeReport } from '../../src/documents/smoke-report-document.ts';
import type { FileSystem } from '../../src/host/file-system.ts';
import { hostOn } from '../../src/host/host.ts';
import { nodeFileSystem } from '../../src/host/node-file-system.ts';
import { PatternsError } from '../../src/model/error.ts';
import { faultyDisk } from '../support/faulty-file-system.ts';
import { emptyProject, type TestProject } from '../support/project.ts';

const FAULTY = 'def load():\n    return 1 / 0\n';
const MENDED = 'def load():\n    return 1\n';

function workspaceOn(fs: FileSystem, project: TestProject): Workspace {
  return workspaceOf(
    project,
    hostOn(fs, () => '2026-11-23T00:00:00.000Z'),
  );
}

function buildOn(fs: FileSystem, project: TestProject, lock: 'complete' | 'locked') {
  return build(workspaceOn(fs, project), {
    spec: project.path('app.yaml'),
    output: project.path('out'),
    lock,
    bank: 'optional',
    write: 'write',
    edits: 'keep',
    diff: 'none',
  });
}

/** A smoke test without an app: the store fails while it divides by zero. */
async function judge(folder: string): Promise<Uint8Array> {
  const manifest = JSON.parse(readFileSync(join(folder, 'generation_manifest.json'), 'utf8')) as {
    manifest_digest: `sha256:${string}`;
    output_digest: `sha256:${string}`;
  };
  const fails = readFileSync(join(folder, 'src/store.py'), 'utf8').includes('/ 0');
  const frames = [{ path: 'src/store.py', line: 2 }];
  const error = { class: 'ZeroDivisionError', message: 'division by zero', frames };
  const call = { case: 'valid', status: fails ? 500 : 200, expected: [200], duration_ms: 1 };
  const text = writeSmokeReport({
    generation: manifest.manifest_digest,
    output_digest: manifest.output_digest,
    started_at: '2026-01-01T00:00:00.000Z',
    finished_at: '2026-01-01T00:00:01.000Z',
    environment: 'test',
    phases: [],
    operations: [
      {
        name: 'load',
        method: 'POST',
        path: '/load',
        calls: [fails ? { ...call, verdict: 'failed', error } : { ...call, verdict: 'passed' }],
      },
    ],
    executed: ['src/store.py'],
  });
  return Buffer.from(text);
}

async function failingProject(): Promise<{ project: TestProject; pristine: string }> {
  const project = emptyProject();
  const patch = createTwoFilesPatch('a', 'b', FAULTY, MENDED);
  project.writePattern('store', '1.0.0', FAULTY);
  project.writePattern(
    'mend',
    '1.0.0',
    `applies_to: { pattern_id: store }\npatch: ${JSON.stringify(patch.slice(patch.indexOf('--- ')))}\n`,
    'engine: none\nsignature: { purpose: Mend the store, intent: repair, domain: test }\n',
  );
  await publish(workspaceOn(nodeFileSystem, project), [project.path('patterns')], 'production');
  project.write(
    'app.yaml',
    'apiVersion: patterns/v1\nname: app\nfiles: [{ path: src/store.py, pattern: store@^1 }]\n',
  );
  await buildOn(nodeFileSystem, project, 'complete');
  project.write('report.json', await judge(project.path('out')));
  const pristine = `${project.root}-pristine`;
  cpSync(project.root, pristine, { recursive: true });
  return { project, pristine };
}

function restore(project: TestProject, pristine: string): void {
  for (const folder of ['golden', 'out', '.patterns']) {
    project.remove(folder);
    cpSync(join(pristine, folder), project.path(folder), { recursive: true });
  }
}

function replayed(project: TestProject) {
  return replay(workspaceOn(nodeFileSystem, project), {
    source: project.path('out/generation_manifest.json'),
    spec: undefined,
    output: undefined,
    expect: undefined,
    edits: 'keep',
  });
}

test('a disk that refuses any one call of a repair: a coded error, a tree that replays, and the next run mends it', async () => {
  const { project, pristine } = await failingProject();
  const options = { tree: project.path('out'), report: project.path('report.json'), mode: 'repair' } as const;
  const counting = faultyDisk(0, 'ENOSPC');
  expect(await repair(workspaceOn(counting.fs, project), options, judge)).toMatchObject({ repaired: true });
  expect(counting.calls()).toBeGreaterThan(30);
  for (let nth = 1; nth <= counting.calls(); nth++) {
    restore(project, pristine);
    const disk = faultyDisk(nth, 'ENOSPC');
    const context = () => `call ${nth} (${disk.refused() ?? 'none'})`;
    const error: unknown = await repair(workspaceOn(disk.fs, project), options, judge).catch(
      (cause: unknown) => cause,
    );
    expect(error, context()).toBeInstanceOf(PatternsError);
    expect(error, context()).toMatchObject({ code: 'IO_FAILED' });
    if (!project.has('out/.generation_manifest.pending.json'))
      expect(replayed(project).identical, context()).toBe(true);
    // Where the lock was written, a build brings the tree to it; else the repair begins anew.
    const lock = project.read('golden/app.lock');
    if (!lock.includes('1.0.1')) await repair(workspaceOn(nodeFileSystem, project), options, judge);
    await buildOn(nodeFileSystem, project, 'locked');
    expect(project.read('out/src/store.py'), context()).toBe(MENDED);
    expect(replayed(project).identical, context()).toBe(true);
  }
}, 120_000);

test('a disk that refuses any one call of feedback: a coded error, and the next run counts each outcome once', async () => {
  const { project, pristine } = await failingProject();
  const options = {
    reports: [project.path('report.json')],
    tree: project.path('out'),
    tool: undefined,
    environment: 'test',
  };
  const counting = faultyDisk(0, 'EIO');
  await feedback(workspaceOn(counting.fs, project), options);
  expect(counting.calls()).toBeGreaterThan(0);
  for (let nth = 1; nth <= counting.calls(); nth++) {
    restore(project, pristine);
    const disk = faultyDisk(nth, 'EIO');
    await expect(feedback(workspaceOn(disk.fs, project), options), disk.refused()).rejects.toMatchObject({
      code: 'IO_FAILED',
    });
    const again = await feedback(workspaceOn(nodeFileSystem, project), options);
    expect(again.recorded + again.known).toBe(1);
    const versions = await list(workspaceOn(nodeFileSystem, project));
    // One failure of three runs, two of them declared at 0.5.
    expect(versions.find((one) => one.pattern_id === 'store')?.success_rate).toBe(0.333333);
  }
});
