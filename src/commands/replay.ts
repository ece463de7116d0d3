import { basename } from 'node:path';
import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256 } from '../canon/sha256.ts';
import { readLockfile } from '../documents/lockfile-document.ts';
import { readManifest } from '../documents/manifest-document.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';
import type { Demand } from '../model/spec.ts';
import type { LoadedPattern } from '../render/parsed-body.ts';
import { requireRenderContract } from '../render/render-contract.ts';
import { expandBlueprints, patternSource } from './frozen-patterns.ts';
import {
  type Generation,
  type GenerationInput,
  type GenerationReport,
  generate,
  outputTree,
  planWrite,
  reportOf,
  writeGeneration,
} from './generate.ts';
import { loadPinnedSpec, loadSpec } from './load-spec.ts';
import { displayPath, readNamedFile } from './project.ts';
import type { Workspace } from './workspace.ts';

export interface ReplayOptions {
  /** Absolute path of a generation_manifest.json, or of a lockfile. */
  readonly source: string;
  /** Absolute path of the spec, with a lockfile. */
  readonly spec: string | undefined;
  /** Absolute path of the output folder; without one, nothing is written. */
  readonly output: string | undefined;
  readonly expect: Digest | undefined;
  readonly edits: 'keep' | 'overwrite';
}

/** One difference between what was generated and what the replay made. */
export interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

export interface ReplayReport extends GenerationReport {
  readonly identical: boolean;
  readonly differences: readonly Difference[];
}

/**
 * Rebuilds a generation from its manifest and the golden folder alone: neither bank, network, spec file nor lockfile is
 * read. Nothing is written when the result differs.
 *
 * @throws PatternsError MANIFEST_INVALID, BLOB_MISSING, BLOB_CORRUPT, FORMAT_UNSUPPORTED, RENDER_CONTRACT_UNSUPPORTED
 */
export function replay(workspace: Workspace, options: ReplayOptions): ReplayReport {
  const { generation, differences } = replayInMemory(workspace, options);
  const label = options.output === undefined ? '' : displayPath(workspace.root, options.output);
  if (options.output === undefined) {
    const nothing = {
      create: [],
      update: [],
      remode: [],
      unchanged: generation.files.map((file) => file.path),
      remove: [],
      edited: [],
    };
    return {
      ...reportOf(generation, nothing, ''),
      manifest: displayPath(workspace.root, options.source),
      identical: differences.length === 0,
      differences,
    };
  }
  const tree = outputTree(workspace, options.output, label);
  const plan = planWrite(tree, generation, label, options.edits, workspace.notify);
  if (differences.length === 0) writeGeneration(tree, generation, plan);
  return { ...reportOf(generation, plan, label), identical: differences.length === 0, differences };
}

function replayInMemory(
  workspace: Workspace,
  options: ReplayOptions,
): { generation: Generation; differences: readonly Difference[] } {
  const label = displayPath(workspace.root, options.source);
  const bytes = readNamedFile(workspace.host.fs, options.source, 'the manifest', label);
  if (options.source.endsWith('.lock')) return replayLockfile(workspace, options, bytes, label);
  if (options.spec !== undefined) {
    throw new PatternsError('USAGE', '--spec goes with a lockfile; a manifest names its own spec', {
      hint: 'Leave --spec out.',
    });
  }
  const manifest = readManifest(bytes, label);
  const generation = regenerate(workspace, manifest, label);
  return {
    generation,
    differences: [
      ...compareManifests(manifest, bytes, generation),
      ...digestDifference(options.expect, generation),
    ],
  };
}

/** Renders what a manifest pins. */
export function regenerate(workspace: Workspace, manifest: GenerationManifest, label: string): Generation {
  return generate(pinnedInput(workspace, manifest, label));
}

/** The demands of the spec that a manifest pins, those of its blueprints included. */
export function demandsOfManifest(
  workspace: Workspace,
  manifest: GenerationManifest,
  label: string,
): readonly Demand[] {
  const { loaded, expanded } = pinnedInput(workspace, manifest, label);
  return [...loaded.spec.extends, ...expanded.demands];
}

/** What a manifest pins, read from the golden store. */
export function pinnedInput(
  workspace: Workspace,
  manifest: GenerationManifest,
  label: string,
): GenerationInput {
  requireRenderContract(manifest.renderContract, label);
  const loaded = loadPinnedSpec(workspace, manifest.spec, label);
  const digests = new Map(
    manifest.patterns.map((pattern): [string, Digest] => [formatRef(pattern), pattern.digest]),
  );
  const patternOf = patternSource(manifest.pins, digests, (ref, digest) =>
    loadFrozen(workspace, ref, digest),
  );
  const patterns = manifest.patterns.map(({ tier, ...pattern }) => ({ ...pattern, source: tier }));
  const expanded = expandBlueprints(loaded, patternOf);
  return {
    loaded,
    expanded,
    patternOf,
    renderContract: manifest.renderContract,
    pins: manifest.pins,
    patterns,
  };
}

function replayLockfile(
  workspace: Workspace,
  options: ReplayOptions,
  bytes: Uint8Array,
  label: string,
): { generation: Generation; differences: readonly Difference[] } {
  if (options.spec === undefined) {
    throw new PatternsError('USAGE', 'a lockfile is replayed with its spec', {
      hint: `Run \`patterns replay ${basename(options.source)} --spec <spec>\`.`,
    });
  }
  const { lockfile, conflicts } = readLockfile(bytes, label);
  if (conflicts[0] !== undefined)
    throw new PatternsError('LOCK_CONFLICT', `${label} pins ${conflicts[0].requirement} twice`, {
      hint: 'Settle it with `patterns lock --update`.',
    });
  requireRenderContract(lockfile.renderContract, label);
  const loaded = loadSpec(workspace, options.spec);
  const digests = new Map(
    lockfile.patterns.map((pattern): [string, Digest] => [formatRef(pattern), pattern.digest]),
  );
  const patternOf = patternSource(lockfile.pins, digests, (ref, digest) =>
    loadFrozen(workspace, ref, digest),
  );
  const expanded = expandBlueprints(loaded, patternOf);
  const generation = generate({ loaded, expanded, patternOf, ...lockfile });
  return { generation, differences: digestDifference(options.expect, generation) };
}

function loadFrozen(workspace: Workspace, ref: PatternRef, digest: Digest): LoadedPattern {
  const frozen = workspace.golden.frozen(ref, digest);
  return { frozen, digest, body: workspace.golden.body(frozen) };
}

function digestDifference(digest: Digest | undefined, generation: Generation): readonly Difference[] {
  const found = generation.manifest.output_digest;
  return digest === undefined || digest === found ? [] : [{ path: 'output_digest', expected: digest, found }];
}

/**
 * What differs between a manifest and the generation that a replay made.
 * @param stated the bytes that the manifest was read from
 */
export function compareManifests(
  expected: GenerationManifest,
  stated: Uint8Array,
  { manifest: found, manifestBytes }: Generation,
): readonly Difference[] {
  if (Buffer.from(stated).equals(manifestBytes)) return [];
  const before = new Map(expected.files.map((file) => [file.path, file]));
  const after = new Map(found.files.map((file) => [file.path, file]));
  const changed = expected.files.flatMap((file): Difference[] => {
    const now = after.get(file.path);
    if (now === undefined)
      return [{ path: file.path, expected: `sha256:${file.sha256}`, found: 'no such file' }];
    const same =
      now.sha256 === file.sha256 &&
      now.mode === file.mode &&
      canonicalJson(now.spans) === canonicalJson(file.spans);
    if (same) return [];
    return now.sha256 === file.sha256
      ? [
          {
            path: file.path,
            expected: `mode ${file.mode} and its spans`,
            found: `mode ${now.mode} and other spans`,
          },
        ]
      : [{ path: file.path, expected: `sha256:${file.sha256}`, found: `sha256:${now.sha256}` }];
  });
  const added = found.files
    .filter((file) => !before.has(file.path))
    .map((file) => ({ path: file.path, expected: 'no such file', found: `sha256:${file.sha256}` }));
  const differences = [...changed, ...added];
  return differences.length > 0
    ? differences
    : [{ path: MANIFEST_NAME, expected: sha256(stated), found: sha256(manifestBytes) }];
}
