// Runs every benchmark, or those named: `npm run bench -- startup`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const all = ['startup', 'trees', 'evidence', 'search'];
const named = process.argv.slice(2);
for (const name of named.length === 0 ? all : named) {
  const run = spawnSync(process.execPath, [fileURLToPath(new URL(`${name}.mjs`, import.meta.url))], {
    stdio: 'inherit',
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
