// Large trees: 1,000 and 10,000 files of 4 KB, rendered, written and hashed, against other tools and a bare script. Medians.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { medianOf, report } from './measure.mjs';

const repository = fileURLToPath(new URL('..', import.meta.url));
const cli = join(repository, 'dist/bin/patterns.js');
const tools = join(repository, '.cache/bench-tools');
const root = mkdtempSync(join(tmpdir(), 'patterns-bench-'));
const runs = Number(process.env.BENCH_RUNS ?? 11);

const LINE =
  'The quick brown fox {{ item }} jumps over the lazy dog of {{ project.name }}, again and again and again.\n';
const PLAIN =
  'The quick brown fox jumps over the lazy dog, again and again and again, and nobody knows why it does so.\n';
/** 4 KB with eight values in it. */
const BODY = (LINE + PLAIN.repeat(9)).repeat(4);

/** @param {string} program @param {string[]} args @param {string} cwd */
function run(program, args, cwd, env = {}) {
  const done = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
  });
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}

/** Digest of the files that a tool wrote, so that only equal work is compared. */
function digestOf(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    if (name.startsWith('f')) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex');
}

function patternsProject(count) {
  const folder = join(root, `patterns-${count}`);
  mkdirSync(join(folder, 'golden'), { recursive: true });
  mkdirSync(join(folder, 'p'));
  const items = Array.from({ length: count }, (_, i) => `i${i}`);
  writeFileSync(
    join(folder, 'p/pattern.yaml'),
    'pattern_id: p\nversion: 1.0.0\nsignature: { purpose: bench, intent: create, domain: bench }\nquality: { success_rate: 1, test_coverage: 1, security_level: LOW, observability_complete: true, docker_ready: true }\nengine: liquid\nbody: b.liquid\n',
  );
  writeFileSync(join(folder, 'p/b.liquid'), BODY);
  writeFileSync(
    join(folder, 'app.yaml'),
    `apiVersion: patterns/v1\nname: bench\nvariables:\n  items: [${items.join(', ')}]\nfiles:\n  - { path: "f{{ item }}.txt", each: variables.items, pattern: p@^1 }\n`,
  );
  run(process.execPath, [cli, 'publish', 'p'], folder);
  run(process.execPath, [cli, 'build', 'app.yaml', '-o', 'out'], folder);
  return folder;
}

function fresh(folder) {
  rmSync(join(folder, 'out'), { recursive: true, force: true });
}

function bareProject(count) {
  const folder = join(root, `bare-${count}`);
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'write.mjs'),
    `import { mkdirSync, writeFileSync } from 'node:fs';
const body = ${JSON.stringify(BODY)}.replaceAll('{{ project.name }}', 'bench');
mkdirSync('out', { recursive: true });
for (let i = 0; i < ${count}; i++) writeFileSync('out/fi' + i + '.txt', body.replaceAll('{{ item }}', 'i' + i));
`,
  );
  return folder;
}

/** hygen and plop come from npm into a cache of their own; a benchmark without them says so. */
function npmTool(name) {
  if (!existsSync(join(tools, 'node_modules', name))) {
    mkdirSync(tools, { recursive: true });
    if (!existsSync(join(tools, 'package.json')))
      writeFileSync(join(tools, 'package.json'), '{"private":true}');
    const done = spawnSync('npm', ['install', '--no-audit', '--no-fund', name], {
      cwd: tools,
      encoding: 'utf8',
    });
    if (done.status !== 0) return undefined;
  }
  const { bin } = JSON.parse(readFileSync(join(tools, 'node_modules', name, 'package.json'), 'utf8'));
  return join(tools, 'node_modules', name, typeof bin === 'string' ? bin : bin[name]);
}

function hygenProject(count) {
  const bin = npmTool('hygen');
  if (bin === undefined) return undefined;
  const folder = join(root, `hygen-${count}`);
  const templates = join(folder, '_templates/bench/new');
  mkdirSync(templates, { recursive: true });
  const body = BODY.replaceAll('{{ item }}', '<%= item %>').replaceAll('{{ project.name }}', '<%= name %>');
  for (let i = 0; i < count; i++) {
    const own = body.replaceAll('<%= item %>', `i${i}`);
    writeFileSync(join(templates, `f${i}.ejs.t`), `---\nto: out/fi${i}.txt\nforce: true\n---\n${own}`);
  }
  return { folder, argv: [process.execPath, bin, 'bench', 'new', '--name', 'bench'] };
}

function plopProject(count) {
  const bin = npmTool('plop');
  if (bin === undefined) return undefined;
  const folder = join(root, `plop-${count}`);
  mkdirSync(join(folder, 'templates'), { recursive: true });
  writeFileSync(join(folder, 'templates/b.hbs'), BODY.replaceAll('{{ project.name }}', '{{ name }}'));
  writeFileSync(
    join(folder, 'plopfile.mjs'),
    `export default (plop) => plop.setGenerator('bench', { prompts: [], actions: Array.from({ length: ${count} }, (_, i) => ({ type: 'add', path: 'out/fi' + i + '.txt', templateFile: 'templates/b.hbs', data: { item: 'i' + i, name: 'bench' }, force: true })) });\n`,
  );
  return { folder, argv: [process.execPath, bin, '--plopfile', join(folder, 'plopfile.mjs'), 'bench'] };
}

/** copier and cookiecutter come from PyPI. Both render a folder; its names are templates. */
function pythonTool(name) {
  const venv = join(tools, 'venv');
  const bin = join(venv, 'bin', name);
  if (existsSync(bin)) return bin;
  mkdirSync(tools, { recursive: true });
  if (spawnSync('python3', ['-m', 'venv', venv]).status !== 0) return undefined;
  const pip = spawnSync(join(venv, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', name]);
  return pip.status === 0 ? bin : undefined;
}

function jinjaBody(i, name) {
  return BODY.replaceAll('{{ item }}', `i${i}`).replaceAll('{{ project.name }}', `{{ ${name} }}`);
}

function copierProject(count) {
  const bin = pythonTool('copier');
  if (bin === undefined) return undefined;
  const folder = join(root, `copier-${count}`);
  const template = join(folder, 'template');
  mkdirSync(template, { recursive: true });
  writeFileSync(join(template, 'copier.yml'), 'name:\n  type: str\n  default: bench\n');
  for (let i = 0; i < count; i++) writeFileSync(join(template, `fi${i}.txt.jinja`), jinjaBody(i, 'name'));
  return { folder, argv: [bin, 'copy', '--defaults', '--force', '--quiet', 'template', 'out'] };
}

function cookiecutterProject(count) {
  const bin = pythonTool('cookiecutter');
  if (bin === undefined) return undefined;
  const folder = join(root, `cookiecutter-${count}`);
  const template = join(folder, 'template/{{cookiecutter.folder}}');
  mkdirSync(template, { recursive: true });
  writeFileSync(join(folder, 'template/cookiecutter.json'), '{"name":"bench","folder":"out"}');
  for (let i = 0; i < count; i++)
    writeFileSync(join(template, `fi${i}.txt`), jinjaBody(i, 'cookiecutter.name'));
  return { folder, argv: [bin, '--no-input', '--overwrite-if-exists', 'template'] };
}

/** Peak resident memory of a command, in MB. */
function peakMemory(args, cwd) {
  const hook = `data:text/javascript,process.on('exit',()=>process.stderr.write('RSS '+process.resourceUsage().maxRSS))`;
  const done = spawnSync(process.execPath, ['--import', hook, ...args], { cwd, encoding: 'utf8' });
  return Math.round(Number(/RSS (\d+)/.exec(done.stderr)?.[1] ?? 0) / 1024);
}

try {
  const counts = { small: 1000, large: 10_000 };
  const small = patternsProject(counts.small);
  const large = patternsProject(counts.large);
  const bare = bareProject(counts.small);
  const build = (folder, extra = []) =>
    run(process.execPath, [cli, 'build', 'app.yaml', '-o', 'out', '--locked', ...extra], folder);
  const bareRun = () => {
    fresh(bare);
    run(process.execPath, ['write.mjs'], bare);
  };
  bareRun();
  const expected = digestOf(join(small, 'out'));
  if (digestOf(join(bare, 'out')) !== expected) throw new Error('the bare script writes something else');
  const others = [];
  for (const [name, project] of Object.entries({
    hygen: hygenProject(counts.small),
    plop: plopProject(counts.small),
    copier: copierProject(counts.small),
    cookiecutter: cookiecutterProject(counts.small),
  })) {
    if (project === undefined) {
      console.log(`${name} could not be installed, so it is not in the table`);
      continue;
    }
    const [program, ...args] = project.argv;
    const once = () => {
      fresh(project.folder);
      run(program, args, project.folder);
    };
    once();
    if (digestOf(join(project.folder, 'out')) !== expected) throw new Error(`${name} writes something else`);
    others.push({ name, ms: medianOf(Math.min(runs, 5), once) });
  }
  const bareMs = medianOf(runs, bareRun);
  const smallMs = medianOf(runs, () => {
    fresh(small);
    build(small);
  });
  const largeMs = medianOf(Math.min(runs, 5), () => {
    fresh(large);
    build(large);
  });
  const noopMs = medianOf(Math.min(runs, 5), () => build(large));
  const verifyMs = medianOf(Math.min(runs, 5), () => run(process.execPath, [cli, 'verify', 'out'], large));
  execFileSync('sh', ['-c', 'cd out && sha256sum f*.txt > ../sums'], { cwd: large });
  const sumsMs = medianOf(Math.min(runs, 5), () =>
    run('sh', ['-c', 'cd out && sha256sum -c --quiet ../sums'], large),
  );
  for (const { name, ms } of others)
    report('trees', `${name}, 1,000 × 4 KB`, [
      { measure: 'build of 1,000 × 4 KB', ms: smallMs, yardstick: ms, goal: name === 'hygen' ? 0.25 : 1 },
    ]);
  report('trees', 'a bare Node script that writes the same bytes', [
    { measure: 'build of 1,000 × 4 KB', ms: smallMs, yardstick: bareMs, goal: 1.6 },
  ]);
  report('trees', 'ten builds of 1,000', [
    { measure: 'build of 10,000', ms: largeMs, yardstick: smallMs * 10, goal: 1.1 },
  ]);
  report('trees', 'sha256sum -c', [
    { measure: 'verify of 10,000', ms: verifyMs, yardstick: sumsMs, goal: 1.5 },
  ]);
  report('trees', 'the first build', [
    { measure: 'no-op build of 10,000', ms: noopMs, yardstick: largeMs, goal: 0.5 },
  ]);
  fresh(large);
  console.log(
    `peak memory, build of 10,000: ${peakMemory([cli, 'build', 'app.yaml', '-o', 'out', '--locked'], large)} MB (goal 150)`,
  );
  console.log(`peak memory, verify of 10,000: ${peakMemory([cli, 'verify', 'out'], large)} MB`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
