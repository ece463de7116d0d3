import { requirementOf } from '../canon/requirement.ts';
import { PatternsError } from '../model/error.ts';
import type { Resolution } from '../model/resolution.ts';
import type { Demand, Policy } from '../model/spec.ts';
import type { Candidate } from '../resolve/candidate.ts';
import type { Workspace } from './workspace.ts';

export async function answerNeed(
  _workspace: Workspace,
  demand: Extract<Demand, { kind: 'need' }>,
  _policy: Policy,
  _golden: () => readonly Candidate[],
): Promise<Resolution> {
  throw new PatternsError('NEED_UNANSWERED', `TODO ${requirementOf(demand)}`);
}
