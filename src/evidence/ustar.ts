import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';

// The archive: POSIX.1-1988 ustar, uncompressed. Every entry is a regular file of mode 0644 with no owner and no time, so an
// archive is a function of its names and contents. A name that ustar cannot hold stands in a POSIX.1-2001 `path` record
// before its entry. Written here and not by a library because the reader compares every header byte with the only one that
// may stand there; test/evidence holds this encoder against tar-stream, GNU tar and Python's tarfile.

export const BLOCK = 512;

/** Two blocks of zeros end an archive. */
export const END_OF_ARCHIVE = 2 * BLOCK;

/** The largest size that eleven octal digits can state. */
const MAX_SIZE = 0o77777777777;

const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
const FILE = '0';
const EXTENDED = 'x';

/** Bytes of zeros after a content, up to the next block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/**
 * The blocks before the content of a file: a header, and before it what a long name needs.
 * @param name printable ASCII
 */
export function entryHeader(name: string, size: number): Uint8Array {
  const split = splitName(name);
  if (split !== undefined) return headerBlock(split, size, FILE);
  const record = pathRecord(name);
  const blocks = Buffer.alloc(2 * BLOCK + record.length + paddingOf(record.length));
  blocks.set(headerBlock({ prefix: '', name: 'PaxHeader' }, record.length, EXTENDED), 0);
  blocks.write(record, BLOCK, 'latin1');
  blocks.set(headerBlock({ prefix: '', name: 'PaxHeader' }, size, FILE), blocks.length - BLOCK);
  return blocks;
}

/** What a header block says, before anything is believed. */
export interface RawHeader {
  readonly name: string;
  readonly type: string;
  /** Undefined where there are no octal digits. */
  readonly size: number | undefined;
}

/** Reads the fields of a header block that lead to the next one. */
export function readHeader(block: Buffer): RawHeader {
  const text = (from: number, length: number): string => {
    const field = block.toString('latin1', from, from + length);
    const end = field.indexOf('\0');
    return end < 0 ? field : field.slice(0, end);
  };
  const prefix = text(345, PREFIX_BYTES);
  const size = /^([0-7]{11})[ \0]?$/.exec(block.toString('latin1', 124, 136))?.[1];
  return {
    name: prefix === '' ? text(0, NAME_BYTES) : `${prefix}/${text(0, NAME_BYTES)}`,
    type: block.toString('latin1', 156, 157),
    size: size === undefined ? undefined : Number.parseInt(size, 8),
  };
}

/** The name in an extended header, when a `path` record is all that it holds. */
export function readPathRecord(content: Buffer): string | undefined {
  const text = content.toString('latin1');
  const name = /^\d+ path=([\x20-\x7e]+)\n$/.exec(text)?.[1];
  return name !== undefined && pathRecord(name) === text ? name : undefined;
}

/** Names in the order of an archive. */
export function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareBytes(a.name, b.name);
}

interface SplitName {
  readonly prefix: string;
  readonly name: string;
}

/** The first slash that leaves at most 100 bytes behind it, as other writers choose it. */
function splitName(path: string): SplitName | undefined {
  if (path.length <= NAME_BYTES) return { prefix: '', name: path };
  const slash = path.indexOf('/', path.length - NAME_BYTES - 1);
  if (slash < 0 || slash > PREFIX_BYTES) return undefined;
  return { prefix: path.slice(0, slash), name: path.slice(slash + 1) };
}

/** `<length> path=<name>\n`, where the length counts itself (POSIX pax, "Extended Header"). */
function pathRecord(name: string): string {
  const rest = ` path=${name}\n`;
  let length = rest.length + String(rest.length).length;
  if (String(length).length > String(rest.length).length) length += 1;
  return `${length}${rest}`;
}

function headerBlock({ prefix, name }: SplitName, size: number, type: string): Buffer {
  if (size > MAX_SIZE) {
    throw new PatternsError('LIMIT_EXCEEDED', `${name} has ${size} bytes, more than an archive can hold`, {
      hint: 'Leave the file out of the generation.',
    });
  }
  const block = Buffer.from(TEMPLATE);
  const octal = size.toString(8).padStart(11, '0');
  block.write(name, 0, 'latin1');
  block.write(octal, 124, 'latin1');
  block.write(type, 156, 'latin1');
  block.write(prefix, 345, 'latin1');
  const sum = TEMPLATE_SUM + sumOf(name) + sumOf(octal) + sumOf(type) + sumOf(prefix);
  block.write(`${sum.toString(8).padStart(6, '0')} \0`, 148, 'latin1');
  return block;
}

/** All that headers have in common: mode, owner, time, magic. The checksum counts itself as spaces. */
const TEMPLATE = Buffer.alloc(BLOCK);
TEMPLATE.write('000644 \x00000000 \x00000000 \0', 100, 'latin1');
TEMPLATE.write(' 00000000000         ', 135, 'latin1');
TEMPLATE.write('ustar\x0000', 257, 'latin1');
TEMPLATE.write('000000 \x00000000 \0', 329, 'latin1');
const TEMPLATE_SUM = TEMPLATE.reduce((sum, byte) => sum + byte, 0);

function sumOf(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
  return sum;
}
