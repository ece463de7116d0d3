// How long the command takes to start and to replay, as ratios to `node -e 0` of the same run. Medians.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { medianOf, report } from './measure.mjs';

const repository = fileURLToPath(new URL('..', import.meta.url));
const cli = join(repository, 'dist/bin/patterns.js');
const project = mkdtempSync(join(tmpdir(), 'patterns-bench-'));

/** @param {string[]} args */
function node(args) {
  const run = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${args.join(' ')}: ${run.stderr}`);
  return run.stdout;
}

try {
  cpSync(join(repository, 'manifests'), join(project, 'manifests'), { recursive: true });
  mkdirSync(join(project, 'golden'));
  node([cli, 'migrate']);
  const built = node([cli, 'build', 'manifests/shop/core.yaml', '-o', 'out']);
  const replayed = node([cli, 'replay', 'out/generation_manifest.json']);
  const digest = /sha256:[0-9a-f]{64}/;
  if (digest.exec(built)?.[0] !== digest.exec(replayed)?.[0]) throw new Error('the replay differs');
  const runs = 21;
  const bare = medianOf(runs, () => node(['-e', '0']));
  report('startup', 'node -e 0', [
    {
      measure: 'patterns --version, cold',
      ms: medianOf(runs, () => node([cli, '--version'])),
      yardstick: bare,
      goal: 1.5,
    },
    {
      measure: 'replay of the shop core, cold',
      ms: medianOf(runs, () => node([cli, 'replay', 'out/generation_manifest.json'])),
      yardstick: bare,
      goal: 2.5,
    },
    {
      measure: 'replay of the shop into a folder that has it',
      ms: medianOf(runs, () => node([cli, 'replay', 'out/generation_manifest.json', '-o', 'out'])),
      yardstick: bare,
      goal: 3.5,
    },
    {
      measure: 'locked build without change',
      ms: medianOf(runs, () => node([cli, 'build', 'manifests/shop/app.yaml', '-o', 'out', '--locked'])),
      yardstick: bare,
      goal: 6,
    },
  ]);
} finally {
  rmSync(project, { recursive: true, force: true });
}
