import { join } from 'node:path';
import { seed } from '../commands/seed.ts';
import { smoke } from '../commands/smoke.ts';
import { PatternsError } from '../model/error.ts';
import type { SmokeReport } from '../model/smoke-report.ts';
import type { CommonOptions, Session } from './session.ts';
import { plural } from './text.ts';

export async function seedCommand(
  session: Session,
  spec: string,
  options: CommonOptions & { rows?: string; output?: string },
): Promise<void> {
  const path = session.absolute(spec);
  const workspace = session.workspace(options, path);
  const report = await seed(workspace, { spec: path, rows: rowsOf(options.rows) });
  const text = `${JSON.stringify(report.entities, null, 2)}\n`;
  if (options.output !== undefined) {
    const target = session.absolute(options.output);
    workspace.host.fs.makeFolder(join(target, '..'));
    workspace.host.writer.replace(target, Buffer.from(text, 'utf8'), { mode: 0o644, durable: false });
  }
  session.answer(options, report, () =>
    options.output === undefined
      ? text
      : `wrote ${plural(report.rows, 'row')} of each of ${Object.keys(report.entities).length} entities to ${options.output}\n`,
  );
}

function rowsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rows = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (rows >= 1 && rows <= 100_000) return rows;
  throw new PatternsError('USAGE', `--rows is "${text}"`, { hint: 'Give a number from 1 to 100000.' });
}

export async function smokeCommand(
  session: Session,
  folder: string,
  options: CommonOptions & { report?: string },
): Promise<void> {
  const path = session.absolute(folder);
  const workspace = session.workspace(options, join(path, 'any'));
  const { env } = session.process;
  const report = await smoke(workspace, {
    folder: path,
    report: options.report === undefined ? undefined : session.absolute(options.report),
    environment: env,
  });
  session.answer(options, report, () => smokeText(report), report.verdict === 'passed' ? 0 : 1);
}

function smokeText(report: SmokeReport & { readonly report: string }): string {
  const lines = report.phases.map((phase) => {
    const error =
      phase.error === undefined
        ? ''
        : `\n    ${phase.error.class}: ${phase.error.message.replaceAll('\n', '\n    ')}`;
    return `  ${phase.verdict.padEnd(8)}${phase.name} (${(phase.duration_ms / 1000).toFixed(1)} s)${error}`;
  });
  for (const { name, method, path, calls } of report.operations) {
    for (const call of calls) {
      if (call.verdict === 'passed') continue;
      const frame = call.error?.frames.at(-1);
      const where = frame === undefined ? '' : `\n    at ${frame.path}:${frame.line}`;
      lines.push(
        `  ${call.verdict.padEnd(8)}${name} (${method} ${path}), ${call.case}${errorText(call.error)}${where}`,
      );
    }
  }
  const calls = report.operations.flatMap((operation) => operation.calls);
  const passed = calls.filter((call) => call.verdict === 'passed').length;
  return [
    ...lines,
    `${report.verdict}: ${passed} of ${plural(calls.length, 'call')} of ${plural(report.operations.length, 'operation')} as expected`,
    `report ${report.report}`,
    '',
  ].join('\n');
}

function errorText(error: { readonly class: string; readonly message: string } | undefined): string {
  return error === undefined ? '' : `: ${error.class}: ${error.message}`;
}
