/** z of a one-sided 90 % bound: the 0.9 quantile of the standard normal distribution. */
const Z = 1.28155;
/** How many observed runs the declared success rate is worth. */
const PRIOR_RUNS = 2;

export interface SuccessEvidence {
  /** Declared by the publisher, between 0 and 1. */
  readonly declared: number;
  readonly successes: number;
  readonly failures: number;
}

export interface SuccessEstimate {
  /** Mean of the posterior. */
  readonly mean: number;
  /** Lower bound of Wilson's score interval (Wilson 1927): what the ranking weighs. */
  readonly lower: number;
}

/** What is to be expected of a version: observed runs, with the declared rate as a prior worth two of them. */
export function estimateSuccess({ declared, successes, failures }: SuccessEvidence): SuccessEstimate {
  const n = successes + failures + PRIOR_RUNS;
  const mean = (successes + declared * PRIOR_RUNS) / n;
  const z2 = Z * Z;
  const centre = mean + z2 / (2 * n);
  const spread = Z * Math.sqrt((mean * (1 - mean)) / n + z2 / (4 * n * n));
  return { mean, lower: Math.max(0, (centre - spread) / (1 + z2 / n)) };
}
