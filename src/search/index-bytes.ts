import { crc32 } from 'node:zlib';
import * as v from 'valibot';
import type { Postings } from './lexical-index.ts';
import type { IndexedVectors, SearchIndex } from './search-index.ts';
import { encodeRows, rowsOf } from './version-rows.ts';

// A stored index: one line with the form, the CRC-32 of the rest of the line, and JSON with the key and where the sections lie; then
// the sections, each at a multiple of eight and with a CRC-32 of its own. The last, `pairs`, is read by the row: each row ends
// in a CRC-32 that starts from that of the line, so a row of another index is a damaged one. Numbers are little-endian. It is
// derived: a file that is not of this form, of another key, or damaged is made again, and never mended. A change of the form raises
// FORMAT.

const FORMAT = 'patterns-index-2';
const ALIGNMENT = 8;
const CHECKSUM_BYTES = 4;
const NEWLINE = 0x0a;
/** A longer line is not ours. */
const MAX_LINE_BYTES = 65_536;
/** Typed arrays have the byte order of the machine; on one that has the big end first no index is stored. */
const LITTLE_END_FIRST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** What an index was made of: another key means another index. */
export type IndexKey = Readonly<Record<string, string | null>>;

/** A stored index, and what its maker knew to be announced but not published yet, as `id@version`. */
export interface StoredIndex {
  readonly index: SearchIndex;
  readonly pending: readonly string[];
}

/** A stored index, open for reading. */
export interface IndexReader {
  /** Bytes, when it was opened. */
  readonly size: number;
  /** Fills the target from `position` on, and says how many bytes there were. */
  readonly readInto: (target: Uint8Array, position: number) => number;
  readonly close: () => void;
}

const CountShape = v.pipe(v.number(), v.integer(), v.minValue(0));
const HeadShape = v.object({
  key: v.record(v.string(), v.nullable(v.string())),
  count: CountShape,
  dimension: CountShape,
  /** Where each starts, how long it is, its checksum. */
  sections: v.record(v.string(), v.tuple([CountShape, CountShape, CountShape])),
});
type Head = v.InferOutput<typeof HeadShape>;
const MetaShape = v.object({ pending: v.array(v.string()), domains: v.array(v.string()) });

/** The bytes of an index; undefined on a machine that has the big end first. */
export function encodeIndex({ index, pending }: StoredIndex, key: IndexKey): Uint8Array | undefined {
  if (!LITTLE_END_FIRST) return undefined;
  const { versions, postings, vectors } = index;
  const { count, columns, domains } = versions;
  const { bytes: rows, starts: rowStarts } = encodeRows(versions);
  const dimension = vectors?.blended.dimension ?? 0;
  const sections: [string, Uint8Array][] = [
    ['meta', textBytes(JSON.stringify({ pending, domains }))],
    ['patterns', bytesOf(columns.patterns)],
    ['domains', bytesOf(columns.domains)],
    ['published', bytesOf(columns.published)],
    ['derived', bytesOf(columns.derived)],
    ['rates', bytesOf(columns.rates)],
    ['row starts', bytesOf(rowStarts)],
    ['rows', rows],
    ['terms', textBytes(postings.terms.join('\n'))],
    ['lengths', bytesOf(postings.lengths)],
    ['starts', bytesOf(postings.starts)],
    ['documents', bytesOf(postings.documents)],
    ['places', bytesOf(postings.places)],
    ['thresholds', bytesOf(vectors?.thresholds ?? new Float64Array(0))],
    ['blended', bytesOf(vectors?.blended.rows ?? new Float32Array(0))],
  ];
  const places: Record<string, [number, number, number]> = {};
  let at = 0;
  for (const [name, bytes] of sections) {
    places[name] = [at, bytes.byteLength, crc32(bytes)];
    at = aligned(at + bytes.byteLength);
  }
  const pairs = vectors === undefined ? 0 : count * pairBytes(dimension);
  places['pairs'] = [at, pairs, 0];
  const json = JSON.stringify({ key, count, dimension, sections: places });
  const checksum = crc32(json);
  const line = textBytes(`${FORMAT} ${checksum} ${json}\n`);
  const start = aligned(line.byteLength);
  const bytes = Buffer.alloc(start + at + pairs);
  bytes.set(line);
  for (const [name, section] of sections) bytes.set(section, start + (places[name]?.[0] ?? 0));
  if (vectors !== undefined) writePairs(bytes.subarray(start + at), vectors, count, checksum);
  return bytes;
}

function writePairs(target: Buffer, { blended, pair }: IndexedVectors, count: number, seed: number): void {
  const { dimension } = blended;
  const size = pairBytes(dimension);
  for (let row = 0; row < count; row++) {
    const own = pair(row);
    const record = target.subarray(row * size, (row + 1) * size);
    if (own === undefined) continue;
    record.set(bytesOf(own.signature));
    record.set(bytesOf(own.body), dimension * 4);
    record.writeUInt32LE(crc32(record.subarray(0, -CHECKSUM_BYTES), seed), size - CHECKSUM_BYTES);
  }
}

/**
 * The index of a file; undefined where it is damaged, of another form, or of a key that is not taken.
 * @param open opens the file, again for the vectors of explanations; undefined where there is none
 */
export function decodeIndex(
  open: () => IndexReader | undefined,
  takes: (key: IndexKey) => boolean,
): StoredIndex | undefined {
  return using(open, (reader) => {
    const line = LITTLE_END_FIRST ? readLine(reader) : undefined;
    return line === undefined || !takes(line.head.key) ? undefined : readBody(reader, line, open);
  });
}

interface Line {
  readonly head: Head;
  readonly checksum: number;
  /** Where the sections begin. */
  readonly start: number;
}

function readLine(reader: IndexReader): Line | undefined {
  const all = Buffer.alloc(MAX_LINE_BYTES);
  const bytes = all.subarray(0, reader.readInto(all, 0));
  const end = bytes.indexOf(NEWLINE);
  const [, form, sum = '', json = ''] =
    /^(\S+) (\d+) (.*)$/s.exec(bytes.toString('utf8', 0, Math.max(end, 0))) ?? [];
  const checksum = Number(sum);
  if (form !== FORMAT || String(checksum) !== sum || crc32(json) !== checksum) return undefined;
  const head = parsed(HeadShape, json);
  return head === undefined ? undefined : { head, checksum, start: aligned(end + 1) };
}

function readBody(
  reader: IndexReader,
  line: Line,
  open: () => IndexReader | undefined,
): StoredIndex | undefined {
  const { head, start } = line;
  const [size = 0, pairs = 0] = head.sections['pairs'] ?? [];
  if (reader.size !== start + size + pairs) return undefined;
  // Not zeroed first: it is filled as a whole, or not used.
  const body = Buffer.allocUnsafeSlow(size);
  if (reader.readInto(body, start) !== size) return undefined;
  const sections = new Map<string, Buffer>();
  for (const [name, [at, length, checksum]] of Object.entries(head.sections)) {
    if (name === 'pairs') continue;
    const bytes = body.subarray(at, at + length);
    if (bytes.byteLength !== length || crc32(bytes) !== checksum) return undefined;
    sections.set(name, bytes);
  }
  const section = (name: string): Buffer => sections.get(name) ?? Buffer.alloc(0);
  const integers = (name: string): Uint32Array => integersOf(section(name));
  const meta = parsed(MetaShape, section('meta').toString('utf8'));
  if (meta === undefined) return undefined;
  const { count, dimension } = head;
  const columns = {
    patterns: integers('patterns'),
    domains: integers('domains'),
    published: integers('published'),
    derived: integers('derived'),
    rates: doublesOf(section('rates')),
  };
  const terms = section('terms').toString('utf8');
  const postings: Postings = {
    lengths: integers('lengths'),
    terms: terms === '' ? [] : terms.split('\n'),
    starts: integers('starts'),
    documents: integers('documents'),
    places: integers('places'),
  };
  const at = rowsOf(section('rows'), integers('row starts'));
  const versions = { count, at, columns, domains: meta.domains };
  const vectors: IndexedVectors | undefined =
    dimension === 0
      ? undefined
      : {
          blended: { dimension, rows: floatsOf(section('blended')) },
          pair: (row) => readPair(open, start + size + row * pairBytes(dimension), dimension, line.checksum),
          thresholds: doublesOf(section('thresholds')),
        };
  return { index: { versions, postings, vectors }, pending: meta.pending };
}

/** The vectors of one version; undefined where they are damaged, or the file is another one by now. */
function readPair(
  open: () => IndexReader | undefined,
  position: number,
  dimension: number,
  seed: number,
): { signature: Float32Array; body: Float32Array } | undefined {
  const record = Buffer.alloc(pairBytes(dimension));
  const end = record.byteLength - CHECKSUM_BYTES;
  const read = using(open, (reader) => reader.readInto(record, position));
  if (read !== record.byteLength || crc32(record.subarray(0, end), seed) !== record.readUInt32LE(end))
    return undefined;
  const all = floatsOf(Buffer.from(Uint8Array.from(record.subarray(0, end)).buffer));
  return { signature: all.subarray(0, dimension), body: all.subarray(dimension) };
}

function using<T>(
  open: () => IndexReader | undefined,
  act: (reader: IndexReader) => T | undefined,
): T | undefined {
  const reader = open();
  try {
    return reader === undefined ? undefined : act(reader);
  } finally {
    reader?.close();
  }
}

function parsed<T extends v.GenericSchema>(shape: T, json: string): v.InferOutput<T> | undefined {
  try {
    const found = v.safeParse(shape, JSON.parse(json));
    return found.success ? found.output : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** Whether two indexes are made of the same. */
export function sameKey(a: IndexKey, b: IndexKey): boolean {
  const names = Object.keys(b);
  return Object.keys(a).length === names.length && names.every((name) => a[name] === b[name]);
}

/** What the pair of one version takes, its checksum included. */
function pairBytes(dimension: number): number {
  return dimension * 2 * 4 + CHECKSUM_BYTES;
}

function aligned(at: number): number {
  return Math.ceil(at / ALIGNMENT) * ALIGNMENT;
}

function textBytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function bytesOf(numbers: Uint32Array | Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function integersOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 4));
}

function floatsOf(bytes: Buffer): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 4));
}

function doublesOf(bytes: Buffer): Float64Array {
  return new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 8));
}
