import type { ArchiveEntry, ByteSource } from '../evidence/archive-index.ts';
import type { FileReader, FileStat, FileSystem } from '../host/file-system.ts';
import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';
import { MAX_FILE } from './write-archive.ts';

const FILE_MODE = 0o644;

/**
 * The files of an archive as a disk that cannot be written, below `/`. A package is replayed on it: nothing is unpacked, so
 * no name in it can lead anywhere.
 */
export class ArchiveFileSystem implements FileSystem {
  readonly #source: ByteSource;
  readonly #entries: ReadonlyMap<string, ArchiveEntry>;
  /** Folder → names in it. */
  readonly #folders = new Map<string, Set<string>>();

  constructor(source: ByteSource, entries: ReadonlyMap<string, ArchiveEntry>) {
    this.#source = source;
    this.#entries = entries;
    for (const name of entries.keys()) this.#addFolders(name);
  }

  readFile(path: string): Uint8Array {
    const entry = this.#entries.get(nameOf(path));
    if (entry === undefined) throw missing(path);
    if (entry.size > MAX_FILE) {
      throw new PatternsError(
        'LIMIT_EXCEEDED',
        `${entry.name} has ${entry.size} bytes; ${MAX_FILE} are read at most`,
      );
    }
    return Uint8Array.prototype.slice.call(this.#source.read(entry.at, entry.size));
  }

  readFolder(path: string): readonly string[] {
    const names = this.#folders.get(nameOf(path));
    if (names === undefined) throw missing(path);
    return [...names].sort(compareBytes);
  }

  stat(path: string): FileStat | undefined {
    const name = nameOf(path);
    const entry = this.#entries.get(name);
    if (entry !== undefined) return { kind: 'file', size: entry.size, mode: FILE_MODE };
    return this.#folders.has(name) ? { kind: 'folder', size: 0, mode: 0o755 } : undefined;
  }

  realPath(path: string): string {
    return path;
  }

  openFile(path: string): FileReader {
    const bytes = this.readFile(path);
    return {
      size: bytes.byteLength,
      mode: FILE_MODE,
      readInto: (target, position) => {
        const part = bytes.subarray(position, position + target.byteLength);
        target.set(part);
        return part.byteLength;
      },
      close: () => undefined,
    };
  }

  makeFolder = readOnly;
  createFile = readOnly;
  createWriter = readOnly;
  append = readOnly;
  rename = readOnly;
  link = readOnly;
  removeFile = readOnly;
  removeEmptyFolder = readOnly;
  setMode = readOnly;
  syncFolder = readOnly;
  syncAll = ([path = '/']: readonly string[]): never => readOnly(path);

  #addFolders(name: string): void {
    for (let path = name; path !== ''; ) {
      const slash = path.lastIndexOf('/');
      const folder = slash < 0 ? '' : path.slice(0, slash);
      const names = this.#folders.get(folder) ?? new Set();
      this.#folders.set(folder, names);
      if (names.has(path.slice(slash + 1))) return;
      names.add(path.slice(slash + 1));
      path = folder;
    }
  }
}

/** `/a/b` → `a/b`, also where paths are joined with backslashes behind a drive. */
function nameOf(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(?:[A-Za-z]:)?\/+/, '');
}

function readOnly(path: string): never {
  throw new PatternsError('IO_FAILED', `${path}: an archive cannot be written`);
}

function missing(path: string): PatternsError {
  return new PatternsError('FILE_NOT_FOUND', `${path}: no such file in the archive`);
}
