import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { sha256Hex } from '../canon/sha256.ts';
import { manifestDigest, readManifest } from '../documents/manifest-document.ts';
import { type Locate, readReport } from '../documents/report-document.ts';
import { type Attribution, attribute } from '../learn/attribution.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';
import type { ObservedRun, RunTool } from '../model/observed-run.ts';
import { displayPath, readNamedFile } from './project.ts';
import type { Workspace } from './workspace.ts';

/** A generated tree, as its manifest has it. */
export interface Tree {
  /** Absolute path. */
  readonly folder: string;
  readonly label: string;
  readonly manifest: GenerationManifest;
  /** `manifest_digest`. */
  readonly generation: Digest;
}

/** @throws PatternsError FILE_NOT_FOUND, MANIFEST_INVALID */
export function readTree(workspace: Workspace, folder: string): Tree {
  const path = join(folder, MANIFEST_NAME);
  const label = displayPath(workspace.root, path);
  const manifest = readManifest(readNamedFile(workspace.host.fs, path, 'the manifest', label), label);
  return {
    folder,
    label: displayPath(workspace.root, folder),
    manifest,
    generation: manifestDigest(manifest),
  };
}

/** The tree that a report lies in or beside: the nearest folder at or above it that holds a manifest. */
export function findTree(workspace: Workspace, report: string): Tree {
  for (let folder = resolve(report, '..'); ; folder = resolve(folder, '..')) {
    if (workspace.host.fs.stat(join(folder, MANIFEST_NAME))?.kind === 'file')
      return readTree(workspace, folder);
    if (folder === resolve(folder, '..')) break;
  }
  throw new PatternsError(
    'FILE_NOT_FOUND',
    `no ${MANIFEST_NAME} stands at or above ${displayPath(workspace.root, report)}`,
    { hint: 'Name the generated tree with --tree <dir>.' },
  );
}

/** A report, read and attributed. */
export interface AttributedRun {
  readonly label: string;
  readonly run: ObservedRun;
  readonly attribution: Attribution;
}

/**
 * Reads a report about a tree and attributes it.
 *
 * @param report absolute path
 * @throws PatternsError REPORT_INVALID; REPORT_MISMATCH when it is about another generation, or about a tree that was
 *   edited since it was generated, so that its lines are not those of the manifest
 */
export async function readRun(
  workspace: Workspace,
  tree: Tree,
  report: string,
  tool: RunTool | undefined,
): Promise<AttributedRun> {
  const label = displayPath(workspace.root, report);
  const bytes = readNamedFile(workspace.host.fs, report, 'the report', label);
  const run = await readReport(bytes, label, locator(workspace, tree), tool);
  if (run.generation !== undefined && run.generation !== tree.generation) {
    throw new PatternsError(
      'REPORT_MISMATCH',
      `${label} is about the generation ${run.generation}, and ${tree.label} is ${tree.generation}`,
      {
        hint: 'Give the tree that the report was made of with --tree, or make the report again.',
        details: { report: run.generation, tree: tree.generation },
      },
    );
  }
  if (run.output !== undefined && run.output !== tree.manifest.output_digest) {
    throw new PatternsError(
      'REPORT_MISMATCH',
      `${label} is about files that ${tree.label} never had: output_digest ${run.output}`,
      {
        hint: 'Make the report again.',
        details: { report: run.output, tree: tree.manifest.output_digest },
      },
    );
  }
  if (run.generation === undefined) requireUnedited(workspace, tree, run, label);
  return { label, run, attribution: attribute(tree.manifest, run) };
}

/** Reports of linters and tests know no generation, so the tree must still be the one that was generated. */
function requireUnedited(workspace: Workspace, tree: Tree, run: ObservedRun, label: string): void {
  const { fs } = workspace.host;
  const { executed } = run;
  const edited = tree.manifest.files.find((file) => {
    if (executed.kind === 'suffix' && !file.path.endsWith(executed.suffix)) return false;
    const path = join(tree.folder, file.path);
    return fs.stat(path)?.kind !== 'file' || sha256Hex(fs.readFile(path)) !== file.sha256;
  });
  if (edited === undefined) return;
  throw new PatternsError(
    'REPORT_MISMATCH',
    `${tree.label}/${edited.path} is not as it was generated, so ${label} may be about other lines`,
    {
      hint: 'Build the tree again, run the tool again, and give that report.',
      details: { path: edited.path },
    },
  );
}

/** Report paths are relative to the tree, or to the project, or absolute. */
function locator(workspace: Workspace, tree: Tree): Locate {
  const paths = new Set(tree.manifest.files.map((file) => file.path));
  return (text) => {
    const path = text.replaceAll('\\', '/').replace(/^\.\//, '');
    if (paths.has(path)) return path;
    const below = relative(tree.folder, resolve(workspace.root, text)).split(sep).join('/');
    return !isAbsolute(below) && paths.has(below) ? below : undefined;
  };
}
