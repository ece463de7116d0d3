import { join } from 'node:path';
import { readBankDocument, writeBankDocument } from '../documents/bank-document.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type Pattern, type PatternRef } from '../model/pattern.ts';
import type { Workspace } from './workspace.ts';

// .patterns/outbox/candidates/<id>@<version>.json: versions that a build or a repair made and the bank is owed, each as the
// document that a bank keeps of it; a `/` of the id is a `+` here. They wait until the bank is there.

/** Puts versions where they wait to be offered to the bank. */
export function queueCandidates(workspace: Workspace, patterns: readonly Pattern[]): void {
  if (patterns.length === 0) return;
  const { fs, writer, now } = workspace.host;
  const folder = folderOf(workspace);
  fs.makeFolder(folder);
  for (const pattern of patterns) {
    const bytes = Buffer.from(writeBankDocument(pattern, { at: now(), status: 'candidate' }), 'utf8');
    writer.replace(join(folder, nameOf(pattern.frozen)), bytes, { mode: 0o644, durable: true });
  }
}

/** Publishes what waits, as candidates. A bank that cannot be asked leaves it waiting. */
export async function sendCandidates(workspace: Workspace): Promise<void> {
  const { host, bank } = workspace;
  const folder = folderOf(workspace);
  if (bank.state.kind !== 'on' || host.fs.stat(folder)?.kind !== 'folder') return;
  const waiting = host.fs.readFolder(folder).flatMap((name) => {
    const ref = refOf(name);
    return ref === undefined ? [] : [{ path: join(folder, name), ref }];
  });
  if (waiting.length === 0) return;
  const documents = waiting.map(({ path, ref }) =>
    readBankDocument(host.fs.readFile(path), `.patterns/outbox/candidates/${nameOf(ref)}`, ref),
  );
  try {
    const outcomes = await bank.use((open) =>
      open.publish(
        documents.map((document) => document.pattern),
        { status: 'candidate', at: host.now() },
      ),
    );
    for (const { kind, ref } of outcomes) {
      if (kind === 'conflict')
        workspace.notify(`${formatRef(ref)} is not offered to the bank, which has it with other content`);
    }
    for (const { path } of waiting) host.fs.removeFile(path);
  } catch (cause) {
    if (!(cause instanceof PatternsError) || cause.code !== 'BANK_UNREACHABLE') throw cause;
    const names = waiting.map(({ ref }) => formatRef(ref)).join(', ');
    workspace.notify(`${names} wait in .patterns/outbox until the bank can be asked (${cause.message})`);
  }
}

function folderOf(workspace: Workspace): string {
  return join(workspace.root, '.patterns', 'outbox', 'candidates');
}

function nameOf(ref: PatternRef): string {
  return `${formatRef(ref).replace('/', '+')}.json`;
}

function refOf(name: string): PatternRef | undefined {
  const [, id, version] = /^([^@]+)@(.+)\.json$/.exec(name) ?? [];
  return id === undefined || version === undefined
    ? undefined
    : { pattern_id: id.replace('+', '/'), version };
}
