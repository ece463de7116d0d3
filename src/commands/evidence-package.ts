import { Sha256 } from '../canon/sha256.ts';
import { type ArchiveIndex, indexArchive } from '../evidence/archive-index.ts';
import type { BagFile } from '../evidence/bag.ts';
import { hostOn } from '../host/host.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { ArchiveFileSystem } from './archive-file-system.ts';
import { ArchiveSource } from './archive-source.ts';
import { createWorkspace } from './create-workspace.ts';
import { displayPath } from './project.ts';
import type { Workspace } from './workspace.ts';

/** A package of unknown origin, open for reading. Nothing of it is unpacked. */
export interface EvidencePackage {
  /** How messages call the archive. */
  readonly label: string;
  /** Digest of the whole archive. */
  readonly digest: Digest;
  readonly index: ArchiveIndex;
  /** The files below the package's folder, by path. */
  readonly files: ReadonlyMap<string, BagFile>;
  /** A project whose disk is the package; it has no bank, no network, and nothing can be written. */
  readonly workspace: Workspace;
  /** A file of the package. */
  readonly read: (path: string) => Uint8Array | undefined;
  /** Absolute path of a file of the package on the workspace's disk. */
  readonly path: (path: string) => string;
}

const CHUNK = 1 << 20;

/**
 * Opens a package, and hands it to a reader.
 * @param path absolute path of the archive
 * @throws PatternsError FILE_NOT_FOUND, FILE_UNREADABLE
 */
export function withPackage<T>(workspace: Workspace, path: string, use: (opened: EvidencePackage) => T): T {
  const label = displayPath(workspace.root, path);
  const { fs } = workspace.host;
  if (fs.stat(path) === undefined) {
    throw new PatternsError('FILE_NOT_FOUND', `the package ${label} does not exist`, {
      hint: 'Check the path.',
    });
  }
  const reader = fs.openFile(path);
  try {
    return use(openPackage(workspace, new ArchiveSource(reader), label));
  } finally {
    reader.close();
  }
}

function openPackage(workspace: Workspace, source: ArchiveSource, label: string): EvidencePackage {
  const digest: Digest = `sha256:${digestOf(source, 0, source.size)}`;
  const index = indexArchive(source);
  const root = commonFolder(index.entries.keys());
  const files = new Map<string, BagFile>();
  for (const { name, at, size } of index.entries.values()) {
    const path = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : `../${name}`;
    files.set(path, { path, size, sha256: digestOf(source, at, size) });
  }
  const fs = new ArchiveFileSystem(source, index.entries);
  const inner = createWorkspace({
    host: hostOn(fs, workspace.host.now),
    root: `/${root}`,
    golden: `/${root}/data/golden`,
    templates: `/${root}/no-templates`,
    bank: undefined,
    bankUse: 'flag-off',
    embedder: 'none',
    model: undefined,
    notify: workspace.notify,
  });
  return {
    label,
    digest,
    index,
    files,
    workspace: inner,
    read: (path) => (files.has(path) ? fs.readFile(`/${root}/${path}`) : undefined),
    path: (path) => `/${root}/${path}`,
  };
}

function digestOf(source: ArchiveSource, from: number, size: number): string {
  const hash = new Sha256();
  for (let at = from; at < from + size; ) {
    const bytes = source.read(at, Math.min(CHUNK, from + size - at));
    if (bytes.length === 0) break;
    hash.update(bytes);
    at += bytes.length;
  }
  return hash.hex();
}

/** The folder that most entries lie in. */
function commonFolder(names: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const folder = name.slice(0, Math.max(0, name.indexOf('/')));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), ['', 0])[0];
}
