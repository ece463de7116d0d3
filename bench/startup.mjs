// How long the command takes to start and to replay, as ratios to `node -e 0` of the same run. Medians.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mediansOf, report } from './measure.mjs';

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
  const manifest = 'out/generation_manifest.json';
  node([cli, 'build', 'manifests/shop/app.yaml', '-o', 'whole']);
  const found = mediansOf(Number(process.env.BENCH_RUNS ?? 21), {
    bare: () => node(['-e', '0']),
    version: () => node([cli, '--version']),
    replay: () => node([cli, 'replay', manifest]),
    into: () => node([cli, 'replay', manifest, '-o', 'out']),
    build: () => node([cli, 'build', 'manifests/shop/app.yaml', '-o', 'whole', '--locked']),
    whole: () => node([cli, 'replay', 'whole/generation_manifest.json']),
  });
  const row = (measure, ms, goal) => ({ measure, ms, yardstick: found.bare, goal });
  report('startup', '`node -e 0`', [
    row('`patterns --version`, cold', found.version, 1.5),
    row('`replay` of the shop core, cold', found.replay, 2.5),
    row('the same into a folder that has it', found.into, 3.5),
    row('locked build of the whole shop, nothing to change', found.build, 6),
    row('`replay` of the whole shop, cold', found.whole, 6),
  ]);
} finally {
  rmSync(project, { recursive: true, force: true });
}
