import { crc32 } from 'node:zlib';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { type Digest, digestHex } from '../model/digest.ts';

// Vectors on disk: records of a fixed size, appended. A record is the 32 bytes of its key, the numbers as little-endian
// float32, and a CRC-32 of both. A record whose checksum is wrong, and a torn last one, are passed over and made anew.

const KEY_BYTES = 32;
const CHECKSUM_BYTES = 4;

/** Vectors by key, kept in a file; the key covers embedder and text. */
export class VectorCache {
  readonly #host: Host;
  readonly #folder: string;
  readonly #path: string;
  readonly #dimension: number;
  readonly #known = new Map<string, Float32Array>();
  /** A kill cut the last record short; what is appended behind it would not line up. */
  #torn = false;

  /**
   * @param folder made when the first vector is kept
   * @param shipped files of the same form, read only
   */
  constructor(host: Host, folder: string, dimension: number, shipped: readonly string[]) {
    this.#host = host;
    this.#folder = folder;
    this.#path = join(folder, `vectors-${dimension}.bin`);
    this.#dimension = dimension;
    for (const path of [...shipped, this.#path]) this.#load(path);
  }

  get(key: Digest): Float32Array | undefined {
    return this.#known.get(digestHex(key));
  }

  put(vectors: ReadonlyMap<Digest, Float32Array>): void {
    if (vectors.size === 0) return;
    const { fs, writer } = this.#host;
    for (const [key, vector] of vectors) this.#known.set(digestHex(key), vector);
    fs.makeFolder(this.#folder);
    if (this.#torn) {
      const all = [...this.#known].map(([key, vector]) => encode(key, vector));
      writer.replace(this.#path, Buffer.concat(all), { mode: 0o644, durable: false });
      this.#torn = false;
      return;
    }
    fs.append(this.#path, Buffer.concat([...vectors].map(([key, vector]) => encode(digestHex(key), vector))));
  }

  #load(path: string): void {
    const { fs } = this.#host;
    if (fs.stat(path)?.kind !== 'file') return;
    const bytes = Buffer.from(fs.readFile(path));
    const size = KEY_BYTES + this.#dimension * 4 + CHECKSUM_BYTES;
    if (path === this.#path) this.#torn = bytes.length % size !== 0;
    for (let at = 0; at + size <= bytes.length; at += size) {
      const record = bytes.subarray(at, at + size);
      if (crc32(record.subarray(0, size - CHECKSUM_BYTES)) !== record.readUInt32LE(size - CHECKSUM_BYTES))
        continue;
      const vector = new Float32Array(this.#dimension);
      for (let i = 0; i < this.#dimension; i++) vector[i] = record.readFloatLE(KEY_BYTES + i * 4);
      this.#known.set(record.toString('hex', 0, KEY_BYTES), vector);
    }
  }
}

function encode(key: string, vector: Float32Array): Buffer {
  const record = Buffer.alloc(KEY_BYTES + vector.length * 4 + CHECKSUM_BYTES);
  record.write(key, 'hex');
  for (const [i, x] of vector.entries()) record.writeFloatLE(x, KEY_BYTES + i * 4);
  record.writeUInt32LE(
    crc32(record.subarray(0, record.length - CHECKSUM_BYTES)),
    record.length - CHECKSUM_BYTES,
  );
  return record;
}
