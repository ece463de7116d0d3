import semver from 'semver';
import { PatternsError } from '../model/error.ts';
import { formatRef } from '../model/pattern.ts';
import type { ConsideredVersion } from '../model/resolution.ts';
import type { Demand, Policy } from '../model/spec.ts';
import type { Candidate } from './candidate.ts';
import { policyRefusal } from './policy.ts';

type Reference = Extract<Demand, { kind: 'reference' }>;

export interface ReferenceChoice {
  readonly chosen: Candidate | undefined;
  readonly reason: string;
  /** Highest version first. */
  readonly considered: readonly ConsideredVersion[];
}

/**
 * Chooses the highest version that satisfies range and policy; a deprecated one only where no other is left.
 * Ranges are those of node-semver. A pure function: the order of the candidates changes nothing.
 */
export function resolveReference(
  reference: Reference,
  candidates: readonly Candidate[],
  policy: Policy,
): ReferenceChoice {
  const { range, pattern_id } = reference;
  const exact = semver.valid(range) === null ? 'range' : 'exact';
  const judged = candidates
    .filter((candidate) => candidate.pattern_id === pattern_id)
    .toSorted((a, b) => semver.rcompare(a.version, b.version))
    .map((candidate) => ({ candidate, refused: refusal(candidate, range, policy, exact) }));
  const allowed = judged.filter(({ refused }) => refused === undefined).map(({ candidate }) => candidate);
  const chosen = allowed.find(({ status }) => status !== 'deprecated') ?? allowed[0];
  const considered = judged.map(({ candidate, refused }) => ({
    pattern_id,
    version: candidate.version,
    ...(refused === undefined ? {} : { refused }),
  }));
  return { chosen, reason: reasonFor(chosen, range, considered.length, exact), considered };
}

function refusal(
  candidate: Candidate,
  range: string,
  policy: Policy,
  exact: 'exact' | 'range',
): string | undefined {
  if (!semver.satisfies(candidate.version, range, { includePrerelease: policy.prereleases }))
    return `outside of ${range}`;
  return policyRefusal(
    candidate,
    policy,
    semver.prerelease(candidate.version) !== null && namesPrerelease(range) ? 'exact' : exact,
  );
}

/** `^1.0.0-rc.1` asks for prereleases of 1.0.0 by itself, as node-semver has it. */
function namesPrerelease(range: string): boolean {
  return new semver.Range(range).set
    .flat()
    .some((comparator) => (comparator.semver.prerelease ?? []).length > 0);
}

function reasonFor(
  chosen: Candidate | undefined,
  range: string,
  count: number,
  exact: 'exact' | 'range',
): string {
  if (chosen === undefined) return `none of ${count} versions satisfies ${range} and the policy`;
  const deprecated = chosen.status === 'deprecated' ? ', deprecated, as no other is left' : '';
  if (exact === 'exact') return `the exact version that was asked for${deprecated}`;
  return `the highest of ${count} ${count === 1 ? 'version' : 'versions'} that satisfies ${range} and the policy${deprecated}`;
}

/**
 * The error for a reference that nothing satisfies.
 * @param known the ids that the tiers know, to find what was meant
 */
export function unsatisfied(
  reference: Reference,
  considered: readonly ConsideredVersion[],
  hint: string,
): PatternsError {
  const requirement = `${reference.pattern_id}@${reference.range}`;
  if (considered.length === 0) {
    return new PatternsError('PATTERN_NOT_FOUND', `no tier knows a pattern \`${reference.pattern_id}\``, {
      hint,
      details: { requirement },
    });
  }
  const list = considered.map((one) => `  ${formatRef(one)}: ${one.refused ?? 'satisfies'}`).join('\n');
  const policy = considered.some((one) => one.refused !== undefined && !one.refused.startsWith('outside of'));
  return new PatternsError(
    policy ? 'POLICY_UNMET' : 'VERSION_UNSATISFIED',
    `no version satisfies ${requirement}; these exist:\n${list}`,
    {
      hint: policy
        ? 'Change the range or the policy of the spec, or publish a version that meets it.'
        : 'Change the range, or publish a version that satisfies it.',
      details: { requirement, versions: considered.map((one) => one.version) },
    },
  );
}
