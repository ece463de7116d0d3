import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type FrozenPattern } from '../model/pattern.ts';
import { LiquidBody } from './liquid.ts';
import type { SourcedLine } from './sourced-text.ts';

/** A frozen pattern together with the bytes of its body. */
export interface LoadedPattern {
  readonly frozen: FrozenPattern;
  /** Digest of the frozen pattern. */
  readonly digest: Digest;
  readonly body: Uint8Array;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The body of a liquid pattern, parsed.
 * @throws PatternsError TEMPLATE_SYNTAX, or ENCODING_INVALID when it is no text
 */
export function parseBody(frozen: FrozenPattern, body: Uint8Array): LiquidBody {
  const text = textOf(body);
  if (text === undefined) {
    throw new PatternsError('ENCODING_INVALID', `the body of ${formatRef(frozen)} is not valid UTF-8`, {
      place: { file: formatRef(frozen) },
      hint: 'Save it as UTF-8, or publish it with `engine: none`.',
    });
  }
  return new LiquidBody(text, formatRef(frozen), frozen.delimiters);
}

/** The lines of a body that comes through verbatim; one line without text when it is binary. */
export function verbatimLines(frozen: FrozenPattern, body: Uint8Array): readonly SourcedLine[] {
  const text = textOf(body);
  if (text === undefined || isBinary(body)) return [{ text: '', source: { pattern: frozen, line: 1 } }];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, i) => ({ text: line, source: { pattern: frozen, line: i + 1 } }));
}

/** Bytes that no text tool would take for text: they count as one line. */
export function isBinary(body: Uint8Array): boolean {
  return body.includes(0) || textOf(body) === undefined;
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return UTF8.decode(body);
  } catch (cause) {
    if (cause instanceof TypeError) return undefined;
    throw cause;
  }
}
