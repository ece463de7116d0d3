import { importOpenApi, type ImportReport } from '../commands/import-openapi.ts';
import { PatternsError } from '../model/error.ts';
import type { CommonOptions, Session } from './session.ts';
import { columns } from './text.ts';

export async function importCommand(
  session: Session,
  format: string,
  file: string,
  options: CommonOptions & { readonly output: string },
): Promise<void> {
  if (format !== 'openapi')
    throw new PatternsError('USAGE', `there is no import of ${format}`, { hint: 'Formats: openapi.' });
  const output = session.absolute(options.output);
  const report = importOpenApi(session.workspace(options, output, 'offline'), session.absolute(file), output);
  session.answer(options, report, () => textOf(report));
}

function textOf(report: ImportReport): string {
  const rows = report.remarks.map(({ kind, subject, message, file, line }) => [
    `${file}${line === null ? '' : `:${line}`}`,
    kind.replace('_', ' '),
    `${subject}: ${message}`,
  ]);
  const changes = (report.changes ?? []).map((one) => [
    one.change,
    `${one.what} ${one.name}${one.detail === '' ? '' : `: ${one.detail}`}`,
  ]);
  const counts = `${report.entities.length} entities, ${report.operations} operations: ${report.answered} answered, ${report.unanswered} unanswered; ${report.not_carried} remarks on what is not carried\n`;
  const done = report.written
    ? `wrote ${report.spec} (extends ${report.extends})\n`
    : `${report.spec} is up to date\n`;
  return `${columns(rows)}${columns(changes)}${counts}${done}`;
}
