import { crc32 } from 'node:zlib';
import * as v from 'valibot';
import { type Intent, INTENTS, type Status, STATUSES } from '../model/pattern.ts';
import type { Postings } from './lexical-index.ts';
import type { IndexedVectors, IndexedVersion, SearchIndex } from './search-index.ts';

// A stored index: one line of JSON with the key and where the sections lie, then the sections, each at a multiple of eight, then
// the CRC-32 of all before it. Numbers are little-endian. It is derived: a file that is not of this form, of another key, or damaged
// is made again, and never mended. A change of the form raises FORMAT.

const FORMAT = 1;
const ALIGNMENT = 8;
const CHECKSUM_BYTES = 4;
const NEWLINE = 0x0a;
/** Typed arrays have the byte order of the machine; on one that has the big end first no index is stored. */
const LITTLE_END_FIRST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** What an index was made of: another key means another index. */
export type IndexKey = Readonly<Record<string, string | null>>;

/** A stored index, and what its maker knew to be announced but not published yet, as `id@version`. */
export interface StoredIndex {
  readonly index: SearchIndex;
  readonly pending: readonly string[];
}

const CountShape = v.pipe(v.number(), v.integer(), v.minValue(0));
const HeadShape = v.object({
  format: v.literal(FORMAT),
  key: v.record(v.string(), v.nullable(v.string())),
  dimension: CountShape,
  sections: v.record(v.string(), v.tuple([CountShape, CountShape])),
});
/** Checked by hand: a library takes longer over ten thousand rows than the rest of a search. */
const MetaShape = v.object({
  pending: v.array(v.string()),
  terms: v.custom<readonly string[]>(isStrings),
  versions: v.custom<readonly VersionRow[]>((value) => Array.isArray(value) && value.every(isRow)),
});

type VersionRow = readonly [
  pattern_id: string,
  version: string,
  purpose: string,
  intent: Intent,
  domain: string,
  facets: Readonly<Record<string, string>>,
  success_rate: number,
  derived_from: readonly string[],
  published: Status,
];

const INTENT_SET: ReadonlySet<unknown> = new Set(INTENTS);
const STATUS_SET: ReadonlySet<unknown> = new Set(STATUSES);

function isRow(value: unknown): value is VersionRow {
  if (!Array.isArray(value) || value.length !== 9) return false;
  const row: readonly unknown[] = value;
  return (
    [row[0], row[1], row[2], row[4]].every((text) => typeof text === 'string') &&
    INTENT_SET.has(row[3]) &&
    typeof row[5] === 'object' &&
    row[5] !== null &&
    isStrings(Object.values(row[5])) &&
    Number.isFinite(row[6]) &&
    isStrings(row[7]) &&
    STATUS_SET.has(row[8])
  );
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** The bytes of an index; undefined on a machine that has the big end first. */
export function encodeIndex({ index, pending }: StoredIndex, key: IndexKey): Uint8Array | undefined {
  if (!LITTLE_END_FIRST) return undefined;
  const { versions, postings, vectors } = index;
  const meta = { pending, terms: postings.terms, versions: versions.map(rowOf) };
  const sections: [string, Uint8Array][] = [
    ['meta', Buffer.from(JSON.stringify(meta), 'utf8')],
    ['lengths', bytesOf(postings.lengths)],
    ['starts', bytesOf(postings.starts)],
    ['documents', bytesOf(postings.documents)],
    ['places', bytesOf(postings.places)],
    ...(vectors === undefined ? [] : vectorSections(vectors, versions.length)),
  ];
  const places: Record<string, [number, number]> = {};
  let at = 0;
  for (const [name, bytes] of sections) {
    places[name] = [at, bytes.byteLength];
    at = aligned(at + bytes.byteLength);
  }
  const head = { format: FORMAT, key, dimension: vectors?.blended.dimension ?? 0, sections: places };
  const line = Buffer.from(`${JSON.stringify(head)}\n`, 'utf8');
  const start = aligned(line.byteLength);
  const bytes = Buffer.alloc(start + at + CHECKSUM_BYTES);
  bytes.set(line);
  for (const [name, section] of sections) bytes.set(section, start + (places[name]?.[0] ?? 0));
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -CHECKSUM_BYTES)), bytes.byteLength - CHECKSUM_BYTES);
  return bytes;
}

/** The index of bytes; undefined where they are damaged, of another form, or not of the key. */
export function decodeIndex(given: Uint8Array, key: IndexKey): StoredIndex | undefined {
  // Typed arrays must lie at multiples of their size.
  const bytes = Buffer.from(
    given.byteOffset % ALIGNMENT === 0 ? given.buffer : Uint8Array.from(given).buffer,
  );
  const offset = given.byteOffset % ALIGNMENT === 0 ? given.byteOffset : 0;
  return decodeAligned(bytes.subarray(offset, offset + given.byteLength), key);
}

function decodeAligned(bytes: Buffer, key: IndexKey): StoredIndex | undefined {
  const end = bytes.indexOf(NEWLINE);
  if (!LITTLE_END_FIRST || end < 0) return undefined;
  const head = parsed(HeadShape, bytes.subarray(0, end));
  if (head === undefined || !sameKey(head.key, key)) return undefined;
  const body = bytes.byteLength - CHECKSUM_BYTES;
  if (crc32(bytes.subarray(0, body)) !== bytes.readUInt32LE(body)) return undefined;
  const start = aligned(end + 1);
  const section = (name: string): Buffer => {
    const [at, length] = head.sections[name] ?? [0, 0];
    return bytes.subarray(start + at, start + at + length);
  };
  const meta = parsed(MetaShape, section('meta'));
  if (meta === undefined) return undefined;
  const postings: Postings = {
    lengths: integersOf(section('lengths')),
    terms: meta.terms,
    starts: integersOf(section('starts')),
    documents: integersOf(section('documents')),
    places: integersOf(section('places')),
  };
  const versions = meta.versions.map(versionOf);
  const vectors =
    head.dimension === 0 ? undefined : vectorsOf(section('blended'), section('pairs'), head.dimension);
  return { index: { versions, postings, vectors }, pending: meta.pending };
}

function rowOf({ pattern_id, version, record, published }: IndexedVersion): VersionRow {
  const { signature, facets, quality, derived_from } = record;
  const { purpose, intent, domain } = signature;
  const rate = quality.success_rate;
  return [pattern_id, version, purpose, intent, domain, facets, rate, derived_from, published];
}

function versionOf(row: VersionRow): IndexedVersion {
  const [pattern_id, version, purpose, intent, domain, facets, success_rate, derived_from, published] = row;
  const record = { signature: { purpose, intent, domain }, facets, quality: { success_rate }, derived_from };
  return { pattern_id, version, record, published };
}

function vectorSections(vectors: IndexedVectors, count: number): [string, Uint8Array][] {
  const { dimension, rows } = vectors.blended;
  const pairs = new Float32Array(count * dimension * 2);
  for (let row = 0; row < count; row++) {
    const { signature, body } = vectors.pair(row);
    pairs.set(signature, row * dimension * 2);
    pairs.set(body, row * dimension * 2 + dimension);
  }
  return [
    ['blended', bytesOf(rows)],
    ['pairs', bytesOf(pairs)],
  ];
}

function vectorsOf(blended: Buffer, pairs: Buffer, dimension: number): IndexedVectors {
  const all = floatsOf(pairs);
  return {
    blended: { dimension, rows: floatsOf(blended) },
    pair: (row) => {
      const start = row * dimension * 2;
      return {
        signature: all.subarray(start, start + dimension),
        body: all.subarray(start + dimension, start + dimension * 2),
      };
    },
  };
}

function parsed<T extends v.GenericSchema>(shape: T, bytes: Uint8Array): v.InferOutput<T> | undefined {
  try {
    const found = v.safeParse(shape, JSON.parse(Buffer.from(bytes).toString('utf8')));
    return found.success ? found.output : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function sameKey(a: IndexKey, b: IndexKey): boolean {
  const names = Object.keys(b);
  return Object.keys(a).length === names.length && names.every((name) => a[name] === b[name]);
}

function aligned(at: number): number {
  return Math.ceil(at / ALIGNMENT) * ALIGNMENT;
}

function bytesOf(numbers: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function integersOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 4));
}

function floatsOf(bytes: Buffer): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 4));
}
