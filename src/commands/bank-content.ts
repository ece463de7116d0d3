import type { BankEntry, PatternBank, StatusChange } from '../bank/pattern-bank.ts';
import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256, sha256Json } from '../canon/sha256.ts';
import type { Publication } from '../documents/bank-document.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { Digest } from '../model/digest.ts';
import type { Outcome } from '../model/outcome.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';
import type { Release } from '../model/release.ts';

/** A version as it is digested: its document is named by digest. */
export interface HeldVersion extends PatternRef {
  readonly digest: Digest;
  readonly published: Publication;
}

/** All that a bank holds, but for the documents themselves, in one defined order. */
export interface BankContent {
  /** By id and version, in byte order. */
  readonly versions: readonly HeldVersion[];
  /** By id and version; those of one version oldest first. */
  readonly changes: readonly StatusChange[];
  /** By id. */
  readonly outcomes: readonly Outcome[];
  /** By name. */
  readonly releases: readonly Release[];
}

export interface ReadContent extends BankContent {
  /** What the versions were read from. */
  readonly entries: readonly BankEntry[];
}

/** Reads what a bank holds. Versions come last, so that everything else is about versions that are among them. */
export async function readContent(bank: PatternBank): Promise<ReadContent> {
  const releases = await bank.releases();
  const changes = await all(bank.changes());
  const outcomes = (await all(bank.outcomes())).toSorted((a, b) => compareBytes(a.id, b.id));
  const entries = await all(bank.entries());
  const versions = entries.map(({ pattern_id, version, documentDigest: digest, published }) => ({
    pattern_id,
    version,
    digest,
    published,
  }));
  return { entries, versions, changes: changes.toSorted(byRef), outcomes, releases };
}

/** Digest of a content: two banks with one digest hold the same. */
export function contentDigest({ versions, changes, outcomes, releases }: BankContent): Digest {
  return sha256Json({
    versions: lines(versions),
    changes: lines(changes),
    outcomes: lines(outcomes),
    releases: lines(releases),
  });
}

function lines(rows: readonly object[]): Digest {
  return sha256(rows.map((row) => `${canonicalJson(row)}\n`).join(''));
}

/** Sorts are stable: what has one reference keeps its order. */
function byRef(a: PatternRef, b: PatternRef): number {
  return compareBytes(formatRef(a), formatRef(b));
}

async function all<T>(rows: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}
