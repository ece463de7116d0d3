import { type Template, type Token, toValueSync, TypeGuards, Value } from 'liquidjs';

/**
 * The names that templates read from outside of themselves, with the token that reads each first. LiquidJS has such an
 * analysis too, but works out line and column of every use, which takes longer than rendering.
 */
export function globalNames(templates: readonly Template[]): ReadonlyMap<string, Token> {
  const analysis = new Analysis();
  for (const template of templates) analysis.visit(template);
  return analysis.globals;
}

class Analysis {
  readonly globals = new Map<string, Token>();
  /** Names of the template itself, then of the blocks that are open. */
  readonly #scopes: Set<string>[] = [new Set()];

  visit(template: Template): void {
    for (const argument of template.arguments?.() ?? []) this.#read(argument);
    for (const name of template.localScope?.() ?? []) this.#scopes[0]?.add(name.content);
    if (template.children === undefined) return;
    const block = template.blockScope?.();
    if (block !== undefined) this.#scopes.push(new Set(block));
    const children: unknown = toValueSync(template.children(false, true));
    if (Array.isArray(children)) for (const child of children) if (isTemplate(child)) this.visit(child);
    if (block !== undefined) this.#scopes.pop();
  }

  #read(value: unknown): void {
    if (value instanceof Value) this.#readFiltered(value);
    else if (TypeGuards.isRangeToken(value)) {
      this.#read(value.lhs);
      this.#read(value.rhs);
    } else if (TypeGuards.isPropertyAccessToken(value)) this.#readPath(value);
    else if (isFiltered(value)) this.#readFiltered(value);
  }

  #readFiltered({ initial, filters }: Filtered): void {
    for (const token of initial.postfix) this.#read(token);
    for (const { args } of filters) {
      for (const argument of args) this.#read(Array.isArray(argument) ? argument[1] : argument);
    }
  }

  /** `a.b[c]` reads `a` and `c`. */
  #readPath(path: { readonly props: readonly unknown[] } & Token): void {
    const [root, ...rest] = path.props;
    if (TypeGuards.isPropertyAccessToken(root)) this.#readPath(root);
    else if (TypeGuards.isWordToken(root) || TypeGuards.isQuotedToken(root)) this.#note(root.content, path);
    for (const property of rest) this.#read(property);
  }

  #note(name: string, token: Token): void {
    if (this.globals.has(name) || this.#scopes.some((scope) => scope.has(name))) return;
    this.globals.set(name, token);
  }
}

/** What has a value and filters: an output, an argument of a tag, an expression in brackets. */
interface Filtered {
  readonly initial: { readonly postfix: readonly unknown[] };
  readonly filters: readonly { readonly args: readonly unknown[] }[];
}

function isFiltered(value: unknown): value is Filtered {
  return typeof value === 'object' && value !== null && 'initial' in value && 'filters' in value;
}

function isTemplate(value: unknown): value is Template {
  return typeof value === 'object' && value !== null && 'render' in value && 'token' in value;
}
