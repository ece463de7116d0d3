import { compareBytes } from '../model/byte-order.ts';
import { MANIFEST_NAME } from '../model/manifest.ts';
import { pathProblem } from '../render/portable-path.ts';
import { BLOCK, END_OF_ARCHIVE, entryHeader, paddingOf, readHeader, readPathRecord } from './ustar.ts';

/** More files than any package holds; a bound on memory. */
const MAX_ENTRIES = 250_000;

/** An extended header that holds one path is never longer. */
const MAX_RECORD = 2 * BLOCK;

/** A file of an archive: where its bytes are. Nothing is held but this. */
export interface ArchiveEntry {
  readonly name: string;
  /** Offset of the content. */
  readonly at: number;
  readonly size: number;
}

/** A place of an archive that is not as it is written. */
export interface ArchiveFault {
  /** The entry at fault, or the one that the fault stands behind. */
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

export interface ArchiveIndex {
  /** By name, first come; a second entry of one name is a fault. */
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  readonly faults: readonly ArchiveFault[];
  /** The walk came to an end mark; otherwise there may be more behind the last entry. */
  readonly complete: boolean;
}

/** Bytes of a file of known size. `read` gives fewer than asked for only at its end. */
export interface ByteSource {
  readonly size: number;
  read(at: number, length: number): Buffer;
}

/**
 * Walks an archive of unknown origin, and compares each block beside the contents with the one that would be written:
 * so links, devices, sparse files, owners, times, other formats and stray bytes are all faults. Sizes are believed only as
 * far as the file goes; no content is read, nothing is unpacked.
 */
export function indexArchive(source: ByteSource): ArchiveIndex {
  const entries = new Map<string, ArchiveEntry>();
  const faults: ArchiveFault[] = [];
  let last = '';
  for (let at = 0, count = 0; ; count++) {
    const block = source.read(at, BLOCK);
    const behind = last === '' ? 'the start of the archive' : last;
    if (block.length < BLOCK) {
      faults.push({
        name: behind,
        expected: 'another entry, or the end of the archive',
        found: 'the archive is cut off here',
      });
      return { entries, faults, complete: false };
    }
    if (isZero(block)) {
      const fault = endFault(source, at, behind);
      return { entries, faults: fault === undefined ? faults : [...faults, fault], complete: true };
    }
    const { entry, end, problem } = readEntry(source, at, block, last);
    if (problem !== undefined)
      faults.push({ name: printableName(entry.name) ?? `the entry after ${behind}`, ...problem });
    const twice = entries.has(entry.name);
    if (twice) faults.push({ name: entry.name, expected: 'one entry of this name', found: 'a second one' });
    else entries.set(entry.name, entry);
    if (end === undefined || end > source.size) return { entries, faults, complete: false };
    if (count >= MAX_ENTRIES) {
      faults.push({ name: entry.name, expected: `at most ${MAX_ENTRIES} files`, found: 'more' });
      return { entries, faults, complete: false };
    }
    last = entry.name;
    at = end;
  }
}

interface EntryReading {
  readonly entry: ArchiveEntry;
  /** Where the next header begins; undefined where nothing says so. */
  readonly end: number | undefined;
  readonly problem: Omit<ArchiveFault, 'name'> | undefined;
}

function readEntry(source: ByteSource, at: number, block: Buffer, last: string): EntryReading {
  const { name, type, size } = readHeader(block);
  if (size === undefined) {
    const found = 'a header without a size';
    return {
      entry: { name, at, size: 0 },
      end: undefined,
      problem: { expected: 'the header of a regular file', found },
    };
  }
  const framed = (entry: ArchiveEntry, problem?: Omit<ArchiveFault, 'name'>): EntryReading => {
    const end = entry.at + entry.size + paddingOf(entry.size);
    return { entry, end, problem: problem ?? entryProblem(source, entry, end, last) };
  };
  const plain = { name, at: at + BLOCK, size };
  if (type === '0') return framed(plain);
  const refused = (found: string) => framed(plain, { expected: 'a regular file', found });
  if (type !== 'x') return refused(TYPES[type] ?? `an entry of type ${JSON.stringify(type)}`);
  if (size > MAX_RECORD) return refused(`an extended header of ${size} bytes`);
  const long = readPathRecord(source.read(at + BLOCK, size));
  if (long === undefined) return refused('an extended header that holds not just a path');
  const next = at + BLOCK + size + paddingOf(size);
  const inner = readHeader(source.read(next, BLOCK));
  if (inner.type !== '0' || inner.size === undefined)
    return refused('an extended header before no regular file');
  return framed({ name: long, at: next + BLOCK, size: inner.size });
}

const TYPES: Readonly<Record<string, string>> = {
  '\0': 'an entry in the format before POSIX',
  '1': 'a hard link',
  '2': 'a symlink',
  '3': 'a character device',
  '4': 'a block device',
  '5': 'a folder',
  '6': 'a named pipe',
  '7': 'a contiguous file',
  g: 'a global extended header',
  K: 'a long link name of GNU tar',
  L: 'a long name of GNU tar',
  S: 'a sparse file of GNU tar',
};

function entryProblem(
  source: ByteSource,
  { name, at, size }: ArchiveEntry,
  end: number,
  last: string,
): Omit<ArchiveFault, 'name'> | undefined {
  if (end > source.size) {
    const found = `${size} bytes are stated, and the archive ends after ${Math.max(0, source.size - at)}`;
    return { expected: 'a content that is there', found };
  }
  const path = nameProblem(name);
  if (path !== undefined) return { expected: 'a portable relative path', found: path };
  const header = entryHeader(name, size);
  if (!source.read(at - header.length, header.length).equals(header)) {
    return { expected: 'the one header that this name and size have', found: 'another header' };
  }
  if (!isZero(source.read(at + size, paddingOf(size)))) {
    return { expected: 'zeros up to the next block', found: 'other bytes' };
  }
  if (compareBytes(last, name) > 0)
    return { expected: 'names in byte order', found: `it stands behind ${last}` };
  return undefined;
}

/** An output file has a portable path of its own below two folders, so its name may be longer than a path. */
function nameProblem(name: string): string | undefined {
  const [root = '', ...rest] = name.split('/');
  const output = rest[0] === 'data' && rest[1] === 'output' ? rest.slice(2).join('/') : undefined;
  const below = output ?? rest.join('/');
  return pathProblem(root) ?? (output === MANIFEST_NAME ? undefined : pathProblem(below));
}

function endFault(source: ByteSource, at: number, behind: string): ArchiveFault | undefined {
  const rest = source.size - at;
  if (rest === END_OF_ARCHIVE && isZero(source.read(at, END_OF_ARCHIVE))) return undefined;
  const expected = `${END_OF_ARCHIVE} bytes of zeros, and the end`;
  return { name: `the end, after ${behind}`, expected, found: `${rest} bytes that are not that` };
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

/** A damaged name is shown only where it can be. */
function printableName(name: string): string | undefined {
  return /^[\x20-\x7e]+$/.test(name) ? name : undefined;
}
