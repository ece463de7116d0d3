import { Liquid, LiquidError, type Template, type Token, Tokenizer, Value } from 'liquidjs';
import { nameHint } from '../canon/nearest-name.ts';
import { PatternsError } from '../model/error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Delimiters, PatternRef } from '../model/pattern.ts';
import { compileValue, type Evaluate, isOneValue } from './expression.ts';
import { BUILT_IN_FILTERS, OWN_FILTERS } from './filters.ts';
import { globalNames } from './global-names.ts';
import { BUILT_IN_TAGS, ContributeTag, SlotTag } from './liquid-tags.ts';
import { type Program, ProgramCompiler } from './program.ts';
import { RenderContext } from './render-context.ts';
import { PlainSink, TracingSink } from './sink.ts';
import type { SlotFillings } from './slots.ts';
import type { SourcedText } from './sourced-text.ts';

const DEFAULT_DELIMITERS: Delimiters = { output: ['{{', '}}'], tag: ['{%', '%}'] };
const MAX_TEMPLATE_CHARACTERS = 16 * 1024 * 1024;
/** Units of LiquidJS: about one for each element that a filter or a range makes. */
const MAX_FILTER_MEMORY = 50_000_000;

class SandboxedLiquid extends Liquid {
  constructor(delimiters: Delimiters) {
    super({
      strictVariables: true,
      strictFilters: true,
      ownPropertyOnly: true,
      // An absent key of a known map is false in a condition; an unknown name is an error (see requireKnownNames).
      lenientIf: true,
      greedy: true,
      cache: false,
      // Left out, the engine is asked for it, which takes longer than most bodies to render; no filter that stays reads it.
      locale: 'en-US',
      // No partials: an empty mapping stands in for the disk.
      templates: {},
      parseLimit: MAX_TEMPLATE_CHARACTERS,
      memoryLimit: MAX_FILTER_MEMORY,
      outputDelimiterLeft: delimiters.output[0],
      outputDelimiterRight: delimiters.output[1],
      tagDelimiterLeft: delimiters.tag[0],
      tagDelimiterRight: delimiters.tag[1],
    });
    for (const name of Object.keys(this.filters))
      if (!BUILT_IN_FILTERS.has(name)) this.unregisterFilter(name);
    for (const name of Object.keys(this.tags))
      if (!BUILT_IN_TAGS.has(name)) Reflect.deleteProperty(this.tags, name);
    for (const [name, filter] of Object.entries(OWN_FILTERS)) this.registerFilter(name, filter);
    this.registerTag('slot', SlotTag);
    this.registerTag('contribute', ContributeTag);
  }
}

const engines = new Map<string, SandboxedLiquid>();

function engineFor(delimiters: Delimiters | undefined): SandboxedLiquid {
  const chosen = delimiters ?? DEFAULT_DELIMITERS;
  const key = [...chosen.output, ...chosen.tag].join('\n');
  const known = engines.get(key);
  if (known !== undefined) return known;
  const engine = new SandboxedLiquid(chosen);
  engines.set(key, engine);
  return engine;
}

/** A body that has been parsed, ready to render any number of times. */
export class LiquidBody {
  readonly #engine: SandboxedLiquid;
  readonly #templates: Template[];
  readonly #name: string;
  readonly #program: Program;
  #names: ReadonlyMap<string, Token> | undefined;

  /**
   * @param name how errors call the body
   * @throws PatternsError TEMPLATE_SYNTAX with line and column
   */
  constructor(text: string, name: string, delimiters: Delimiters | undefined) {
    this.#engine = engineFor(delimiters);
    this.#name = name;
    try {
      this.#templates = this.#engine.parse(text);
    } catch (cause) {
      throw explain(cause, name, 'TEMPLATE_SYNTAX', this.#engine, {});
    }
    this.#program = new ProgramCompiler(this.#engine, lineIndex(text)).compile(this.#templates);
  }

  /** @throws PatternsError TEMPLATE_RENDER, TEMPLATE_LIMIT, SLOT_INVALID with the line of the body */
  render(pattern: PatternRef, scope: JsonObject, fillings: SlotFillings): SourcedText {
    this.#requireKnownNames(scope);
    const sink = new TracingSink(pattern);
    try {
      this.#program(new RenderContext(this.#engine, scope, fillings), sink);
    } catch (cause) {
      throw explain(cause, this.#name, 'TEMPLATE_RENDER', this.#engine, scope);
    }
    return sink.text;
  }

  /** Names are checked on every path through the body, also on those that this render does not take. */
  #requireKnownNames(scope: JsonObject): void {
    this.#names ??= globalNames(this.#templates);
    for (const [name, token] of this.#names) {
      if (Object.hasOwn(scope, name) || OPTIONAL_NAMES.has(name)) continue;
      const [line, column] = token.getPosition();
      throw new PatternsError('TEMPLATE_RENDER', `undefined variable: ${name}`, {
        place: { file: this.#name, line, column },
        hint: nameHint(name, Object.keys(scope), 'Names in scope'),
      });
    }
  }
}

/** What only some uses have in scope, so that a body can ask `{% if entity %}`. */
const OPTIONAL_NAMES: ReadonlySet<string> = new Set(['entity', 'operation', 'item']);

/**
 * Renders a short template of the spec, such as an output path.
 * @throws PatternsError TEMPLATE_SYNTAX, TEMPLATE_RENDER naming what was rendered
 */
export function renderText(text: string, name: string, scope: JsonObject): string {
  if (!text.includes('{{') && !text.includes('{%')) return text;
  return evaluate(name, scope, (engine, context) => textOf(parseOnce(engine, text).program, context));
}

interface ParsedText {
  readonly templates: readonly Template[];
  readonly program: Program;
}

/** A path template is rendered once for each item of a list, and parsed once. */
const parsedTexts = new Map<string, ParsedText>();

function parseOnce(engine: SandboxedLiquid, text: string): ParsedText {
  const known = parsedTexts.get(text);
  if (known !== undefined) return known;
  const templates = engine.parse(text);
  const parsed = { templates, program: new ProgramCompiler(engine, () => 1).compile(templates) };
  parsedTexts.set(text, parsed);
  return parsed;
}

function textOf(program: Program, context: RenderContext): string {
  const sink = new PlainSink();
  program(context, sink);
  return sink.text;
}

/**
 * Evaluates a Liquid expression, such as `entity.fields` or `operation.paged and item.size > 2`.
 * @throws PatternsError TEMPLATE_SYNTAX, TEMPLATE_RENDER naming what was evaluated
 */
export function evaluateExpression(expression: string, name: string, scope: JsonObject): unknown {
  return evaluate(name, scope, (engine, context): unknown => {
    const known = evaluators.get(expression);
    if (known !== undefined) return known(context);
    requireExpression(engine, expression, name);
    const evaluator = compileValue(new Value(expression, engine), engine, false);
    evaluators.set(expression, evaluator);
    return evaluator(context);
  });
}

const evaluators = new Map<string, Evaluate>();

/** LiquidJS takes what it can of a text and ignores the rest; here the whole text must be one expression. */
function requireExpression(engine: SandboxedLiquid, text: string, name: string): void {
  const tokenizer = new Tokenizer(text, engine.options.operators);
  try {
    const { initial } = tokenizer.readFilteredValue();
    tokenizer.skipBlank();
    if (isOneValue(initial.postfix) && tokenizer.end()) return;
  } catch (cause) {
    throw explain(cause, name, 'TEMPLATE_SYNTAX', engine, {});
  }
  throw new PatternsError('TEMPLATE_SYNTAX', `${name} is no Liquid expression: ${text}`, {
    hint: 'Write for example `entity.fields` or `entity.public and variables.region == "eu"`.',
  });
}

/**
 * Whether a Liquid condition holds. An absent key of a known map is false; an unknown name is an error.
 * @throws PatternsError TEMPLATE_SYNTAX, TEMPLATE_RENDER naming what was evaluated
 */
export function conditionHolds(condition: string, name: string, scope: JsonObject): boolean {
  return evaluate(name, scope, (engine, context) => {
    const { program, names } = conditionOf(engine, condition, name);
    const unknown = names.find((one) => !Object.hasOwn(scope, one) && !OPTIONAL_NAMES.has(one));
    if (unknown !== undefined) throw new Error(`undefined variable: ${unknown}`);
    return textOf(program, context) === 'true';
  });
}

interface Condition {
  readonly program: Program;
  readonly names: readonly string[];
}

const conditions = new Map<string, Condition>();

function conditionOf(engine: SandboxedLiquid, condition: string, name: string): Condition {
  const known = conditions.get(condition);
  if (known !== undefined) return known;
  requireExpression(engine, condition, name);
  const { templates, program } = parseOnce(engine, `{% if ${condition} %}true{% endif %}`);
  const made = { program, names: [...globalNames(templates).keys()] };
  conditions.set(condition, made);
  return made;
}

function evaluate<T>(
  name: string,
  scope: JsonObject,
  run: (engine: SandboxedLiquid, context: RenderContext) => T,
): T {
  const engine = engineFor(undefined);
  try {
    return run(engine, new RenderContext(engine, scope, undefined));
  } catch (cause) {
    throw explain(cause, name, 'TEMPLATE_RENDER', engine, scope);
  }
}

/** Line numbers by binary search over the starts of lines. */
function lineIndex(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

function explain(
  cause: unknown,
  name: string,
  code: 'TEMPLATE_SYNTAX' | 'TEMPLATE_RENDER',
  engine: SandboxedLiquid,
  scope: JsonObject,
): PatternsError {
  const inner = cause instanceof Error && 'originalError' in cause ? cause.originalError : undefined;
  const [line, column] = LiquidError.is(cause) ? cause.token.getPosition() : [];
  const place = { file: name, line, column };
  if (inner instanceof PatternsError) return inner;
  if (cause instanceof PatternsError) {
    if (cause.place !== undefined) return cause;
    return new PatternsError(cause.code, `${name}: ${cause.message}`, { place, hint: cause.hint, cause });
  }
  if (!(cause instanceof Error)) throw cause;
  const message = (inner instanceof Error ? inner.message : cause.message).replace(
    /, (?:file:.*, )?line:\d+, col:\d+$/,
    '',
  );
  if (inner instanceof RangeError || message.startsWith('Maximum call stack')) {
    return new PatternsError('TEMPLATE_LIMIT', 'the tags are nested too deep', {
      place,
      hint: 'Split the body, or nest fewer tags.',
      cause,
    });
  }
  if (/limit exceeded/.test(message)) {
    return new PatternsError('TEMPLATE_LIMIT', message, {
      place,
      hint: 'Look for a loop or range that is too large.',
      cause,
    });
  }
  return new PatternsError(code, message, { place, hint: hintFor(message, engine, scope), cause });
}

/** The keys of the map in which the last name of a path was looked for. */
function variableHint(path: readonly string[], scope: JsonObject): string {
  let parent: JsonValue | undefined = scope;
  for (const name of path.slice(0, -1)) parent = isJsonObject(parent) ? parent[name] : undefined;
  const keys = isJsonObject(parent) ? Object.keys(parent) : [];
  return nameHint(
    path.at(-1) ?? '',
    keys,
    path.length === 1 ? 'Names in scope' : `Keys of ${path.slice(0, -1).join('.')}`,
  );
}

function hintFor(message: string, engine: SandboxedLiquid, scope: JsonObject): string | undefined {
  const variable = /^undefined variable: ([\w.-]+)/.exec(message)?.[1];
  if (variable !== undefined) return variableHint(variable.split('.'), scope);
  const filter = /^undefined filter: ([\w-]+)/.exec(message)?.[1];
  if (filter !== undefined) return nameHint(filter, Object.keys(engine.filters), 'Known filters');
  const tag = /^tag "([\w-]+)" not found/.exec(message)?.[1];
  return tag === undefined ? undefined : nameHint(tag, Object.keys(engine.tags), 'Known tags');
}
