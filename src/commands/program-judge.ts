import { join } from 'node:path';
import { SMOKE_REPORT_NAME } from '../model/smoke-report.ts';
import type { RunProgram } from '../host/run-program.ts';
import { PatternsError } from '../model/error.ts';
import type { Judge } from './repaired-build.ts';
import type { Workspace } from './workspace.ts';

/**
 * A judge that runs a program: `<program> <tree> <report>`. Whatever its exit status, it has to write a smoke report.
 * @param program absolute path
 */
export function programJudge(workspace: Workspace, run: RunProgram, program: string): Judge {
  return async (folder) => {
    const { fs } = workspace.host;
    const report = join(folder, '..', SMOKE_REPORT_NAME);
    fs.removeFile(report);
    try {
      const status = run(program, [folder, report]);
      if (fs.stat(report)?.kind !== 'file')
        throw new PatternsError(
          'REPORT_INVALID',
          `${program} ended with ${status ?? 'a signal'} and wrote no report`,
        );
      return fs.readFile(report);
    } finally {
      fs.removeFile(report);
    }
  };
}
