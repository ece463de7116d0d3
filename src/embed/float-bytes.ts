/** Typed arrays have the byte order of the machine, files have the little end first. */
const LITTLE_END_FIRST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Numbers as little-endian float32; a copy. */
export function bytesOf(numbers: Float32Array): Buffer {
  const bytes = Buffer.from(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  return LITTLE_END_FIRST ? bytes : bytes.swap32();
}

/** The numbers of little-endian float32; a copy, so that they lie at a multiple of four. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  const copy = Uint8Array.from(bytes);
  if (!LITTLE_END_FIRST) Buffer.from(copy.buffer).swap32();
  return new Float32Array(copy.buffer);
}
