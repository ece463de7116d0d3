import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { build } from '../../src/commands/build.ts';
import { workspaceOf } from '../support/workspace.ts';
import type { FileSystem } from '../../src/host/file-system.ts';
import { hostOn } from '../../src/host/host.ts';
import { nodeFileSystem } from '../../src/host/node-file-system.ts';
import { emptyProject, type TestProject } from '../support/project.ts';

/** The real disk, on which somebody puts a symlink right before the first write whose path ends so. */
function planting(project: TestProject, before: string, link: string): FileSystem {
  let planted = false;
  const plant = (path: string) => {
    if (planted || !path.endsWith(before)) return;
    planted = true;
    rmSync(project.path(link), { recursive: true, force: true });
    symlinkSync(project.path('elsewhere'), project.path(link));
  };
  return {
    ...nodeFileSystem,
    rename: (from, to) => {
      nodeFileSystem.rename(from, to);
      plant(to);
    },
  };
}

test.each([
  ['the folder of a file', '/out/.generation_manifest.pending.json', 'out/dir'],
  ['the folder above it', '/out/first.txt', 'out/dir'],
  ['the output folder', '/golden/app.lock.planted', 'out'],
  ['the output folder, while it is written', '/out/first.txt', 'out'],
])(
  'a symlink planted between check and write at %s: nothing is written through it',
  async (_, before, link) => {
    const project = emptyProject();
    project.publish('a', '1.0.0', 'text\n');
    project.write(
      'app.yaml',
      'apiVersion: patterns/v1\nname: app\nfiles: [{ path: first.txt, pattern: a }, { path: dir/deep/a.txt, pattern: a }]\n',
    );
    mkdirSync(project.path('elsewhere'));
    // The lock is created by a link, not by a rename, so that case plants at once.
    if (before.endsWith('.planted')) symlinkSync(project.path('elsewhere'), project.path(link));
    const workspace = workspaceOf(
      project,
      hostOn(planting(project, before, link), () => '2026-11-23T00:00:00.000Z'),
    );
    await expect(
      build(workspace, {
        spec: project.path('app.yaml'),
        output: project.path('out'),
        lock: 'complete',
        bank: 'optional',
        write: 'write',
        edits: 'keep',
        diff: 'none',
      }),
    ).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
    expect(readdirSync(project.path('elsewhere'))).toEqual([]);
  },
);
