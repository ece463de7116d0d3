import { join } from 'node:path';
import { runProgram } from '../host/processes.ts';
import { PatternsError } from '../model/error.ts';
import { SMOKE_REPORT_NAME } from '../model/smoke-report.ts';
import type { Judge } from './repaired-build.ts';
import { smoke } from './smoke.ts';
import type { Workspace } from './workspace.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How long a program may take to test a tree, in seconds. */
const JUDGE_SECONDS = 3600;

/**
 * A judge that runs a program: `<program> <tree> <report>`. Whatever its exit status, it has to write a smoke report.
 * @param program absolute path
 */
export function programJudge(workspace: Workspace, program: string, environment: Environment): Judge {
  return (folder) =>
    withReport(workspace, folder, async (report) => {
      const given = Object.entries(environment).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      );
      const launch = {
        argv: [program, folder, report] as const,
        folder,
        environment: Object.fromEntries(given),
      };
      const { status, problem } = await runProgram(launch, JUDGE_SECONDS);
      if (workspace.host.fs.stat(report)?.kind === 'file') return;
      if (problem !== undefined && status === null) {
        throw new PatternsError('IO_FAILED', `cannot run ${program}: ${problem}`, {
          hint: 'Check the path of the program, and that it may be executed.',
        });
      }
      throw new PatternsError(
        'REPORT_INVALID',
        `${program} ended with ${status ?? 'a signal'} and wrote no report`,
      );
    });
}

/** A judge that smoke-tests the tree as `patterns smoke` does. */
export function smokeJudge(workspace: Workspace, environment: Environment): Judge {
  return (folder) =>
    withReport(workspace, folder, async (report) => {
      await smoke(workspace, { folder, report, environment });
    });
}

async function withReport(
  { host: { fs } }: Workspace,
  folder: string,
  write: (report: string) => Promise<void>,
): Promise<Uint8Array> {
  const report = join(folder, '..', SMOKE_REPORT_NAME);
  fs.removeFile(report);
  try {
    await write(report);
    return fs.readFile(report);
  } finally {
    fs.removeFile(report);
  }
}
