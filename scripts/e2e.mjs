// The end-to-end run: the generated core is checked by ruff and mypy and served alone; then the reference service runs with
// the generated files in place, on a real PostgreSQL, and every rule of the shop is checked over HTTP. Installs what it
// needs: PostgreSQL from Debian's packages where it is missing, the exact Python requirements from PyPI into `.cache/`.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));
const cli = join(repository, 'dist/bin/patterns.js');
const scratch = mkdtempSync(join(tmpdir(), 'patterns-e2e-'));
chmodSync(scratch, 0o755);
/** @type {(() => void)[]} */
const cleanups = [() => rmSync(scratch, { recursive: true, force: true })];

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 */
function run(program, args, options = {}) {
  const done = spawnSync(program, args, {
    cwd: options.cwd ?? scratch,
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0)
    throw new Error(`${program} ${args.join(' ')} exited ${done.status}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** @param {string} title */
function step(title) {
  console.log(`== ${title}`);
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function postgresPrograms() {
  const root = '/usr/lib/postgresql';
  const found = () =>
    existsSync(root)
      ? readdirSync(root)
          .sort()
          .map((version) => join(root, version, 'bin'))
          .filter((bin) => existsSync(join(bin, 'initdb')))
      : [];
  if (found().length === 0) {
    step('install PostgreSQL');
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', 'postgresql'], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  }
  const bin = found().at(-1);
  if (bin === undefined) throw new Error('PostgreSQL could not be installed');
  return bin;
}

/** PostgreSQL refuses to run as root; its package brings a user of its own. */
function asPostgres() {
  return process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
}

async function startPostgres() {
  const bin = postgresPrograms();
  const port = await freePort();
  const folder = join(scratch, 'postgres');
  mkdirSync(folder);
  if (asPostgres().length > 0) run('chown', ['postgres', folder]);
  /** @param {string[]} args */
  const postgres = (args) => {
    const [program = '', ...rest] = [...asPostgres(), ...args];
    return run(program, rest, { cwd: folder });
  };
  postgres([
    join(bin, 'initdb'),
    '-D',
    join(folder, 'data'),
    '-U',
    'shop',
    '--auth=trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
  ]);
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200`;
  postgres([
    join(bin, 'pg_ctl'),
    '-D',
    join(folder, 'data'),
    '-w',
    '-o',
    settings,
    '-l',
    join(folder, 'log'),
    'start',
  ]);
  cleanups.unshift(
    () => void postgres([join(bin, 'pg_ctl'), '-D', join(folder, 'data'), '-m', 'immediate', 'stop']),
  );
  postgres([join(bin, 'createdb'), '-h', '127.0.0.1', '-p', String(port), '-U', 'shop', 'shop']);
  return `postgresql+asyncpg://shop@127.0.0.1:${port}/shop`;
}

/** @param {string} tree folder with requirements.txt and pyproject.toml */
function python(tree) {
  const requirements = readFileSync(join(tree, 'requirements.txt'), 'utf8');
  const script =
    'import tomllib; print("\\n".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["dev"]))';
  const dev = run('python3', ['-c', script], { cwd: tree });
  const key = createHash('sha256')
    .update(requirements + dev + run('python3', ['--version']))
    .digest('hex')
    .slice(0, 16);
  const venv = join(repository, '.cache', `venv-${key}`);
  const ready = join(venv, 'ready');
  if (!existsSync(ready)) {
    step('install the Python requirements');
    rmSync(venv, { recursive: true, force: true });
    run('python3', ['-m', 'venv', venv]);
    const list = join(scratch, 'all-requirements.txt');
    writeFileSync(list, requirements + dev);
    run(join(venv, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', list]);
    writeFileSync(ready, '');
  }
  return (/** @type {string} */ name) => join(venv, 'bin', name);
}

/**
 * @param {string} program
 * @param {string} cwd
 * @param {Record<string, string>} env
 */
async function serve(program, cwd, env) {
  const port = await freePort();
  // A file, not a pipe: nobody reads a pipe while a synchronous step runs, and a full one stops the service.
  const logFile = join(scratch, `service-${port}.log`);
  const output = openSync(logFile, 'w');
  const child = spawn(program, ['-m', 'src.main'], {
    cwd,
    env: { ...process.env, ...env, PORT: String(port), HOST: '127.0.0.1', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', output, output],
  });
  const stop = () => void child.kill('SIGTERM');
  cleanups.unshift(stop);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${url}/ready`).catch(() => undefined);
    if (answer?.ok === true) return { url, stop, log: () => readFileSync(logFile, 'utf8') };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the service did not become ready\n${readFileSync(logFile, 'utf8')}`);
}

try {
  step('generate the core of the shop');
  cpSync(join(repository, 'manifests'), join(scratch, 'manifests'), { recursive: true });
  mkdirSync(join(scratch, 'golden'));
  run(process.execPath, [cli, 'build', 'manifests/shop/app.yaml', '-o', 'core'], {
    env: { USE_PATTERN_BANK_TEMPLATES: 'false' },
  });
  const core = join(scratch, 'core');
  const bin = python(core);

  step('ruff and mypy on the generated core');
  run(bin('ruff'), ['format', '--check', '--no-cache', '.'], { cwd: core });
  run(bin('ruff'), ['check', '--no-cache', '.'], { cwd: core });
  run(bin('mypy'), ['--cache-dir', join(scratch, 'mypy')], { cwd: core });

  const database = await startPostgres();
  step('the generated core serves');
  const alone = await serve(bin('python'), core, { DATABASE_URL: database });
  for (const path of ['/health', '/ready', '/metrics']) {
    const answer = await fetch(alone.url + path);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}\n${alone.log()}`);
  }
  alone.stop();

  step('the reference service on the generated core');
  const service = join(scratch, 'service');
  cpSync(join(repository, 'test/e2e/reference/shop'), service, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(core, 'generation_manifest.json'), 'utf8'));
  for (const { path } of manifest.files) {
    if (path !== 'src/main.py' && path !== 'pyproject.toml') cpSync(join(core, path), join(service, path));
  }
  run(bin('alembic'), ['upgrade', 'head'], { cwd: service, env: { DATABASE_URL: database } });
  run(bin('alembic'), ['check'], { cwd: service, env: { DATABASE_URL: database } });
  const shop = await serve(bin('python'), service, { DATABASE_URL: database });
  step('the rules of the shop, over HTTP');
  process.stdout.write(run(bin('python'), [join(repository, 'test/e2e/reference/rules_test.py'), shop.url]));
  shop.stop();
  console.log('end-to-end run passed');
} finally {
  for (const cleanup of cleanups) cleanup();
}
