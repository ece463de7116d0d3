import { dirname, join } from 'node:path';
import { sha256 } from '../canon/sha256.ts';
import { type Digest, digestHex, isDigest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { Host } from '../host/host.ts';

/** Content-addressed files: `blobs/sha256/ab/cdef…`, each named by the SHA-256 of its bytes. */
export class BlobStore {
  readonly #host: Host;
  readonly #folder: string;
  readonly #label: string;

  /**
   * @param folder the golden folder
   * @param label how messages call it
   */
  constructor(host: Host, folder: string, label: string) {
    this.#host = host;
    this.#label = label;
    this.#folder = join(folder, 'blobs', 'sha256');
  }

  has(digest: Digest): boolean {
    return this.#host.fs.stat(this.path(digest)) !== undefined;
  }

  /**
   * @param what for errors: `the body of dockerfile@1.0.0`
   * @throws PatternsError BLOB_MISSING, BLOB_CORRUPT when the bytes do not match the name
   */
  read(digest: Digest, what: string): Uint8Array {
    const path = this.path(digest);
    if (this.#host.fs.stat(path)?.kind !== 'file') {
      throw new PatternsError('BLOB_MISSING', `${what} is not in the golden store: ${digest}`, {
        hint: 'Restore the golden folder from version control.',
        details: { what, digest },
      });
    }
    const bytes = this.#host.fs.readFile(path);
    const found = sha256(bytes);
    if (found === digest) return bytes;
    throw new PatternsError(
      'BLOB_CORRUPT',
      `${what} was changed in the golden store: expected ${digest}, found ${found}`,
      {
        place: { file: this.name(digest) },
        hint: 'Restore the blob from version control.',
        details: { what, expected: digest, found },
      },
    );
  }

  /**
   * Stores bytes durably, in their order: all of them last when this returns. Bytes that are there already are left
   * alone, a damaged blob is put right.
   */
  async putAll(blobs: readonly Uint8Array[]): Promise<void> {
    const { fs, writer } = this.#host;
    const missing = new Map<string, Uint8Array>();
    for (const bytes of blobs) {
      const digest = sha256(bytes);
      const path = this.path(digest);
      if (fs.stat(path)?.kind !== 'file' || sha256(fs.readFile(path)) !== digest) missing.set(path, bytes);
    }
    for (const folder of new Set([...missing.keys()].map((path) => dirname(path)))) fs.makeFolder(folder);
    await writer.replaceAll(
      [...missing].map(([path, bytes]) => ({ path, bytes })),
      0o644,
    );
  }

  /** Every blob, in byte order; a file that is no blob is left out. */
  list(): readonly Digest[] {
    const { fs } = this.#host;
    if (fs.stat(this.#folder)?.kind !== 'folder') return [];
    return fs.readFolder(this.#folder).flatMap((prefix) => {
      const folder = join(this.#folder, prefix);
      if (!/^[0-9a-f]{2}$/.test(prefix) || fs.stat(folder)?.kind !== 'folder') return [];
      return fs
        .readFolder(folder)
        .map((name) => `sha256:${prefix}${name}`)
        .filter(isDigest);
    });
  }

  /** The blob's path, as messages call it. */
  name(digest: Digest): string {
    const hex = digestHex(digest);
    return `${this.#label}/blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2)}`;
  }

  /** Absolute path of a blob. */
  path(digest: Digest): string {
    const hex = digestHex(digest);
    return join(this.#folder, hex.slice(0, 2), hex.slice(2));
  }
}
