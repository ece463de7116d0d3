import { isAbsolute, relative } from 'node:path';
import { sha256Hex } from '../canon/sha256.ts';
import { manifestForm, outputDigest, readManifest } from '../documents/manifest-document.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { LockedPattern, Pin } from '../model/lockfile.ts';
import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';
import type { Tier } from '../model/pattern.ts';
import { OutputTree, type OutputFile, type OutputPlan, type WrittenFile } from '../output/output-tree.ts';
import { compile } from '../render/compile.ts';
import type { ExpandedSpec, PatternSource } from './frozen-patterns.ts';
import type { LoadedSpec } from './load-spec.ts';
import type { Workspace } from './workspace.ts';

/** Everything that a generation is a function of. */
export interface GenerationInput {
  readonly loaded: LoadedSpec;
  readonly expanded: ExpandedSpec;
  readonly patternOf: PatternSource;
  readonly renderContract: number;
  readonly pins: readonly Pin[];
  readonly patterns: readonly LockedPattern[];
}

/** What a tree may take of the memory; files beyond it are rendered again when they are written. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/** A tree, with the manifest that describes it. */
export interface Generation {
  readonly files: readonly OutputFile[];
  readonly manifest: GenerationManifest;
  readonly manifestDigest: Digest;
  readonly manifestBytes: Uint8Array;
}

/** Renders a spec with its pinned patterns. Pure: build and replay both come through here. */
export function generate(input: GenerationInput): Generation {
  const { loaded, expanded, patternOf } = input;
  const files: OutputFile[] = [];
  const entries: GenerationManifest['files'][number][] = [];
  let kept = 0;
  for (const { path, mode, bytes, again, spans } of compile({
    project: loaded.spec,
    expanded,
    patternOf,
  })) {
    const digest = sha256Hex(bytes);
    kept += bytes.byteLength;
    files.push({ path, mode, content: kept > MAX_KEPT_BYTES ? again : () => bytes, sha256: digest });
    entries.push({ mode, path, sha256: digest, size: bytes.byteLength, spans });
  }
  entries.sort((a, b) => compareBytes(a.path, b.path));
  const manifest: GenerationManifest = {
    renderContract: input.renderContract,
    name: loaded.spec.name,
    version: loaded.spec.version,
    spec: loaded.digest,
    variables: expanded.variables,
    pins: input.pins.map(({ requirement, pattern_id, version }) => ({ requirement, pattern_id, version })),
    patterns: input.patterns.map(({ source, ...line }) => ({ ...line, tier: source })),
    files: entries,
    output_digest: outputDigest(entries),
  };
  const { digest, text } = manifestForm(manifest);
  return { files, manifest, manifestDigest: digest, manifestBytes: Buffer.from(text, 'utf8') };
}

/** What a build or replay reports; the stable fields of its `--json`. */
export interface GenerationReport {
  readonly output_digest: string;
  /** Path of the manifest, relative to the project root where it lies below it. */
  readonly manifest: string;
  /** How many files the tree has. */
  readonly files: number;
  readonly pins: GenerationManifest['pins'];
  /** How many of the patterns came from which tier when they were frozen. */
  readonly tiers: Readonly<Record<Tier, number>>;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
}

export function reportOf(generation: Generation, plan: OutputPlan, folderLabel: string): GenerationReport {
  const { manifest } = generation;
  const tiers = { golden: 0, bank: 0, static: 0, llm: 0 };
  for (const { tier } of manifest.patterns) tiers[tier] += 1;
  const paths = new Set(manifest.files.map((file) => file.path));
  return {
    output_digest: manifest.output_digest,
    manifest: `${folderLabel}/${MANIFEST_NAME}`,
    files: manifest.files.length,
    pins: manifest.pins,
    tiers,
    created: plan.create,
    updated: [...plan.update, ...plan.remode, ...plan.edited.filter((path) => paths.has(path))].sort(
      compareBytes,
    ),
    removed: [...plan.remove, ...plan.edited.filter((path) => !paths.has(path))].sort(compareBytes),
    unchanged: plan.unchanged.length,
  };
}

/**
 * Plans a write over what is in the folder.
 * @throws PatternsError OUTPUT_EDITED, unless `edits` says to overwrite
 */
export function planWrite(
  tree: OutputTree,
  generation: Generation,
  label: string,
  edits: 'keep' | 'overwrite',
  notify: (message: string) => void,
): OutputPlan {
  const plan = tree.plan(generation.files, writtenFiles(tree, label, notify));
  if (plan.edited.length === 0 || edits === 'overwrite') return plan;
  const list = plan.edited.map((path) => `  ${path}`).join('\n');
  throw new PatternsError(
    'OUTPUT_EDITED',
    `files in ${label} were changed since they were generated, or were never generated:\n${list}`,
    {
      hint: 'Nothing was written. Keep your edits elsewhere, or overwrite them with --force.',
      details: { edited: plan.edited },
    },
  );
}

/** Writes what differs; nothing at all when the tree is as it should be. */
export function writeGeneration(tree: OutputTree, generation: Generation, plan: OutputPlan): void {
  if (tree.isUpToDate(plan, generation.manifestBytes)) return;
  tree.write(generation.files, plan, generation.manifestBytes);
}

/** @throws PatternsError PATH_UNSAFE for a folder that is the golden folder or lies in it */
export function outputTree(workspace: Workspace, folder: string, label: string): OutputTree {
  const golden = relative(workspace.golden.folder, folder);
  if (golden === '' || !(golden.startsWith('..') || isAbsolute(golden))) {
    throw new PatternsError('PATH_UNSAFE', `the output folder ${label} lies in the golden folder`, {
      hint: 'Choose a folder of its own, for example out/.',
    });
  }
  return new OutputTree(workspace.host, folder, label);
}

/** What earlier builds wrote. A manifest that cannot be read vouches for nothing. */
function writtenFiles(
  tree: OutputTree,
  label: string,
  notify: (message: string) => void,
): readonly WrittenFile[] {
  return tree.manifests().flatMap((bytes) => {
    try {
      return readManifest(bytes, `${label}/${MANIFEST_NAME}`).files;
    } catch (cause) {
      if (!(cause instanceof PatternsError)) throw cause;
      notify(`the last manifest in ${label} cannot be read (${cause.message}); files there count as edited`);
      return [];
    }
  });
}
