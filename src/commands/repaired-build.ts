import { join } from 'node:path';
import semver from 'semver';
import { canonicalJson } from '../canon/canonical-json.ts';
import { frozenDigest, recordDigest } from '../documents/bank-document.ts';
import { manifestDigest } from '../documents/manifest-document.ts';
import { readSmokeReport } from '../documents/smoke-report-document.ts';
import { removeFolder } from '../host/remove-folder.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { LockedPattern, Pin } from '../model/lockfile.ts';
import type { GenerationManifest } from '../model/manifest.ts';
import { formatRef, type Pattern, type PatternRef, type Tier } from '../model/pattern.ts';
import type { SmokeReport } from '../model/smoke-report.ts';
import type { Policy } from '../model/spec.ts';
import type { LoadedPattern } from '../render/parsed-body.ts';
import { queueCandidates, sendCandidates } from './candidate-outbox.ts';
import { expandBlueprints } from './frozen-patterns.ts';
import { type Generation, generate, outputTree, planWrite, writeGeneration } from './generate.ts';
import { parseReference } from '../documents/reference.ts';
import { pinnedInput } from './replay.ts';
import type { Tree } from './read-run.ts';
import type { Workspace } from './workspace.ts';

/**
 * Runs the smoke test on the tree in a folder, and gives the bytes of its report. The folder is a copy: what the test leaves
 * there goes with it.
 */
export type Judge = (folder: string) => Promise<Uint8Array>;

/** A version that mends another, and how it came about. */
export interface KeptRepair {
  readonly pattern: Pattern;
  readonly kind: 'derived' | 'published';
  readonly attachments: readonly Uint8Array[];
  readonly tier: Extract<Tier, 'bank' | 'llm'>;
  readonly reason: string;
}

/** A generation whose failing versions are replaced one by one, in memory until `commit`. */
export class RepairedBuild {
  readonly #workspace: Workspace;
  readonly #tree: Tree;
  readonly #judge: Judge;
  readonly #kept: { readonly failing: PatternRef; readonly repair: KeptRepair; readonly at: string }[] = [];
  #generation: Generation | undefined;

  constructor(workspace: Workspace, tree: Tree, judge: Judge) {
    this.#workspace = workspace;
    this.#tree = tree;
    this.#judge = judge;
  }

  get manifest(): GenerationManifest {
    return this.#generation?.manifest ?? this.#tree.manifest;
  }

  get generation(): Digest {
    return manifestDigest(this.manifest);
  }

  get policy(): Policy {
    return this.#input().loaded.spec.policy;
  }

  /** A pinned version with its record. */
  pattern(ref: PatternRef): Pattern {
    const known = this.#kept.find(({ repair }) => formatRef(repair.pattern.frozen) === formatRef(ref));
    if (known !== undefined) return known.repair.pattern;
    const line = this.#tree.manifest.patterns.find((one) => formatRef(one) === formatRef(ref));
    if (line === undefined)
      throw new PatternsError('MANIFEST_INVALID', `the manifest does not list ${formatRef(ref)}`);
    const { golden } = this.#workspace;
    const frozen = golden.frozen(line, line.digest);
    return { frozen, record: golden.record(line, line.quality), body: golden.body(frozen) };
  }

  /**
   * Builds the tree with a candidate in place of the failing version, in a folder of its own, and has it judged.
   * @throws PatternsError TEMPLATE_* where the candidate does not render; VERSION_UNSATISFIED where a requirement does not let it in
   */
  async test(failing: PatternRef, candidate: Pattern): Promise<SmokeReport> {
    const generation = this.#generate([...this.#replacements(), { failing, candidate }]);
    const { fs } = this.#workspace.host;
    const parent = join(this.#workspace.root, '.patterns', 'repair');
    const folder = join(parent, generation.manifestDigest.slice('sha256:'.length, 'sha256:'.length + 16));
    removeFolder(fs, folder);
    try {
      const tree = outputTree(this.#workspace, folder, 'the repaired tree');
      fs.makeFolder(folder);
      writeGeneration(tree, generation, tree.plan(generation.files, []));
      const report = readSmokeReport(await this.#judge(folder), 'the report on the repaired tree');
      if (report.generation !== generation.manifestDigest)
        throw new PatternsError(
          'REPORT_MISMATCH',
          'the smoke test reports on another tree than the repaired one',
        );
      return report;
    } finally {
      removeFolder(fs, folder);
      fs.removeEmptyFolder(parent);
    }
  }

  /** Takes a candidate that passed; nothing is written yet. */
  keep(failing: PatternRef, repair: KeptRepair): void {
    this.#kept.push({ failing, repair, at: this.#workspace.host.now() });
    this.#generation = this.#generate(this.#replacements());
  }

  /**
   * Writes what was kept: bodies, lock, tree; then publishes the candidates. Everything that can be refused is looked at
   * before the first byte is written. A kill between lock and tree leaves a lock that the next build brings the tree to.
   *
   * @throws PatternsError LOCK_STALE, OUTPUT_EDITED
   */
  async commit(): Promise<void> {
    const generation = this.#generation;
    if (generation === undefined) return;
    const { golden, locks } = this.#workspace;
    const { manifest } = generation;
    const tree = outputTree(this.#workspace, this.#tree.folder, this.#tree.label);
    const plan = planWrite(tree, generation, this.#tree.label, 'keep', this.#workspace.notify);
    const snapshot = locks.snapshot(manifest.name);
    const before = snapshot?.reading.lockfile;
    const moved = this.#tree.manifest.pins.find(
      (pin) =>
        !before?.pins.some((one) => one.requirement === pin.requirement && formatRef(one) === formatRef(pin)),
    );
    if (before === undefined || moved !== undefined) throw this.#movedOn(manifest.name, moved?.requirement);
    const fresh = this.#kept.filter(({ repair }) => repair.kind === 'derived').map(({ repair }) => repair);
    await this.#requireFree(fresh);
    await golden.freeze(
      this.#kept.map(({ repair }) => repair.pattern),
      this.#kept.flatMap(({ repair }) => repair.attachments),
    );
    queueCandidates(
      this.#workspace,
      fresh.map((repair) => repair.pattern),
    );
    const purposes = new Map(before.pins.map((pin) => [pin.requirement, pin.purpose]));
    const pins = manifest.pins.map((pin): Pin => {
      const purpose = purposes.get(pin.requirement);
      return purpose === undefined ? pin : { ...pin, purpose };
    });
    const patterns = manifest.patterns.map(({ tier, ...line }): LockedPattern => ({ ...line, source: tier }));
    const lockfile = { renderContract: manifest.renderContract, pins, patterns };
    if (locks.write(manifest.name, lockfile, snapshot) === 'overtaken')
      throw this.#movedOn(manifest.name, undefined);
    this.#explain(manifest);
    writeGeneration(tree, generation, plan);
    await sendCandidates(this.#workspace);
  }

  #movedOn(name: string, requirement: string | undefined): PatternsError {
    return new PatternsError(
      'LOCK_STALE',
      `${this.#workspace.locks.label(name)} has moved on since ${this.#tree.label} was built${requirement === undefined ? '' : `: ${requirement}`}`,
      { hint: 'Build the tree again, test it again, and repair that.' },
    );
  }

  /** Somebody may have published the number in the meantime. */
  async #requireFree(fresh: readonly KeptRepair[]): Promise<void> {
    if (fresh.length === 0) return;
    const ids = fresh.map((repair) => repair.pattern.frozen.pattern_id);
    const entries = await this.#workspace.bank.use((bank) => bank.versionsOf(ids));
    const taken = new Map(entries.map((entry) => [formatRef(entry), entry.digest]));
    const clash = fresh.find(({ pattern }) => {
      const known = taken.get(formatRef(pattern.frozen));
      return known !== undefined && known !== frozenDigest(pattern);
    });
    if (clash === undefined) return;
    throw new PatternsError(
      'PATTERN_EXISTS',
      `${formatRef(clash.pattern.frozen)} was published with other content while the repair was tested`,
      { hint: 'Run the command again; it takes the next number.' },
    );
  }

  #explain(manifest: GenerationManifest): void {
    const { locks } = this.#workspace;
    const lines = new Map(
      locks.readResolutions(manifest.name).map((line) => [line.requirement, canonicalJson(line)]),
    );
    for (const { failing, repair } of this.#kept) {
      const { pattern_id, version } = repair.pattern.frozen;
      const refused = { ...bare(failing), refused: 'it failed the smoke test' };
      for (const pin of manifest.pins) {
        if (formatRef(pin) !== formatRef(repair.pattern.frozen)) continue;
        const { requirement } = pin;
        const reason = `repaired: ${repair.reason}`;
        const tiers = [{ tier: repair.tier, outcome: 'answered', reason }];
        const line = {
          requirement,
          pattern_id,
          version,
          tier: repair.tier,
          reason,
          tiers,
          considered: [refused],
        };
        lines.set(requirement, canonicalJson(line));
      }
    }
    const sorted = [...lines.entries()].toSorted(([a], [b]) => compareBytes(a, b)).map(([, text]) => text);
    locks.writeResolutions(manifest.name, sorted);
  }

  #replacements(): readonly Replacement[] {
    return this.#kept.map(({ failing, repair, at }) => ({
      failing,
      candidate: repair.pattern,
      tier: repair.tier,
      at,
    }));
  }

  #input() {
    return pinnedInput(this.#workspace, this.#tree.manifest, this.#tree.label);
  }

  /** Renders the generation with versions replaced, in the order given. */
  #generate(replacements: readonly Replacement[]): Generation {
    const input = this.#input();
    let pins: readonly Pin[] = input.pins;
    let patterns: readonly LockedPattern[] = input.patterns;
    const bodies = new Map<string, LoadedPattern>();
    for (const { failing, candidate, tier = 'bank', at = this.#workspace.host.now() } of replacements) {
      const { frozen, record, body } = candidate;
      const digest = frozenDigest(candidate);
      const ref = bare(frozen);
      bodies.set(formatRef(ref), { frozen, digest, body });
      pins = pins.map((pin) =>
        formatRef(pin) === formatRef(failing) ? { ...requireFit(pin, ref), ...ref } : pin,
      );
      const line = { ...ref, digest, frozen_at: at, quality: recordDigest(record), source: tier };
      patterns = [
        ...patterns.filter(
          (one) => formatRef(one) !== formatRef(failing) && formatRef(one) !== formatRef(ref),
        ),
        line,
      ].toSorted((a, b) => compareBytes(a.pattern_id, b.pattern_id) || compareBytes(a.version, b.version));
    }
    const byRequirement = new Map(pins.map((pin) => [pin.requirement, formatRef(pin)]));
    const patternOf = (requirement: string): LoadedPattern =>
      bodies.get(byRequirement.get(requirement) ?? '') ?? input.patternOf(requirement);
    const expanded = expandBlueprints(input.loaded, patternOf);
    return generate({ ...input, expanded, patternOf, pins, patterns });
  }
}

interface Replacement {
  readonly failing: PatternRef;
  readonly candidate: Pattern;
  readonly tier?: KeptRepair['tier'];
  readonly at?: string;
}

/** A need takes any version; a reference one that its range lets in. */
function requireFit(pin: Pin, ref: PatternRef): Pin {
  const reference = pin.requirement.startsWith('need:') ? undefined : parseReference(pin.requirement);
  if (reference === undefined || semver.satisfies(ref.version, reference.range, { includePrerelease: true }))
    return pin;
  throw new PatternsError(
    'VERSION_UNSATISFIED',
    `${pin.requirement} does not let ${formatRef(ref)} in; widen its range in the spec`,
  );
}

function bare(ref: PatternRef): PatternRef {
  return { pattern_id: ref.pattern_id, version: ref.version };
}
