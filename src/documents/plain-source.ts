import { decodeText, parseJson } from './json-text.ts';
import type { SourceDocument } from './yaml-text.ts';

/** JSON that a program wrote: its errors name the file and, for JSON Lines, the line. */
export function jsonSource(bytes: Uint8Array, file: string): SourceDocument {
  return plainSource(parseJson(decodeText(bytes, file), file), file);
}

/** Data without positions of its own. */
export function plainSource(value: unknown, file: string, line?: number): SourceDocument {
  return { file, value, place: () => ({ file, line }) };
}
