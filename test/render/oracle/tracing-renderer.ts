import {
  type Context,
  type Emitter,
  LiquidError,
  RenderError,
  type Template,
  type Token,
  TypeGuards,
} from 'liquidjs';
import { PatternsError } from '../../../src/model/error.ts';
import type { PatternRef } from '../../../src/model/pattern.ts';
import { type LineSource, SourcedText } from '../../../src/render/sourced-text.ts';

/** Template nodes that one render may visit: counted, not timed, so that slow machines render the same. */
const MAX_STEPS = 5_000_000;

/** The budget of one render, in its registers, so that a capture inside of a loop spends it too. */
export class StepBudget {
  #left = MAX_STEPS;

  spend(): void {
    if (--this.#left >= 0) return;
    throw new PatternsError('TEMPLATE_LIMIT', `the template takes more than ${MAX_STEPS} steps`, {
      hint: 'Look for a loop over too large a list, or split the file.',
    });
  }
}

/** Where the budget lies in a render's registers. */
export const BUDGET = 'patterns:budget';

/** Collects output together with the template line that it came from. */
export class TracingEmitter implements Emitter {
  readonly text = new SourcedText();
  readonly pattern: PatternRef;
  readonly #lineAt: (offset: number) => number;
  #source: LineSource;
  #literal = false;

  constructor(pattern: PatternRef, lineAt: (offset: number) => number) {
    this.pattern = pattern;
    this.#lineAt = lineAt;
    this.#source = { pattern, line: 1 };
  }

  get source(): LineSource {
    return this.#source;
  }

  get buffer(): string {
    return this.text.toString();
  }

  /** For a part that is rendered apart. */
  nested(): TracingEmitter {
    return new TracingEmitter(this.pattern, this.#lineAt);
  }

  enter(token: Token): void {
    const literal = 'getContent' in token;
    const trimmed = literal && 'trimLeft' in token && typeof token.trimLeft === 'number' ? token.trimLeft : 0;
    const line = this.#lineAt(token.begin + trimmed);
    this.#literal = literal;
    if (line !== this.#source.line) this.#source = { pattern: this.pattern, line };
  }

  write(value: unknown): void {
    this.text.write(printed(value), this.#source, this.#literal);
  }
}

/** The text of a value in an output tag. A map has none: LiquidJS would print `[object Object]`. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(printed).join('');
  throw new Error('a map has no text; print one of its keys, or use the filter json');
}

class PlainEmitter implements Emitter {
  buffer = '';

  write(value: unknown): void {
    this.buffer += printed(value);
  }
}

/** LiquidJS's render loop, which also tells the emitter which node writes, and counts steps instead of milliseconds. */
export class TracingRenderer {
  renderTemplatesToNodeStream(): never {
    throw new PatternsError('INTERNAL', 'bodies are not rendered to streams');
  }

  *renderTemplates(templates: Template[], ctx: Context, given?: Emitter): IterableIterator<unknown> {
    const emitter: Emitter & { buffer: string } =
      given instanceof TracingEmitter || given instanceof PlainEmitter ? given : new PlainEmitter();
    const budget: unknown = ctx.getRegister(BUDGET, undefined);
    // An empty loop body takes a step too.
    if (budget instanceof StepBudget) budget.spend();
    for (const template of templates) {
      if (budget instanceof StepBudget) budget.spend();
      if (emitter instanceof TracingEmitter) emitter.enter(template.token);
      if (TypeGuards.isHTMLToken(template.token)) {
        // Plain text needs no generator of its own; it is most of what there is.
        emitter.write(template.token.getContent());
        continue;
      }
      try {
        const text: unknown = yield template.render(ctx, emitter);
        if (text !== undefined && text !== '') {
          if (emitter instanceof TracingEmitter) emitter.enter(template.token);
          emitter.write(text);
        }
      } catch (cause) {
        if (cause instanceof PatternsError || LiquidError.is(cause)) throw cause;
        throw new RenderError(cause instanceof Error ? cause : new Error(String(cause)), template);
      }
      if (ctx.breakCalled || ctx.continueCalled) break;
    }
    // Whoever gave an emitter reads it himself; joining its text after each turn of a loop would take quadratic time.
    return emitter === given ? '' : emitter.buffer;
  }
}
