import semver from 'semver';
import { canonicalJson } from '../canon/canonical-json.ts';
import { requirementOf } from '../canon/requirement.ts';
import { frozenDigest, recordDigest } from '../documents/bank-document.ts';
import { type LockfileReading, pinConflictError } from '../documents/lockfile-document.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { LockSnapshot, LockWrite } from '../golden/lock-store.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { LockedPattern, Lockfile, Pin } from '../model/lockfile.ts';
import { formatRef, type Pattern, type PatternRef } from '../model/pattern.ts';
import type { Resolution } from '../model/resolution.ts';
import type { Demand } from '../model/spec.ts';
import type { LoadedPattern } from '../render/parsed-body.ts';
import { RENDER_CONTRACT, requireRenderContract } from '../render/render-contract.ts';
import { heldBy, type ResolveFrom } from '../resolve/resolve-from.ts';
import { combinePolicies } from '../resolve/combine-policies.ts';
import { queueCandidates, sendCandidates } from './candidate-outbox.ts';
import { type ExpandedSpec, expandBlueprints, type PatternSource, patternSource } from './frozen-patterns.ts';
import type { LoadedSpec } from './load-spec.ts';
import { type Resolved, resolveDemands } from './resolve-demands.ts';
import type { DemandContext } from './write-pattern.ts';
import type { Workspace } from './workspace.ts';

/** Which pins are resolved anew: none, all, or those whose requirement or pattern id is named. */
export type Update =
  | { readonly kind: 'keep' }
  | { readonly kind: 'all' }
  | { readonly kind: 'named'; readonly names: readonly string[] };

/** How a lock is completed. */
export interface LockRules {
  readonly update: Update;
  /** `refuse` makes a stale lock an error. */
  readonly stale: 'complete' | 'refuse';
  readonly from: ResolveFrom;
}

/** Why a lock does not answer its spec. */
export interface Staleness {
  readonly requirement: string;
  readonly why: string;
}

/** A lock that answers its spec, before anything of it is written. */
export interface LockPlan {
  readonly lockfile: Lockfile;
  /** Patterns that golden does not hold yet. */
  readonly unfrozen: readonly Pattern[];
  /** Blobs that records of those name. */
  readonly attachments: readonly Uint8Array[];
  readonly expanded: ExpandedSpec;
  readonly patternOf: PatternSource;
  /** What was resolved in this run. */
  readonly resolutions: readonly Resolution[];
  /** Requirements whose pins served nothing. */
  readonly dropped: readonly string[];
  /** What was stale before; empty when the lock stood as it was. */
  readonly staleness: readonly Staleness[];
  /** The lockfile that the plan completes; undefined when there was none. */
  readonly before: LockSnapshot | undefined;
}

/**
 * Completes the lock of a spec: pins are kept, what lacks one is resolved, what serves nothing is dropped.
 * Under a release, a pin of another version counts as none.
 *
 * @throws PatternsError LOCK_STALE, LOCK_CONFLICT and what resolving throws
 */
export async function planLock(
  workspace: Workspace,
  loaded: LoadedSpec,
  rules: LockRules,
): Promise<LockPlan> {
  const draft = new LockDraft(workspace, loaded, rules);
  draft.checkUpdateNames();
  const { spec } = loaded;
  await draft.complete(spec.extends, { spec, ...spec });
  const expanded = expandBlueprints(loaded, draft.patternOf());
  const demands = [...spec.extends, ...expanded.demands];
  await draft.complete(demands, { spec, ...expanded });
  return draft.finish(demands, expanded);
}

class LockDraft {
  readonly #workspace: Workspace;
  readonly #loaded: LoadedSpec;
  readonly #before: LockSnapshot | undefined;
  readonly #reading: LockfileReading | undefined;
  readonly #rules: LockRules;
  readonly #pins = new Map<string, Pin>();
  readonly #lines = new Map<string, LockedPattern>();
  readonly #unfrozen = new Map<string, Pattern>();
  readonly #resolutions: Resolution[] = [];
  readonly #attachments: Uint8Array[] = [];
  readonly #staleness: Staleness[] = [];

  constructor(workspace: Workspace, loaded: LoadedSpec, rules: LockRules) {
    this.#workspace = workspace;
    this.#loaded = loaded;
    this.#rules = rules;
    this.#before = workspace.locks.snapshot(loaded.spec.name);
    this.#reading = this.#before?.reading;
    if (this.#reading !== undefined)
      requireRenderContract(this.#reading.lockfile.renderContract, this.#label);
    for (const conflict of this.#reading?.conflicts ?? []) {
      const ids = conflict.pins.map((pin) => pin.pattern_id);
      if (!this.#updates(conflict.requirement, ids)) throw pinConflictError(conflict, this.#label);
    }
    for (const line of this.#reading?.lockfile.patterns ?? []) this.#lines.set(formatRef(line), line);
    for (const pin of this.#reading?.lockfile.pins ?? []) {
      if (!this.#updates(pin.requirement, [pin.pattern_id])) this.#pins.set(pin.requirement, pin);
    }
  }

  /** @throws PatternsError USAGE for a name that nothing in the lock has */
  checkUpdateNames(): void {
    const { update } = this.#rules;
    if (update.kind !== 'named') return;
    const { pins } = this.#reading?.lockfile ?? { pins: [] };
    const conflicts = this.#reading?.conflicts ?? [];
    const known = new Set(
      [...pins, ...conflicts.flatMap((conflict) => conflict.pins)].flatMap((pin) => [
        pin.requirement,
        pin.pattern_id,
      ]),
    );
    const unknown = update.names.find((name) => !known.has(name));
    if (unknown === undefined) return;
    throw new PatternsError('USAGE', `--update names ${unknown}, which ${this.#label} does not pin`, {
      hint: `It pins: ${[...new Set(pins.map((pin) => pin.requirement))].join(', ') || 'nothing'}.`,
    });
  }

  async complete(demands: readonly Demand[], context: DemandContext): Promise<void> {
    const missing = demands.filter((demand) => {
      const why = this.#whyStale(demand);
      const requirement = requirementOf(demand);
      if (why !== undefined && !this.#staleness.some((known) => known.requirement === requirement)) {
        this.#staleness.push({ requirement, why });
      }
      return why !== undefined;
    });
    if (missing.length === 0) return;
    const { stale, from } = this.#rules;
    if (stale === 'refuse') throw this.#stale();
    const policy = combinePolicies(this.#loaded.spec.policy, this.#workspace.config().policy);
    for (const resolved of await resolveDemands(this.#workspace, missing, { policy, context, from }))
      this.#add(resolved, missing);
  }

  patternOf(): PatternSource {
    const digests = new Map([...this.#lines].map(([key, line]): [string, Digest] => [key, line.digest]));
    return patternSource([...this.#pins.values()], digests, (ref, digest) => this.#load(ref, digest));
  }

  finish(demands: readonly Demand[], expanded: ExpandedSpec): LockPlan {
    const wanted = new Set(demands.map(requirementOf));
    const dropped: string[] = [];
    for (const requirement of this.#reading?.lockfile.pins.map((pin) => pin.requirement) ?? []) {
      if (wanted.has(requirement)) continue;
      this.#staleness.push({ requirement, why: 'its pin serves no requirement of the spec' });
      dropped.push(requirement);
      this.#pins.delete(requirement);
    }
    if (this.#rules.stale === 'refuse' && this.#staleness.length > 0) throw this.#stale();
    const pins = [...this.#pins.values()].toSorted((a, b) => compareBytes(a.requirement, b.requirement));
    const used = new Set(pins.map(formatRef));
    const patterns = [...this.#lines.values()]
      .filter((line) => used.has(formatRef(line)))
      .toSorted((a, b) => compareBytes(a.pattern_id, b.pattern_id) || compareBytes(a.version, b.version));
    return {
      lockfile: { renderContract: RENDER_CONTRACT, pins, patterns },
      unfrozen: [...this.#unfrozen.values()],
      attachments: this.#attachments,
      expanded,
      patternOf: this.patternOf(),
      resolutions: this.#resolutions,
      dropped,
      staleness: this.#staleness,
      before: this.#before,
    };
  }

  get #label(): string {
    return this.#workspace.locks.label(this.#loaded.spec.name);
  }

  #updates(requirement: string, ids: readonly string[]): boolean {
    const { update } = this.#rules;
    switch (update.kind) {
      case 'keep':
        return false;
      case 'all':
        return true;
      case 'named':
        return update.names.some((name) => name === requirement || ids.includes(name));
    }
  }

  #whyStale(demand: Demand): string | undefined {
    const pin = this.#pins.get(requirementOf(demand));
    if (pin === undefined) return 'it has no pin';
    if (demand.kind === 'reference') {
      if (pin.pattern_id !== demand.pattern_id) return `its pin is of another pattern, ${pin.pattern_id}`;
      if (!semver.satisfies(pin.version, demand.range, { includePrerelease: true }))
        return `its pin ${pin.version} does not satisfy it`;
    }
    const line = this.#lines.get(formatRef(pin));
    if (line === undefined) return `the lock has no pattern line for ${formatRef(pin)}`;
    const { from } = this.#rules;
    if (from.kind === 'release' && heldBy(from, [line]).length === 0)
      return `its pin ${formatRef(pin)} is not of the release ${from.release.name}`;
    return undefined;
  }

  #add(resolved: Resolved, demands: readonly Demand[]): void {
    const { resolution, frozen } = resolved;
    const { pattern_id, version, requirement, tier } = resolution;
    const key = formatRef(resolution);
    const demand = demands.find((one) => requirementOf(one) === requirement);
    const purpose = demand?.kind === 'need' ? { purpose: demand.need.purpose } : {};
    this.#pins.set(requirement, { requirement, pattern_id, version, ...purpose });
    this.#resolutions.push(resolution);
    const { from } = this.#rules;
    const frozen_at = from.kind === 'release' ? from.release.at : undefined;
    if (frozen.kind === 'golden') {
      const { line } = frozen;
      if (!this.#lines.has(key))
        this.#lines.set(key, frozen_at === undefined ? line : { ...line, frozen_at });
      return;
    }
    const { pattern } = frozen;
    const digests = { digest: frozenDigest(pattern), quality: recordDigest(pattern.record) };
    const known = this.#lines.get(key);
    if (known?.digest === digests.digest) return;
    this.#lines.set(key, {
      pattern_id,
      version,
      ...digests,
      frozen_at: frozen_at ?? this.#workspace.host.now(),
      source: tier,
    });
    this.#unfrozen.set(digests.digest, pattern);
    this.#attachments.push(...frozen.attachments);
  }

  #load(ref: PatternRef, digest: Digest): LoadedPattern {
    const unfrozen = this.#unfrozen.get(digest);
    if (unfrozen !== undefined) return { frozen: unfrozen.frozen, digest, body: unfrozen.body };
    const frozen = this.#workspace.golden.frozen(ref, digest);
    return { frozen, digest, body: this.#workspace.golden.body(frozen) };
  }

  #stale(): PatternsError {
    const list = this.#staleness.map((one) => `  ${one.requirement}: ${one.why}`).join('\n');
    return new PatternsError('LOCK_STALE', `${this.#label} does not answer ${this.#loaded.label}:\n${list}`, {
      hint: `Run \`patterns lock ${this.#loaded.label}\` and commit the lockfile.`,
      details: { stale: this.#staleness.map((one) => ({ ...one })) },
    });
  }
}

/** More processes than this do not lock one spec in the same moment. */
const MAX_OVERTAKEN = 64;

/**
 * Does what ends in a freeze until it is not overtaken. Each time, one other process has got its lock through.
 * @throws PatternsError LOCK_CONFLICT when others keep on writing
 */
export async function untilNotOvertaken<T>(
  label: string,
  attempt: () => Promise<T | 'overtaken'>,
): Promise<T> {
  for (let tries = 0; tries < MAX_OVERTAKEN; tries++) {
    const result = await attempt();
    if (result !== 'overtaken') return result;
  }
  throw new PatternsError('LOCK_CONFLICT', `${label} is written again and again by other processes`, {
    hint: 'Run the command again when they are done.',
  });
}

/**
 * Writes a plan: bodies first, then the lockfile, so that a kill in between leaves a lock whose every body is there.
 * What a language model wrote is then offered to the bank. A plan that was overtaken by the lock of another process
 * leaves that lock as it is, and has to be made anew.
 */
export async function freeze(workspace: Workspace, loaded: LoadedSpec, plan: LockPlan): Promise<LockWrite> {
  const { golden, locks } = workspace;
  golden.writeGitAttributes();
  await golden.freeze(plan.unfrozen, [...plan.attachments, loaded.bytes]);
  queueCandidates(
    workspace,
    plan.unfrozen.filter((pattern) => isWritten(plan, pattern)),
  );
  // Before the lock: a pin that stands is never explained again.
  if (plan.resolutions.length > 0)
    locks.writeResolutions(loaded.spec.name, mergeResolutions(workspace, loaded, plan));
  const changed = locks.write(loaded.spec.name, plan.lockfile, plan.before);
  if (changed === 'overtaken') return changed;
  if (plan.dropped.length > 0)
    workspace.notify(`dropped pins that serve no requirement of ${loaded.label}: ${plan.dropped.join(', ')}`);
  // A build whose lock is complete has nothing to do with the bank, not even with what it is owed.
  if (plan.resolutions.length === 0) return changed;
  await sendCandidates(workspace);
  return changed;
}

/** A version that a bank gave was offered to it before. */
function isWritten(plan: LockPlan, { frozen }: Pattern): boolean {
  return plan.resolutions.some((one) => one.tier === 'llm' && formatRef(one) === formatRef(frozen));
}

/** Keeps the explanations of pins that stand, and adds those of this run. */
function mergeResolutions(workspace: Workspace, loaded: LoadedSpec, plan: LockPlan): readonly string[] {
  const kept = new Map<string, string>();
  for (const line of workspace.locks.readResolutions(loaded.spec.name)) {
    if (
      plan.lockfile.pins.some(
        (pin) => pin.requirement === line.requirement && formatRef(pin) === formatRef(line),
      )
    )
      kept.set(line.requirement, canonicalJson(line));
  }
  for (const resolution of plan.resolutions) kept.set(resolution.requirement, canonicalJson(resolution));
  return [...kept.entries()].toSorted(([a], [b]) => compareBytes(a, b)).map(([, text]) => text);
}
