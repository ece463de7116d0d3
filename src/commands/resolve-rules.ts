import { PatternsError } from '../model/error.ts';
import type { Tier } from '../model/pattern.ts';
import type { Release } from '../model/release.ts';
import type { Policy } from '../model/spec.ts';
import type { ResolveFrom } from '../resolve/resolve-from.ts';
import type { DemandContext } from './write-pattern.ts';
import type { Workspace } from './workspace.ts';

/** What resolving goes by. */
export interface ResolveRules {
  readonly policy: Policy;
  /** What a language model is told of the spec. */
  readonly context: DemandContext;
  readonly from: ResolveFrom;
}

/** @throws PatternsError BANK_UNREACHABLE with the reason, where the bank is wanted and will not be asked */
export function requireBank({ bank }: Workspace, { from, policy }: ResolveRules): void {
  if (from.kind === 'tiers') return;
  if (bank.state.kind === 'down') throw bank.state.error;
  const why =
    bank.state.kind === 'off'
      ? bank.state.reason
      : policy.tiers.includes('bank')
        ? undefined
        : 'the policy leaves it out';
  if (why === undefined) return;
  throw new PatternsError('BANK_UNREACHABLE', `the bank ${bank.address} is required and not asked: ${why}`, {
    hint: 'Let it be asked, or do without --require-bank and --release.',
    details: { reason: why },
  });
}

/** A release is of a bank, and golden keeps what was frozen of it. */
export function isOfReleases(tier: Tier): boolean {
  return tier === 'golden' || tier === 'bank';
}

/** The error for a demand that no version of a release satisfies. */
export function notReleased({ name }: Release, { code, message, details }: PatternsError): PatternsError {
  return new PatternsError(code, `the release ${name} does not answer: ${message}`, {
    hint: 'Freeze a release that has it, or lock without --release.',
    details: { ...details, release: name },
  });
}
