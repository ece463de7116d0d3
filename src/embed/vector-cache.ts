import { crc32 } from 'node:zlib';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { type Digest, digestHex } from '../model/digest.ts';
import { bytesOf, floatsOf } from './float-bytes.ts';

// Vectors on disk: records of a fixed size, appended. A record is the 32 bytes of its key, the numbers as little-endian
// float32, and a CRC-32 of both. A record whose checksum is wrong, and a torn last one, are passed over and made anew.

const KEY_BYTES = 32;
const CHECKSUM_BYTES = 4;

export interface VectorCachePlace {
  /** Made when the first vector is kept. */
  readonly folder: string;
  /** What the file is called: `<name>-<dimension>.bin`. */
  readonly name: string;
  readonly dimension: number;
  /** Files of the same form, read only. */
  readonly shipped: readonly string[];
}

/** Vectors by key, kept in a file that is read when first needed; the key covers embedder and text. */
export class VectorCache {
  readonly #host: Host;
  readonly #place: VectorCachePlace;
  readonly #path: string;
  #known: Map<string, Float32Array> | undefined;
  /** A kill cut the last record short; what is appended behind it would not line up. */
  #torn = false;

  constructor(host: Host, place: VectorCachePlace) {
    this.#host = host;
    this.#place = place;
    this.#path = join(place.folder, `${place.name}-${place.dimension}.bin`);
  }

  get(key: Digest): Float32Array | undefined {
    return this.#all().get(digestHex(key));
  }

  put(vectors: ReadonlyMap<Digest, Float32Array>): void {
    if (vectors.size === 0) return;
    const { fs, writer } = this.#host;
    const known = this.#all();
    for (const [key, vector] of vectors) known.set(digestHex(key), vector);
    fs.makeFolder(this.#place.folder);
    if (this.#torn) {
      const all = [...known].map(([key, vector]) => encode(key, vector));
      writer.replace(this.#path, Buffer.concat(all), { mode: 0o644, durable: false });
      this.#torn = false;
      return;
    }
    fs.append(this.#path, Buffer.concat([...vectors].map(([key, vector]) => encode(digestHex(key), vector))));
  }

  #all(): Map<string, Float32Array> {
    if (this.#known === undefined) {
      this.#known = new Map();
      for (const path of [...this.#place.shipped, this.#path]) this.#load(path, this.#known);
    }
    return this.#known;
  }

  #load(path: string, known: Map<string, Float32Array>): void {
    const { fs } = this.#host;
    if (fs.stat(path)?.kind !== 'file') return;
    const bytes = Buffer.from(fs.readFile(path));
    const size = KEY_BYTES + this.#place.dimension * 4 + CHECKSUM_BYTES;
    if (path === this.#path) this.#torn = bytes.length % size !== 0;
    for (let at = 0; at + size <= bytes.length; at += size) {
      const record = bytes.subarray(at, at + size);
      const end = size - CHECKSUM_BYTES;
      if (crc32(record.subarray(0, end)) !== record.readUInt32LE(end)) continue;
      known.set(record.toString('hex', 0, KEY_BYTES), floatsOf(record.subarray(KEY_BYTES, end)));
    }
  }
}

function encode(key: string, vector: Float32Array): Buffer {
  const record = Buffer.concat([Buffer.from(key, 'hex'), bytesOf(vector), Buffer.alloc(CHECKSUM_BYTES)]);
  const end = record.length - CHECKSUM_BYTES;
  record.writeUInt32LE(crc32(record.subarray(0, end)), end);
  return record;
}
