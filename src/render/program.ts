import {
  AssignTag,
  BreakTag,
  CaptureTag,
  CaseTag,
  CommentTag,
  ContinueTag,
  CycleTag,
  EchoTag,
  ForTag,
  IfTag,
  InlineCommentTag,
  type Liquid,
  LiquidError,
  LiquidTag,
  Output,
  RawTag,
  RenderError,
  type Template,
  toValue,
  toValueSync,
  TypeGuards,
  UnlessTag,
  isTruthy,
  Value,
} from 'liquidjs';
import { PatternsError } from '../model/error.ts';
import { compileToken, compileValue, equals, type Evaluate } from './expression.ts';
import { compileLoop } from './for-loop.ts';
import { ContributeTag, SlotTag } from './liquid-tags.ts';
import type { RenderContext } from './render-context.ts';
import { PlainSink, printed, type Sink } from './sink.ts';

/** A run of templates as a function. */
export type Program = (context: RenderContext, sink: Sink) => void;

/** Turns parsed templates into functions; parts that no render reaches are never turned. */
export class ProgramCompiler {
  readonly #engine: Liquid;
  readonly #lineAt: (offset: number) => number;

  constructor(engine: Liquid, lineAt: (offset: number) => number) {
    this.#engine = engine;
    this.#lineAt = lineAt;
  }

  compile(templates: readonly Template[]): Program {
    let steps: readonly Step[] | undefined;
    return (context, sink) => {
      steps ??= templates.map((template) => this.#step(template));
      // An empty loop body takes a step too.
      context.spend();
      for (const step of steps) {
        context.spend();
        if (step.text !== undefined) sink.write(step.text, step.line, true);
        else {
          run(step, context, sink);
          if (context.breakCalled || context.continueCalled) return;
        }
      }
    };
  }

  #step(template: Template): Step {
    const { token } = template;
    if (TypeGuards.isHTMLToken(token))
      return { text: token.getContent(), line: this.#lineAt(token.begin + token.trimLeft) };
    const line = this.#lineAt(token.begin);
    return { template, line, act: this.#act(template, line) };
  }

  #value(value: unknown, lenient: boolean): Evaluate {
    if (value instanceof Value) return compileValue(value, this.#engine, lenient);
    throw new PatternsError('INTERNAL', 'a tag holds something else than a value');
  }

  #act(template: Template, line: number): Program {
    if (template instanceof Output) return print(this.#value(template.value, false), line);
    if (template instanceof IfTag || template instanceof UnlessTag) return this.#choose(template);
    if (template instanceof ForTag) return compileLoop(template, (templates) => this.compile(templates));
    if (template instanceof AssignTag) return this.#assign(template);
    if (template instanceof CaptureTag) return this.#capture(template);
    if (template instanceof CaseTag) return this.#case(template);
    if (template instanceof LiquidTag) return this.compile(template.templates);
    if (template instanceof EchoTag) {
      const [value] = template.arguments();
      return value === undefined ? NOTHING : print(this.#value(value, false), line);
    }
    if (template instanceof RawTag) {
      const text = template.render();
      return (_, sink) => {
        sink.write(text, line, false);
      };
    }
    if (template instanceof CycleTag)
      return print((context) => toValueSync(template.render(context, NO_EMITTER)), line);
    if (template instanceof BreakTag)
      return (context) => {
        context.breakCalled = true;
      };
    if (template instanceof ContinueTag)
      return (context) => {
        context.continueCalled = true;
      };
    if (template instanceof CommentTag || template instanceof InlineCommentTag) return NOTHING;
    if (template instanceof SlotTag)
      return (context, sink) => {
        template.place(context, sink, line);
      };
    if (template instanceof ContributeTag) {
      const body = this.compile(template.templates);
      return (context, sink) => {
        template.contribute(body, context, sink);
      };
    }
    throw new PatternsError('INTERNAL', `no program for ${template.token.getText()}`);
  }

  #choose(tag: IfTag | UnlessTag): Program {
    const branches = tag.branches.map((branch) => ({
      value: this.#value(branch.value, true),
      test: 'test' in branch ? branch.test : isTruthy,
      body: this.compile(branch.templates),
    }));
    const otherwise = this.compile(tag.elseTemplates ?? []);
    return (context, sink) => {
      const branch = branches.find(({ value, test }) => test(value(context), context));
      (branch?.body ?? otherwise)(context, sink);
    };
  }

  #assign(tag: AssignTag): Program {
    const [argument] = tag.arguments();
    const [name] = tag.localScope();
    const value = this.#value(argument, true);
    const key = name?.content ?? '';
    return (context) => {
      context.assign(key, value(context));
    };
  }

  #capture(tag: CaptureTag): Program {
    const body = this.compile(tag.templates);
    return (context) => {
      const inner = new PlainSink();
      body(context, inner);
      context.assign(tag.variable, inner.text);
    };
  }

  #case(tag: CaseTag): Program {
    const target = this.#value(tag.value, true);
    const branches = tag.branches.map(({ values, templates }) => ({
      values: values.map((token) => compileToken(token, true)),
      body: this.compile(templates),
    }));
    const otherwise = this.compile(tag.elseTemplates);
    return (context, sink) => {
      const found: unknown = toValue(target(context));
      let hit = false;
      for (const { values, body } of branches) {
        if (!values.some((value) => equals(found, value(context), context))) continue;
        body(context, sink);
        hit = true;
      }
      if (!hit) otherwise(context, sink);
    };
  }
}

type Step =
  | { readonly text: string; readonly line: number }
  | { readonly text?: undefined; readonly line: number; readonly template: Template; readonly act: Program };

const NOTHING: Program = () => {};

/** LiquidJS's own cycle returns its text. */
const NO_EMITTER = { buffer: '', write: () => {} };

function print(value: Evaluate, line: number): Program {
  return (context, sink) => {
    sink.write(printed(toValue(value(context))), line, false);
  };
}

function run(step: Exclude<Step, { text: string }>, context: RenderContext, sink: Sink): void {
  try {
    step.act(context, sink);
  } catch (cause) {
    if (cause instanceof PatternsError || LiquidError.is(cause)) throw cause;
    throw new RenderError(cause instanceof Error ? cause : new Error(String(cause)), step.template);
  }
}
