// The end-to-end run: each application is generated from its spec, checked by ruff and mypy, and run on a real PostgreSQL:
// its migration, `patterns smoke`, its own tests, and schemathesis against its live OpenAPI document; the shop also by a
// client of its own that knows nothing of the templates. Installs what it needs: PostgreSQL from Debian's packages where it
// is missing, the exact Python requirements from PyPI into `.cache/`.
//
// Then the learning loop on the shop: see e2e-learning.mjs; and an evidence package of it: see e2e-evidence.mjs.
//
// `npm run e2e -- shop` runs one part; E2E_EXAMPLES sets how many examples schemathesis makes for an operation.
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
import { isDeepStrictEqual } from 'node:util';
import { fileURLToPath } from 'node:url';
import { compareDocuments } from './compare-openapi.mjs';
import { evidence } from './e2e-evidence.mjs';
import { learning } from './e2e-learning.mjs';

const repository = fileURLToPath(new URL('..', import.meta.url));
const cli = join(repository, 'dist/bin/patterns.js');
const scratch = mkdtempSync(join(tmpdir(), 'patterns-e2e-'));
chmodSync(scratch, 0o755);
const examples = process.env.E2E_EXAMPLES ?? '20';
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
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...options.env },
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
  const data = join(folder, 'data');
  postgres([join(bin, 'initdb'), '-D', data, '-U', 'app', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8']);
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200`;
  postgres([join(bin, 'pg_ctl'), '-D', data, '-w', '-o', settings, '-l', join(folder, 'log'), 'start']);
  cleanups.unshift(() => void postgres([join(bin, 'pg_ctl'), '-D', data, '-m', 'immediate', 'stop']));
  return (/** @type {string} */ name) => {
    postgres([join(bin, 'createdb'), '-h', '127.0.0.1', '-p', String(port), '-U', 'app', name]);
    return `postgresql+asyncpg://app@127.0.0.1:${port}/${name}`;
  };
}

/** @param {string} tree folder with requirements.txt and pyproject.toml */
function python(tree) {
  const requirements = readFileSync(join(tree, 'requirements.txt'), 'utf8');
  const script =
    'import tomllib; print("\\n".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["dev"]))';
  const dev = run('python3', ['-c', script], { cwd: tree });
  const list = `${requirements}\n${dev}\nschemathesis==4.32.5\n`;
  const key = createHash('sha256')
    .update(list + run('python3', ['--version']))
    .digest('hex')
    .slice(0, 16);
  const venv = join(repository, '.cache', `venv-${key}`);
  const ready = join(venv, 'ready');
  if (!existsSync(ready)) {
    step('install the Python requirements');
    rmSync(venv, { recursive: true, force: true });
    run('python3', ['-m', 'venv', venv]);
    const file = join(scratch, 'all-requirements.txt');
    writeFileSync(file, list);
    run(join(venv, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', file]);
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

/** @param {string[]} args @param {Record<string, string>} [env] */
function patterns(args, env = {}) {
  return run(process.execPath, [cli, ...args], { env: { USE_PATTERN_BANK_TEMPLATES: 'false', ...env } });
}

/**
 * The live document must be what the spec says and nothing else; the committed one was read by a person.
 * @param {string} name
 * @param {string} url
 */
async function compareOpenApi(name, url) {
  const live = await (await fetch(`${url}/openapi.json`)).json();
  const path = join(repository, `test/e2e/reference/${name}.openapi.json`);
  if (process.env.UPDATE_GOLDEN === '1' && process.env.CI === undefined)
    writeFileSync(path, `${JSON.stringify(live, null, 2)}\n`);
  const expected = JSON.parse(readFileSync(path, 'utf8'));
  for (const part of ['paths', 'components']) {
    for (const key of new Set([...Object.keys(expected[part]), ...Object.keys(live[part])])) {
      if (!isDeepStrictEqual(expected[part][key], live[part][key]))
        throw new Error(
          `${part}.${key} of the live OpenAPI document is not as expected\n${JSON.stringify(live[part][key], null, 1)}`,
        );
    }
  }
}

/**
 * @param {string} name
 * @param {(name: string) => string} createDatabase
 */
async function application(name, createDatabase) {
  step(`${name}: generate`);
  const tree = join(scratch, name);
  patterns(['build', `manifests/${name}/app.yaml`, '-o', name]);
  const bin = python(tree);

  step(`${name}: ruff and mypy`);
  run(bin('ruff'), ['format', '--check', '--no-cache', '.'], { cwd: tree });
  run(bin('ruff'), ['check', '--no-cache', '.'], { cwd: tree });
  run(bin('mypy'), ['--cache-dir', join(scratch, `mypy-${name}`)], { cwd: tree });

  step(`${name}: smoke test`);
  const smoke = patterns(['smoke', name, '--report', `${name}-smoke.json`], {
    DATABASE_URL: createDatabase(`${name}_smoke`),
  });
  console.log(smoke.trimEnd().split('\n').at(-2));

  step(`${name}: migration, and the tests that were generated`);
  const env = { DATABASE_URL: createDatabase(name) };
  run(bin('alembic'), ['upgrade', 'head'], { cwd: tree, env });
  run(bin('alembic'), ['check'], { cwd: tree, env });
  const tests = run(bin('python'), ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], {
    cwd: tree,
    env: { DATABASE_URL: createDatabase(`${name}_tests`) },
  });
  console.log(tests.trimEnd().split('\n').at(-1));

  const service = await serve(bin('python'), tree, env);
  if (name === 'shop') {
    step('shop: every rule, over HTTP');
    process.stdout.write(
      run(bin('python'), [join(repository, 'test/e2e/reference/rules_test.py'), service.url]),
    );
  }
  step(`${name}: the live OpenAPI document`);
  await compareOpenApi(name, service.url);
  step(`${name}: schemathesis`);
  const checked = run(
    bin('st'),
    ['run', `${service.url}/openapi.json`, '--checks', 'all', '--seed', '1', '--max-examples', examples],
    { cwd: tree },
  );
  console.log(
    checked
      .split('\n')
      .filter((line) => /Test cases|generated|passed/.test(line))
      .join('\n'),
  );
  const failed = service
    .log()
    .split('\n')
    .filter((line) => /"status": 5\d\d/.test(line));
  if (failed.length > 0) throw new Error(`the service failed\n${failed.slice(0, 5).join('\n')}`);
  service.stop();
}

/** @param {string} what @param {unknown} found @param {unknown} expected */
function expect(what, found, expected) {
  if (!isDeepStrictEqual(found, expected))
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

/**
 * The API of somebody else: imported, compiled, started; the live document is the one that was imported.
 * @param {(name: string) => string} createDatabase
 */
async function petstore(createDatabase) {
  step('petstore: import and generate');
  const document = join(repository, 'node_modules/@readme/oas-examples/3.0/json/petstore.json');
  process.stdout.write(
    patterns(['import', 'openapi', document, '-o', 'petstore.yaml']).split('\n').slice(-3).join('\n'),
  );
  patterns(['build', 'petstore.yaml', '-o', 'petstore']);
  const tree = join(scratch, 'petstore');
  const bin = python(tree);
  step('petstore: ruff and mypy');
  run(bin('ruff'), ['format', '--check', '--no-cache', '.'], { cwd: tree });
  run(bin('ruff'), ['check', '--no-cache', '.'], { cwd: tree });
  run(bin('mypy'), ['--cache-dir', join(scratch, 'mypy-petstore')], { cwd: tree });
  step('petstore: smoke test');
  const smoke = patterns(['smoke', 'petstore', '--report', 'petstore-smoke.json'], {
    DATABASE_URL: createDatabase('petstore_smoke'),
  });
  console.log(smoke.trimEnd().split('\n').at(-2));
  step('petstore: migration, and the tests that were generated');
  const env = { DATABASE_URL: createDatabase('petstore') };
  run(bin('alembic'), ['upgrade', 'head'], { cwd: tree, env });
  const tests = run(bin('python'), ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], {
    cwd: tree,
    env: { DATABASE_URL: createDatabase('petstore_tests') },
  });
  console.log(tests.trimEnd().split('\n').at(-1));
  const service = await serve(bin('python'), tree, env);
  step('petstore: the live OpenAPI document against the imported one');
  const live = await (await fetch(`${service.url}/openapi.json`)).json();
  const { differences, ...counts } = compareDocuments(JSON.parse(readFileSync(document, 'utf8')), live);
  if (differences.length > 0) throw new Error(differences.join('\n'));
  console.log(JSON.stringify(counts));
  step('petstore: made, read, found, changed and removed over HTTP');
  /** @param {string} method @param {string} path @param {unknown} [body] */
  const call = async (method, path, body) => {
    const response = await fetch(service.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const pet = { id: 7, name: 'Rex', photoUrls: ['a'], status: 'pending', category: { id: 1, name: 'dogs' } };
  expect('add', (await call('POST', '/pet', pet)).status, 201);
  expect('add again', (await call('POST', '/pet', pet)).status, 409);
  expect('get', (await call('GET', '/pet/7')).body, pet);
  expect('find', (await call('GET', '/pet/findByStatus?status=sold&status=pending')).body, [pet]);
  expect('find none', (await call('GET', '/pet/findByStatus?status=sold')).body, []);
  expect('find what is no status', (await call('GET', '/pet/findByStatus?status=x')).status, 422);
  expect('replace', (await call('PUT', '/pet', { ...pet, name: 'Max' })).status, 200);
  expect('replaced', (await call('GET', '/pet/7')).body, { ...pet, name: 'Max' });
  expect('no name', (await call('POST', '/pet', { photoUrls: [] })).status, 422);
  expect('delete', (await call('DELETE', '/pet/7')).status, 204);
  expect('gone', (await call('GET', '/pet/7')).status, 404);
  expect('unanswered', (await call('GET', '/store/inventory')).status, 501);
  service.stop();
}

/**
 * @param {string[]} args
 * @param {{ cwd: string, env?: Record<string, string>, fails?: boolean }} options
 */
function inProject(args, { cwd, env, fails = false }) {
  const done = spawnSync(process.execPath, [cli, ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (done.status === 0 || (fails && done.status === 1)) return done.stdout;
  throw new Error(`patterns ${args.join(' ')} exited ${done.status}\n${done.stdout}${done.stderr}`);
}

const named = process.argv.slice(2);
try {
  cpSync(join(repository, 'manifests'), join(scratch, 'manifests'), { recursive: true });
  mkdirSync(join(scratch, 'golden'));
  const createDatabase = await startPostgres();
  for (const name of named.length === 0 ? ['shop', 'clinic', 'petstore', 'learning', 'evidence'] : named) {
    if (name === 'learning') learning({ repository, scratch, patterns: inProject, createDatabase, step });
    else if (name === 'petstore') await petstore(createDatabase);
    else if (name === 'evidence')
      evidence({ repository, scratch, run, patterns: inProject, createDatabase, step });
    else await application(name, createDatabase);
  }
  console.log('end-to-end run passed');
} finally {
  for (const cleanup of cleanups) cleanup();
}
