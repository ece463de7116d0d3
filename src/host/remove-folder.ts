import { join } from 'node:path';
import type { FileSystem } from './file-system.ts';

/** Removes a folder with all that is in it; symlinks are removed, not followed. A missing folder is fine. */
export function removeFolder(fs: FileSystem, folder: string): void {
  if (fs.stat(folder)?.kind !== 'folder') return;
  for (const name of fs.readFolder(folder)) {
    const path = join(folder, name);
    if (fs.stat(path)?.kind === 'folder') removeFolder(fs, path);
    else fs.removeFile(path);
  }
  fs.removeEmptyFolder(folder);
}
