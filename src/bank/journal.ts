import { dirname } from 'node:path';
import type * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import { decodeText, parseJson } from '../documents/json-text.ts';
import { plainSource } from '../documents/plain-source.ts';
import { decode } from '../documents/shape.ts';
import type { Host } from '../host/host.ts';
import { PatternsError } from '../model/error.ts';

/** Closes a line that a kill or a full disk cut short, so that the next one stands alone. No JSON object ends so. */
const TORN = Buffer.from('#torn', 'utf8');
const NEWLINE = 0x0a;
const NOTHING = { size: 0, rows: [], torn: false };

/**
 * JSON Lines that only grow. What one call appends is one write, so several processes can append at once. A last line
 * without its newline was never acknowledged: readers pass over it, and the next append closes it.
 */
export class Journal<Row> {
  readonly #host: Host;
  readonly #path: string;
  readonly #label: string;
  readonly #shape: v.GenericSchema<unknown, Row>;
  #known: { readonly size: number; readonly rows: readonly Row[]; readonly torn: boolean } = NOTHING;

  /** @param label how messages call the file */
  constructor(host: Host, path: string, label: string, shape: v.GenericSchema<unknown, Row>) {
    this.#host = host;
    this.#path = path;
    this.#label = label;
    this.#shape = shape;
  }

  /**
   * The rows, oldest first.
   * @throws PatternsError BANK_CORRUPT with the line
   */
  rows(): readonly Row[] {
    const size = this.#host.fs.stat(this.#path)?.size ?? 0;
    if (size !== this.#known.size) this.#known = size === 0 ? NOTHING : this.#read();
    return this.#known.rows;
  }

  /** Appends rows; they are on the disk when this returns. */
  append(rows: readonly Row[]): void {
    if (rows.length === 0) return;
    this.rows();
    const lines = Buffer.from(rows.map((row) => `${canonicalJson(row)}\n`).join(''), 'utf8');
    const { fs } = this.#host;
    fs.makeFolder(dirname(this.#path));
    fs.append(this.#path, this.#known.torn ? Buffer.concat([TORN, Buffer.of(NEWLINE), lines]) : lines);
  }

  /** The rows behind the first bytes of the file, which end in whole lines. */
  rowsBehind(bytes: Uint8Array, size: number): readonly Row[] {
    return this.#decodeAll(bytes, size).rows;
  }

  #read(): { size: number; rows: readonly Row[]; torn: boolean } {
    return this.#decodeAll(this.#host.fs.readFile(this.#path), 0);
  }

  #decodeAll(bytes: Uint8Array, from: number): { size: number; rows: readonly Row[]; torn: boolean } {
    const rows: Row[] = [];
    let start = from;
    for (let number = 1 + linesIn(bytes.subarray(0, from)); ; number++) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      const line = bytes.subarray(start, end);
      // A line cut short may end in half a character, so it is told by its bytes.
      if (!Buffer.from(line.subarray(-TORN.length)).equals(TORN)) rows.push(this.#decode(line, number));
      start = end + 1;
    }
    return { size: bytes.byteLength, rows, torn: start < bytes.byteLength };
  }

  #decode(line: Uint8Array, number: number): Row {
    try {
      const value = parseJson(decodeText(line, this.#label), this.#label, number);
      return decode(this.#shape, plainSource(value, this.#label, number), 'BANK_CORRUPT');
    } catch (cause) {
      if (!(cause instanceof PatternsError)) throw cause;
      throw new PatternsError('BANK_CORRUPT', cause.message, {
        place: { file: this.#label, line: number },
        hint: 'Restore the file from an export of the bank, or take the line out.',
        cause,
      });
    }
  }
}

function linesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
