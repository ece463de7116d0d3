import type { Pattern } from '../model/pattern.ts';
import { parseBody } from './parsed-body.ts';

/** Characters that change how text reads without being seen: bidi controls, zero-width and other invisible ones (CVE-2021-42574). */
const INVISIBLE = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/u;

/**
 * Checks what can be known of a pattern without a spec: that its body parses. Says what is suspicious.
 * @throws PatternsError TEMPLATE_SYNTAX with the line of the body, ENCODING_INVALID
 */
export function checkPattern(pattern: Pattern): readonly string[] {
  if (pattern.frozen.engine === 'liquid' && pattern.frozen.kind === 'file')
    parseBody(pattern.frozen, pattern.body);
  const lines = Buffer.from(pattern.body).toString('utf8').split('\n');
  return lines.flatMap((line, i) => {
    const found = INVISIBLE.exec(line)?.[0];
    if (found === undefined) return [];
    const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return [`line ${i + 1} of the body holds the invisible character U+${code}`];
  });
}
