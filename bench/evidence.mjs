// How long it takes to pack a generated tree of 10,000 files of 4 KB, as a ratio to `tar cf` and `sha256sum` of the same tree;
// and what memory that takes when the files are ten times as large. Medians.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { medianOf, report } from './measure.mjs';

const repository = fileURLToPath(new URL('..', import.meta.url));
const cli = join(repository, 'dist/bin/patterns.js');
const project = mkdtempSync(join(tmpdir(), 'patterns-bench-'));

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const done = spawnSync(program, args, { cwd: project, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr}${done.stdout}`);
  return done.stderr;
}

/** @param {string[]} args */
function patterns(...args) {
  return run(process.execPath, [cli, ...args]);
}

/**
 * Builds a tree of 10,000 files.
 * @param {number} kilobytes of each file
 */
function generate(kilobytes) {
  const name = `tree${kilobytes}`;
  const folder = join(project, name);
  mkdirSync(folder);
  const line = 'A line of a generated file, long enough to look like code, 64 b.\n';
  writeFileSync(join(folder, 'body.liquid'), `File {{ number }}.\n${line.repeat(62 * (kilobytes / 4))}`);
  writeFileSync(
    join(folder, 'pattern.yaml'),
    `pattern_id: ${name}
version: 1.0.0
signature: { purpose: A file of ${kilobytes} KB, intent: create, domain: bench }
body: body.liquid
variables: { number: { type: integer, default: 0 } }
`,
  );
  const spec = {
    apiVersion: 'patterns/v1',
    name,
    variables: { numbers: Array.from({ length: 10_000 }, (_, i) => i) },
    files: [
      {
        path: 'src/part{{ n | modulo: 100 }}/file{{ n }}.txt',
        pattern: `${name}@^1`,
        each: 'variables.numbers',
        as: 'n',
        with: { number: '{{ n }}' },
      },
    ],
  };
  writeFileSync(join(project, `${name}.json`), JSON.stringify(spec));
  patterns('publish', name);
  patterns('build', `${name}.json`, '-o', `out/${name}`);
}

/** Largest resident size of a command, in MB. @param {string[]} args */
function peak(args) {
  const text = run('/usr/bin/time', ['-f', '%M', process.execPath, cli, ...args]);
  return Number(text.trim().split('\n').at(-1)) / 1024;
}

try {
  mkdirSync(join(project, 'golden'));
  for (const kilobytes of [4, 40]) generate(kilobytes);
  const tree = join(project, 'out/tree4');
  const script = `tar cf yard.tar -C '${tree}' . && find '${tree}' -type f -exec sha256sum {} + >yard.sums`;
  const yardstick = () => run('sh', ['-c', script]);
  const pack = ['evidence', 'pack', 'out/tree4', '-o', 'tree.tar'];
  yardstick();
  patterns(...pack);
  report('evidence', 'tar cf and sha256sum of the same tree', [
    {
      measure: 'evidence pack, 10,000 files of 4 KB, cold',
      ms: medianOf(15, () => patterns(...pack)),
      yardstick: medianOf(15, yardstick),
      goal: 2,
    },
  ]);
  const [small, large] = [4, 40].map((kilobytes) =>
    peak(['evidence', 'pack', `out/tree${kilobytes}`, '-o', 'm.tar']),
  );
  console.log(
    `\npeak memory: ${small?.toFixed(0)} MB for 40 MB in 10,000 files, ${large?.toFixed(0)} MB for 400 MB`,
  );
} finally {
  rmSync(project, { recursive: true, force: true });
}
