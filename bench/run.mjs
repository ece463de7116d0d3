// Runs every benchmark, or those named: `npm run bench -- startup trees`. Each prints rows of one table.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const all = ['startup', 'trees', 'lock', 'search', 'evidence', 'banks', 'import'];
const named = process.argv.slice(2);
for (const name of named.length === 0 ? all : named) {
  const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  if (!existsSync(script)) {
    console.log(`\n${name}: not measured in this release`);
    continue;
  }
  const run = spawnSync(process.execPath, [script], {
    stdio: 'inherit',
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
