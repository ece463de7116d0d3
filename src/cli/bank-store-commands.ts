import { bankStatus } from '../commands/bank-status.ts';
import { exportBank } from '../commands/export-bank.ts';
import { freezeRelease } from '../commands/freeze-release.ts';
import { importBank } from '../commands/import-bank.ts';
import { reindexBank } from '../commands/reindex-bank.ts';
import type { CommonOptions, Session } from './session.ts';
import { columns, plural } from './text.ts';

export async function bankStatusCommand(session: Session, options: CommonOptions): Promise<void> {
  const report = await bankStatus(session.workspaceHere(options));
  session.answer(options, report, () => {
    const { statuses, outcomes, releases, index, vectors } = report;
    const server = report.server === null ? '' : `, server ${report.server}`;
    const stated = Object.entries(statuses).filter(([, count]) => count > 0);
    return columns([
      ['bank', report.bank],
      ['kind', `${report.kind}, schema ${report.schema}${server}`],
      ['patterns', `${plural(report.patterns, 'pattern')}, ${plural(report.versions, 'version')}`],
      ['statuses', stated.map(([status, count]) => `${count} ${status}`).join(', ') || 'none'],
      ['outcomes', `${outcomes.usage} usage, ${outcomes.successes} success, ${outcomes.failures} failure`],
      ['changes', plural(report.changes, 'status change')],
      ['releases', releases.map(({ name, frozen_at }) => `${name} (${frozen_at})`).join(', ') || 'none'],
      ['embedder', report.embedder ?? 'none of its own'],
      ['index', index === null ? 'none of its own' : partsText(index)],
      ['vectors', vectors === null ? 'off' : `${partsText(vectors)}, by ${vectors.embedder}`],
      ['content', report.content_digest],
    ]);
  });
}

function partsText({ present, missing }: { readonly present: number; readonly missing: number }): string {
  return `${present} present, ${missing} missing`;
}

export async function bankExportCommand(
  session: Session,
  dir: string,
  options: CommonOptions,
): Promise<void> {
  const report = await exportBank(session.workspaceHere(options), session.absolute(dir));
  session.answer(
    options,
    report,
    () =>
      `${report.bank} → ${report.folder}: ${plural(report.versions, 'version')}, ${plural(report.changes, 'status change')}, ${plural(report.outcomes, 'outcome')}, ${plural(report.releases, 'release')}\ncontent ${report.content_digest}\n`,
  );
}

export async function bankImportCommand(
  session: Session,
  dir: string,
  options: CommonOptions,
): Promise<void> {
  const report = await importBank(session.workspaceHere(options), session.absolute(dir));
  session.answer(
    options,
    report,
    () => {
      const parts = (['versions', 'changes', 'outcomes', 'releases'] as const).map(
        (kind) => `  ${kind}: ${report[kind].imported} imported, ${report[kind].unchanged} unchanged\n`,
      );
      const conflicts = report.conflicts.map((one) => `  conflict: ${one.kind} ${one.name}: ${one.reason}\n`);
      return [
        `${report.folder} → ${report.bank}: ${plural(report.conflicts.length, 'conflict')}\n`,
        ...parts,
        ...conflicts,
        `content ${report.content_digest}\n`,
      ].join('');
    },
    report.conflicts.length === 0 ? 0 : 1,
  );
}

export async function bankReindexCommand(session: Session, options: CommonOptions): Promise<void> {
  const report = await reindexBank(session.workspaceHere(options));
  session.answer(
    options,
    report,
    () =>
      `${report.bank}: ${plural(report.versions, 'version')}, ${report.indexed} indexed on the server, vectors by ${report.embedder ?? 'nobody'}\n`,
  );
}

export async function freezeCommand(
  session: Session,
  options: CommonOptions & { name: string },
): Promise<void> {
  const report = await freezeRelease(session.workspaceHere(options), options.name);
  session.answer(
    options,
    report,
    () =>
      `${report.name}: ${plural(report.versions.length, 'version')}, frozen at ${report.frozen_at}${report.known ? ' (known)' : ''}\n`,
  );
}
