import type { Pin } from '../model/lockfile.ts';
import type { Tier } from '../model/pattern.ts';
import type { Resolution } from '../model/resolution.ts';
import { loadSpec } from './load-spec.ts';
import { freeze, planLock, type Staleness, type Update } from './lock-spec.ts';
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
}

/**
 * Resolves what the lock of a spec lacks, and freezes it.
 *
 * @param spec absolute path
 * @param mode `check` asks no bank, writes nothing, and refuses a stale lock
 * @throws PatternsError LOCK_STALE in a check
 */
export async function lock(
  workspace: Workspace,
  spec: string,
  update: Update,
  mode: 'write' | 'check',
): Promise<LockReport> {
  const loaded = loadSpec(workspace, spec);
  const plan = await planLock(workspace, loaded, update, mode === 'check' ? 'refuse' : 'allow');
  const changed = mode === 'write' && freeze(workspace, loaded, plan);
  const tiers = { golden: 0, bank: 0, static: 0, llm: 0 };
  for (const { source } of plan.lockfile.patterns) tiers[source] += 1;
  const { resolutions, staleness, lockfile } = plan;
  return {
    lockfile: workspace.locks.label(loaded.spec.name),
    changed,
    pins: lockfile.pins,
    tiers,
    resolutions,
    stale: staleness,
  };
}
