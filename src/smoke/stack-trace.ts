import { PatternsError } from '../model/error.ts';
import type { ServicePlan } from '../model/smoke-plan.ts';
import type { SmokeError, SmokeFrame } from '../model/smoke-report.ts';

/** Reads stack traces as the service's plan says they look. */
export class TraceReader {
  readonly #frame: RegExp;
  readonly #error: RegExp;
  readonly #deepest: 'first' | 'last';
  readonly #tree: string;
  readonly #files: ReadonlySet<string>;

  /**
   * @param tree the folder that the service runs in
   * @param files paths of the generated files
   */
  constructor(
    plan: Pick<ServicePlan, 'frame' | 'error' | 'deepest'>,
    tree: string,
    files: ReadonlySet<string>,
  ) {
    this.#frame = compile(plan.frame, 'g');
    this.#error = compile(plan.error, 'gm');
    this.#deepest = plan.deepest;
    this.#tree = tree.endsWith('/') ? tree : `${tree}/`;
    this.#files = files;
  }

  /** The last error in a text, with the frames that lie in the tree; undefined where there is none. */
  read(log: string): SmokeError | undefined {
    // Structured logs hold a trace as one JSON string.
    const text = log.replaceAll('\\n', '\n').replaceAll('\\"', '"');
    const last = [...text.matchAll(this.#error)].at(-1)?.groups;
    if (last === undefined) return undefined;
    return {
      class: (last['class'] ?? 'Error').slice(0, 300),
      message: this.#portable(last['message'] ?? '').slice(0, 2000),
      frames: this.#frames(text),
    };
  }

  #frames(text: string): readonly SmokeFrame[] {
    const frames = [...text.matchAll(this.#frame)].flatMap(({ groups }): SmokeFrame[] => {
      const path = this.#inTree(groups?.['path'] ?? '');
      const line = Number(groups?.['line']);
      if (path === undefined || !Number.isInteger(line)) return [];
      const name = groups?.['function'];
      return [{ path, line, ...(name === undefined ? {} : { function: name.slice(0, 300) }) }];
    });
    return (this.#deepest === 'last' ? frames : frames.toReversed()).slice(-100);
  }

  #inTree(path: string): string | undefined {
    const relative = path.startsWith(this.#tree) ? path.slice(this.#tree.length) : path;
    return this.#files.has(relative) ? relative : undefined;
  }

  /** Nothing of the machine goes into a report. */
  #portable(text: string): string {
    return text.replaceAll(this.#tree, '');
  }
}

function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new PatternsError('PATTERN_INVALID', `the service plan holds no regular expression: ${source}`, {
      cause,
    });
  }
}
