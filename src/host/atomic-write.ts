import { basename, dirname, join } from 'node:path';
import { PatternsError } from '../model/error.ts';
import type { FileSystem, FileWriter, WriteOptions } from './file-system.ts';

const TEMPORARY = /^\.patterns-(\d+)-\d+\.tmp$/;

/** What tells the temporary files of this process from those of others, alive or dead. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Whether a process of that id runs. */
  readonly isAlive: (pid: number) => boolean;
}

/** A file that takes its name only when it is whole. */
export interface PendingFile {
  write(bytes: Uint8Array): void;
  /** Puts the file in place, where it lasts. */
  commit(): void;
  /** Removes what was written. */
  discard(): void;
}

/**
 * Writes files whole or not at all: temporary file beside the target, then rename. A kill at any moment leaves the
 * old bytes or the new ones, and at most a temporary file, which the next process that writes into the folder removes.
 */
export class AtomicWriter {
  readonly #fs: FileSystem;
  readonly #process: ProcessIdentity;
  readonly #swept = new Set<string>();
  #count = 0;

  constructor(fs: FileSystem, process: ProcessIdentity) {
    this.#fs = fs;
    this.#process = process;
  }

  /** Replaces the file. Does not look whether the bytes changed: callers know. */
  replace(path: string, bytes: Uint8Array, options: WriteOptions): void {
    const temporary = this.#writeTemporary(path, bytes, options);
    try {
      this.#fs.rename(temporary, path);
    } catch (cause) {
      this.#fs.removeFile(temporary);
      throw cause;
    }
    if (options.durable) this.#fs.syncFolder(dirname(path));
  }

  /**
   * Replaces many files durably: all of them are on the disk when this returns. The bytes of every file last before the
   * first takes its name; the names are then given in the order of the files.
   */
  async replaceAll(
    files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
    mode: number,
  ): Promise<void> {
    const temporaries: string[] = [];
    let placed = 0;
    try {
      for (const { path, bytes } of files)
        temporaries.push(this.#writeTemporary(path, bytes, { mode, durable: false }));
      await this.#fs.syncAll(temporaries);
      for (const [i, { path }] of files.entries()) {
        this.#fs.rename(temporaries[i] ?? path, path);
        placed = i + 1;
      }
    } catch (cause) {
      for (const temporary of temporaries.slice(placed)) this.#fs.removeFile(temporary);
      throw cause;
    }
    await this.#fs.syncAll([...new Set(files.map(({ path }) => dirname(path)))]);
  }

  /** Creates the file with all its bytes; false where the name is taken, which leaves the old bytes. */
  create(path: string, bytes: Uint8Array, options: WriteOptions): boolean {
    const temporary = this.#writeTemporary(path, bytes, options);
    try {
      return this.#fs.link(temporary, path);
    } finally {
      this.#fs.removeFile(temporary);
      if (options.durable) this.#fs.syncFolder(dirname(path));
    }
  }

  /** Begins a file that is too large to be held in memory. */
  begin(path: string, mode: number): PendingFile {
    const { temporary, writer } = this.#openTemporary(path, mode);
    let open = true;
    const discard = () => {
      if (open) writer.close();
      open = false;
      this.#fs.removeFile(temporary);
    };
    return {
      write: (bytes) => {
        writer.write(bytes);
      },
      commit: () => {
        try {
          writer.sync();
          open = false;
          writer.close();
          this.#fs.rename(temporary, path);
        } catch (cause) {
          discard();
          throw cause;
        }
        this.#fs.syncFolder(dirname(path));
      },
      discard,
    };
  }

  /** Removes what dead processes left in a folder; for folders that may have nothing written into them now. */
  sweep(folder: string): void {
    this.#swept.add(folder);
    if (this.#fs.stat(folder)?.kind !== 'folder') return;
    for (const name of this.#fs.readFolder(folder)) {
      const pid = TEMPORARY.exec(name)?.[1];
      if (pid !== undefined && !this.#process.isAlive(Number(pid))) this.#fs.removeFile(join(folder, name));
    }
  }

  #writeTemporary(path: string, bytes: Uint8Array, options: WriteOptions): string {
    for (const temporary of this.#temporaryNames(path)) {
      try {
        if (this.#fs.createFile(temporary, bytes, options)) return temporary;
      } catch (cause) {
        this.#fs.removeFile(temporary);
        throw cause;
      }
    }
    throw noFreeName(path);
  }

  #openTemporary(path: string, mode: number): { temporary: string; writer: FileWriter } {
    for (const temporary of this.#temporaryNames(path)) {
      const writer = this.#fs.createWriter(temporary, mode);
      if (writer !== undefined) return { temporary, writer };
    }
    throw noFreeName(path);
  }

  /** Several, since a number of this process can be left over from one of the same pid that was killed. */
  *#temporaryNames(path: string): Generator<string> {
    const folder = dirname(path);
    if (!this.#swept.has(folder)) this.sweep(folder);
    for (let tries = 0; tries < 1000; tries++)
      yield join(folder, `.patterns-${this.#process.pid}-${this.#count++}.tmp`);
  }
}

function noFreeName(path: string): PatternsError {
  return new PatternsError('IO_FAILED', `no free temporary name beside ${basename(path)}`);
}

/** Whether a name is that of a temporary file of ours. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}
