#!/usr/bin/env node
import type { ExitStatus } from './exit-status.ts';
import { VERSION } from './version.ts';

// The composition root: the one place that reads argv and the environment, writes to stdout and stderr, and exits.

const args = process.argv.slice(2);

/** Lets everything that was written reach a pipe before the process ends. */
function exit(status: ExitStatus): void {
  process.exitCode = status;
}

// A reader that stops early (`patterns list | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${VERSION}\n`);
} else {
  // The bundle is CommonJS, which has no `await` here. What `run` itself does not catch ends the process as a bug.
  void import('./program.ts')
    .then(({ run }) =>
      run(args, {
        env: process.env,
        workingFolder: process.cwd(),
        out: (text) => {
          process.stdout.write(text);
        },
        err: (text) => {
          process.stderr.write(text);
        },
      }),
    )
    .then(exit);
}
