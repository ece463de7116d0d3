/** `npm run torture` sets the long form and the seed; `npm test` runs the short one. */
export const LONG = process.env['PATTERNS_TORTURE'] === 'long';
export const SEED = Number(process.env['PATTERNS_SEED'] ?? String(Date.now() % 1_000_000));

/** How often, in the short form and in the long one. */
export function times(short: number, long: number): number {
  const scale = Number(process.env['PATTERNS_SCALE'] ?? '1');
  return LONG ? Math.max(1, Math.round(long * scale)) : short;
}

/** Whole numbers below a limit, the same for the same seed (LCG of Numerical Recipes). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    // The low bits of such a sequence repeat early.
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  of<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }
}

export function say(line: string): void {
  process.stdout.write(`torture: ${line}\n`);
}
