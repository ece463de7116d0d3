import { Context, type Liquid } from 'liquidjs';
import { PatternsError } from '../model/error.ts';
import type { JsonObject } from '../model/json.ts';
import type { SlotFillings } from './slots.ts';

/** Template nodes that one render may visit: counted, not timed, so that slow machines render the same. */
const MAX_STEPS = 5_000_000;

type Names = Record<string, unknown>;

/** What one render reads and spends: the names in scope, the steps left, and the slots of its frame. */
export class RenderContext extends Context {
  /** Undefined for the short templates of a spec. */
  readonly fillings: SlotFillings | undefined;
  #stepsLeft = MAX_STEPS;
  /** The scopes of LiquidJS, which keeps its own list private. */
  readonly #scopes: Names[];
  readonly #environment: Names;

  constructor(engine: Liquid, scope: JsonObject, fillings: SlotFillings | undefined) {
    super(scope, engine.options, { sync: true });
    this.fillings = fillings;
    this.#scopes = [this.bottom()];
    this.#environment = scope;
  }

  spend(): void {
    if (--this.#stepsLeft >= 0) return;
    throw new PatternsError('TEMPLATE_LIMIT', `the template takes more than ${MAX_STEPS} steps`, {
      hint: 'Look for a loop over too large a list, or split the file.',
    });
  }

  override push(scope: Names): number {
    this.#scopes.push(scope);
    return super.push(scope);
  }

  override pop(): Names | undefined {
    this.#scopes.pop();
    return super.pop();
  }

  /** Names a value for the rest of the render. */
  assign(name: string, value: unknown): void {
    this.bottom()[name] = value;
  }

  /** The innermost scope that has a name. */
  scopeOf(name: string): Names {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const scope = this.#scopes[i];
      if (scope !== undefined && name in scope) return scope;
    }
    return name in this.#environment ? this.#environment : this.globals;
  }
}
