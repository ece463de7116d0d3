import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';
import type { FileReader, FileStat, FileSystem, FileWriter, WriteOptions } from './file-system.ts';

/** The real disk. */
export const nodeFileSystem: FileSystem = {
  readFile: (path, limit = MAX_FILE_BYTES) => attempt('read', path, () => readFile(path, limit)),
  openFile: (path) => attempt('open', path, () => openFile(path)),
  readFolder: (path) => attempt('list', path, () => fs.readdirSync(path).sort(compareBytes)),
  stat: (path) => attempt('stat', path, () => statOf(path)),
  realPath: (path) => attempt('resolve', path, () => fs.realpathSync(path)),
  makeFolder: (path) => {
    attempt('create folder', path, () => fs.mkdirSync(path, { recursive: true }));
  },
  createFile: (path, bytes, options) => attempt('write', path, () => createFile(path, bytes, options)),
  createWriter: (path, mode) => attempt('create', path, () => createWriter(path, mode)),
  append: (path, bytes) => {
    attempt('append to', path, () => append(path, bytes));
  },
  rename: (from, to) => {
    attempt('rename', to, () => {
      fs.renameSync(from, to);
    });
  },
  link: (from, to) => attempt('link', to, () => unlessExists(() => fs.linkSync(from, to))),
  removeFile: (path) => {
    attempt('remove', path, () => {
      removeFile(path);
    });
  },
  removeEmptyFolder: (path) => attempt('remove folder', path, () => removeEmptyFolder(path)),
  setMode: (path, mode) => {
    attempt('chmod', path, () => {
      fs.chmodSync(path, mode);
    });
  },
  syncFolder: (path) => {
    attempt('sync', path, () => {
      withDescriptor(path, fs.constants.O_RDONLY, 0, (fd) => {
        fs.fsyncSync(fd);
      });
    });
  },
  syncAll,
};

/** Nothing that is read whole is anywhere near as large. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;

function readFile(path: string, limit: number): Uint8Array {
  // Not held up by a pipe that nobody writes to.
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const { size } = fs.fstatSync(fd);
    if (size <= limit) return fs.readFileSync(fd);
    throw new PatternsError('LIMIT_EXCEEDED', `${path} has ${size} bytes; ${limit} are allowed`, {
      hint: 'Name the file that was meant; no file of this kind is that large.',
      details: { size, limit },
    });
  } finally {
    fs.closeSync(fd);
  }
}

function statOf(path: string): FileStat | undefined {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  return { kind: kindOf(stat), size: stat.size, mode: stat.mode & 0o7777 };
}

function kindOf(stat: fs.Stats): FileStat['kind'] {
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isDirectory()) return 'folder';
  return stat.isFile() ? 'file' : 'other';
}

function createFile(path: string, bytes: Uint8Array, options: WriteOptions): boolean {
  const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
  return unlessExists(() => {
    withDescriptor(path, O_WRONLY | O_CREAT | O_EXCL, options.mode, (fd) => {
      writeAll(fd, bytes);
      // The umask takes bits from the mode given to open.
      fs.fchmodSync(fd, options.mode);
      if (options.durable) fs.fsyncSync(fd);
    });
  });
}

function openFile(path: string): FileReader {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const fd = unlessSymlink(path, () => fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile())
      throw new PatternsError('FILE_UNREADABLE', `${path} is a ${kindOf(stat)}, not a file`);
    return {
      size: stat.size,
      mode: stat.mode & 0o7777,
      readInto: (target, position) => attempt('read', path, () => readInto(fd, target, position)),
      close: () => {
        attempt('read', path, () => {
          fs.closeSync(fd);
        });
      },
    };
  } catch (cause) {
    fs.closeSync(fd);
    throw cause;
  }
}

function unlessSymlink(path: string, open: () => number): number {
  try {
    return open();
  } catch (cause) {
    if (systemCode(cause) !== 'ELOOP') throw cause;
    throw new PatternsError('FILE_UNREADABLE', `${path} is a symlink, not a file`, { cause });
  }
}

function readInto(fd: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.byteLength) {
    const read = fs.readSync(fd, target, done, target.byteLength - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}

function createWriter(path: string, mode: number): FileWriter | undefined {
  const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
  let fd = -1;
  const created = unlessExists(() => {
    fd = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL, mode);
    fs.fchmodSync(fd, mode);
  });
  if (!created) return undefined;
  return {
    write: (bytes) => {
      attempt('write', path, () => {
        writeAll(fd, bytes);
      });
    },
    sync: () => {
      attempt('sync', path, () => {
        fs.fsyncSync(fd);
      });
    },
    close: () => {
      attempt('write', path, () => {
        fs.closeSync(fd);
      });
    },
  };
}

function append(path: string, bytes: Uint8Array): void {
  const { O_WRONLY, O_CREAT, O_APPEND } = fs.constants;
  withDescriptor(path, O_WRONLY | O_CREAT | O_APPEND, 0o644, (fd) => {
    const written = fs.writeSync(fd, bytes);
    if (written !== bytes.byteLength) {
      throw Object.assign(new Error(`wrote ${written} of ${bytes.byteLength} bytes`), { code: 'ENOSPC' });
    }
    fs.fsyncSync(fd);
  });
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) at += fs.writeSync(fd, bytes, at);
}

function withDescriptor(path: string, flags: number, mode: number, use: (fd: number) => void): void {
  const fd = fs.openSync(path, flags, mode);
  try {
    use(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** As many files as are open at once; few against the 256 that some systems allow. */
const SYNCED_AT_ONCE = 64;

async function syncAll(paths: readonly string[]): Promise<void> {
  for (let start = 0; start < paths.length; start += SYNCED_AT_ONCE) {
    const part = await Promise.allSettled(paths.slice(start, start + SYNCED_AT_ONCE).map(sync));
    for (const one of part) if (one.status === 'rejected') throw one.reason;
  }
}

async function sync(path: string): Promise<void> {
  const fd = attempt('sync', path, () => fs.openSync(path, fs.constants.O_RDONLY));
  try {
    await new Promise<void>((resolve, reject) => {
      fs.fsync(fd, (cause) => {
        if (cause === null) resolve();
        else reject(describe('sync', path, cause));
      });
    });
  } finally {
    attempt('sync', path, () => {
      fs.closeSync(fd);
    });
  }
}

function removeFile(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (cause) {
    if (systemCode(cause) !== 'ENOENT') throw cause;
  }
}

function removeEmptyFolder(path: string): boolean {
  try {
    fs.rmdirSync(path);
    return true;
  } catch (cause) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(systemCode(cause) ?? '')) return false;
    throw cause;
  }
}

function unlessExists(create: () => void): boolean {
  try {
    create();
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') return false;
    throw cause;
  }
}

function attempt<T>(verb: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof PatternsError) throw cause;
    throw describe(verb, path, cause);
  }
}

function describe(verb: string, path: string, cause: unknown): PatternsError {
  const code = systemCode(cause);
  if (code === undefined) throw cause;
  if (code === 'ENOENT')
    return new PatternsError('FILE_NOT_FOUND', `${path}: no such file or folder`, { cause });
  const hint = HINTS[code];
  return new PatternsError('IO_FAILED', `cannot ${verb} ${path}: ${code}`, {
    cause,
    hint,
    details: { errno: code },
  });
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Check the permissions of the file and of the folders above it.',
  EPERM: 'Check the permissions of the file and of the folders above it.',
  ENOSPC: 'Free some disk space and run the command again; nothing written before is lost.',
  EDQUOT: 'Free some of the disk quota and run the command again; nothing written before is lost.',
  EROFS: 'The file system is read-only; choose another folder.',
  ENOTDIR: 'A file stands where a folder is expected.',
  EISDIR: 'A folder stands where a file is expected.',
  EMFILE: 'Too many files are open; raise the limit (ulimit -n).',
};

/** The errno name of a Node system error. */
export function systemCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' && /^E[A-Z0-9]+$/.test(cause.code) ? cause.code : undefined;
}

/** Makes an empty folder for the time of one command, in the system's folder for such. */
export function makeScratchFolder(): string {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'patterns-'));
  // Servers that run as another user must be able to pass.
  fs.chmodSync(folder, 0o711);
  return folder;
}

/** Removes a scratch folder and all that is in it. */
export function removeScratchFolder(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
