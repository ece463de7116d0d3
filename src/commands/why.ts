import { dirname, join, relative, sep } from 'node:path';
import { sha256Hex } from '../canon/sha256.ts';
import { readManifest } from '../documents/manifest-document.ts';
import { PatternsError } from '../model/error.ts';
import { MANIFEST_NAME, type GenerationManifest, type ManifestFile } from '../model/manifest.ts';
import { formatRef, type Quality, type Tier } from '../model/pattern.ts';
import type { Resolution } from '../model/resolution.ts';
import { compile } from '../render/compile.ts';
import { displayPath } from './project.ts';
import { pinnedInput } from './replay.ts';
import type { Workspace } from './workspace.ts';

/** One pattern version's part in a file. */
export interface WhyEntry {
  /** Lines of the file, from 1. */
  readonly lines: { readonly start: number; readonly end: number };
  readonly pattern_id: string;
  readonly version: string;
  readonly tier: Tier;
  readonly frozen_at: string;
  readonly digest: string;
  readonly requirements: readonly string[];
  /** The lines of the pattern's body that wrote these lines. */
  readonly template: { readonly start: number; readonly end: number };
  /** Declared when it was frozen. */
  readonly quality: Quality;
  readonly resolution?: Resolution | undefined;
}

export interface WhyReport {
  readonly file: string;
  readonly line?: number | undefined;
  readonly text?: string | undefined;
  /** The file has other bytes than were generated, so lines may have moved. */
  readonly edited: boolean;
  readonly entries: readonly WhyEntry[];
}

/**
 * Says which pattern version wrote a generated file, or one line of it, by rendering it again from the golden store.
 *
 * @param path absolute path of the file
 * @throws PatternsError FILE_NOT_FOUND when no manifest lists the file; USAGE for a line that it does not have
 */
export function why(workspace: Workspace, path: string, line: number | undefined): WhyReport {
  const { folder, manifest, label } = findManifest(workspace, path);
  const output = relative(folder, path).split(sep).join('/');
  const listed = manifest.files.find((file) => file.path === output);
  const file = displayPath(workspace.root, path);
  if (listed === undefined) {
    throw new PatternsError('FILE_NOT_FOUND', `${file} was not generated: ${label} does not list it`, {
      hint: 'Name a file of the manifest.',
    });
  }
  const lines = renderedLines(workspace, manifest, label, output);
  if (line !== undefined && lines[line - 1] === undefined) {
    throw new PatternsError('USAGE', `${file} has no line ${line}`, {
      hint: `It has ${lines.length} lines.`,
    });
  }
  const resolutions = workspace.locks.readResolutions(manifest.name);
  const spans = listed.spans.filter((span) => line === undefined || (span.start <= line && line <= span.end));
  const entries = spans.map((span): WhyEntry => {
    const within = line === undefined ? { start: span.start, end: span.end } : { start: line, end: line };
    const sources = lines.slice(within.start - 1, within.end).map((one) => one.source.line);
    return {
      lines: within,
      template: { start: Math.min(...sources), end: Math.max(...sources) },
      ...describe(workspace, manifest, resolutions, span),
    };
  });
  return {
    file,
    ...(line === undefined ? {} : { line, text: lines[line - 1]?.text }),
    edited: isEdited(workspace, path, listed),
    entries,
  };
}

function describe(
  workspace: Workspace,
  manifest: GenerationManifest,
  resolutions: readonly Resolution[],
  span: { pattern_id: string; version: string },
) {
  const key = formatRef(span);
  const pattern = manifest.patterns.find((one) => formatRef(one) === key);
  if (pattern === undefined)
    throw new PatternsError('MANIFEST_INVALID', `a span names ${key}, which the manifest does not list`);
  const requirements = manifest.pins.filter((pin) => formatRef(pin) === key).map((pin) => pin.requirement);
  const resolution = resolutions.find(
    (one) => requirements.includes(one.requirement) && formatRef(one) === key,
  );
  const { pattern_id, version, tier, frozen_at, digest } = pattern;
  const { quality } = workspace.golden.record(pattern, pattern.quality);
  return {
    pattern_id,
    version,
    tier,
    frozen_at,
    digest,
    requirements,
    quality,
    ...(resolution === undefined ? {} : { resolution }),
  };
}

function renderedLines(workspace: Workspace, manifest: GenerationManifest, label: string, output: string) {
  const { loaded, expanded, patternOf } = pinnedInput(workspace, manifest, label);
  for (const file of compile({ project: loaded.spec, expanded, patternOf })) {
    if (file.path === output) return file.lines();
  }
  throw new PatternsError('REPLAY_DIFFERS', `${label} lists ${output}, but a replay does not write it`);
}

function isEdited(workspace: Workspace, path: string, listed: ManifestFile): boolean {
  const { fs } = workspace.host;
  return fs.stat(path)?.kind === 'file' && sha256Hex(fs.readFile(path)) !== listed.sha256;
}

/** The manifest of the nearest folder above a file. */
function findManifest(
  workspace: Workspace,
  path: string,
): { folder: string; manifest: GenerationManifest; label: string } {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const candidate = join(folder, MANIFEST_NAME);
    if (workspace.host.fs.stat(candidate)?.kind === 'file') {
      const label = displayPath(workspace.root, candidate);
      return { folder, label, manifest: readManifest(workspace.host.fs.readFile(candidate), label) };
    }
    if (dirname(folder) === folder) break;
  }
  throw new PatternsError(
    'FILE_NOT_FOUND',
    `no ${MANIFEST_NAME} stands above ${displayPath(workspace.root, path)}`,
    {
      hint: 'Name a file of a generated tree.',
    },
  );
}
