import { join } from 'node:path';
import { doctor } from '../commands/doctor.ts';
import { init } from '../commands/init.ts';
import { PatternsError } from '../model/error.ts';
import { type CommonOptions, packageRoot, type Session } from './session.ts';
import { columns } from './text.ts';

export async function initCommand(session: Session, dir: string, options: CommonOptions): Promise<void> {
  const folder = session.absolute(dir);
  const golden = options.golden ?? join(folder, 'golden');
  const report = init(session.workspace({ ...options, golden }, join(folder, 'any')), folder);
  const place = dir === '.' ? '' : `cd ${dir} && `;
  session.answer(
    options,
    report,
    () =>
      `${report.created.map((path) => `created ${path}\n`).join('')}next: ${place}patterns build ${report.spec} -o out/${report.name}\n`,
  );
}

export async function schemaCommand(
  session: Session,
  name: string | undefined,
  options: CommonOptions,
): Promise<void> {
  const { fs } = session.workspaceHere(options).host;
  const folder = join(packageRoot(), 'schemas');
  const names = fs.readFolder(folder).flatMap((file) => /^(.+)\.schema\.json$/.exec(file)?.[1] ?? []);
  if (name === undefined) {
    session.answer(options, { schemas: names }, () => names.map((one) => `${one}\n`).join(''));
    return;
  }
  if (!names.includes(name))
    throw new PatternsError('USAGE', `there is no schema ${name}`, { hint: `Schemas: ${names.join(', ')}.` });
  // The schema is the document, with --json and without.
  session.process.out(Buffer.from(fs.readFile(join(folder, `${name}.schema.json`))).toString('utf8'));
}

export async function doctorCommand(session: Session, options: CommonOptions): Promise<void> {
  const report = await doctor(session.workspaceHere(options), process.versions.node);
  session.answer(
    options,
    report,
    () => {
      const rows = report.checks.map((one) => [
        one.status,
        one.check,
        one.hint === undefined ? one.message : `${one.message} (${one.hint})`,
      ]);
      return `${columns(rows)}${report.healthy ? 'healthy' : 'NOT healthy'}\n`;
    },
    report.healthy ? 0 : 1,
  );
}
