/** Turns texts into vectors whose dot product is their similarity. */
export interface Embedder {
  /**
   * Name and version of all that decides the numbers. It is part of the key of every stored vector, so vectors of two
   * embedders never meet.
   */
  readonly identity: string;
  readonly dimension: number;
  /**
   * One vector a text, of length 1.
   * @throws PatternsError EMBEDDER_UNAVAILABLE
   */
  embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
}
