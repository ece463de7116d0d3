import { PatternsError } from '../model/error.ts';

/** What one text may have; the document of a body at its limit fits in. */
const MAX_TEXT_BYTES = 128 * 1024 * 1024;
const MAX_DEPTH = 200;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes UTF-8 strictly.
 * @throws PatternsError ENCODING_INVALID for a byte order mark, invalid UTF-8, or a NUL
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  if (bytes.byteLength > MAX_TEXT_BYTES) {
    throw new PatternsError(
      'LIMIT_EXCEEDED',
      `the file has ${bytes.byteLength} bytes; ${MAX_TEXT_BYTES} are allowed`,
      { place: { file }, hint: 'Name the file that was meant; no file of this kind is that large.' },
    );
  }
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
 * @throws PatternsError JSON_INVALID; LIMIT_EXCEEDED for what is nested too deep to be walked through
 */
export function parseJson(text: string, file: string, line?: number): unknown {
  if (isDeeper(text, MAX_DEPTH)) {
    throw new PatternsError('LIMIT_EXCEEDED', `the JSON is deeper than ${MAX_DEPTH} levels`, {
      place: { file, line },
      hint: 'Restore the file from version control.',
    });
  }
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

/** Whether brackets are nested deeper, outside of strings. Text that is no JSON may be told either way. */
function isDeeper(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at);
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > limit) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth -= 1;
        break;
      default:
    }
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
