import type { PackedVectors } from './packed-vectors.ts';

// Dot products of all rows with a query, two lanes an instruction. WebAssembly says to the bit what each instruction gives, and the
// products are added in the order of `dotRow`, so the sums are those of `dotRow` on every machine, three times as fast.

/** What is used of the global of this name; the types of Node leave it out. */
declare const WebAssembly: {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
};

const INSTRUCTIONS: readonly (readonly number[])[] = [
  [0x03, 0x40], // loop over the rows
  [0x20, 0, 0x20, 2, 0x6a, 0x21, 5], //   end = row + bytes of a row
  [0x20, 3, 0x21, 6], //   q = query
  [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0), 0x22, 7, 0x21, 8], //   ab = cd = 0
  [0x03, 0x40], //   loop over four numbers
  [0x20, 7, 0x20, 0, 0xfd, 0x00, 0, 0, 0x22, 9, 0xfd, 0x5f], //     four = load row; the first two as f64x2
  [0x20, 6, 0xfd, 0x00, 0, 0, 0xfd, 0xf2, 1, 0xfd, 0xf0, 1, 0x21, 7], //     ab += them × load q
  [0x20, 8, 0x20, 9, 0x20, 9, 0xfd, 0x0d, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 0xfd, 0x5f], //     the last two
  [0x20, 6, 0xfd, 0x00, 0, 16, 0xfd, 0xf2, 1, 0xfd, 0xf0, 1, 0x21, 8], //     cd += them × load q + 16
  [0x20, 6, 0x41, 32, 0x6a, 0x21, 6], //     q += 32
  [0x20, 0, 0x41, 16, 0x6a, 0x22, 0, 0x20, 5, 0x49, 0x0d, 0, 0x0b], //     row += 16, again while row < end
  [0x20, 4], //   at out:
  [0x20, 7, 0xfd, 0x21, 0, 0x20, 7, 0xfd, 0x21, 1, 0xa0], //   a + b
  [0x20, 8, 0xfd, 0x21, 0, 0x20, 8, 0xfd, 0x21, 1, 0xa0, 0xa0], //   + (c + d)
  [0x39, 3, 0], //   store
  [0x20, 4, 0x41, 8, 0x6a, 0x21, 4], //   out += 8
  [0x20, 1, 0x41, 1, 0x6b, 0x22, 1, 0x0d, 0, 0x0b], //   again while there are rows
  [0x0b],
];

/** One function `d` of row, count, bytes of a row, query and out, in a memory `m` that is given; three groups of locals. */
function moduleBytes(): Uint8Array<ArrayBuffer> {
  const body = [2, 2, 0x7f, 3, 0x7b, ...INSTRUCTIONS.flat()];
  const code = [1, ...lengthOf(body.length), ...body];
  const sections = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 9, 1, 0x60, 5, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0],
    [2, 8, 1, 1, 0x6d, 1, 0x6d, 2, 0, 1],
    [3, 2, 1, 0],
    [7, 5, 1, 1, 0x64, 0, 0],
    [0x0a, ...lengthOf(code.length), ...code],
  ];
  return Uint8Array.from(sections.flat());
}

/** LEB128 of a length below 2^14. */
function lengthOf(length: number): readonly number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
}

const PAGE_BYTES = 65_536;

/**
 * Copies vectors to where they multiply fast. Gives a function from a query to the dot product of every row, whose result stands until
 * it is called again; undefined where the engine or the dimension does not allow it.
 */
export function fastDots({
  dimension,
  rows,
}: PackedVectors): ((query: Float64Array) => Float64Array) | undefined {
  const count = rows.length / dimension;
  const bytes = moduleBytes();
  if (count === 0 || dimension % 4 !== 0 || !WebAssembly.validate(bytes)) return undefined;
  const queryAt = Math.ceil(rows.byteLength / 16) * 16;
  const outAt = queryAt + dimension * 8;
  const pages = Math.ceil((outAt + count * 8) / PAGE_BYTES);
  const memory = memoryOf(pages);
  if (memory === undefined) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
  const { d } = exports;
  if (typeof d !== 'function') return undefined;
  new Float32Array(memory.buffer, 0, rows.length).set(rows);
  const wanted = new Float64Array(memory.buffer, queryAt, dimension);
  const out = new Float64Array(memory.buffer, outAt, count);
  return (query) => {
    wanted.set(query);
    d(0, count, dimension * 4, queryAt, outAt);
    return out;
  };
}

/** Undefined where there is no room for so much. */
function memoryOf(pages: number): { readonly buffer: ArrayBuffer } | undefined {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    if (cause instanceof RangeError || cause instanceof TypeError) return undefined;
    throw cause;
  }
}
