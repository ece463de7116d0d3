// A lock of 1,000 references against an embedded bank of 10,000 versions, cold: every pattern is frozen durably.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { medianOf, mediansOf, reportRows } from './measure.mjs';

const cli = fileURLToPath(new URL('../dist/bin/patterns.js', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'patterns-bench-'));
const runs = Number(process.env.BENCH_RUNS ?? 11);
const [VERSIONS, REFERENCES] = [10_000, 1000];

/** @param {string[]} args */
function patterns(...args) {
  const run = spawnSync(process.execPath, [cli, ...args], {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0) throw new Error(`${args.join(' ')}: ${run.stderr}`);
  return run.stdout;
}

try {
  mkdirSync(join(project, 'golden'));
  for (let i = 0; i < VERSIONS; i++) {
    const folder = join(project, `patterns/p${i}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'pattern.yaml'),
      `pattern_id: p${i}\nversion: 1.0.0\nsignature: { purpose: writes file ${i}, intent: create, domain: bench }\nbody: b.liquid\n`,
    );
    writeFileSync(join(folder, 'b.liquid'), `number ${i} of {{ project.name }}\n`.repeat(20));
  }
  const step = VERSIONS / REFERENCES;
  const files = Array.from(
    { length: REFERENCES },
    (_, i) => `  - { path: f${i}.txt, pattern: p${i * step}@^1 }\n`,
  );
  writeFileSync(join(project, 'app.yaml'), `apiVersion: patterns/v1\nname: bench\nfiles:\n${files.join('')}`);
  patterns('publish', 'patterns');
  const { lock } = mediansOf(runs, { lock: () => patterns('lock', 'app.yaml') }, () => {
    for (const name of readdirSync(join(project, 'golden')))
      rmSync(join(project, 'golden', name), { recursive: true });
  });
  const again = medianOf(runs, () => patterns('lock', 'app.yaml'));
  reportRows([
    { measure: 'lock of 1,000 references, embedded bank of 10,000, cold', value: lock, goal: 1000 },
    { measure: 'the same with the lock complete', value: again, goal: 1000 },
  ]);
} finally {
  rmSync(project, { recursive: true, force: true });
}
