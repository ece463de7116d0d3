import { RENDER_CONTRACT } from '../render/render-contract.ts';
import { unifiedDiffs } from './diff-text.ts';
import {
  type GenerationReport,
  generate,
  outputTree,
  planWrite,
  reportOf,
  writeGeneration,
} from './generate.ts';
import { type LoadedSpec, loadSpec } from './load-spec.ts';
import { freeze, planLock, untilNotOvertaken } from './lock-spec.ts';
import { displayPath } from './project.ts';
import { noteUsage } from './usage-outbox.ts';
import type { Resolution } from '../model/resolution.ts';
import type { Workspace } from './workspace.ts';

export interface BuildOptions {
  /** Absolute path of the spec. */
  readonly spec: string;
  /** Absolute path of the output folder. */
  readonly output: string;
  /** Refuse a lock that does not answer the spec, instead of completing it. */
  readonly lock: 'complete' | 'locked';
  /** Whether a bank that cannot be asked is an error, where something is resolved. */
  readonly bank: 'optional' | 'required';
  readonly write: 'write' | 'dry-run';
  /** What to do with files that were edited since the last build. */
  readonly edits: 'keep' | 'overwrite';
  readonly diff: 'none' | 'unified';
}

export interface BuildReport extends GenerationReport {
  readonly lockfile: string;
  readonly locked: boolean;
  readonly dry_run: boolean;
  readonly resolutions: readonly Resolution[];
  readonly diff?: string | undefined;
}

/**
 * Compiles a spec: completes its lock, renders, and writes what differs. The tree is rendered and every path checked
 * before the first byte is written, so a build that fails leaves lock and tree as they were.
 *
 * @throws PatternsError of any code
 */
export async function build(workspace: Workspace, options: BuildOptions): Promise<BuildReport> {
  const loaded = loadSpec(workspace, options.spec);
  return untilNotOvertaken(workspace.locks.label(loaded.spec.name), () =>
    buildOnce(workspace, loaded, options),
  );
}

/** A build whose tree answers the lock that it writes; `overtaken` before the first byte of the tree. */
async function buildOnce(
  workspace: Workspace,
  loaded: LoadedSpec,
  options: BuildOptions,
): Promise<BuildReport | 'overtaken'> {
  const plan = await planLock(workspace, loaded, {
    update: { kind: 'keep' },
    stale: options.lock === 'locked' ? 'refuse' : 'complete',
    from: { kind: options.bank === 'required' ? 'bank required' : 'tiers' },
  });
  const { pins, patterns } = plan.lockfile;
  const generation = generate({
    loaded,
    expanded: plan.expanded,
    patternOf: plan.patternOf,
    renderContract: RENDER_CONTRACT,
    pins,
    patterns,
  });
  const label = displayPath(workspace.root, options.output);
  const tree = outputTree(workspace, options.output, label);
  const outputPlan = planWrite(tree, generation, label, options.edits, workspace.notify);
  const diff = options.diff === 'none' ? undefined : await unifiedDiffs(tree, generation.files, outputPlan);
  if (options.write === 'write') {
    if ((await freeze(workspace, loaded, plan)) === 'overtaken') return 'overtaken';
    writeGeneration(tree, generation, outputPlan);
    noteUsage(workspace, generation.manifestDigest, patterns);
  }
  return {
    ...reportOf(generation, outputPlan, label),
    lockfile: workspace.locks.label(loaded.spec.name),
    locked: plan.staleness.length === 0,
    dry_run: options.write === 'dry-run',
    resolutions: plan.resolutions,
    ...(diff === undefined ? {} : { diff }),
  };
}
