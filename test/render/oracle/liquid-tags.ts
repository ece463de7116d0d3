import {
  type Context,
  type Emitter,
  type Liquid,
  type Parser,
  Tag,
  type TagToken,
  type Template,
  type TopLevelToken,
  TypeGuards,
} from 'liquidjs';
import { SlotFillings } from '../../../src/render/slots.ts';
import { TracingEmitter } from './tracing-renderer.ts';

/** Where the fillings of the frame lie in a render's registers. */
export const FILLINGS = 'patterns:fillings';

/** The tags of Liquid that stay: none that reads a file, none that writes to what other files see. */
export const BUILT_IN_TAGS: ReadonlySet<string> = new Set(
  'assign break capture case comment continue cycle echo for if liquid raw unless #'.split(' '),
);

/** `{% slot name %}`: the fragments of a slot. Alone on its line, it lends them its indentation, or vanishes with it. */
export class SlotTag extends Tag {
  readonly #slot: string;

  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid) {
    super(token, remainTokens, liquid);
    this.#slot = readSlotName(this);
  }

  override *render(ctx: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    if (!(emitter instanceof TracingEmitter)) throw new Error('a slot cannot stand inside of capture');
    const indentation = indentationOf(this.token);
    const lines = fillingsOf(ctx).take(this.#slot, emitter.source);
    const alone = indentation !== undefined && endsLine(this.token.input, this.token.end);
    if (lines.length === 0 && alone) emitter.text.dropBlankLine();
    let previous = emitter.source;
    for (const [i, line] of lines.entries()) {
      // A newline belongs to the line that it ends.
      if (i > 0) emitter.text.write('\n', previous, false);
      const start = i === 0 || line.text === '' ? '' : (indentation ?? '');
      emitter.text.write(start + line.text, line.source, false);
      previous = line.source;
    }
    yield undefined;
  }
}

/** `{% contribute name %}…{% endcontribute %}`: lines for a slot of an enclosing frame, such as its imports. */
export class ContributeTag extends Tag {
  readonly #slot: string;
  readonly #templates: Template[] = [];
  readonly #alone: boolean;

  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remainTokens, liquid);
    this.#slot = readSlotName(this);
    let end: TagToken | undefined;
    for (let next = remainTokens.shift(); next !== undefined; next = remainTokens.shift()) {
      if (TypeGuards.isTagToken(next) && next.name === 'endcontribute') {
        end = next;
        break;
      }
      this.#templates.push(parser.parseToken(next, remainTokens));
    }
    if (end === undefined) throw new Error(`tag ${token.getText()} not closed`);
    this.#alone = indentationOf(token) !== undefined && endsLine(end.input, end.end);
  }

  override *render(ctx: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    if (!(emitter instanceof TracingEmitter)) throw new Error('contribute cannot stand inside of capture');
    const inner = emitter.nested();
    yield this.liquid.renderer.renderTemplates(this.#templates, ctx, inner);
    const lines = inner.text.lines().filter((line) => line.text.trim() !== '');
    fillingsOf(ctx).contribute(this.#slot, lines);
    if (this.#alone) emitter.text.dropBlankLine();
  }

  /** For the analysis of the names that a body reads. */
  *children(): Generator<unknown, Template[], unknown> {
    yield undefined;
    return this.#templates;
  }
}

function readSlotName(tag: Tag): string {
  const name = tag.token.args.trim();
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(name)) throw new Error(`"${name}" is no slot name`);
  return name;
}

function fillingsOf(ctx: Context): SlotFillings {
  const fillings: unknown = ctx.getRegister(FILLINGS, undefined);
  if (fillings instanceof SlotFillings) return fillings;
  throw new Error('slots and contributions are for bodies only');
}

/** The white space before a tag on its line; undefined when something else stands there, or a trim mark took it. */
function indentationOf(token: TagToken): string | undefined {
  if (token.trimLeft) return undefined;
  const start = token.input.lastIndexOf('\n', token.begin - 1) + 1;
  const before = token.input.slice(start, token.begin);
  return /^[ \t]*$/.test(before) ? before : undefined;
}

function endsLine(input: string, end: number): boolean {
  return /^[ \t]*(?:\r?\n|$)/.test(input.slice(end, end + 200)) && input[end - 3] !== '-';
}
