import semver from 'semver';
import { productionReadinessScore, SECURITY_LEVELS } from '../model/pattern.ts';
import type { Policy } from '../model/spec.ts';
import type { Candidate } from './candidate.ts';

/**
 * Why a policy keeps a version out, or undefined when it may be used.
 * @param exact the version was asked for by its exact number, which lets candidates and prereleases in
 */
export function policyRefusal(
  candidate: Candidate,
  policy: Policy,
  exact: 'exact' | 'range',
): string | undefined {
  const { status, record, successRate, version, ageDays } = candidate;
  if (status === 'yanked' || status === 'quarantined') return `it is ${status}`;
  if (exact === 'range') {
    if (!policy.statuses.includes(status)) return `it is a ${status} version`;
    if (semver.prerelease(version) !== null && !policy.prereleases) return 'it is a prerelease';
  }
  const { quality } = record;
  if (successRate < policy.min_success_rate)
    return `its success rate ${round(successRate)} is below ${policy.min_success_rate}`;
  if (quality.test_coverage < policy.min_test_coverage) {
    return `its test coverage ${round(quality.test_coverage)} is below ${policy.min_test_coverage}`;
  }
  if (SECURITY_LEVELS[quality.security_level] < SECURITY_LEVELS[policy.min_security_level]) {
    return `its security level ${quality.security_level} is below ${policy.min_security_level}`;
  }
  if (ageDays !== undefined && ageDays < policy.min_age_days)
    return `it is ${ageDays} days old, and ${policy.min_age_days} are asked for`;
  const readiness = productionReadinessScore(quality, successRate);
  if (readiness >= policy.min_production_readiness) return undefined;
  return `its production readiness ${round(readiness)} is below ${policy.min_production_readiness}`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
