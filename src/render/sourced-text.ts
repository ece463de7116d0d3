import { PatternsError } from '../model/error.ts';
import type { Span } from '../model/manifest.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';

/** The template line that an output line came from. */
export interface LineSource {
  readonly pattern: PatternRef;
  /** From 1, in the pattern's body. */
  readonly line: number;
}

export interface SourcedLine {
  readonly text: string;
  readonly source: LineSource;
}

/** Text as it was written, with the template line where it started; a later newline in it is a later template line. */
interface Chunk {
  readonly text: string;
  readonly source: LineSource;
  /** Literal template text, whose lines are template lines; a value's lines all come from one. */
  readonly literal: boolean;
}

export const MAX_OUTPUT_CHARACTERS = 64 * 1024 * 1024;

/** Text being rendered, which remembers where each part came from. */
export class SourcedText {
  readonly #chunks: Chunk[] = [];
  #size = 0;
  #skipNewline = false;

  write(text: string, source: LineSource, literal: boolean): void {
    let rest = text;
    if (this.#skipNewline && rest !== '') {
      this.#skipNewline = false;
      rest = rest.replace(/^[ \t]*\r?\n/, '');
    }
    if (rest === '') return;
    this.#size += rest.length;
    if (this.#size > MAX_OUTPUT_CHARACTERS) {
      throw new PatternsError(
        'TEMPLATE_LIMIT',
        `${formatRef(source.pattern)} writes more than 64 MiB into one file`,
      );
    }
    const skipped = literal && rest.length < text.length ? 1 : 0;
    this.#chunks.push({
      text: rest,
      source: skipped === 0 ? source : { ...source, line: source.line + 1 },
      literal,
    });
  }

  /** Takes back the blank start of the current line, and lets the newline that comes next be lost with it. */
  dropBlankLine(): void {
    const last = this.#chunks.pop();
    if (last !== undefined) {
      const kept = last.text.replace(/[ \t]+$/, '');
      this.#size -= last.text.length - kept.length;
      if (kept !== '') this.#chunks.push({ ...last, text: kept });
    }
    this.#skipNewline = true;
  }

  toString(): string {
    return this.#chunks.map((chunk) => chunk.text).join('');
  }

  /**
   * The lines, without their newlines. Each belongs to the template line that wrote its first visible character, a
   * blank one to the one that ended it.
   */
  lines(): readonly SourcedLine[] {
    const lines: SourcedLine[] = [];
    let text = '';
    let source: LineSource | undefined;
    let visible = false;
    for (const chunk of this.#chunks) {
      const parts = chunk.text.split('\n');
      for (const [i, part] of parts.entries()) {
        const here = chunk.literal && i > 0 ? { ...chunk.source, line: chunk.source.line + i } : chunk.source;
        const shows = part.trim() !== '';
        const last = i === parts.length - 1;
        if (!visible && (shows || source === undefined || !last)) source = here;
        visible ||= shows;
        text += part;
        if (last) continue;
        lines.push({ text, source: source ?? here });
        text = '';
        source = undefined;
        visible = false;
      }
    }
    if (text !== '' && source !== undefined) lines.push({ text, source });
    return lines;
  }
}

/** Runs of lines of one pattern version, numbered from 1. */
export function spansOf(lines: readonly SourcedLine[]): readonly Span[] {
  const spans: Span[] = [];
  for (const [i, { source }] of lines.entries()) {
    const last = spans.at(-1);
    const { pattern_id, version } = source.pattern;
    if (last?.pattern_id === pattern_id && last.version === version)
      spans[spans.length - 1] = { ...last, end: i + 1 };
    else spans.push({ start: i + 1, end: i + 1, pattern_id, version });
  }
  return spans;
}
