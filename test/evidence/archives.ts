import type { ByteSource } from '../../src/evidence/archive-index.ts';
import { END_OF_ARCHIVE, entryHeader, paddingOf } from '../../src/evidence/ustar.ts';

/** An archive of texts, in the order given. */
export function archiveOf(files: readonly { readonly name: string; readonly text: string }[]): Buffer {
  const blocks = files.flatMap(({ name, text }) => {
    const bytes = Buffer.from(text, 'utf8');
    return [entryHeader(name, bytes.length), bytes, Buffer.alloc(paddingOf(bytes.length))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(END_OF_ARCHIVE)]);
}

export function sourceOf(bytes: Buffer): ByteSource {
  return { size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}
