import {
  defaultOperators,
  evalToken,
  type Filter,
  isFalsy,
  isTruthy,
  type Liquid,
  type Token,
  TokenKind,
  toValue,
  toValueSync,
  TypeGuards,
  type Value,
} from 'liquidjs';
import type { RenderContext } from './render-context.ts';

/** An expression of a template as a function. LiquidJS evaluates with generators, which take most of a render's time. */
export type Evaluate = (context: RenderContext) => unknown;

/**
 * A value with its filters. What is rare, and what fails, is left to LiquidJS, so that its messages are its own.
 * @param lenient an absent key is null instead of an error
 */
export function compileValue({ initial, filters }: Value, engine: Liquid, lenient: boolean): Evaluate {
  const start = compilePostfix(initial.postfix, lenient || filters[0]?.name === 'default');
  return filters.reduce((value, filter) => compileFilter(filter, value, engine), start);
}

/** An operand: a literal, a path, a range. */
export function compileToken(token: Token | undefined, lenient: boolean): Evaluate {
  if (token === undefined) return () => undefined;
  if ('content' in token) {
    const { content } = token;
    return () => content;
  }
  if (TypeGuards.isPropertyAccessToken(token) && token.variable === undefined)
    return compilePath(token, token.props, lenient);
  return (context) => toValueSync(evalToken(token, context, lenient));
}

/** Whether operators and operands, in postfix order, leave one value. */
export function isOneValue(postfix: readonly Token[]): boolean {
  let values = 0;
  for (const token of postfix) {
    if (token.kind !== TokenKind.Operator) values += 1;
    else if (token.getText() === 'not' ? values < 1 : values < 2) return false;
    else if (token.getText() !== 'not') values -= 1;
  }
  return values === 1;
}

function compilePostfix(postfix: readonly Token[], lenient: boolean): Evaluate {
  const operands: Evaluate[] = [];
  for (const token of postfix) {
    if (token.kind !== TokenKind.Operator) {
      operands.push(compileToken(token, lenient));
      continue;
    }
    const operator = token.getText();
    const right = operands.pop() ?? NOTHING;
    const left = operator === 'not' ? NOTHING : (operands.pop() ?? NOTHING);
    operands.push(compileOperator(operator, left, right));
  }
  const [first = NOTHING, ...ignored] = operands;
  if (ignored.length === 0) return first;
  // LiquidJS takes `a b` for `a`, and still looks `b` up.
  return (context) => {
    const value = first(context);
    for (const one of ignored) one(context);
    return value;
  };
}

const NOTHING: Evaluate = () => undefined;

function compileOperator(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case 'not':
      return (context) => isFalsy(right(context), context);
    // Both sides are evaluated: a name that is not there is an error on either.
    case 'and':
      return (context) => {
        const [l, r] = [left(context), right(context)];
        return isTruthy(l, context) && isTruthy(r, context);
      };
    case 'or':
      return (context) => {
        const [l, r] = [left(context), right(context)];
        return isTruthy(l, context) || isTruthy(r, context);
      };
    case '==':
      return (context) => equals(left(context), right(context), context);
    case '!=':
      return (context) => !equals(left(context), right(context), context);
    default:
      return (context) => operate(operator, left(context), right(context), context);
  }
}

export function equals(left: unknown, right: unknown, context: RenderContext): boolean {
  if (isPlain(left) && isPlain(right)) return left === right;
  return operate('==', left, right, context) === true;
}

/** Neither a list nor one of LiquidJS's `nil`, `empty`, `blank`, which compare in their own ways. */
function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function operate(operator: string, left: unknown, right: unknown, context: RenderContext): unknown {
  return toValueSync(defaultOperators[operator]?.(left, right, context));
}

function compileFilter(filter: Filter, value: Evaluate, engine: Liquid): Evaluate {
  const { name } = filter;
  const handler = engine.filters[name];
  if (typeof handler !== 'function') return (context) => toValueSync(filter.render(value(context), context));
  const args = filter.args.map((arg): Evaluate => {
    if (!Array.isArray(arg)) return compileToken(arg, false);
    const [key, token] = arg;
    const own = compileToken(token, false);
    return (context) => [key, own(context)];
  });
  return (context) => {
    const given = [value(context)];
    for (const arg of args) given.push(arg(context));
    return toValueSync(Reflect.apply(handler, { context, liquid: engine }, given));
  };
}

/** `a.b[c]`. */
function compilePath(token: Token, props: readonly Token[], lenient: boolean): Evaluate {
  const byLiquid = (context: RenderContext): unknown => toValueSync(evalToken(token, context, lenient));
  const read = (context: RenderContext, keys: readonly unknown[]): unknown => {
    const value = follow(context, keys);
    return value === undefined ? byLiquid(context) : value;
  };
  const keys = constantKeys(props);
  if (keys !== undefined) return (context) => read(context, keys);
  const parts = props.map((prop) => compileToken(prop, false));
  return (context) => {
    const dynamic = parts.map((part): unknown => toValue(part(context)));
    return dynamic.every(isPlain) ? read(context, dynamic) : byLiquid(context);
  };
}

function constantKeys(props: readonly Token[]): readonly unknown[] | undefined {
  const keys = props.flatMap((prop): unknown[] => ('content' in prop ? [toValue(prop.content)] : []));
  return keys.length === props.length ? keys : undefined;
}

function follow(context: RenderContext, keys: readonly unknown[]): unknown {
  let value: unknown = context.scopeOf(String(keys[0]));
  for (const key of keys) {
    value = readKey(context, value, key);
    if (value === undefined) return undefined;
  }
  return value;
}

/** A map's own key is by far the most common; of the rest, LiquidJS knows the rules. */
function readKey(context: RenderContext, holder: unknown, key: unknown): unknown {
  if (isMap(holder) && typeof key === 'string' && Object.hasOwn(holder, key)) {
    const value = holder[key];
    if (value !== undefined && typeof value !== 'function') return value;
  }
  return readProperty(context, holder, key);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readProperty(context: RenderContext, holder: unknown, key: unknown): unknown {
  if (!isHolder(holder)) return holder;
  const value: unknown = context.readProperty(holder, typeof key === 'number' ? key : String(key));
  return value;
}

/** LiquidJS reads `size` and its like of texts and numbers too. */
function isHolder(value: unknown): value is Record<string, unknown> {
  return value !== undefined && value !== null;
}
