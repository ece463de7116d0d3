import { readSeedPlan } from '../documents/smoke-plan-document.ts';
import { PatternsError } from '../model/error.ts';
import { SEED_PLAN_PATH } from '../model/smoke-plan.ts';
import { compile } from '../render/compile.ts';
import { loadedRows, makeRows, type SeedRow } from '../smoke/seed-rows.ts';
import { type LoadedSpec, loadSpec } from './load-spec.ts';
import { freeze, planLock, untilNotOvertaken } from './lock-spec.ts';
import type { Workspace } from './workspace.ts';

export interface SeedOptions {
  /** Absolute path of the spec. */
  readonly spec: string;
  /** Rows of each entity; what the plan says by default. */
  readonly rows: number | undefined;
}

export interface SeedReport {
  readonly rows: number;
  /** The rows of each entity, children inside of their parents; what refers comes after what it refers to. */
  readonly entities: Readonly<Record<string, readonly SeedRow[]>>;
}

/**
 * Makes the seed data of a spec from the seed plan that its patterns render. Same spec and lock, same rows.
 *
 * @throws PatternsError FILE_NOT_FOUND when no pattern of the spec writes a seed plan
 */
export async function seed(workspace: Workspace, options: SeedOptions): Promise<SeedReport> {
  const loaded = loadSpec(workspace, options.spec);
  return untilNotOvertaken(workspace.locks.label(loaded.spec.name), () =>
    seedOnce(workspace, loaded, options),
  );
}

async function seedOnce(
  workspace: Workspace,
  loaded: LoadedSpec,
  options: SeedOptions,
): Promise<SeedReport | 'overtaken'> {
  const lock = await planLock(workspace, loaded, {
    update: { kind: 'keep' },
    stale: 'complete',
    from: { kind: 'tiers' },
  });
  for (const file of compile({ project: loaded.spec, expanded: lock.expanded, patternOf: lock.patternOf })) {
    if (file.path !== SEED_PLAN_PATH) continue;
    const label = `${SEED_PLAN_PATH} of ${loaded.label}`;
    const plan = readSeedPlan(file.bytes, label);
    const wanted = options.rows === undefined ? plan : { ...plan, rows: options.rows, spare: 0 };
    const rows = await makeRows(wanted, label);
    if ((await freeze(workspace, loaded, lock)) === 'overtaken') return 'overtaken';
    return { rows: wanted.rows, entities: loadedRows(wanted, rows) };
  }
  throw new PatternsError('FILE_NOT_FOUND', `no pattern of ${loaded.label} writes ${SEED_PLAN_PATH}`, {
    hint: 'Extend a blueprint that does, for example `extends: fastapi-service@^1`, or add a file with `pattern: seed_plan@^1`.',
  });
}
