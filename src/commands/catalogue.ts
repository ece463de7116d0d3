import semver from 'semver';
import type { BankEntry, StatusChange } from '../bank/pattern-bank.ts';
import { nameHint } from '../canon/nearest-name.ts';
import { parseReference } from '../documents/reference.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, productionReadinessScore } from '../model/pattern.ts';
import { type TrackRecord, trackRecords } from './track-record.ts';
import { sendUsage } from './usage-outbox.ts';
import type { Workspace } from './workspace.ts';

export interface ListedVersion {
  readonly pattern_id: string;
  readonly version: string;
  readonly status: string;
  readonly domain: string;
  readonly intent: string;
  readonly purpose: string;
  readonly success_rate: number;
  readonly production_readiness_score: number;
  readonly usage_count: number;
  readonly digest: string;
}

/** Every version of the bank, by id and then precedence. */
export async function list(workspace: Workspace): Promise<readonly ListedVersion[]> {
  return workspace.bank.use(async (bank) => {
    await sendUsage(workspace, bank);
    const found: BankEntry[] = [];
    for await (const entry of bank.entries()) found.push(entry);
    const records = await trackRecords(bank, found);
    return found.toSorted(byIdThenPrecedence).map((entry) => listed(entry, records));
  });
}

export interface ShownPattern extends ListedVersion {
  readonly signature: BankEntry['record']['signature'];
  readonly facets: BankEntry['record']['facets'];
  readonly quality: BankEntry['record']['quality'];
  readonly derived_from: readonly string[];
  readonly engine: string;
  readonly variables: object;
  readonly slots: readonly string[];
  readonly versions: readonly string[];
  readonly history: readonly StatusChange[];
  readonly body: string;
}

/**
 * The highest version that satisfies a reference, whatever its status, with its body.
 * @throws PatternsError USAGE, PATTERN_NOT_FOUND, VERSION_UNSATISFIED
 */
export async function show(workspace: Workspace, reference: string): Promise<ShownPattern> {
  const { entry, versions } = await findVersion(workspace, reference);
  return workspace.bank.use(async (bank) => {
    const [pattern] = await bank.fetch([entry]);
    if (pattern === undefined)
      throw new PatternsError('BANK_CORRUPT', `the bank lists ${formatRef(entry)} but does not have it`);
    const { signature, facets, quality, derived_from } = entry.record;
    return {
      ...listed(entry, await trackRecords(bank, versions)),
      signature,
      facets,
      quality,
      derived_from,
      engine: pattern.frozen.engine,
      variables: pattern.frozen.variables,
      slots: Object.keys(pattern.frozen.slots),
      versions: versions.map((one) => one.version),
      history: await bank.history(entry),
      body: Buffer.from(pattern.body).toString('utf8'),
    };
  });
}

/** The highest version of the bank that satisfies a reference, prereleases only where no other does. */
export async function findVersion(
  workspace: Workspace,
  text: string,
): Promise<{ entry: BankEntry; versions: readonly BankEntry[] }> {
  const reference = parseReference(text);
  if (reference === undefined) {
    throw new PatternsError('USAGE', `"${text}" is no pattern reference`, {
      hint: 'Write an id and a version or range, for example `dockerfile@1.0.0`.',
    });
  }
  const versions = (await workspace.bank.use((bank) => bank.versionsOf([reference.pattern_id]))).toSorted(
    byIdThenPrecedence,
  );
  if (versions.length === 0) {
    const ids = new Set((await list(workspace)).map((one) => one.pattern_id));
    throw new PatternsError(
      'PATTERN_NOT_FOUND',
      `the bank ${workspace.bank.address} has no pattern \`${reference.pattern_id}\``,
      {
        hint:
          ids.size === 0
            ? 'The bank is empty: `patterns migrate` fills it with the built-in templates.'
            : nameHint(reference.pattern_id, [...ids], 'It has'),
      },
    );
  }
  const stable = versions.filter((one) => semver.satisfies(one.version, reference.range));
  const any = versions.filter((one) =>
    semver.satisfies(one.version, reference.range, { includePrerelease: true }),
  );
  const entry = stable.at(-1) ?? any.at(-1);
  if (entry !== undefined) return { entry, versions };
  throw new PatternsError(
    'VERSION_UNSATISFIED',
    `no version satisfies ${text}; these exist: ${versions.map((one) => one.version).join(', ')}`,
    {
      hint: 'Name one of them.',
    },
  );
}

function byIdThenPrecedence(a: BankEntry, b: BankEntry): number {
  if (a.pattern_id !== b.pattern_id) return a.pattern_id < b.pattern_id ? -1 : 1;
  return semver.compare(a.version, b.version);
}

function listed(entry: BankEntry, records: ReadonlyMap<string, TrackRecord>): ListedVersion {
  const { signature, quality } = entry.record;
  const rate = records.get(formatRef(entry))?.estimate.mean ?? quality.success_rate;
  return {
    pattern_id: entry.pattern_id,
    version: entry.version,
    status: entry.status,
    domain: signature.domain,
    intent: signature.intent,
    purpose: signature.purpose,
    success_rate: Math.round(rate * 1e6) / 1e6,
    production_readiness_score: Math.round(productionReadinessScore(quality, rate) * 1e6) / 1e6,
    usage_count: entry.counts.usage,
    digest: entry.digest,
  };
}
