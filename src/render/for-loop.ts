import { Drop, type ForTag, type Template, toValue } from 'liquidjs';
import { compileToken, type Evaluate } from './expression.ts';
import type { Program } from './program.ts';
import type { RenderContext } from './render-context.ts';

/** `forloop` of a body: the names are LiquidJS's, and so is the text of the whole. */
class Forloop extends Drop {
  i = 0;
  readonly length: number;
  readonly name: string;

  constructor(length: number, name: string) {
    super();
    this.length = length;
    this.name = name;
  }

  next(): void {
    this.i += 1;
  }

  index0(): number {
    return this.i;
  }

  index(): number {
    return this.i + 1;
  }

  first(): boolean {
    return this.i === 0;
  }

  last(): boolean {
    return this.i === this.length - 1;
  }

  rindex(): number {
    return this.length - this.i;
  }

  rindex0(): number {
    return this.length - this.i - 1;
  }

  override valueOf(): string {
    return JSON.stringify(this);
  }
}

/** `{% for a in list limit: 2 offset: 1 reversed %}…{% else %}…{% endfor %}` as a function. */
export function compileLoop(tag: ForTag, compile: (templates: readonly Template[]) => Program): Program {
  const { variable } = tag;
  const list = compileToken(tag.collection, false);
  const label = tag.collection.getText();
  const body = compile(tag.templates);
  const otherwise = compile(tag.elseTemplates);
  const window = compileWindow(tag, `continue-${variable}-${label}`);
  return (context, sink) => {
    const all = listOf(list(context));
    if (all.length === 0) {
      otherwise(context, sink);
      return;
    }
    const items = window(context, all);
    const forloop = new Forloop(items.length, `${variable}-${label}`);
    const scope: Record<string, unknown> = Object.assign(Object.create(null), { forloop });
    context.push(scope);
    for (const item of items) {
      scope[variable] = item;
      context.continueCalled = context.breakCalled = false;
      body(context, sink);
      if (context.breakCalled) break;
      if (scope['forloop'] !== forloop) throw new TypeError('scope.forloop.next is not a function');
      forloop.next();
    }
    context.continueCalled = context.breakCalled = false;
    context.pop();
  };
}

/** The part of a list that `offset`, `limit` and `reversed` leave, in this order whatever the tag's. */
function compileWindow(
  tag: ForTag,
  continueKey: string,
): (context: RenderContext, list: readonly unknown[]) => readonly unknown[] {
  const modifiers = Object.entries(tag.hash.hash).map(([name, token]): [string, Evaluate] => [
    name,
    token === undefined ? () => true : compileToken(token, false),
  ]);
  return (context, list) => {
    const given = new Map<string, unknown>();
    if (modifiers.length > 0) {
      // `offset: continue` goes on where the last loop over the list stopped.
      context.push(Object.assign(Object.create(null), { continue: context.getRegister(continueKey, {}) }));
      for (const [name, value] of modifiers) given.set(name, value(context));
      context.pop();
    }
    const { offset, limit, reversed } = Object.fromEntries(given);
    const after = offset === undefined ? list : list.slice(Number(offset));
    const within = limit === undefined ? after : after.slice(0, Number(limit));
    const items = reversed === undefined ? within : within.toReversed();
    context.setRegister(continueKey, sum(offset, items.length));
    return items;
  };
}

/** As JavaScript adds them: a text is put before the number. */
function sum(offset: unknown, length: number): unknown {
  if (offset === '') return length;
  const value: unknown = toValue(offset);
  if (typeof value === 'string') return `${value}${length}`;
  if (Array.isArray(value)) return `${value.join(',')}${length}`;
  if (typeof value === 'object' && value !== null) return `[object Object]${length}`;
  return (Number(value ?? 0) || 0) + length;
}

function listOf(given: unknown): readonly unknown[] {
  const value: unknown = toValue(given);
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
