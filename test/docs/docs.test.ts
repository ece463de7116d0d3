import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/documents/config-document.ts';
import { readLockfile } from '../../src/documents/lockfile-document.ts';
import { readManifest } from '../../src/documents/manifest-document.ts';
import { readPatternDocument } from '../../src/documents/pattern-document.ts';
import { readRepair } from '../../src/documents/repair-document.ts';
import { readBlueprint, readSpec } from '../../src/documents/spec-document.ts';
import { readYaml } from '../../src/documents/yaml-text.ts';
import { CLI, emptyProject, shopProject, SHOP_SPEC, TestProject } from '../support/project.ts';
import { packedShop } from '../support/packages.ts';
import { repository } from '../support/repository.ts';
import { smokeReport } from '../support/smoke.ts';
import { anchorsOf, fencedBlocks, requireTranscript, tableRows } from './markdown.ts';

const reference = readFileSync(repository('docs/cli.md'), 'utf8');

const FORMAT_PAGES = readdirSync(repository('docs/formats')).map((name) => `docs/formats/${name}`);

/** A section of docs/cli.md: from its heading to the next one. */
function section(heading: string): string {
  const start = reference.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`docs/cli.md has no heading "${heading}"`);
  const rest = reference.slice(start + heading.length + 2);
  const end = rest.search(/^#{2,3} /m);
  return end < 0 ? rest : rest.slice(0, end);
}

/** `build <spec>` → the text below its heading. */
const documented = new Map(
  [...reference.matchAll(/^### `patterns (.+)`$/gm)].map(([heading, usage = '']) => [
    usage,
    section(heading),
  ]),
);

function help(...args: readonly string[]): string {
  const { status, stdout } = new TestProject(repository('')).runHere([...args, '--help']);
  if (status !== 0) throw new Error(`patterns ${args.join(' ')} --help exited ${status}`);
  return stdout;
}

/** The commands below a group of commands, with their arguments: `evidence pack <dir>`. */
function commandsOf(group: readonly string[]): readonly string[] {
  const list = help(...group).split('\nCommands:\n')[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z]+)( \[options\])? ?(.*?)(?: {2,}|$)/gm)].flatMap(
    ([, name = '', takesOptions, rest = '']) => {
      if (takesOptions !== undefined) return [[...group, name, rest].join(' ').trim()];
      return name === 'help' ? [] : commandsOf([...group, name]);
    },
  );
}

/** `bank import <dir>` → the names in it. */
function namesIn(usage: string): readonly string[] {
  return usage.split(' ').filter((word) => /^[a-z]+$/.test(word));
}

function optionsOf(text: string): readonly string[] {
  const options = text.slice(text.indexOf('\nOptions:\n'));
  return [...options.matchAll(/^ {2}((?:-\w, )?--[\w-]+(?: [<[][^\]>]+[\]>])?)/gm)].map(
    (match) => match[1] ?? '',
  );
}

function code(cell: string | undefined): string {
  return /^`(.+)`$/.exec(cell ?? '')?.[1] ?? '';
}

describe('docs/cli.md and --help', () => {
  const commands = commandsOf([]);

  test('name the same commands with the same arguments', () => {
    expect(commands.length).toBeGreaterThan(0);
    expect([...documented.keys()].sort()).toEqual([...commands].sort());
  });

  const common = tableRows(section('## Options of every command'), 'option').map(([option]) => code(option));

  test.each(commands)('name the same options of %s', (usage) => {
    const own = tableRows(documented.get(usage) ?? '', 'option').map(([option]) => code(option));
    expect([...common, ...own].sort()).toEqual([...optionsOf(help(...namesIn(usage)))].sort());
  });
});

const BUILT = 'out/generation_manifest.json';

function built(): TestProject {
  const project = shopProject();
  project.json(['build', SHOP_SPEC, '-o', 'out']);
  return project;
}

function exported(): TestProject {
  const project = emptyProject();
  project.json(['bank', 'export', 'e']);
  return project;
}

function reported(): TestProject {
  const project = built();
  project.write('report.json', smokeReport(project, 'out'));
  return project;
}

describe('docs/cli.md and --json', () => {
  const cases: readonly (readonly [string, readonly string[], () => TestProject])[] = [
    ['init [dir]', ['init', 'app'], emptyProject],
    ['migrate', ['migrate'], emptyProject],
    ['publish <dir...>', ['publish', repository('templates/dockerfile')], emptyProject],
    ['list', ['list'], shopProject],
    ['search <purpose>', ['search', 'Dockerfile'], shopProject],
    ['freeze', ['freeze', '--name', 'spring'], shopProject],
    ['bank status', ['bank', 'status'], shopProject],
    ['bank export <dir>', ['bank', 'export', 'e'], emptyProject],
    ['bank import <dir>', ['bank', 'import', 'e'], exported],
    ['bank reindex', ['bank', 'reindex'], emptyProject],
    ['lock <spec>', ['lock', SHOP_SPEC], shopProject],
    ['build <spec>', ['build', SHOP_SPEC, '-o', 'out', '--diff'], shopProject],
    ['replay <manifest>', ['replay', BUILT], built],
    ['verify <dir>', ['verify', 'out'], built],
    ['why <file[:line]>', ['why', 'out/Dockerfile:3'], built],
    ['diff <manifestA> <manifestB>', ['diff', BUILT, BUILT], built],
    ['schema [name]', ['schema'], emptyProject],
    ['doctor', ['doctor'], emptyProject],
    ['metrics', ['metrics'], shopProject],
    ['graph <id>', ['graph', 'dockerfile'], shopProject],
    ['feedback <report...>', ['feedback', 'report.json', '--tree', 'out'], reported],
    ['repair <dir>', ['repair', 'out', '--report', 'report.json', '--dry-run'], reported],
    ['evidence keygen <name>', ['evidence', 'keygen', 'signer'], emptyProject],
    ['evidence pack <dir>', ['evidence', 'pack', 'out', '-o', 'a.tar', '--key', 'signer.key'], packedShop],
    ['evidence verify <file>', ['evidence', 'verify', 'shop.tar'], packedShop],
    ['evidence diff <a> <b>', ['evidence', 'diff', 'shop.tar', 'shop.tar'], packedShop],
  ];

  test.each(cases)('name the same fields of %s', (usage, args, project) => {
    const fields = tableRows(documented.get(usage) ?? '', 'field').map(([field]) => code(field));
    // A process of its own: for some commands the only one that a test starts.
    const { status, stdout, stderr } = project().run([...args, '--json']);
    expect([status, stderr]).toEqual([0, '']);
    expect(Object.keys(JSON.parse(stdout)).sort()).toEqual([...fields, 'notices'].sort());
  });

  test('name the same fields of migrate --check', () => {
    const text = documented.get('migrate') ?? '';
    const fields = tableRows(text, 'field of a check').map(([field]) => code(field));
    const project = shopProject();
    expect(Object.keys(project.json(['migrate', '--check'])).sort()).toEqual([...fields, 'notices'].sort());
  });

  test('name the same fields of show and of a listed version', () => {
    const project = shopProject();
    const listed = tableRows(section('### Listed version'), 'field').map(([field]) => code(field));
    const own = tableRows(documented.get('show <ref>') ?? '', 'field').map(([field]) => code(field));
    expect(Object.keys(project.json(['show', 'dockerfile'])).sort()).toEqual(
      [...listed, ...own, 'notices'].sort(),
    );
    const { patterns } = project.json(['list']);
    const first: unknown = Array.isArray(patterns) ? patterns[0] : undefined;
    expect(Object.keys({ ...(typeof first === 'object' ? first : null) }).sort()).toEqual([...listed].sort());
  });
});

test('docs/cli.md has every error code with its exit status', () => {
  // The compiler requires this table to have every code.
  const source = readFileSync(repository('src/cli/exit-status.ts'), 'utf8');
  const statuses = [...source.matchAll(/^ {2}([A-Z_]+): (\d+),$/gm)].map(([, name, exit]) => [
    name,
    Number(exit),
  ]);
  expect(statuses.length).toBeGreaterThan(10);
  const rows = tableRows(section('## Errors'), 'code').map(([name, exit]) => [code(name), Number(exit)]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(statuses));
});

describe('examples of formats', () => {
  const examples = FORMAT_PAGES.flatMap((page) =>
    fencedBlocks(readFileSync(repository(page), 'utf8')).map((block) => ({ page, ...block })),
  );
  const readers: Readonly<Record<string, (bytes: Uint8Array, file: string) => unknown>> = {
    'yaml spec': (bytes, file) => readSpec(readYaml(bytes, file)),
    'yaml pattern': (bytes, file) => readPatternDocument(readYaml(bytes, file)),
    'yaml blueprint': (bytes, file) => readBlueprint(readYaml(bytes, file)),
    'yaml repair': (bytes, file) => readRepair(readYaml(bytes, file)),
    'yaml config': (bytes, file) => readConfig(readYaml(bytes, file)),
    'jsonl lockfile': (bytes, file) => expect(readLockfile(bytes, file).conflicts).toEqual([]),
    'json generation-manifest': (bytes, file) => readManifest(bytes, file),
  };

  test.each(Object.entries(readers))('marked "%s" are what the reader takes', (info, read) => {
    const marked = examples.filter((example) => example.info === info);
    expect(marked.length).toBeGreaterThan(0);
    for (const { page, line, text } of marked) read(Buffer.from(text), `${page}, block at line ${line}`);
  });

  test('in YAML are all marked, so that none is unread', () => {
    expect(examples.filter(({ info }) => info === 'yaml' || info === 'yml')).toEqual([]);
  });

  const recipes = examples.filter(({ info }) => info === 'sh recipe');

  test('recipes print the digests that the manifest states, and find whole blobs', () => {
    const project = shopProject();
    project.json(['build', SHOP_SPEC, '-o', 'out']);
    const manifest = project.read('out/generation_manifest.json');
    const stated = ['output_digest', 'manifest_digest'].map(
      (name) => new RegExp(`^ {2}"${name}": "sha256:([0-9a-f]{64})"`, 'm').exec(manifest)?.[1],
    );
    const printed = recipes.flatMap(({ page, text }) => {
      // jq is the one tool of a recipe that a machine may lack.
      if (text.startsWith('jq ') && spawnSync('jq', ['--version']).error !== undefined) return [];
      const cwd = project.path(page.endsWith('golden-store.md') ? '' : 'out');
      const run = spawnSync('bash', ['--norc', '-eo', 'pipefail', '-c', text], {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(run, text).toMatchObject({ status: 0, stderr: '' });
      return page.endsWith('golden-store.md') ? [] : [/[0-9a-f]{64}/.exec(run.stdout)?.[0]];
    });
    expect(recipes.length).toBeGreaterThan(3);
    expect(new Set(printed)).toEqual(new Set(stated));
  });

  test('the recipe for blobs finds a damaged one', () => {
    const project = shopProject();
    project.json(['lock', SHOP_SPEC]);
    const [folder = ''] = readdirSync(project.path('golden/blobs/sha256'));
    const [name = ''] = readdirSync(project.path(`golden/blobs/sha256/${folder}`));
    project.write(`golden/blobs/sha256/${folder}/${name}`, 'damaged');
    const recipe = recipes.find(({ page }) => page.endsWith('golden-store.md'))?.text ?? '';
    expect(
      spawnSync('bash', ['--norc', '-eo', 'pipefail', '-c', recipe], { cwd: project.root, stdio: 'ignore' })
        .status,
    ).toBe(1);
  });
});

test('links to headings lead to one', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'docs/cli.md',
    'docs/bank.md',
    'docs/migration.md',
    'docs/qdrant-cluster.md',
    'docs/determinism.md',
    ...FORMAT_PAGES,
  ];
  const broken = pages.flatMap((page) => {
    const text = readFileSync(repository(page), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)];
    return links
      .filter(([, file = '', anchor = '']) => {
        const target = file === '' ? page : join(dirname(page), file);
        return !anchorsOf(readFileSync(repository(target), 'utf8')).includes(anchor);
      })
      .map(([link]) => `${page}: ${link}`);
  });
  expect(broken).toEqual([]);
});

test('the tour of the README runs, and prints what it shows', () => {
  const readme = fencedBlocks(readFileSync(repository('README.md'), 'utf8'));
  const setup = readme.find(({ info }) => info === 'sh tour-setup')?.text.split('\n') ?? [];
  // The test runs on what is installed and built.
  const [install, ...prelude] = setup;
  expect(install).toBe('npm ci && npm run build');
  expect(existsSync(CLI)).toBe(true);
  const steps = readme
    .filter(({ info }) => info === 'console tour')
    .flatMap(({ text }) => text.trimEnd().split('\n'));
  const commands = steps.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  expect(commands.length).toBeGreaterThan(10);
  const project = emptyProject();
  // Each command is echoed first, so that its output can be told from that of the next.
  const script = [
    `cd '${repository('')}'`,
    ...prelude.map((line) => line.replace('cd "$(mktemp -d)"', `cd '${project.root}'`)),
    ...commands.flatMap((command) => [`cat <<'COMMAND'\n$ ${command}\nCOMMAND`, command]),
  ].join('\n');
  const run = spawnSync('bash', ['--norc', '-eo', 'pipefail', '-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  });
  expect(run, run.stdout).toMatchObject({ status: 0, stderr: '' });
  requireTranscript(steps, run.stdout.trimEnd().split('\n'));
});
