// The long form of what `npm test` does in short: faults, kills, crowds and fuzzing. `--seed <n>` repeats a run, `--scale <x>`
// multiplies the number of runs, a name such as `kill` takes one part.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, scale: { type: 'string', default: '1' } },
});
const seed = values.seed ?? String(Date.now() % 1_000_000);
const parts =
  positionals.length === 0
    ? ['test/torture', 'test/hostile']
    : positionals.map((part) => `test/torture/${part}`);
console.log(`torture: seed ${seed}; repeat with npm run torture -- --seed ${seed}`);
const run = spawnSync('node_modules/.bin/vitest', ['run', '--maxWorkers=1', ...parts], {
  stdio: 'inherit',
  env: {
    ...process.env,
    PATTERNS_TORTURE: 'long',
    PATTERNS_SEED: seed,
    PATTERNS_SCALE: values.scale,
    PATTERNS_FUZZ: String(Math.round(2000 * Number(values.scale))),
  },
});
process.exit(run.status ?? 1);
