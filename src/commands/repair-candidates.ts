import semver from 'semver';
import type { BankEntry, PatternBank } from '../bank/pattern-bank.ts';
import { sha256 } from '../canon/sha256.ts';
import { readRepair, type Repair } from '../documents/repair-document.ts';
import { readYaml } from '../documents/yaml-text.ts';
import type { Blame } from '../learn/attribution.ts';
import { mends } from '../learn/repair.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type Pattern, type PatternRef } from '../model/pattern.ts';
import { checkPattern } from '../render/check-pattern.ts';
import { rank } from '../search/rank.ts';
import { withEvidence } from './similarity.ts';
import type { Workspace } from './workspace.ts';

/** A version that may mend a failure. */
export interface RepairCandidate {
  readonly pattern: Pattern;
  /** `derived` is not published yet. */
  readonly kind: 'derived' | 'published';
  /** The repair pattern that made it, `id@version`. */
  readonly by: string;
  /** What differs from the failing body. */
  readonly patch: string | undefined;
}

/** A smoke test takes long, so not every repair that fits is tried. */
const MAX_CANDIDATES = 5;

/**
 * What the repair patterns of the bank make of a failing version, the most fitting first: those whose conditions hold and
 * whose patch applies without fuzz.
 */
export async function repairCandidates(
  workspace: Workspace,
  bank: PatternBank,
  failing: Pattern,
  blame: Blame,
): Promise<readonly RepairCandidate[]> {
  const repairs = await rankedRepairs(workspace, bank, failing, blame);
  const candidates: RepairCandidate[] = [];
  for (const { entry, body } of repairs) {
    if (candidates.length === MAX_CANDIDATES) break;
    const repair = readOrTell(workspace, entry, body);
    if (repair === undefined || !fits(repair, failing.frozen) || !mends(repair.error, blame)) continue;
    const candidate = await apply(workspace, bank, failing, repair, formatRef(entry));
    if (candidate !== undefined) candidates.push(candidate);
  }
  return candidates;
}

async function rankedRepairs(
  workspace: Workspace,
  bank: PatternBank,
  failing: Pattern,
  blame: Blame,
): Promise<readonly { entry: BankEntry; body: Uint8Array }[]> {
  const entries: BankEntry[] = [];
  for await (const entry of bank.entries()) {
    const offered = entry.status === 'production' || entry.status === 'deprecated';
    if (offered && entry.record.signature.intent === 'repair') entries.push(entry);
  }
  const errors = blame.failures.slice(0, 3).map((one) => `${one.class} ${one.message.slice(0, 200)}`);
  const { purpose, domain } = failing.record.signature;
  const need = { purpose: `${errors.join(' ')} ${failing.frozen.pattern_id} ${purpose} ${domain}` };
  const measured = await withEvidence(workspace, need, entries, async (missing) =>
    (await bank.fetch(missing)).map((one) => one?.body),
  );
  const ranked = rank(need, measured).map((match) => match.candidate);
  const bodies = await bank.fetch(ranked);
  return ranked.flatMap((entry, i) => {
    const body = bodies[i]?.body;
    return body === undefined ? [] : [{ entry, body }];
  });
}

function readOrTell(workspace: Workspace, entry: BankEntry, body: Uint8Array): Repair | undefined {
  try {
    return readRepair(readYaml(body, formatRef(entry)));
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    workspace.notify(`${formatRef(entry)} is left out: ${cause.message}`);
    return undefined;
  }
}

function fits({ applies_to }: Repair, failing: PatternRef): boolean {
  return (
    applies_to.pattern_id === failing.pattern_id &&
    semver.satisfies(failing.version, applies_to.versions, { includePrerelease: true })
  );
}

async function apply(
  workspace: Workspace,
  bank: PatternBank,
  failing: Pattern,
  repair: Repair,
  by: string,
): Promise<RepairCandidate | undefined> {
  const { pattern_id, version } = failing.frozen;
  if (repair.use !== undefined) {
    if (repair.use === version) return undefined;
    const [pattern] = await bank.fetch([{ pattern_id, version: repair.use }]);
    if (pattern !== undefined) return { pattern, kind: 'published', by, patch: undefined };
    workspace.notify(`${by} is left out: the bank has no ${pattern_id}@${repair.use}`);
    return undefined;
  }
  const patch = repair.patch ?? '';
  const body = await patched(Buffer.from(failing.body).toString('utf8'), patch);
  if (body === undefined) {
    workspace.notify(`${by} is left out: its patch does not apply to ${pattern_id}@${version}`);
    return undefined;
  }
  const digest = sha256(body);
  const made = (await bank.versionsOf([pattern_id])).find(
    (one) => one.body === digest && one.status !== 'yanked' && one.status !== 'quarantined',
  );
  const [known] = made === undefined ? [] : await bank.fetch([made]);
  if (known !== undefined) return { pattern: known, kind: 'published', by, patch };
  const pattern = await derive(bank, failing, body, { derived_from: [formatRef(failing.frozen), by] });
  try {
    checkPattern(pattern);
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    workspace.notify(`${by} is left out: what it makes cannot be parsed (${cause.message})`);
    return undefined;
  }
  return { pattern, kind: 'derived', by, patch };
}

/** Undefined where the patch changes nothing, is none, or does not fit exactly. */
async function patched(body: string, patch: string): Promise<string | undefined> {
  const { applyPatch } = await import('diff');
  try {
    const result = applyPatch(body, patch, { fuzzFactor: 0, autoConvertLineEndings: false });
    return result === false || result === body ? undefined : result;
  } catch {
    // The library throws an Error of its own for what is no patch of one file.
    return undefined;
  }
}

/** A version after the failing one, with another body: the next patch number that nobody has taken. */
export async function derive(
  bank: PatternBank,
  failing: Pattern,
  body: string,
  record: Partial<Pattern['record']>,
): Promise<Pattern> {
  const { pattern_id } = failing.frozen;
  const taken = new Set((await bank.versionsOf([pattern_id])).map((entry) => entry.version));
  let version = semver.inc(failing.frozen.version, 'patch') ?? failing.frozen.version;
  while (taken.has(version)) version = semver.inc(version, 'patch') ?? version;
  const bytes = Buffer.from(body, 'utf8');
  return {
    frozen: { ...failing.frozen, version, body: sha256(bytes) },
    record: { ...failing.record, origin: undefined, ...record },
    body: bytes,
  };
}
