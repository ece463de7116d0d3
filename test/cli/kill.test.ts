import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLI, shopProject, SHOP_SPEC, snapshot, type TestProject } from '../support/project.ts';

// SIGKILL at random moments of lock and build. PATTERNS_KILLS=200 is the long form; PATTERNS_SEED repeats a run.
const KILLS = Number(process.env['PATTERNS_KILLS'] ?? '8');
const SEED = Number(process.env['PATTERNS_SEED'] ?? String(Date.now() % 1_000_000));

function nextRandom(state: number): number {
  return (Math.imul(state, 1664525) + 1013904223) >>> 0;
}

async function runAndKill(project: TestProject, args: readonly string[], afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: project.root,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  await exited;
  clearTimeout(timer);
}

function requireWholeBlobs(project: TestProject, context: string): void {
  const folder = project.path('golden/blobs/sha256');
  if (!project.has('golden/blobs/sha256')) return;
  for (const prefix of readdirSync(folder)) {
    for (const name of readdirSync(join(folder, prefix))) {
      if (name.startsWith('.patterns-')) continue;
      const digest = createHash('sha256')
        .update(readFileSync(join(folder, prefix, name)))
        .digest('hex');
      expect(digest, context).toBe(`${prefix}${name}`);
    }
  }
}

/** Output files are whole, whichever of the two generations they are of. */
function requireWholeOutputs(
  project: TestProject,
  generations: readonly Readonly<Record<string, string>>[],
  context: string,
): void {
  if (!project.has('out')) return;
  for (const [path, bytes] of Object.entries(snapshot(project.path('out')))) {
    if (
      path.split('/').some((part) => part.startsWith('.patterns-')) ||
      path === '.generation_manifest.pending.json'
    )
      continue;
    expect(
      generations.map((generation) => generation[path]),
      `${context}: ${path}`,
    ).toContain(bytes);
  }
}

test(`killed ${KILLS} times, nothing is torn and the next run succeeds (PATTERNS_SEED=${SEED})`, async () => {
  const project = shopProject();
  const spec = project.read(SHOP_SPEC);
  const other = spec
    .replace('port: 8000', 'port: 9000')
    .replace(/ {2}- path: prometheus\.yml\n {4}pattern: prometheus@\^1\n/, '');
  const env = { SOURCE_DATE_EPOCH: '1' };
  const generations = [spec, other].map((text) => {
    project.write(SHOP_SPEC, text);
    project.remove('out');
    expect(project.run(['build', SHOP_SPEC, '-o', 'out'], { env }).status).toBe(0);
    return snapshot(project.path('out'));
  });
  project.remove('out');
  project.remove('golden/blobs');
  project.remove('golden/shop-core.lock');
  let state = SEED;
  for (let i = 0; i < KILLS; i++) {
    state = nextRandom(state);
    project.write(SHOP_SPEC, i % 2 === 0 ? spec : other);
    if (i % 5 === 4) {
      project.remove('golden/shop-core.lock');
      project.remove('golden/blobs');
    }
    const args = i % 3 === 0 ? ['lock', SHOP_SPEC] : ['build', SHOP_SPEC, '-o', 'out'];
    const context = `kill ${i} (${args[0]} after ${60 + (state % 160)} ms)`;
    await runAndKill(project, args, 60 + (state % 160));
    requireWholeBlobs(project, context);
    if (project.has('golden/shop-core.lock'))
      expect(project.read('golden/shop-core.lock').endsWith('\n'), context).toBe(true);
    requireWholeOutputs(
      project,
      generations.map((one) => ({
        ...one,
        'generation_manifest.json': project.has('out/generation_manifest.json')
          ? Buffer.from(project.read('out/generation_manifest.json')).toString('hex')
          : '',
      })),
      context,
    );
    const next = project.run(['build', SHOP_SPEC, '-o', 'out', '--json']);
    expect(next.status, `${context}: ${next.stdout}${next.stderr}`).toBe(0);
    expect(project.run(['verify', 'out', '--strict']).status, context).toBe(0);
  }
  const left = readdirSync(project.root, { recursive: true })
    .map(String)
    .filter((name) => name.includes('.patterns-'));
  expect(left).toEqual([]);
}, 600_000);
