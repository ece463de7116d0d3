import type { BankEntry, PatternBank } from '../bank/pattern-bank.ts';
import { PatternsError } from '../model/error.ts';
import type { LockedPattern } from '../model/lockfile.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';
import type { Policy } from '../model/spec.ts';
import type { NeedCandidate } from './answer-need.ts';
import { trackRecords } from './track-record.ts';
import type { Workspace } from './workspace.ts';

const NO_COUNTS = { successes: 0, failures: 0 };
const DAY = 24 * 60 * 60 * 1000;

/** What golden knows: frozen versions, with the quality that they had then. */
export function goldenCandidates(
  workspace: Workspace,
  lines: readonly LockedPattern[],
): readonly NeedCandidate[] {
  const now = workspace.host.now();
  return lines.map((line) => {
    const record = workspace.golden.record(line, line.quality);
    const { body } = workspace.golden.frozen(line, line.digest);
    return {
      ...refOf(line),
      digest: line.digest,
      body,
      tier: 'golden',
      status: 'production',
      record,
      successRate: record.quality.success_rate,
      ageDays: daysBetween(line.frozen_at, now),
      counts: NO_COUNTS,
    };
  });
}

/** What the bank knows, weighed by its outcomes. Publication dates are read where the policy asks for an age. */
export async function bankCandidates(
  workspace: Workspace,
  bank: PatternBank,
  entries: readonly BankEntry[],
  policy: Policy,
): Promise<readonly NeedCandidate[]> {
  const records = await trackRecords(bank, entries);
  const now = workspace.host.now();
  const candidates: NeedCandidate[] = [];
  for (const entry of entries) {
    const { digest, body, status, record, counts } = entry;
    const track = records.get(formatRef(entry));
    const [published] = policy.min_age_days === 0 ? [] : await bank.history(entry);
    candidates.push({
      ...refOf(entry),
      digest,
      body,
      tier: 'bank',
      status,
      record,
      successRate: track?.estimate.mean ?? record.quality.success_rate,
      ageDays: published === undefined ? undefined : daysBetween(published.at, now),
      counts,
      inherited: track?.inherited,
    });
  }
  return candidates;
}

/** The built-in templates; they are as old as the release. */
export function staticCandidates(workspace: Workspace, patternId?: string): readonly NeedCandidate[] {
  const { statics } = workspace;
  return (patternId === undefined ? statics.all() : statics.versionsOf(patternId)).map(
    ({ pattern, digest }) => ({
      ...refOf(pattern.frozen),
      digest,
      body: pattern.frozen.body,
      tier: 'static',
      status: 'production',
      record: pattern.record,
      successRate: pattern.record.quality.success_rate,
      ageDays: undefined,
      counts: NO_COUNTS,
    }),
  );
}

/** The bank's word on a version stands over golden's, since it knows the status; their bodies must be the same. */
export function mergeCandidates(
  golden: readonly NeedCandidate[],
  bank: readonly NeedCandidate[],
): readonly NeedCandidate[] {
  const merged = new Map(golden.map((candidate) => [formatRef(candidate), candidate]));
  for (const candidate of bank) {
    const key = formatRef(candidate);
    const frozen = merged.get(key);
    if (frozen !== undefined && frozen.digest !== candidate.digest) {
      throw new PatternsError(
        'PATTERN_MISMATCH',
        `the bank's ${key} is not the one that was frozen: golden has ${frozen.digest}, the bank has ${candidate.digest}`,
        {
          hint: 'A published version never changes. Find out who changed it; publish the new content under a new version.',
          details: { pattern: key, golden: frozen.digest, bank: candidate.digest },
        },
      );
    }
    merged.set(key, { ...candidate, ageDays: older(frozen?.ageDays, candidate.ageDays) });
  }
  return [...merged.values()];
}

function older(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return b ?? a;
  return Math.max(a, b);
}

/** A time in the future, of a clock that was wrong, makes no version old. */
function daysBetween(from: string, to: string): number {
  return Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / DAY));
}

export function refOf(ref: PatternRef): PatternRef {
  return { pattern_id: ref.pattern_id, version: ref.version };
}
