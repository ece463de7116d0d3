import { PatternsError } from '../model/error.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes UTF-8 strictly.
 * @throws PatternsError ENCODING_INVALID for a byte order mark, invalid UTF-8, or a NUL
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch (cause) {
    throw new PatternsError('ENCODING_INVALID', 'the file is not valid UTF-8', {
      place: { file },
      hint: 'Save it as UTF-8.',
      cause,
    });
  }
  if (text.startsWith('\uFEFF')) {
    throw new PatternsError('ENCODING_INVALID', 'the file starts with a byte order mark', {
      place: { file, line: 1, column: 1 },
      hint: 'Save it as UTF-8 without BOM.',
    });
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const line = text.slice(0, nul).split('\n').length;
    throw new PatternsError('ENCODING_INVALID', 'the file holds a NUL byte', { place: { file, line } });
  }
  return text;
}

/**
 * Parses JSON text of untrusted origin.
 * @throws PatternsError JSON_INVALID
 */
export function parseJson(text: string, file: string, line?: number): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'not JSON';
    throw new PatternsError('JSON_INVALID', `not valid JSON: ${why.split('\n')[0] ?? ''}`, {
      place: { file, line },
      hint: 'Restore the file from version control, or mend the line.',
      cause,
    });
  }
}
