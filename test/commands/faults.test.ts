import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build } from '../../src/commands/build.ts';
import { workspaceOf } from '../support/workspace.ts';
import { publish } from '../../src/commands/publish.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Workspace } from '../../src/commands/workspace.ts';
import type { FileSystem } from '../../src/host/file-system.ts';
import { hostOn } from '../../src/host/host.ts';
import { nodeFileSystem } from '../../src/host/node-file-system.ts';
import { PatternsError } from '../../src/model/error.ts';
import { faultyDisk } from '../support/faulty-file-system.ts';
import { emptyProject, snapshot, type TestProject } from '../support/project.ts';

const SPEC = 'app.yaml';

function workspaceOn(fs: FileSystem, project: TestProject): Workspace {
  return workspaceOf(
    project,
    hostOn(fs, () => '2026-11-23T00:00:00.000Z'),
  );
}

function buildWith(fs: FileSystem, project: TestProject) {
  return build(workspaceOn(fs, project), {
    spec: project.path(SPEC),
    output: project.path('out'),
    lock: 'complete',
    bank: 'optional',
    write: 'write',
    edits: 'keep',
    diff: 'none',
  });
}

/** A project whose first version is built, and whose spec then changes a file, adds one and drops one. */
async function changedProject(): Promise<{ project: TestProject; before: string; after: string }> {
  const project = emptyProject();
  for (const id of ['a', 'b', 'c']) project.writePattern(id, '1.0.0', `${id} {{ variables.x }}\n`);
  await publish(workspaceOn(nodeFileSystem, project), [project.path('patterns')], 'production');
  const spec = (x: number, files: readonly string[]) =>
    `apiVersion: patterns/v1\nname: app\nvariables: { x: ${x} }\nfiles:\n${files.map((id) => `  - { path: dir/${id}.txt, pattern: ${id}@^1 }\n`).join('')}`;
  const [before, after] = [spec(1, ['a', 'b']), spec(2, ['a', 'c'])];
  project.write(SPEC, before);
  await buildWith(nodeFileSystem, project);
  project.write(SPEC, after);
  return { project, before, after };
}

function requireWhole(
  project: TestProject,
  generations: readonly Readonly<Record<string, string>>[],
  context: string,
): void {
  for (const entry of readdirSync(project.path('golden/blobs'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.patterns-')) continue;
    const digest = createHash('sha256')
      .update(readFileSync(join(entry.parentPath, entry.name)))
      .digest('hex');
    expect(`${entry.parentPath}/${entry.name}`.replaceAll('/', ''), context).toContain(digest);
  }
  for (const [path, bytes] of Object.entries(snapshot(project.path('out')))) {
    if (path.includes('.patterns-') || path.startsWith('.generation_manifest')) continue;
    expect(
      generations.map((one) => one[path]),
      `${context}: ${path}`,
    ).toContain(bytes);
  }
}

describe('a disk that refuses one call of a build', () => {
  test.each(['ENOSPC', 'EIO'] as const)(
    '%s at every call in turn: a coded error, nothing torn, and the next build succeeds',
    async (errno) => {
      const { project } = await changedProject();
      const first = snapshot(project.path('out'));
      const pristine = `${project.root}-pristine`;
      cpSync(project.root, pristine, { recursive: true });
      const counting = faultyDisk(0, errno);
      await buildWith(counting.fs, project);
      const second = snapshot(project.path('out'));
      expect(counting.calls()).toBeGreaterThan(20);
      for (let nth = 1; nth <= counting.calls(); nth++) {
        for (const folder of ['golden', 'out', '.patterns']) {
          project.remove(folder);
          cpSync(join(pristine, folder), project.path(folder), { recursive: true });
        }
        const disk = faultyDisk(nth, errno);
        const context = () => `${errno} at call ${nth} (${disk.refused() ?? 'none'})`;
        const error: unknown = await buildWith(disk.fs, project).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        // That a build cannot be counted is said, and fails no build.
        if (disk.refused()?.includes('/.patterns/outbox') === true) expect(error, context()).toBeUndefined();
        else {
          expect(error, context()).toBeInstanceOf(PatternsError);
          expect(error, context()).toMatchObject({ code: 'IO_FAILED' });
        }
        requireWhole(project, [first, second], context());
        await buildWith(nodeFileSystem, project);
        expect(
          verify(workspaceOn(nodeFileSystem, project), project.path('out'), 'strict'),
          context(),
        ).toMatchObject({ verified: true });
        expect(project.read('out/dir/c.txt'), context()).toBe('c 2\n');
        expect(project.has('out/dir/b.txt'), context()).toBe(false);
      }
    },
  );

  test('a publish that fails leaves no version behind that was not acknowledged whole', async () => {
    const project = emptyProject();
    project.writePattern('a', '1.0.0', 'a\n');
    const counting = faultyDisk(0, 'ENOSPC');
    await publish(workspaceOn(counting.fs, project), [project.path('patterns')], 'production');
    for (let nth = 1; nth <= counting.calls(); nth++) {
      project.remove('.patterns');
      const disk = faultyDisk(nth, 'ENOSPC');
      await expect(
        publish(workspaceOn(disk.fs, project), [project.path('patterns')], 'production'),
        disk.refused(),
      ).rejects.toMatchObject({ code: 'IO_FAILED' });
      const again = await publish(
        workspaceOn(nodeFileSystem, project),
        [project.path('patterns')],
        'production',
      );
      expect([...again.published, ...again.unchanged], `call ${nth}`).toEqual(['a@1.0.0']);
      // A temporary file that could not be removed stays until its process is gone; see the kill test.
      const left = readdirSync(project.path('.patterns'), { recursive: true }).map(String);
      const kept = disk.refused()?.startsWith('removeFile') === true ? 1 : 0;
      expect(left.filter((name) => name.includes('.tmp')).length, `call ${nth}`).toBe(kept);
    }
  });
});
