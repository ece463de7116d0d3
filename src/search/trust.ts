/**
 * What a lexical score counts, measured in semantic score, for one need: `best × k^1.5`, at most `1 / best`.
 *
 * `best` is the best lexical score that a pattern reaches: a need that names things finds most of its words in one
 * pattern, and a need in other words than the bank's finds few. `k` says how much that hit stands out: how far it lies
 * above the mean of all patterns, in standard deviations, over `√(2 ln n)`, which the best of `n` draws from a normal
 * distribution hardly exceeds. A hit by chance comes with others like it; words that mean one pattern are found
 * in that one. The power lies between 1, which suits needs in other words, and 2, which suits needs that name things:
 * docs/search.md has how little hangs on it. The limit lets the best lexical score count as much as a cosine of 1 and no
 * more, however large the bank.
 *
 * @param lexical the best lexical score of each pattern, NaN where none of its versions takes part. Always in one order,
 *   since the sum of floating-point numbers depends on it.
 */
export function trustOf(lexical: Float64Array): number {
  let [count, best, sum] = [0, 0, 0];
  for (const score of lexical) {
    if (Number.isNaN(score)) continue;
    count += 1;
    best = Math.max(best, score);
    sum += score;
  }
  if (best === 0) return 0;
  const mean = sum / count;
  let squares = 0;
  for (const score of lexical) if (!Number.isNaN(score)) squares += (score - mean) ** 2;
  const deviation = Math.sqrt(squares / count);
  // Among equals, and alone, there is nothing to stand out from.
  const standing = deviation === 0 ? 1 : (best - mean) / deviation / Math.sqrt(2 * Math.log(count));
  // The square root is exact on every machine, a power need not be.
  return Math.min(best * standing * Math.sqrt(standing), 1 / best);
}
