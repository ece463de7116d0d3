import { join } from 'node:path';
import { programJudge, smokeJudge } from '../commands/program-judge.ts';
import { repair, type RepairReport } from '../commands/repair.ts';
import type { RepairFlags } from './program.ts';
import type { CommonOptions, Session } from './session.ts';

export async function repairCommand(
  session: Session,
  dir: string,
  options: CommonOptions & RepairFlags,
): Promise<void> {
  const tree = session.absolute(dir);
  const workspace = session.workspace(options, join(tree, 'any'));
  const dry = options.dryRun === true;
  const { env } = session.process;
  const judge =
    options.judge === undefined
      ? smokeJudge(workspace, env)
      : programJudge(workspace, session.absolute(options.judge), env);
  const report = await repair(
    workspace,
    { tree, report: session.absolute(options.report), mode: dry ? 'dry-run' : 'repair' },
    judge,
  );
  session.answer(options, report, () => repairText(report), report.repaired || dry ? 0 : 1);
}

function repairText(report: RepairReport): string {
  const lines = report.attempts.flatMap((attempt) => [
    `${attempt.pattern}: ${attempt.failures.join(', ')} at ${attempt.place}\n`,
    ...(attempt.tried.length === 0 ? ['  no repair pattern of the bank fits\n'] : []),
    ...attempt.tried.flatMap((one) => [
      `  ${one.outcome} ${one.candidate} (by ${one.by}): ${one.reason}\n`,
      ...(report.dry_run && one.patch !== undefined ? [indent(one.patch)] : []),
    ]),
  ]);
  const unknown = report.unattributed.map((what) => `of nobody known: ${what}\n`);
  const verdict = report.dry_run
    ? 'nothing was changed\n'
    : report.repaired
      ? `repaired; the tree is ${report.repaired_generation ?? report.generation}\n`
      : report.repaired_generation === null
        ? 'NOT repaired; everything is as before\n'
        : `repaired in part; the tree is ${report.repaired_generation}\n`;
  return [...lines, ...unknown, verdict].join('');
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `      ${line}\n`)
    .join('');
}
