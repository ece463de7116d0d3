/** What a path is, without following a symlink. Sizes in bytes; `mode` holds the permission bits. */
export interface FileStat {
  readonly kind: 'file' | 'folder' | 'symlink' | 'other';
  readonly size: number;
  readonly mode: number;
}

export interface WriteOptions {
  /** Permission bits, set exactly, whatever the umask. */
  readonly mode: number;
  /** Wait until the bytes are on the disk (fsync). */
  readonly durable: boolean;
}

/** A file open for reading, of a fixed size. */
export interface FileReader {
  /** Bytes, when it was opened. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Fills the target from `position` on, and says how many bytes there were: fewer only at the end of the file. */
  readInto(target: Uint8Array, position: number): number;
  close(): void;
}

/** A new file that is written from its start to its end. */
export interface FileWriter {
  /** Makes what was written last. */
  sync(): void;
  write(bytes: Uint8Array): void;
  close(): void;
}

/**
 * The disk, as the rest of the package sees it. Calls are synchronous but for one: a compiler has nothing to do
 * meanwhile, and the order of effects is then the order of the code.
 *
 * Every method throws PatternsError: FILE_NOT_FOUND where the path is missing, IO_FAILED for what the system refuses.
 * Paths in messages are given as they came in.
 */
export interface FileSystem {
  /**
   * @param limit in bytes; a larger file is refused by its size, before it is read
   * @throws PatternsError LIMIT_EXCEEDED as well
   */
  readFile(path: string, limit?: number): Uint8Array;
  /** Opens a regular file; never follows a symlink at its end. */
  openFile(path: string): FileReader;
  /** Names in byte order. */
  readFolder(path: string): readonly string[];
  /** Undefined where nothing is. */
  stat(path: string): FileStat | undefined;
  /** The path with every symlink followed. */
  realPath(path: string): string;
  /** Creates the folder and its parents; an existing one is fine. */
  makeFolder(path: string): void;
  /** Creates a file that does not exist yet; never follows a symlink. False where something is there already. */
  createFile(path: string, bytes: Uint8Array, options: WriteOptions): boolean;
  /** Creates a file that does not exist yet, to be written in pieces; undefined where something is there already. */
  createWriter(path: string, mode: number): FileWriter | undefined;
  /** Appends in one write, so that lines of several processes do not mix. */
  append(path: string, bytes: Uint8Array): void;
  rename(from: string, to: string): void;
  /** Gives the file a second name; false where that name is taken. */
  link(from: string, to: string): boolean;
  /** A missing file is fine. */
  removeFile(path: string): void;
  /** False where the folder is not empty or not there. */
  removeEmptyFolder(path: string): boolean;
  setMode(path: string, mode: number): void;
  /** Makes names in the folder last (fsync of the folder). */
  syncFolder(path: string): void;
  /** Makes the bytes of files, or the names in folders, last: many at once, since a disk is slow to answer, not to write. */
  syncAll(paths: readonly string[]): Promise<void>;
}
