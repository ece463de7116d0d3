import { join } from 'node:path';
import { EmbeddedBank } from '../bank/embedded-bank.ts';
import type { PatternBank, StatusChange } from '../bank/pattern-bank.ts';
import { canonicalJson } from '../canon/canonical-json.ts';
import { readExportDocument } from '../documents/export-document.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef } from '../model/pattern.ts';
import { type BankContent, contentDigest, type HeldVersion, readContent } from './bank-content.ts';
import { EXPORT_NAME, fetchPublished } from './export-bank.ts';
import { displayPath } from './project.ts';
import type { Workspace } from './workspace.ts';

const BATCH = 100;

/** Something of the export that the bank has otherwise; the bank's stands. */
export interface ImportConflict {
  readonly kind: 'version' | 'publication' | 'history' | 'outcome' | 'release';
  /** `id@version`, the id of an outcome, or the name of a release. */
  readonly name: string;
  readonly reason: string;
}

interface Imported {
  readonly imported: number;
  readonly unchanged: number;
}

export interface ImportReport {
  readonly bank: string;
  readonly folder: string;
  readonly versions: Imported;
  readonly changes: Imported;
  readonly outcomes: Imported;
  readonly releases: Imported;
  readonly conflicts: readonly ImportConflict[];
  /** Of the export. */
  readonly export_digest: Digest;
  /** Of the bank afterwards; the same when it held nothing else. */
  readonly content_digest: Digest;
}

/**
 * Takes over what an export holds and the bank lacks. Nothing is overwritten, so it can be repeated, and goes on where one that
 * was cut short stopped. What the bank has otherwise is a conflict, and the rest goes on.
 *
 * @param folder absolute path
 * @throws PatternsError EXPORT_INVALID before anything is written, for an export that is damaged or not whole
 */
export async function importBank(workspace: Workspace, folder: string): Promise<ImportReport> {
  const label = displayPath(workspace.root, folder);
  const source = new EmbeddedBank(workspace.host, folder, label);
  const { content, digest } = await readExport(workspace, source, { folder, label });
  return workspace.bank.use(async (bank) => {
    // What a killed import left is beside versions that are there by now, so that publishing passes it by.
    bank.sweep?.();
    const importer = new Importer(bank, await readContent(bank));
    const versions = await importer.versions(source, content.versions);
    const changes = await importer.changes(content.changes);
    const outcomes = await importer.outcomes(content);
    const releases = await importer.releases(content);
    return {
      bank: workspace.bank.address,
      folder: label,
      versions,
      changes,
      outcomes,
      releases,
      conflicts: importer.conflicts,
      export_digest: digest,
      content_digest: contentDigest(await readContent(bank)),
    };
  });
}

async function readExport(
  { host }: Workspace,
  source: PatternBank,
  { folder, label }: { readonly folder: string; readonly label: string },
): Promise<{ content: BankContent; digest: Digest }> {
  const path = join(folder, EXPORT_NAME);
  if (host.fs.stat(folder)?.kind !== 'folder')
    throw new PatternsError('FILE_NOT_FOUND', `${label} is no folder`, {
      hint: 'Name the folder of an export.',
    });
  if (host.fs.stat(path)?.kind !== 'file')
    throw new PatternsError('EXPORT_INVALID', `${label} holds no ${EXPORT_NAME}, so it is no whole export`, {
      place: { file: label },
      hint: 'Make one with `patterns bank export <dir>`; an embedded bank is exported with `--bank file:<dir>`.',
    });
  const file = `${label}/${EXPORT_NAME}`;
  const { content_digest } = readExportDocument(host.fs.readFile(path), file);
  const content = await readContent(source).catch((cause: unknown) => {
    if (!(cause instanceof PatternsError) || cause.code !== 'BANK_CORRUPT') throw cause;
    const { place, details } = cause;
    throw new PatternsError('EXPORT_INVALID', `the export ${label} is damaged: ${cause.message}`, {
      place,
      details,
      hint: HINT,
      cause,
    });
  });
  const found = contentDigest(content);
  if (found === content_digest) return { content, digest: found };
  throw new PatternsError(
    'EXPORT_INVALID',
    `the export ${label} does not match its digest: expected ${content_digest}, found ${found}`,
    { place: { file }, hint: HINT, details: { expected: content_digest, found } },
  );
}

const HINT = 'Nothing was imported. Use another export, or make it again.';

class Importer {
  readonly conflicts: ImportConflict[] = [];
  readonly #bank: PatternBank;
  readonly #before: BankContent;
  /** Versions of which the bank has other content; nothing that is said of them is taken over. */
  readonly #foreign = new Set<string>();

  constructor(bank: PatternBank, before: BankContent) {
    this.#bank = bank;
    this.#before = before;
  }

  async versions(source: PatternBank, versions: readonly HeldVersion[]): Promise<Imported> {
    const known = new Map(this.#before.versions.map((held) => [formatRef(held), held]));
    const lacking = versions.filter((held) => !known.has(formatRef(held)));
    let imported = 0;
    for (let at = 0; at < lacking.length; at += BATCH) {
      const outcomes = await this.#bank.restore(await fetchPublished(source, lacking.slice(at, at + BATCH)));
      for (const outcome of outcomes) {
        if (outcome.kind === 'conflict') this.#refuseVersion(formatRef(outcome.ref), outcome.existing);
        else imported += 1;
      }
    }
    for (const held of versions) {
      const standing = known.get(formatRef(held));
      if (standing === undefined) continue;
      if (standing.digest !== held.digest) this.#refuseVersion(formatRef(held), standing.digest);
      else if (canonicalJson(standing.published) !== canonicalJson(held.published)) {
        const { at, status } = standing.published;
        this.#refuse('publication', formatRef(held), `the bank has it since ${at}, published as ${status}`);
      }
    }
    return { imported, unchanged: versions.length - imported - this.#foreign.size };
  }

  /** The history of a version grows at its end: one is the beginning of the other, or they contradict each other. */
  async changes(changes: readonly StatusChange[]): Promise<Imported> {
    const known = byVersion(this.#before.changes);
    let imported = 0;
    let unchanged = 0;
    for (const [ref, rows] of byVersion(changes)) {
      if (this.#foreign.has(ref)) continue;
      const standing = (known.get(ref) ?? []).map(canonicalJson);
      const common = Math.min(standing.length, rows.length);
      if (rows.slice(0, common).some((row, i) => canonicalJson(row) !== standing[i])) {
        this.#refuse('history', ref, 'the bank has another history of its status');
        continue;
      }
      for (const row of rows.slice(common)) await this.#bank.setStatus(row);
      imported += rows.length - common;
      unchanged += common;
    }
    return { imported, unchanged };
  }

  async outcomes({ outcomes }: BankContent): Promise<Imported> {
    const known = new Map(this.#before.outcomes.map((outcome) => [outcome.id, outcome]));
    const own = outcomes.filter((outcome) => !this.#foreign.has(formatRef(outcome)));
    const others = own.filter((outcome) => {
      const standing = known.get(outcome.id);
      return standing !== undefined && canonicalJson(standing) !== canonicalJson(outcome);
    });
    for (const { id } of others) this.#refuse('outcome', id, 'the bank has another observation of that id');
    const report = await this.#bank.record(own.filter(({ id }) => !known.has(id)));
    return { imported: report.recorded, unchanged: own.length - others.length - report.recorded };
  }

  async releases({ releases }: BankContent): Promise<Imported> {
    let imported = 0;
    let unchanged = 0;
    for (const release of releases) {
      const foreign = release.versions.find((held) => this.#foreign.has(formatRef(held)));
      if (foreign !== undefined) {
        this.#refuse('release', release.name, `the bank has another ${formatRef(foreign)}`);
        continue;
      }
      const outcome = await this.#bank.release(release);
      if (outcome.kind === 'released') imported += 1;
      else if (canonicalJson(outcome.release) === canonicalJson(release)) unchanged += 1;
      else
        this.#refuse(
          'release',
          release.name,
          `the bank has another release of that name, of ${outcome.release.at}`,
        );
    }
    return { imported, unchanged };
  }

  #refuseVersion(ref: string, existing: Digest): void {
    this.#foreign.add(ref);
    this.#refuse('version', ref, `the bank has other content, ${existing}`);
  }

  #refuse(kind: ImportConflict['kind'], name: string, reason: string): void {
    this.conflicts.push({ kind, name, reason });
  }
}

function byVersion(changes: readonly StatusChange[]): ReadonlyMap<string, readonly StatusChange[]> {
  const groups = new Map<string, StatusChange[]>();
  for (const change of changes) {
    const group = groups.get(formatRef(change));
    if (group === undefined) groups.set(formatRef(change), [change]);
    else group.push(change);
  }
  return groups;
}
