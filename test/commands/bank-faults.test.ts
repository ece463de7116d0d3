import { describe, expect, test } from 'vitest';
import { bankStatus } from '../../src/commands/bank-status.ts';
import { createWorkspace } from '../../src/commands/create-workspace.ts';
import { exportBank } from '../../src/commands/export-bank.ts';
import { freezeRelease } from '../../src/commands/freeze-release.ts';
import { importBank } from '../../src/commands/import-bank.ts';
import { publish } from '../../src/commands/publish.ts';
import type { Workspace } from '../../src/commands/workspace.ts';
import type { FileSystem } from '../../src/host/file-system.ts';
import { hostOn } from '../../src/host/host.ts';
import { nodeFileSystem } from '../../src/host/node-file-system.ts';
import { testOutcome } from '../bank/patterns.ts';
import { faultyDisk } from '../support/faulty-file-system.ts';
import { emptyProject, snapshot, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';

function workspaceOn(fs: FileSystem, project: TestProject, bank = 'file:bank'): Workspace {
  return createWorkspace({
    host: hostOn(fs, () => '2026-11-23T00:00:00.000Z'),
    root: project.root,
    golden: project.path('golden'),
    templates: repository('templates'),
    bank,
    bankUse: 'online',
    embedder: 'none',
    model: undefined,
    notify: () => undefined,
  });
}

/** A bank with a row of each kind. */
async function filled(): Promise<TestProject> {
  const project = emptyProject();
  for (const id of ['a', 'b', 'ns/c']) project.writePattern(id, '1.0.0', `${id}\n`);
  const workspace = workspaceOn(nodeFileSystem, project);
  await publish(workspace, [project.path('patterns')], 'production');
  await freezeRelease(workspace, 'spring');
  await workspace.bank.use(async (bank) => {
    const ref = { pattern_id: 'a', version: '1.0.0' };
    const at = '2026-11-23T00:00:00.000Z';
    await bank.setStatus({ ...ref, at, from: 'production', to: 'yanked', reason: 'x' });
    await bank.record([testOutcome(1, ref)]);
  });
  return project;
}

async function digestOf(project: TestProject, bank: string): Promise<string> {
  return (await bankStatus(workspaceOn(nodeFileSystem, project, bank))).content_digest;
}

describe('a disk that refuses one call', () => {
  test('leaves no export, or a whole one; the next export is that of an undisturbed disk', async () => {
    const project = await filled();
    await exportBank(workspaceOn(nodeFileSystem, project), project.path('undisturbed'));
    const whole = snapshot(project.path('undisturbed'));
    let refusals = 0;
    for (let nth = 1; ; nth++) {
      const disk = faultyDisk(nth, 'ENOSPC');
      const result = await exportBank(workspaceOn(disk.fs, project), project.path('export')).catch(
        (cause: unknown) => cause,
      );
      if (disk.refused() === undefined) break;
      refusals += 1;
      if (result instanceof Error) expect(result, disk.refused()).toMatchObject({ code: 'IO_FAILED' });
      else expect(project.has('export'), disk.refused()).toBe(true);
      if (project.has('export')) expect(snapshot(project.path('export')), disk.refused()).toEqual(whole);
      project.remove('export');
    }
    expect(refusals).toBeGreaterThan(20);
    expect(snapshot(project.path('export'))).toEqual(whole);
    expect(project.has('export.unfinished')).toBe(false);
  });

  test('leaves an import that the next one completes', async () => {
    const project = await filled();
    await exportBank(workspaceOn(nodeFileSystem, project), project.path('export'));
    const expected = await digestOf(project, 'file:bank');
    let refusals = 0;
    for (let nth = 1; ; nth++) {
      const disk = faultyDisk(nth, 'EIO');
      const target = `file:target-${nth}`;
      const result = await importBank(workspaceOn(disk.fs, project, target), project.path('export')).catch(
        (cause: unknown) => cause,
      );
      if (disk.refused() === undefined) break;
      refusals += 1;
      if (result instanceof Error) expect(result, disk.refused()).toMatchObject({ code: 'IO_FAILED' });
      const again = await importBank(workspaceOn(nodeFileSystem, project, target), project.path('export'));
      expect(again.conflicts, disk.refused()).toEqual([]);
      expect(await digestOf(project, target), disk.refused()).toBe(expected);
    }
    expect(refusals).toBeGreaterThan(15);
  });
});
