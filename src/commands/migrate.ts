import type { PatternBank, PublishOutcome } from '../bank/pattern-bank.ts';
import { documentDigest } from '../documents/bank-document.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type Pattern } from '../model/pattern.ts';
import { displayPath } from './project.ts';
import { conflictError, findPatterns, readChecked } from './publish.ts';
import { openSearch } from './search.ts';
import type { Workspace } from './workspace.ts';

/** Which templates are looked at. */
export interface MigrateSource {
  /** Only templates of these domains; all when empty. */
  readonly domains: readonly string[];
  /** Folders of templates, absolute. */
  readonly folders: readonly string[];
  readonly builtIn: 'with' | 'without';
}

/** A template that cannot be in the bank, and why. */
export interface FailedTemplate {
  /** `id@version`, or the folder of a template that cannot be read. */
  readonly pattern: string;
  readonly reason: string;
}

/** A template that a search for its own purpose does not put first. */
export interface UnfoundTemplate {
  readonly pattern: string;
  readonly purpose: string;
  /** What came first instead; null when nothing was found. */
  readonly beaten_by: string | null;
}

export interface MigrateReport {
  readonly bank: string;
  readonly dry_run: boolean;
  readonly migrated: readonly string[];
  readonly unchanged: readonly string[];
  /** Versions that the bank has with other content, or that could not be read, and why. */
  readonly failed: readonly FailedTemplate[];
  /** How many of the migrated ones a search for their own purpose puts first. */
  readonly found: number;
  readonly not_found: readonly UnfoundTemplate[];
}

export interface MigrateCheck {
  readonly bank: string;
  readonly same: readonly string[];
  /** What the bank lacks. */
  readonly missing: readonly string[];
  /** What the bank has with other content. */
  readonly differing: readonly {
    readonly pattern: string;
    readonly bank: string;
    readonly template: string;
  }[];
  readonly failed: readonly FailedTemplate[];
}

/**
 * Publishes the templates that the bank lacks; what is there stays as it is. A template that cannot be read is reported, and
 * the others go on. What was published is then searched for.
 *
 * @param mode `dry-run` writes nothing, and so searches for nothing
 * @throws PatternsError USAGE for a domain that no template has; FILE_NOT_FOUND for a folder without templates
 */
export async function migrate(
  workspace: Workspace,
  source: MigrateSource,
  mode: 'write' | 'dry-run',
): Promise<MigrateReport> {
  const { patterns, failed } = readTemplates(workspace, source);
  const { address } = workspace.bank;
  const status = 'production';
  const outcomes = await workspace.bank.use((bank) =>
    mode === 'write' ? bank.publish(patterns, { status, at: workspace.host.now() }) : foresee(bank, patterns),
  );
  const migrated = named(outcomes, 'published');
  const conflicts = outcomes.flatMap((one) =>
    one.kind === 'conflict'
      ? [{ pattern: formatRef(one.ref), reason: conflictError(one, address).message }]
      : [],
  );
  const written = mode === 'write' ? new Set(migrated) : new Set();
  const unfound = await searchForOwn(
    workspace,
    patterns.filter(({ frozen }) => written.has(formatRef(frozen))),
  );
  return {
    bank: address,
    dry_run: mode === 'dry-run',
    migrated,
    unchanged: named(outcomes, 'unchanged'),
    failed: [...failed, ...conflicts],
    found: written.size - unfound.length,
    not_found: unfound,
  };
}

/** Says which templates and versions of the bank differ. Writes nothing. */
export async function checkMigration(workspace: Workspace, source: MigrateSource): Promise<MigrateCheck> {
  const { patterns, failed } = readTemplates(workspace, source);
  const outcomes = await workspace.bank.use((bank) => foresee(bank, patterns));
  return {
    bank: workspace.bank.address,
    same: named(outcomes, 'unchanged'),
    missing: named(outcomes, 'published'),
    differing: outcomes.flatMap((one) =>
      one.kind === 'conflict'
        ? [{ pattern: formatRef(one.ref), bank: one.existing, template: one.documentDigest }]
        : [],
    ),
    failed,
  };
}

/** What publishing would come to. */
async function foresee(bank: PatternBank, patterns: readonly Pattern[]): Promise<readonly PublishOutcome[]> {
  const ids = [...new Set(patterns.map(({ frozen }) => frozen.pattern_id))];
  const entries = await bank.versionsOf(ids);
  const known = new Map(entries.map((entry) => [formatRef(entry), entry.documentDigest]));
  return patterns.map((pattern): PublishOutcome => {
    const { pattern_id, version } = pattern.frozen;
    const ref = { pattern_id, version };
    const digest = documentDigest(pattern);
    const existing = known.get(formatRef(ref));
    if (existing === undefined) return { kind: 'published', ref, documentDigest: digest };
    if (existing === digest) return { kind: 'unchanged', ref, documentDigest: digest };
    return { kind: 'conflict', ref, documentDigest: digest, existing };
  });
}

interface Templates {
  readonly patterns: readonly Pattern[];
  readonly failed: readonly FailedTemplate[];
}

function readTemplates(workspace: Workspace, { domains, folders, builtIn }: MigrateSource): Templates {
  const builtIns = builtIn === 'with' ? workspace.statics.all().map(({ pattern }) => pattern) : [];
  const patterns = new Map(builtIns.map((pattern) => [formatRef(pattern.frozen), pattern]));
  const failed: FailedTemplate[] = [];
  for (const path of folders.flatMap((folder) => findPatterns(workspace, folder))) {
    const label = displayPath(workspace.root, path);
    const read = attempt(() => readChecked(workspace, path));
    if (read instanceof PatternsError) failed.push({ pattern: label, reason: read.message });
    else {
      const ref = formatRef(read.frozen);
      const twin = patterns.get(ref);
      if (twin === undefined) patterns.set(ref, read);
      else if (documentDigest(twin) !== documentDigest(read))
        failed.push({
          pattern: ref,
          reason: `${label} has other content than another template of that version`,
        });
    }
  }
  const all = [...patterns.values()];
  refuseUnknownDomain(all, domains);
  const chosen = all.filter(
    ({ record }) => domains.length === 0 || domains.includes(record.signature.domain),
  );
  return { patterns: chosen, failed };
}

function attempt(read: () => Pattern): Pattern | PatternsError {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof PatternsError) return cause;
    throw cause;
  }
}

function refuseUnknownDomain(patterns: readonly Pattern[], domains: readonly string[]): void {
  const known = [...new Set(patterns.map(({ record }) => record.signature.domain))].sort();
  const unknown = domains.find((domain) => !known.includes(domain));
  if (unknown === undefined) return;
  throw new PatternsError('USAGE', `no template has the domain ${unknown}`, {
    hint: `Domains: ${known.join(', ')}.`,
  });
}

async function searchForOwn(
  workspace: Workspace,
  patterns: readonly Pattern[],
): Promise<readonly UnfoundTemplate[]> {
  if (patterns.length === 0) return [];
  const search = await openSearch(workspace);
  const unfound: UnfoundTemplate[] = [];
  for (const { frozen, record } of patterns) {
    const { purpose } = record.signature;
    const [first] = (await search({ purpose }, { topK: 1, minResults: 1 })).matches;
    if (first?.pattern_id === frozen.pattern_id) continue;
    const beaten_by = first === undefined ? null : formatRef(first);
    unfound.push({ pattern: formatRef(frozen), purpose, beaten_by });
  }
  return unfound;
}

function named(outcomes: readonly PublishOutcome[], kind: PublishOutcome['kind']): readonly string[] {
  return outcomes.filter((one) => one.kind === kind).map((one) => formatRef(one.ref));
}
