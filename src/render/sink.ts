import type { PatternRef } from '../model/pattern.ts';
import { type LineSource, SourcedText } from './sourced-text.ts';

/** Where a render writes to. */
export interface Sink {
  /**
   * @param line of the body, from 1, that writes
   * @param literal whether the text is the template's own, whose lines are template lines
   */
  write(text: string, line: number, literal: boolean): void;
}

/** Collects output together with the template line that it came from. */
export class TracingSink implements Sink {
  readonly text = new SourcedText();
  readonly #pattern: PatternRef;
  #source: LineSource;

  constructor(pattern: PatternRef) {
    this.#pattern = pattern;
    this.#source = { pattern, line: 1 };
  }

  /** For a part that is rendered apart. */
  nested(): TracingSink {
    return new TracingSink(this.#pattern);
  }

  sourceAt(line: number): LineSource {
    if (line !== this.#source.line) this.#source = { pattern: this.#pattern, line };
    return this.#source;
  }

  write(text: string, line: number, literal: boolean): void {
    this.text.write(text, this.sourceAt(line), literal);
  }
}

/** Collects text alone. */
export class PlainSink implements Sink {
  text = '';

  write(text: string): void {
    this.text += text;
  }
}

/** The text of a value in an output tag. A map has none: LiquidJS would print `[object Object]`. */
export function printed(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(printed).join('');
  throw new Error('a map has no text; print one of its keys, or use the filter json');
}
