/** z of a one-sided 90 % bound: the 0.9 quantile of the standard normal distribution. */
const Z = 1.28155;
/** How many observed runs the declared success rate is worth. */
export const PRIOR_RUNS = 2;
/** What a run of a version that this one was made from is worth here, and how many of them count at most. */
const DAMPING = 0.5;
const MAX_INHERITED = 4;

/** Runs that were not observed of the version itself: a rate, and how many observed runs it is worth. */
export interface Prior {
  readonly rate: number;
  readonly runs: number;
}

export interface SuccessEvidence {
  /** Declared by the publisher, between 0 and 1; worth `PRIOR_RUNS` runs. */
  readonly declared: number;
  readonly successes: number;
  readonly failures: number;
  /** From the versions that this one was made from. */
  readonly inherited?: Prior | undefined;
}

/** A Beta posterior by its mean and a two-sided 80 % interval. */
export interface SuccessEstimate {
  readonly mean: number;
  /** Lower bound of Wilson's score interval (Wilson 1927): what the ranking weighs. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * What is to be expected of a version: Beta(declared × 2 + inherited + successes, …), whose interval is Wilson's over
 * that many runs. Counts are integers and the arithmetic is of the four operations and a square root, so that every
 * machine, and any order in which the outcomes came, gives the same numbers.
 */
export function estimateSuccess(evidence: SuccessEvidence): SuccessEstimate {
  const { rate: mean, runs: n } = posteriorOf(evidence);
  const z2 = Z * Z;
  const centre = mean + z2 / (2 * n);
  const spread = Z * Math.sqrt((mean * (1 - mean)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  return {
    mean,
    lower: Math.max(0, (centre - spread) / scale),
    upper: Math.min(1, (centre + spread) / scale),
  };
}

function posteriorOf({ declared, successes, failures, inherited }: SuccessEvidence): Prior {
  const { rate, runs } = inherited ?? { rate: 0, runs: 0 };
  const n = successes + failures + PRIOR_RUNS + runs;
  return { rate: (successes + declared * PRIOR_RUNS + rate * runs) / n, runs: n };
}

/** What success weighs beside relevance: this while nothing was observed, … */
const FIRST_WEIGHT = 0.2;
/** … and so much more in the end; half of it after `HALFWAY` observed runs. */
const LEARNT_WEIGHT = 0.5;
const HALFWAY = 10;

/**
 * How success scales relevance, between 0 and 1: by the lower bound, which counts the more the more runs were observed. While
 * nothing is known, relevance decides nearly alone; what has been seen to fail falls behind what has been seen to work.
 */
export function successFactor(estimate: SuccessEstimate, observedRuns: number): number {
  const weight = FIRST_WEIGHT + (LEARNT_WEIGHT * observedRuns) / (observedRuns + HALFWAY);
  return 1 - weight + weight * estimate.lower;
}

/** A version with what it was made from. */
export interface Derived {
  /** `id@version`. */
  readonly ref: string;
  readonly derivedFrom: readonly string[];
  readonly declared: number;
  readonly successes: number;
  readonly failures: number;
}

/**
 * The prior that each version inherits along the derivation graph: half of the observed runs of its parents (what those
 * inherited included), at most four runs a parent, averaged over the parents. Parents that are not known are left out;
 * versions that derive from each other in a circle inherit nothing within it.
 */
export function inheritedPriors(versions: readonly Derived[]): ReadonlyMap<string, Prior> {
  const priors = new Map<string, Prior>();
  const seen = new Map<string, Prior>();
  const inherit = (version: Derived): Prior => {
    const parents = [...new Set(version.derivedFrom)].sort().flatMap((ref) => seen.get(ref) ?? []);
    const prior = average(
      parents.map(({ rate, runs }) => ({ rate, runs: Math.min(runs, MAX_INHERITED) * DAMPING })),
    );
    if (prior.runs > 0) priors.set(version.ref, prior);
    return prior;
  };
  const { ordered, circular } = parentsFirst(versions);
  for (const version of ordered) {
    const prior = inherit(version);
    const runs = version.successes + version.failures + prior.runs;
    if (runs > 0) seen.set(version.ref, { rate: (version.successes + prior.rate * prior.runs) / runs, runs });
  }
  for (const version of circular) inherit(version);
  return priors;
}

/** Parents before children (Kahn 1962); `circular` is what lies on a circle or behind one. */
function parentsFirst(versions: readonly Derived[]): {
  ordered: readonly Derived[];
  circular: readonly Derived[];
} {
  const known = new Map(versions.map((version) => [version.ref, version]));
  const waiting = new Map<string, number>();
  const children = new Map<string, Derived[]>();
  for (const version of known.values()) {
    const parents = [...new Set(version.derivedFrom)].filter((ref) => known.has(ref));
    waiting.set(version.ref, parents.length);
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), version]);
  }
  const ordered = [...known.values()].filter(({ ref }) => waiting.get(ref) === 0);
  for (const parent of ordered) {
    for (const child of children.get(parent.ref) ?? []) {
      const left = (waiting.get(child.ref) ?? 0) - 1;
      waiting.set(child.ref, left);
      if (left === 0) ordered.push(child);
    }
  }
  const done = new Set(ordered.map(({ ref }) => ref));
  return { ordered, circular: [...known.values()].filter(({ ref }) => !done.has(ref)) };
}

const NOTHING: Prior = { rate: 0, runs: 0 };

function average(priors: readonly Prior[]): Prior {
  if (priors.length === 0) return NOTHING;
  const runs = priors.reduce((sum, prior) => sum + prior.runs, 0);
  const rate = priors.reduce((sum, prior) => sum + prior.rate * prior.runs, 0) / runs;
  return { rate, runs: runs / priors.length };
}
