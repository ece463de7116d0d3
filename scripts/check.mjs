// Everything that can be said of the code without running it. Runs all checks, then says which failed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** @type {readonly { name: string, command: string, args: string[] }[]} */
const checks = [
  { name: 'types', command: 'tsc', args: ['--noEmit'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', command: 'biome', args: ['format', '.'] },
  { name: 'unused code', command: 'knip', args: ['--no-progress'] },
  { name: 'package', command: 'publint', args: ['--strict'] },
  { name: 'layers and bans', command: 'vitest', args: ['run', 'test/tidy'] },
];

if (!existsSync('dist')) {
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  if (built.status !== 0) process.exit(1);
}
const failed = checks.filter(({ name, command, args }) => {
  console.log(`\n== ${name}`);
  return spawnSync(`node_modules/.bin/${command}`, args, { stdio: 'inherit' }).status !== 0;
});
console.log(
  failed.length === 0 ? '\nall checks passed' : `\nfailed: ${failed.map(({ name }) => name).join(', ')}`,
);
process.exit(failed.length === 0 ? 0 : 1);
