import { join } from 'node:path';
import * as v from 'valibot';
import { Journal } from '../bank/journal.ts';
import type { PatternBank } from '../bank/pattern-bank.ts';
import { sha256Json } from '../canon/sha256.ts';
import { strict } from '../documents/shape.ts';
import { DigestShape, PatternIdShape, TimestampShape, VersionShape } from '../documents/shapes.ts';
import { type Digest, digestHex } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { Outcome } from '../model/outcome.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';
import type { Workspace } from './workspace.ts';

// .patterns/outbox/usage.jsonl: one line for each build that wrote, with the versions that it used. A build only appends to
// it, since a locked build needs no bank; commands that count send it.

const NAME = 'usage.jsonl';
const SENDING = /^usage-\d+\.jsonl$/;

const UsageShape = strict({
  generation: DigestShape,
  at: TimestampShape,
  versions: v.array(strict({ pattern_id: PatternIdShape, version: VersionShape })),
});

type Usage = v.InferOutput<typeof UsageShape>;

/** Notes a build. What cannot be noted is said, and fails no build. */
export function noteUsage(workspace: Workspace, generation: Digest, versions: readonly PatternRef[]): void {
  const { host } = workspace;
  try {
    const line = {
      generation,
      at: host.now(),
      versions: versions.map(({ pattern_id, version }) => ({ pattern_id, version })),
    };
    journalOf(workspace, NAME).append([line]);
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    workspace.notify(`this build is not counted: ${cause.message}`);
  }
}

/**
 * Records the builds that wait. Each line is taken by one process, and counts once even if that process is killed.
 * @param bank an open bank
 */
export async function sendUsage(workspace: Workspace, bank: PatternBank): Promise<void> {
  const { fs } = workspace.host;
  const folder = folderOf(workspace);
  if (fs.stat(folder)?.kind !== 'folder') return;
  takeOver(workspace, folder);
  for (const name of fs.readFolder(folder)) {
    if (!SENDING.test(name)) continue;
    const rows = unlessGone(() => journalOf(workspace, name).rows());
    if (rows === undefined) continue;
    const outcomes = outcomesOf(rows);
    const ids = [...new Set(outcomes.map((one) => one.pattern_id))];
    const known = new Set((await bank.versionsOf(ids)).map(formatRef));
    await bank.record(outcomes.filter((one) => known.has(formatRef(one))));
    fs.removeFile(join(folder, name));
  }
}

/** Gives what waits a name of its own, so that builds that go on append to a new file. */
function takeOver({ host: { fs } }: Workspace, folder: string): void {
  const waiting = join(folder, NAME);
  if (fs.stat(waiting) === undefined) return;
  const taken = fs.readFolder(folder).filter((name) => SENDING.test(name)).length;
  for (let number = taken; ; number++) {
    const name = join(folder, `usage-${number}.jsonl`);
    // A link fails where the name is taken, which a rename would not.
    if (unlessGone(() => fs.link(waiting, name)) === false) continue;
    fs.removeFile(waiting);
    return;
  }
}

/** Undefined where another process has taken the file meanwhile. */
function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof PatternsError && cause.code === 'FILE_NOT_FOUND') return undefined;
    throw cause;
  }
}

function outcomesOf(rows: readonly Usage[]): readonly Outcome[] {
  return rows.flatMap(({ generation, at, versions }) =>
    versions.map((ref) => ({
      ...ref,
      id: digestHex(sha256Json({ kind: 'usage', generation, at, ...ref })),
      kind: 'usage' as const,
      count: 1,
      at,
      generation,
      report: null,
      environment: 'build',
      evidence: 'a build used it',
    })),
  );
}

function journalOf(workspace: Workspace, name: string): Journal<Usage> {
  return new Journal(workspace.host, join(folderOf(workspace), name), `.patterns/outbox/${name}`, UsageShape);
}

function folderOf(workspace: Workspace): string {
  return join(workspace.root, '.patterns', 'outbox');
}
