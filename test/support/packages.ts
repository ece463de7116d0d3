import { openSync, readSync, closeSync, fstatSync } from 'node:fs';
import { expect } from 'vitest';
import { verifyEvidence } from '../../src/commands/evidence-verify.ts';
import { workspaceOf } from './workspace.ts';
import { hostOn } from '../../src/host/host.ts';
import { nodeFileSystem } from '../../src/host/node-file-system.ts';
import { type ProjectOptions, shopProject, SHOP_SPEC, type TestProject } from './project.ts';
import { repository } from './repository.ts';

export const EPOCH = { SOURCE_DATE_EPOCH: '1700000000' };
const HEADER = 512;

/** The core of the shop, built, and packed as shop.tar with a signature. */
export function packedShop(options?: ProjectOptions): TestProject {
  const project = shopProject(options);
  project.json(['build', SHOP_SPEC, '-o', 'out'], { env: EPOCH });
  project.json(['evidence', 'keygen', 'signer']);
  project.json(['evidence', 'pack', 'out', '-o', 'shop.tar', '--key', 'signer.key']);
  return project;
}

/** Verifies in this process, since many hundred processes would take minutes. */
export function verifyHere(project: TestProject, archive: string, key?: string) {
  const workspace = workspaceOf(
    project,
    hostOn(nodeFileSystem, () => '2026-11-23T00:00:00.000Z'),
    'offline',
  );
  const { version } = JSON.parse(
    new TextDecoder().decode(nodeFileSystem.readFile(repository('package.json'))),
  ) as { version: string };
  return verifyEvidence(workspace, {
    archive: project.path(archive),
    key: key === undefined ? undefined : project.path(key),
    bundle: undefined,
    version,
  });
}

export interface ArchivedFile {
  readonly name: string;
  /** Offset of the content. */
  readonly at: number;
  readonly size: number;
}

/** Where the files of a ustar archive lie, read without the code under test. */
export function archivedFiles(path: string): readonly ArchivedFile[] {
  const fd = openSync(path, 'r');
  try {
    const size = fstatSync(fd).size;
    const files: ArchivedFile[] = [];
    for (let at = 0; at < size; ) {
      const block = Buffer.alloc(HEADER);
      readSync(fd, block, 0, HEADER, at);
      if (block.every((byte) => byte === 0)) break;
      const field = (from: number, length: number) =>
        block.toString('latin1', from, from + length).replace(/\0.*$/s, '');
      expect(field(156, 1)).toBe('0');
      const bytes = Number.parseInt(field(124, 12), 8);
      const name = [field(345, 155), field(0, 100)].filter((part) => part !== '').join('/');
      files.push({ name, at: at + HEADER, size: bytes });
      at += HEADER + Math.ceil(bytes / HEADER) * HEADER;
    }
    return files;
  } finally {
    closeSync(fd);
  }
}
