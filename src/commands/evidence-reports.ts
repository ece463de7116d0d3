import { basename, join } from 'node:path';
import { manifestDigest } from '../documents/manifest-document.ts';
import { readSmokeReport } from '../documents/smoke-report-document.ts';
import { PACKAGE_PATHS } from '../evidence/package-documents.ts';
import { refusePrivateKey } from '../evidence/redaction.ts';
import { PatternsError } from '../model/error.ts';
import type { GenerationManifest } from '../model/manifest.ts';
import { SMOKE_REPORT_NAME } from '../model/smoke-report.ts';
import { pathProblem } from '../render/portable-path.ts';
import { displayPath, readNamedFile } from './project.ts';
import type { Workspace } from './workspace.ts';

interface NamedBytes {
  /** Path in the package. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The reports that go into a package: those named, and the smoke report that lies beside the manifest if it is of this
 * generation.
 *
 * @throws PatternsError REPORT_MISMATCH for a smoke report of another generation that was named; PATH_UNSAFE,
 *   PATH_COLLISION for its name; SECRET_FOUND for a private key
 */
export function gatherReports(
  workspace: Workspace,
  options: { readonly folder: string; readonly reports: readonly string[] },
  manifest: GenerationManifest,
): readonly NamedBytes[] {
  const named = readReports(workspace, options.reports);
  for (const { name, bytes } of named) {
    const about = aboutGeneration(bytes, name);
    if (about === undefined || about === manifestDigest(manifest)) continue;
    throw new PatternsError('REPORT_MISMATCH', `${name} is about the generation ${about}`, {
      hint: 'Run `patterns smoke` on the tree that is packed, and name its report.',
      details: { expected: manifestDigest(manifest), found: about },
    });
  }
  const beside = join(options.folder, SMOKE_REPORT_NAME);
  const name = `${PACKAGE_PATHS.reports}/${SMOKE_REPORT_NAME}`;
  if (named.some((one) => one.name === name) || workspace.host.fs.stat(beside)?.kind !== 'file') return named;
  const label = displayPath(workspace.root, beside);
  const bytes = readNamedFile(workspace.host.fs, beside, 'the report', label);
  if (aboutGeneration(bytes, label) === manifestDigest(manifest)) return [...named, { name, bytes }];
  workspace.notify(`${label} is not about this generation, and is left out`);
  return named;
}

/** Which generation a smoke report is about; undefined for what is no smoke report. */
function aboutGeneration(bytes: Uint8Array, label: string): string | undefined {
  try {
    return readSmokeReport(bytes, label).generation;
  } catch (cause) {
    if (cause instanceof PatternsError) return undefined;
    throw cause;
  }
}

function readReports(workspace: Workspace, paths: readonly string[]): readonly NamedBytes[] {
  const names = new Map<string, string>();
  return paths.map((path) => {
    const file = basename(path);
    const label = displayPath(workspace.root, path);
    const problem = pathProblem(file);
    if (problem !== undefined) {
      throw new PatternsError('PATH_UNSAFE', `the report ${label} cannot be packed: ${problem}`, {
        hint: 'Give the file another name.',
      });
    }
    const other = names.get(file.toLowerCase());
    if (other !== undefined) {
      throw new PatternsError('PATH_COLLISION', `the reports ${other} and ${label} have one name`, {
        hint: 'Give each report a file name of its own.',
      });
    }
    names.set(file.toLowerCase(), label);
    const bytes = readNamedFile(workspace.host.fs, path, 'the report', label);
    refusePrivateKey(bytes, label);
    return { name: `${PACKAGE_PATHS.reports}/${file}`, bytes };
  });
}
