import type { Pin } from '../model/lockfile.ts';
import { formatRef, type Tier } from '../model/pattern.ts';
import type { Resolution } from '../model/resolution.ts';
import type { ResolveFrom } from '../resolve/resolve-from.ts';
import { findRelease } from './freeze-release.ts';
import { loadSpec } from './load-spec.ts';
import { freeze, planLock, type Staleness, untilNotOvertaken, type Update } from './lock-spec.ts';
import { withdrawnPins, type WithdrawnPin } from './withdrawn-pins.ts';
import type { Workspace } from './workspace.ts';

export interface LockReport {
  readonly lockfile: string;
  readonly changed: boolean;
  readonly pins: readonly Pin[];
  /** How many of the patterns came from which tier when they were frozen. */
  readonly tiers: Readonly<Record<Tier, number>>;
  /** What this run resolved, and why so. */
  readonly resolutions: readonly Resolution[];
  /** What was stale before. */
  readonly stale: readonly Staleness[];
  /** Pinned versions that the bank has yanked or quarantined; looked for in a check. */
  readonly withdrawn: readonly WithdrawnPin[];
}

export interface LockOptions {
  readonly update: Update;
  /** `check` writes nothing, refuses a stale lock, and asks the bank for statuses and the release alone. */
  readonly mode: 'write' | 'check';
  readonly bank: 'optional' | 'required';
  /** The name of the release whose versions are the only candidates. */
  readonly release: string | undefined;
}

/**
 * Resolves what the lock of a spec lacks, and freezes it.
 *
 * @param spec absolute path
 * @throws PatternsError LOCK_STALE in a check; RELEASE_NOT_FOUND; BANK_UNREACHABLE where the bank is required
 */
export async function lock(
  workspace: Workspace,
  spec: string,
  { update, mode, bank, release }: LockOptions,
): Promise<LockReport> {
  const loaded = loadSpec(workspace, spec);
  const from: ResolveFrom =
    release === undefined
      ? { kind: bank === 'required' ? 'bank required' : 'tiers' }
      : { kind: 'release', release: await findRelease(workspace, release) };
  const label = workspace.locks.label(loaded.spec.name);
  const { plan, changed } = await untilNotOvertaken(label, async () => {
    const made = await planLock(workspace, loaded, {
      update,
      stale: mode === 'check' ? 'refuse' : 'complete',
      from,
    });
    if (mode === 'check') return { plan: made, changed: false };
    const frozen = await freeze(workspace, loaded, made);
    return frozen === 'overtaken' ? frozen : { plan: made, changed: frozen === 'written' };
  });
  const tiers = { golden: 0, bank: 0, static: 0, llm: 0 };
  for (const { source } of plan.lockfile.patterns) tiers[source] += 1;
  const { resolutions, staleness, lockfile } = plan;
  const withdrawn = mode === 'check' ? await withdrawnPins(workspace, lockfile.patterns) : [];
  for (const pin of withdrawn) {
    workspace.notify(
      `${formatRef(pin)} is locked, and ${pin.status} in the bank (${pin.reason}); the build stands, \`lock --update ${pin.pattern_id}\` replaces it`,
    );
  }
  return {
    lockfile: label,
    changed,
    pins: lockfile.pins,
    tiers,
    resolutions,
    stale: staleness,
    withdrawn,
  };
}
