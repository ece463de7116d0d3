import { PatternsError } from '../model/error.ts';

/**
 * The vector scaled to length 1.
 * @throws PatternsError EMBEDDER_UNAVAILABLE for another dimension, a number that is not finite, or a zero vector
 */
export function normalised(vector: Float32Array, dimension: number): Float32Array {
  if (vector.length !== dimension) throw refuse(`a vector of ${vector.length} numbers, not ${dimension}`);
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  if (!Number.isFinite(length)) throw refuse('a vector with a number that is not finite');
  if (length === 0) throw refuse('a vector of zeros');
  return vector.map((x) => x / length);
}

/** The mean of vectors, of length 1. */
export function pooled(vectors: readonly Float32Array[], dimension: number): Float32Array {
  const [only] = vectors;
  if (only !== undefined && vectors.length === 1) return only;
  const sum = new Float32Array(dimension);
  for (const vector of vectors) for (let i = 0; i < dimension; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0);
  return normalised(sum, dimension);
}

function refuse(what: string): PatternsError {
  return new PatternsError('EMBEDDER_UNAVAILABLE', `the embedder answered with ${what}`, {
    hint: 'Check the embedder; until then search goes by words alone.',
  });
}
