import { findPatternFolders, readPatternFolder } from '../bank/pattern-folder.ts';
import type { PublishOptions, PublishOutcome } from '../bank/pattern-bank.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type Pattern } from '../model/pattern.ts';
import { readBlueprint } from '../documents/spec-document.ts';
import { readYaml } from '../documents/yaml-text.ts';
import { checkPattern } from '../render/check-pattern.ts';
import { displayPath } from './project.ts';
import type { Workspace } from './workspace.ts';

export interface PublishReport {
  readonly bank: string;
  readonly published: readonly string[];
  readonly unchanged: readonly string[];
}

/**
 * Publishes the patterns in the folders. All are read and checked before the first one is published.
 *
 * @param folders absolute paths, each a pattern or a tree of them
 * @throws PatternsError PATTERN_INVALID, TEMPLATE_SYNTAX; PATTERN_EXISTS when a version exists with other content
 */
export async function publish(
  workspace: Workspace,
  folders: readonly string[],
  status: PublishOptions['status'],
): Promise<PublishReport> {
  const patterns = folders.flatMap((folder) => readPatterns(workspace, folder));
  refuseTwice(patterns);
  const outcomes = await workspace.bank.use((bank) =>
    bank.publish(patterns, { status, at: workspace.host.now() }),
  );
  const conflict = outcomes.find((outcome) => outcome.kind === 'conflict');
  if (conflict !== undefined) throw conflictError(conflict, workspace.bank.address);
  return {
    bank: workspace.bank.address,
    published: named(outcomes, 'published'),
    unchanged: named(outcomes, 'unchanged'),
  };
}

function readPatterns(workspace: Workspace, folder: string): readonly Pattern[] {
  return findPatterns(workspace, folder).map((path) => readChecked(workspace, path));
}

/**
 * The folders of the patterns at or below a folder, in byte order.
 * @throws PatternsError FILE_NOT_FOUND where there are none
 */
export function findPatterns(workspace: Workspace, folder: string): readonly string[] {
  const label = displayPath(workspace.root, folder);
  if (workspace.host.fs.stat(folder) === undefined) {
    throw new PatternsError('FILE_NOT_FOUND', `${label} does not exist`, {
      hint: 'Name the folder of a pattern.',
    });
  }
  const found = findPatternFolders(workspace.host, folder);
  if (found.length === 0) {
    throw new PatternsError('FILE_NOT_FOUND', `${label} holds no pattern.yaml`, {
      place: { file: label },
      hint: 'A pattern is a folder with a pattern.yaml and the body file that it names.',
    });
  }
  return found;
}

/** Reads a pattern as it is published: checked, its warnings told. */
export function readChecked(workspace: Workspace, path: string): Pattern {
  const pattern = readPatternFolder(workspace.host, path, displayPath(workspace.root, path));
  if (pattern.frozen.kind === 'blueprint') readBlueprint(readYaml(pattern.body, formatRef(pattern.frozen)));
  for (const warning of checkPattern(pattern)) workspace.notify(`${formatRef(pattern.frozen)}: ${warning}`);
  return pattern;
}

function refuseTwice(patterns: readonly Pattern[]): void {
  const seen = new Set<string>();
  for (const { frozen } of patterns) {
    const ref = formatRef(frozen);
    if (seen.has(ref))
      throw new PatternsError('PATTERN_INVALID', `${ref} is given twice`, {
        hint: 'Give each version once.',
      });
    seen.add(ref);
  }
}

function named(outcomes: readonly PublishOutcome[], kind: PublishOutcome['kind']): readonly string[] {
  return outcomes.filter((outcome) => outcome.kind === kind).map((outcome) => formatRef(outcome.ref));
}

/** The error for a version that exists with other content. */
export function conflictError(
  conflict: Extract<PublishOutcome, { kind: 'conflict' }>,
  address: string,
): PatternsError {
  const ref = formatRef(conflict.ref);
  return new PatternsError(
    'PATTERN_EXISTS',
    `${ref} is published in ${address} with other content:\n  published: ${conflict.existing}\n  given:     ${conflict.documentDigest}`,
    {
      hint: 'A published version never changes. Raise the version in pattern.yaml.',
      details: { pattern: ref, existing: conflict.existing, given: conflict.documentDigest },
    },
  );
}
