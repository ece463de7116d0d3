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

/**
 * The disk, as the rest of the package sees it. Calls are synchronous: a compiler has nothing to do meanwhile, and
 * the order of effects is then the order of the code.
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
}
