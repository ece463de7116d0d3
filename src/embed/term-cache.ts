import { crc32 } from 'node:zlib';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { type Digest, digestHex } from '../model/digest.ts';

// The terms of bodies on disk, one a line: key, terms, CRC-32 of both in hex, separated by tabs and spaces. A line whose
// checksum is wrong is passed over, and what it held is made anew.

const FILE = 'terms.txt';

/** Terms by key, kept in a file; the key covers the body and the way its terms are made. */
export class TermCache {
  readonly #host: Host;
  readonly #folder: string;
  #known: Map<string, readonly string[]> | undefined;

  /** @param folder made when the first terms are kept */
  constructor(host: Host, folder: string) {
    this.#host = host;
    this.#folder = folder;
  }

  get(key: Digest): readonly string[] | undefined {
    return this.#load().get(digestHex(key));
  }

  put(terms: ReadonlyMap<Digest, readonly string[]>): void {
    if (terms.size === 0) return;
    const known = this.#load();
    for (const [key, list] of terms) known.set(digestHex(key), list);
    this.#host.fs.makeFolder(this.#folder);
    // A line break first: a line that a kill cut short must not swallow the next one.
    const lines = [...terms].map(([key, list]) => `\n${encode(digestHex(key), list)}`);
    this.#host.fs.append(join(this.#folder, FILE), Buffer.from(`${lines.join('')}\n`, 'utf8'));
  }

  #load(): Map<string, readonly string[]> {
    this.#known ??= this.#read();
    return this.#known;
  }

  #read(): Map<string, readonly string[]> {
    const { fs } = this.#host;
    const path = join(this.#folder, FILE);
    const known = new Map<string, readonly string[]>();
    if (fs.stat(path)?.kind !== 'file') return known;
    for (const line of Buffer.from(fs.readFile(path)).toString('utf8').split('\n')) {
      const [key = '', terms = '', checksum] = line.split('\t');
      if (checksum !== checksumOf(key, terms)) continue;
      known.set(key, terms === '' ? [] : terms.split(' '));
    }
    return known;
  }
}

function encode(key: string, terms: readonly string[]): string {
  const text = terms.join(' ');
  return `${key}\t${text}\t${checksumOf(key, text)}`;
}

function checksumOf(key: string, terms: string): string {
  return crc32(`${key}\t${terms}`).toString(16).padStart(8, '0');
}
