import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { PatternsError } from '../model/error.ts';
import type { FileSystem } from '../host/file-system.ts';

const MARKERS = ['golden', 'patterns.config.yaml', '.git'];

/**
 * The project root: the nearest ancestor of the spec or manifest with a `golden/` folder, a `patterns.config.yaml` or a
 * `.git`, else the working folder.
 *
 * @param start absolute path of the spec or manifest
 */
export function findProjectRoot(fs: FileSystem, start: string, workingFolder: string): string {
  for (let folder = dirname(start); ; folder = dirname(folder)) {
    if (MARKERS.some((marker) => fs.stat(join(folder, marker)) !== undefined)) return folder;
    if (dirname(folder) === folder) return workingFolder;
  }
}

/** A path as messages and files show it: relative to the root where it lies below it, with slashes. */
export function displayPath(root: string, path: string): string {
  const below = relative(root, path);
  if (below === '') return '.';
  const inside = !below.startsWith('..') && !isAbsolute(below);
  return (inside ? below : path).split(sep).join('/');
}

/** No document that a person wrote is larger. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a file that the user named.
 * @param label how messages call it
 * @throws PatternsError FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export function readNamedFile(fs: FileSystem, path: string, what: string, label: string): Uint8Array {
  const stat = fs.stat(path);
  if (stat === undefined) {
    throw new PatternsError('FILE_NOT_FOUND', `${what} ${label} does not exist`, { hint: 'Check the path.' });
  }
  if (stat.kind === 'folder') {
    throw new PatternsError('FILE_UNREADABLE', `${what} ${label} is a folder`, { hint: 'Name a file.' });
  }
  if (stat.size > MAX_BYTES) {
    throw new PatternsError(
      'LIMIT_EXCEEDED',
      `${what} ${label} has ${stat.size} bytes; ${MAX_BYTES} are read at most`,
      {
        hint: 'Name another file, or split it.',
      },
    );
  }
  return fs.readFile(resolve(path));
}
