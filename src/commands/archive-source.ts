import type { ByteSource } from '../evidence/archive-index.ts';
import type { FileReader } from '../host/file-system.ts';

const WINDOW = 1 << 20;

/** A file read through one window, so that walking it costs few reads and no memory. */
export class ArchiveSource implements ByteSource {
  readonly size: number;
  readonly #reader: FileReader;
  readonly #window = Buffer.allocUnsafe(WINDOW);
  #start = 0;
  #filled = 0;

  constructor(reader: FileReader) {
    this.#reader = reader;
    this.size = reader.size;
  }

  /** The bytes are valid until the next read, unless they are more than a window. */
  read(at: number, length: number): Buffer {
    if (at < 0 || at >= this.size) return this.#window.subarray(0, 0);
    if (length > WINDOW) {
      const bytes = Buffer.allocUnsafe(Math.min(length, this.size - at));
      return bytes.subarray(0, this.#reader.readInto(bytes, at));
    }
    const inside = at >= this.#start && at + length <= this.#start + this.#filled;
    if (!inside) {
      this.#start = at;
      this.#filled = this.#reader.readInto(this.#window, at);
    }
    const from = at - this.#start;
    return this.#window.subarray(from, Math.min(from + length, this.#filled));
  }
}
