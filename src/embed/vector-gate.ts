import { PatternsError } from '../model/error.ts';
import type { VectorStore } from './pattern-vectors.ts';

/**
 * The one way to vectors: opened when first needed, given up after the first failure, so that an endpoint that hangs
 * costs one time-out and not one for each need.
 */
export class VectorGate {
  readonly #open: (() => Promise<VectorStore>) | undefined;
  #opening: Promise<VectorStore> | undefined;
  #failure: PatternsError | undefined;

  /** @param open undefined where search is to go by words alone */
  constructor(open: (() => Promise<VectorStore>) | undefined) {
    this.#open = open;
  }

  /** Why there are no vectors although there should be. */
  get failure(): PatternsError | undefined {
    return this.#failure;
  }

  /**
   * Uses the vectors; undefined without them, whether by choice or because the embedder failed.
   * @throws PatternsError EMBEDDER_MISMATCH and what the use throws, but for EMBEDDER_UNAVAILABLE
   */
  async use<T>(act: (store: VectorStore) => Promise<T>): Promise<T | undefined> {
    if (this.#open === undefined || this.#failure !== undefined) return undefined;
    try {
      this.#opening ??= this.#open();
      return await act(await this.#opening);
    } catch (cause) {
      if (!(cause instanceof PatternsError) || cause.code !== 'EMBEDDER_UNAVAILABLE') throw cause;
      this.#failure = cause;
      return undefined;
    }
  }
}
