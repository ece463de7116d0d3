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
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mediansOf, reportRows } from './measure.mjs';

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

function patternsProject(count, body = BODY) {
  const folder = join(root, `patterns-${count}-${body.length}`);
  mkdirSync(join(folder, 'golden'), { recursive: true });
  mkdirSync(join(folder, 'p'));
  const items = Array.from({ length: count }, (_, i) => `i${i}`);
  writeFileSync(
    join(folder, 'p/pattern.yaml'),
    'pattern_id: p\nversion: 1.0.0\nsignature: { purpose: bench, intent: create, domain: bench }\nquality: { success_rate: 1, test_coverage: 1, security_level: LOW, observability_complete: true, docker_ready: true }\nengine: liquid\nbody: b.liquid\n',
  );
  writeFileSync(join(folder, 'p/b.liquid'), body);
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

/** When each file was written last, to the nanosecond. */
function timesOf(folder) {
  const names = readdirSync(join(folder, 'out')).sort();
  return names.map((name) => statSync(join(folder, 'out', name), { bigint: true }).mtimeNs).join(' ');
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
    others.push([name, once]);
  }
  const smallRun = () => {
    fresh(small);
    build(small);
  };
  const few = Math.min(runs, 5);
  const one = mediansOf(runs, { bare: bareRun, small: smallRun });
  const beside = mediansOf(few, { small: smallRun, ...Object.fromEntries(others) });
  const ten = mediansOf(few, {
    small: smallRun,
    large: () => {
      fresh(large);
      build(large);
    },
    noop: () => build(large),
  });
  execFileSync('sh', ['-c', 'cd out && sha256sum f*.txt > ../sums'], { cwd: large });
  const checks = mediansOf(runs, {
    sums: () => run('sh', ['-c', 'cd out && sha256sum -c --quiet ../sums'], large),
    verify: () => run(process.execPath, [cli, 'verify', 'out'], large),
    strict: () => run(process.execPath, [cli, 'verify', 'out', '--strict'], large),
  });
  const measure = 'render, write, hash 1,000 × 4 KB';
  const before = timesOf(large);
  build(large);
  if (timesOf(large) !== before) throw new Error('a build that changes nothing wrote something');
  fresh(large);
  const built = peakMemory([cli, 'build', 'app.yaml', '-o', 'out', '--locked'], large);
  const verified = peakMemory([cli, 'verify', 'out'], large);
  rmSync(large, { recursive: true });
  const heavy = patternsProject(counts.large, BODY.repeat(10));
  const heavyVerified = peakMemory([cli, 'verify', 'out'], heavy);
  fresh(heavy);
  const heavyBuilt = peakMemory([cli, 'build', 'app.yaml', '-o', 'out', '--locked'], heavy);
  reportRows([
    ...others.map(([name]) => ({
      measure,
      value: beside.small,
      yardstick: name,
      by: beside[name],
      goal: name === 'hygen' ? 0.25 : 1,
    })),
    { measure, value: one.small, yardstick: 'a bare Node script, same bytes', by: one.bare, goal: 1.6 },
    {
      measure: '10,000 files',
      value: ten.large,
      yardstick: 'ten times 1,000',
      by: ten.small * 10,
      goal: 1.1,
    },
    {
      measure: '`verify` of 10,000 files',
      value: checks.verify,
      yardstick: '`sha256sum -c`',
      by: checks.sums,
      goal: 1.5,
    },
    {
      measure: '`verify --strict` of 10,000 files',
      value: checks.strict,
      yardstick: '`sha256sum -c`',
      by: checks.sums,
      goal: 10,
    },
    {
      measure: 'no-op rebuild of 10,000 files, zero writes',
      value: ten.noop,
      yardstick: 'the first build',
      by: ten.large,
      goal: 0.5,
    },
    { measure: 'peak memory, build of 10,000 files', value: built, unit: 'MB', goal: 150 },
    { measure: 'peak memory, verify of 10,000 files', value: verified, unit: 'MB', goal: 150 },
    { measure: 'peak memory, build of 10,000 files of 40 KB', value: heavyBuilt, unit: 'MB', goal: 150 },
    { measure: 'peak memory, verify of 10,000 files of 40 KB', value: heavyVerified, unit: 'MB', goal: 150 },
  ]);
} finally {
  rmSync(root, { recursive: true, force: true });
}
