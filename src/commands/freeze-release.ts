import * as v from 'valibot';
import { NameShape } from '../documents/shapes.ts';
import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef } from '../model/pattern.ts';
import type { Release, ReleasedVersion } from '../model/release.ts';
import { nameHint } from '../canon/nearest-name.ts';
import type { Workspace } from './workspace.ts';

export interface ListedRelease {
  readonly name: string;
  readonly frozen_at: string;
  readonly versions: number;
}

export interface FreezeReport {
  readonly bank: string;
  readonly name: string;
  readonly frozen_at: string;
  /** Whether the bank had the release before, with the same versions. */
  readonly known: boolean;
  /** `id@version`, by id and version. */
  readonly versions: readonly string[];
}

/**
 * Marks the versions that are in production now as a release.
 * @throws PatternsError USAGE for a bad name; RELEASE_EXISTS when the name has other versions; PATTERN_NOT_FOUND when there are
 *   none to freeze
 */
export async function freezeRelease(workspace: Workspace, name: string): Promise<FreezeReport> {
  const valid = v.safeParse(NameShape, name);
  if (!valid.success)
    throw new PatternsError('USAGE', `"${name}" is no name of a release: ${valid.issues[0].message}`, {
      hint: 'Name it like `2026-11` or `spring`.',
    });
  const { bank } = workspace;
  return bank.use(async (open) => {
    const versions: ReleasedVersion[] = [];
    for await (const { pattern_id, version, digest, status } of open.entries())
      if (status === 'production') versions.push({ pattern_id, version, digest });
    if (versions.length === 0)
      throw new PatternsError('PATTERN_NOT_FOUND', `${bank.address} has no version in production`, {
        hint: 'Publish patterns first; `patterns migrate` fills the bank with the built-in templates.',
      });
    const { kind, release } = await open.release({ name, at: workspace.host.now(), versions });
    if (kind === 'conflict') throw otherVersions(release, versions);
    return {
      bank: bank.address,
      name,
      frozen_at: release.at,
      known: kind === 'known',
      versions: release.versions.map(formatRef),
    };
  });
}

/** The releases of the bank, by name. */
export async function listReleases(workspace: Workspace): Promise<readonly ListedRelease[]> {
  return (await workspace.bank.use((bank) => bank.releases())).map(listedRelease);
}

export function listedRelease({ name, at, versions }: Release): ListedRelease {
  return { name, frozen_at: at, versions: versions.length };
}

/** @throws PatternsError RELEASE_NOT_FOUND; BANK_UNREACHABLE */
export async function findRelease(workspace: Workspace, name: string): Promise<Release> {
  const releases = await workspace.bank.use((bank) => bank.releases());
  const found = releases.find((release) => release.name === name);
  if (found !== undefined) return found;
  const names = releases.map((release) => release.name);
  throw new PatternsError(
    'RELEASE_NOT_FOUND',
    `the bank ${workspace.bank.address} has no release \`${name}\``,
    {
      hint:
        names.length === 0
          ? 'It has none; `patterns freeze --name <release>` makes one.'
          : nameHint(name, names, 'It has'),
      details: { release: name, releases: names },
    },
  );
}

function otherVersions(standing: Release, versions: readonly ReleasedVersion[]): PatternsError {
  const [before, now] = [standing.versions, versions].map((list) => new Set(list.map(formatRef)));
  const added = [...(now ?? [])].filter((ref) => before?.has(ref) === false).toSorted(compareBytes);
  const gone = [...(before ?? [])].filter((ref) => now?.has(ref) === false).toSorted(compareBytes);
  return new PatternsError(
    'RELEASE_EXISTS',
    `the release ${standing.name} was frozen at ${standing.at} with other versions (${added.length} are new since, ${gone.length} are gone)`,
    {
      hint: 'A release never changes. Choose another name.',
      details: { release: standing.name, added, gone },
    },
  );
}
