import { SECURITY_LEVELS } from '../model/pattern.ts';
import type { PolicyPart } from '../model/project-config.ts';
import type { Policy } from '../model/spec.ts';

/** What both allow: the policy of the project holds for every spec, and a spec may only be stricter. */
export function combinePolicies(spec: Policy, project: PolicyPart): Policy {
  const { statuses, tiers, min_security_level } = project;
  const stricter =
    min_security_level !== undefined &&
    SECURITY_LEVELS[min_security_level] > SECURITY_LEVELS[spec.min_security_level];
  return {
    statuses: statuses === undefined ? spec.statuses : spec.statuses.filter((one) => statuses.includes(one)),
    tiers: tiers === undefined ? spec.tiers : spec.tiers.filter((one) => tiers.includes(one)),
    prereleases: spec.prereleases && project.prereleases !== false,
    min_success_rate: Math.max(spec.min_success_rate, project.min_success_rate ?? 0),
    min_test_coverage: Math.max(spec.min_test_coverage, project.min_test_coverage ?? 0),
    min_production_readiness: Math.max(spec.min_production_readiness, project.min_production_readiness ?? 0),
    min_security_level: stricter ? min_security_level : spec.min_security_level,
    min_age_days: Math.max(spec.min_age_days, project.min_age_days ?? 0),
  };
}
