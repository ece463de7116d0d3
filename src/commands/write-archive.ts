import { Sha256, sha256Hex } from '../canon/sha256.ts';
import { compareNames, END_OF_ARCHIVE, entryHeader, paddingOf } from '../evidence/ustar.ts';
import type { PendingFile } from '../host/atomic-write.ts';
import type { FileSystem } from '../host/file-system.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';

/** A file to be packed: its content, or the absolute path of the file that has it. */
export interface PackedFile {
  /** Name in the archive. */
  readonly name: string;
  readonly size: number;
  /** 64 hex digits: what the content must be. */
  readonly sha256: string;
  readonly content: Uint8Array | string;
}

/** A file that is not what it has to be. */
export interface PackFault {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

const WINDOW = 1 << 20;

/** No file that is packed or read from a package is larger. */
export const MAX_FILE = 256 * 1024 * 1024;

/**
 * Writes an archive of the files, in the byte order of their names. One window of bytes is held at a time, or the largest
 * file. Goes through all files, so that every fault is told.
 *
 * @param inspect sees every content before it is written
 */
export function writeArchive(
  fs: FileSystem,
  files: readonly PackedFile[],
  target: PendingFile,
  inspect: (bytes: Uint8Array, name: string) => void,
): { readonly digest: Digest; readonly faults: readonly PackFault[] } {
  const out = new Window(target);
  const faults: PackFault[] = [];
  for (const file of files.toSorted(compareNames)) {
    const header = entryHeader(file.name, file.size);
    out.reserve(header.length).set(header);
    if (file.size > MAX_FILE) throw tooLarge(file);
    const body = out.reserve(file.size);
    const fault = fill(fs, file, body);
    if (fault === undefined) inspect(body, file.name);
    else faults.push({ name: file.name, ...fault });
    out.reserve(paddingOf(file.size)).fill(0);
  }
  out.reserve(END_OF_ARCHIVE).fill(0);
  return { digest: out.finish(), faults };
}

/** Fills the target with a file's content, and says what is wrong with it. */
function fill(fs: FileSystem, file: PackedFile, target: Uint8Array): Omit<PackFault, 'name'> | undefined {
  const expected = `sha256:${file.sha256}`;
  if (typeof file.content !== 'string') {
    target.set(file.content);
    return undefined;
  }
  try {
    const reader = fs.openFile(file.content);
    try {
      if (reader.size !== file.size) return { expected: `${file.size} bytes`, found: `${reader.size} bytes` };
      reader.readInto(target, 0);
    } finally {
      reader.close();
    }
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    if (cause.code === 'FILE_NOT_FOUND') return { expected, found: 'no such file' };
    if (cause.code === 'FILE_UNREADABLE') return { expected, found: 'no regular file' };
    throw cause;
  }
  const found = sha256Hex(target);
  return found === file.sha256 ? undefined : { expected, found: `sha256:${found}` };
}

function tooLarge(file: PackedFile): PatternsError {
  return new PatternsError(
    'LIMIT_EXCEEDED',
    `${file.name} has ${file.size} bytes; a package holds files of at most ${MAX_FILE}`,
    { hint: 'Leave the file out of the generation.' },
  );
}

/** Bytes on their way to a file, and their digest. */
class Window {
  readonly #target: PendingFile;
  readonly #hash = new Sha256();
  #bytes = Buffer.allocUnsafe(WINDOW);
  #used = 0;

  constructor(target: PendingFile) {
    this.#target = target;
  }

  /** The next bytes of the file, to be filled before the next call. */
  reserve(length: number): Uint8Array {
    if (this.#used + length > this.#bytes.length) this.#flush();
    if (length > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(length);
    this.#used += length;
    return this.#bytes.subarray(this.#used - length, this.#used);
  }

  finish(): Digest {
    this.#flush();
    return `sha256:${this.#hash.hex()}`;
  }

  #flush(): void {
    const bytes = this.#bytes.subarray(0, this.#used);
    this.#hash.update(bytes);
    this.#target.write(bytes);
    this.#used = 0;
  }
}
