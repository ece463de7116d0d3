import { dirname, join, resolve } from 'node:path';
import { EmbeddedBank } from '../bank/embedded-bank.ts';
import type { PatternBank, Published } from '../bank/pattern-bank.ts';
import { type ExportDocument, writeExportDocument } from '../documents/export-document.ts';
import { removeFolder } from '../host/remove-folder.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef } from '../model/pattern.ts';
import { type BankContent, contentDigest, type HeldVersion, readContent } from './bank-content.ts';
import { displayPath } from './project.ts';
import type { Workspace } from './workspace.ts';

/** What an export says of itself, beside the files of an embedded bank. */
export const EXPORT_NAME = 'export.json';

const BATCH = 100;

export interface ExportReport {
  readonly bank: string;
  readonly folder: string;
  readonly content_digest: Digest;
  readonly versions: number;
  readonly changes: number;
  readonly outcomes: number;
  readonly releases: number;
}

/**
 * Writes the whole bank into a new folder, in the form of an embedded bank: equal contents have equal bytes. It is written beside
 * its place and then renamed, so that the folder is whole or not there.
 *
 * @param target absolute path
 * @throws PatternsError USAGE where something is there already
 */
export async function exportBank(workspace: Workspace, target: string): Promise<ExportReport> {
  const { fs, writer } = workspace.host;
  // Without a slash at its end, behind which nothing could be beside it.
  const folder = resolve(target);
  const label = displayPath(workspace.root, folder);
  refuseTaken(workspace, folder, label);
  const unfinished = `${folder}.unfinished`;
  removeFolder(fs, unfinished);
  fs.makeFolder(unfinished);
  const copy = new EmbeddedBank(workspace.host, unfinished, label);
  const content = await workspace.bank.use(async (bank) => {
    const read = await readContent(bank);
    for (let at = 0; at < read.versions.length; at += BATCH)
      await copy.restore(await fetchPublished(bank, read.versions.slice(at, at + BATCH)));
    return read;
  });
  for (const change of content.changes) await copy.setStatus(change);
  await copy.record(content.outcomes);
  for (const release of content.releases) await copy.release(release);
  const content_digest = contentDigest(content);
  const counts = countsOf(content);
  const bytes = Buffer.from(writeExportDocument({ content_digest, counts }), 'utf8');
  writer.replace(join(unfinished, EXPORT_NAME), bytes, { mode: 0o644, durable: true });
  fs.rename(unfinished, folder);
  fs.syncFolder(dirname(folder));
  return { bank: workspace.bank.address, folder: label, content_digest, ...counts };
}

export function countsOf({ versions, changes, outcomes, releases }: BankContent): ExportDocument['counts'] {
  return {
    versions: versions.length,
    changes: changes.length,
    outcomes: outcomes.length,
    releases: releases.length,
  };
}

/**
 * The versions with their bodies.
 * @throws PatternsError BANK_CORRUPT for one that the bank lists and does not have
 */
export async function fetchPublished(
  bank: PatternBank,
  versions: readonly HeldVersion[],
): Promise<readonly Published[]> {
  const patterns = await bank.fetch(versions);
  return versions.map(({ published, ...ref }, i) => {
    const pattern = patterns[i];
    if (pattern !== undefined) return { pattern, published };
    throw new PatternsError('BANK_CORRUPT', `the bank lists ${formatRef(ref)} but does not have it`, {
      details: { pattern: formatRef(ref) },
    });
  });
}

function refuseTaken({ host }: Workspace, folder: string, label: string): void {
  const stat = host.fs.stat(folder);
  if (stat === undefined) return;
  if (stat.kind === 'folder' && host.fs.removeEmptyFolder(folder)) return;
  throw new PatternsError('USAGE', `${label} is there already`, {
    hint: 'Name a folder that does not exist yet; an export is never written over another.',
  });
}
