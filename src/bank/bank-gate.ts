import { PatternsError } from '../model/error.ts';
import type { PatternBank } from './pattern-bank.ts';

/** Why no bank is asked for new resolutions. */
export type BankState =
  | { readonly kind: 'on' }
  /** Switched off by flag or option. */
  | { readonly kind: 'off'; readonly reason: string }
  /** Failed once; asked no more in this run, so that a dead bank costs one time-out. */
  | { readonly kind: 'down'; readonly error: PatternsError };

/** The one way to the bank: opened at most once, when first needed; given up after the first failure to reach it. */
export class BankGate {
  readonly address: string;
  readonly #connect: () => Promise<PatternBank>;
  #state: BankState;
  #connecting: Promise<PatternBank> | undefined;
  #bank: PatternBank | undefined;

  constructor(address: string, state: BankState, connect: () => Promise<PatternBank>) {
    this.address = address;
    this.#state = state;
    this.#connect = connect;
  }

  get state(): BankState {
    return this.#state;
  }

  /**
   * Uses the bank, for commands that cannot do without it.
   * @throws PatternsError BANK_UNREACHABLE and what the use throws
   */
  async use<T>(act: (bank: PatternBank) => Promise<T>): Promise<T> {
    if (this.#state.kind === 'down') throw this.#state.error;
    try {
      this.#connecting ??= this.#connect();
      this.#bank = await this.#connecting;
      return await act(this.#bank);
    } catch (cause) {
      if (cause instanceof PatternsError && cause.code === 'BANK_UNREACHABLE')
        this.#state = { kind: 'down', error: cause };
      throw cause;
    }
  }

  async close(): Promise<void> {
    await this.#bank?.close();
  }
}
