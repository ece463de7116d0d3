// The main job, shown on the shop: compile, let the bank evolve, see that the locked build does not move, replay, delete
// the bank, replay again. Runs the built command in a temporary folder; needs no server and no network.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));
const cli = join(repository, 'dist/bin/patterns.js');
const project = mkdtempSync(join(tmpdir(), 'patterns-demo-'));
const spec = 'manifests/shop/app.yaml';

/** @param {string[]} args */
function patterns(...args) {
  console.log(`$ patterns ${args.join(' ')}`);
  const run = spawnSync(process.execPath, [cli, ...args], { cwd: project, encoding: 'utf8' });
  process.stdout.write(run.stdout.replace(/^/gm, '  ').replace(/ +$/, ''));
  process.stderr.write(run.stderr.replace(/^/gm, '  ').replace(/ +$/, ''));
  if (run.status !== 0) throw new Error(`patterns ${args[0]} exited ${run.status}`);
  return run.stdout;
}

/** @param {string} output */
function digestOf(output) {
  const digest = /output_digest (sha256:[0-9a-f]{64})/.exec(output)?.[1];
  if (digest === undefined) throw new Error(`no output_digest in ${output}`);
  return digest;
}

/** @param {string} title */
function step(title) {
  console.log(`\n# ${title}`);
}

/**
 * @param {string} what
 * @param {unknown} found
 * @param {unknown} expected
 */
function requireEqual(what, found, expected) {
  if (found !== expected) throw new Error(`${what}: expected ${String(expected)}, found ${String(found)}`);
  console.log(`  ✓ ${what}`);
}

try {
  cpSync(join(repository, 'manifests'), join(project, 'manifests'), { recursive: true });
  mkdirSync(join(project, 'golden'));

  step('Fill the embedded bank with the built-in templates');
  patterns('migrate');

  step('Compile the shop: resolve, freeze, render');
  const first = digestOf(patterns('build', spec, '-o', 'out/shop'));

  step('The bank evolves: dockerfile 1.1.0 is published');
  const source = join(repository, 'templates/dockerfile/1.0.0');
  const next = join(project, 'patterns/dockerfile');
  cpSync(source, next, { recursive: true });
  const document = readFileSync(join(next, 'pattern.yaml'), 'utf8');
  const body = /^body: *(\S+)/m.exec(document)?.[1] ?? 'Dockerfile.liquid';
  writeFileSync(join(next, 'pattern.yaml'), document.replace(/^version: .*$/m, 'version: 1.1.0'));
  writeFileSync(
    join(next, body),
    `${readFileSync(join(next, body), 'utf8')}LABEL org.opencontainers.image.title="hardened"\n`,
  );
  patterns('publish', 'patterns/dockerfile');

  step('A fresh resolution takes 1.1.0 …');
  const fresh = JSON.parse(
    spawnSync(
      process.execPath,
      [cli, 'build', spec, '-o', 'out/fresh', '--golden', 'fresh-golden', '--json'],
      { cwd: project, encoding: 'utf8' },
    ).stdout,
  );
  const pin = fresh.pins.find((/** @type {{ pattern_id: string }} */ one) => one.pattern_id === 'dockerfile');
  requireEqual('fresh resolution of dockerfile@^1', pin.version, '1.1.0');

  step('… and the locked build does not move');
  requireEqual(
    'output_digest of the locked build',
    digestOf(patterns('build', spec, '-o', 'out/shop', '--locked')),
    first,
  );

  step('Replay the first manifest into another folder');
  requireEqual(
    'output_digest of the replay',
    digestOf(patterns('replay', 'out/shop/generation_manifest.json', '-o', 'out/replay')),
    first,
  );

  step('Delete the bank, and replay once more');
  rmSync(join(project, '.patterns'), { recursive: true });
  requireEqual(
    'output_digest without a bank',
    digestOf(patterns('replay', 'out/shop/generation_manifest.json', '-o', 'out/replay-2')),
    first,
  );

  step('Who wrote line 12 of the Dockerfile?');
  patterns('why', 'out/shop/Dockerfile:12');

  step('Check everything against everything');
  patterns('verify', 'out/shop', '--strict');
  console.log(`\noutput_digest ${first}: the bank learned, the build did not drift.`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
