import { spawnSync } from 'node:child_process';
import {
  cpSync,
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
import { dirname, join, relative } from 'node:path';
import { onTestFinished } from 'vitest';
import { CommandThread } from './command-thread.ts';
import { repository } from './repository.ts';

export const CLI = repository('dist/bin/patterns.js');

/** What a command reads of its environment by itself, whereas Node or a library reads the rest of that of the process. */
const OF_A_SESSION = /^(?:PATTERNS_\w+|QDRANT_\w+|SOURCE_DATE_EPOCH|USE_PATTERN_BANK_TEMPLATES)$/;

let thread: CommandThread | undefined;

function ofThisProcess(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The program that runs the CLI, and its first arguments; this Node by default. */
  readonly through?: readonly string[];
}

/** A project in a temporary folder, worked on by the built CLI as a process of its own. */
export class TestProject {
  readonly root: string;
  /** What every run of a command has in its environment. */
  readonly env: Readonly<Record<string, string>>;

  constructor(root: string, env: Readonly<Record<string, string>> = {}) {
    this.root = root;
    this.env = env;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }

  run(args: readonly string[], options: RunOptions = {}): Run {
    const [program = process.execPath, ...first] = options.through ?? [process.execPath];
    const { status, stdout, stderr, error } = spawnSync(program, [...first, CLI, ...args], {
      cwd: options.cwd ?? this.root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: { ...ofThisProcess(), ...this.env, ...options.env },
    });
    if (error !== undefined) throw error;
    return { status, stdout, stderr };
  }

  /** Runs a command in a thread of this process, where nothing asks for a process of its own: it takes a tenth of the time. */
  runHere(args: readonly string[], options: RunOptions = {}): Run {
    const env = { ...this.env, ...options.env };
    if (options.through !== undefined || !Object.keys(env).every((name) => OF_A_SESSION.test(name)))
      return this.run(args, options);
    thread ??= new CommandThread(CLI, ofThisProcess());
    return thread.run(args, { ...ofThisProcess(), ...env }, options.cwd ?? this.root);
  }

  /** Runs a command that must succeed, and reads its JSON. */
  json(args: readonly string[], options: RunOptions = {}): Record<string, unknown> {
    const run = this.runHere([...args, '--json'], options);
    if (run.status !== 0)
      throw new Error(`patterns ${args.join(' ')} exited ${run.status}\n${run.stdout}\n${run.stderr}`);
    return parseObject(run.stdout);
  }

  /** Runs a command that must fail, and reads its error. */
  failure(
    args: readonly string[],
    options: RunOptions = {},
  ): { status: number | null; code: string; message: string; hint: string } {
    const run = this.runHere([...args, '--json'], options);
    const { error } = parseObject(run.stdout);
    if (typeof error !== 'object' || error === null)
      throw new Error(`no error in ${run.stdout}${run.stderr}`);
    const { code, message, hint } = { code: '', message: '', hint: '', ...error };
    return { status: run.status, code, message, hint };
  }

  /** Publishes one pattern, written from its parts. */
  publish(id: string, version: string, body: string, extra = ''): Run {
    this.writePattern(id, version, body, extra);
    return this.runHere(['publish', `patterns/${id}/${version}`]);
  }

  writePattern(id: string, version: string, body: string, extra = ''): void {
    const purpose = extra.includes('purpose:')
      ? ''
      : `signature: { purpose: Test pattern ${id}, intent: create, domain: test }\n`;
    this.write(
      `patterns/${id}/${version}/pattern.yaml`,
      `pattern_id: ${id}\nversion: ${version}\n${purpose}body: body.txt\n${extra}`,
    );
    this.write(`patterns/${id}/${version}/body.txt`, body);
  }
}

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error(`no object: ${text}`);
  return { ...value };
}

export interface ProjectOptions {
  /** The caller removes it, since it is to outlast a test. */
  readonly lasting?: boolean;
  /** The environment of all its runs. */
  readonly env?: Readonly<Record<string, string>>;
}

/** An empty project, removed when the test ends. */
export function emptyProject({ lasting = false, env = {} }: ProjectOptions = {}): TestProject {
  const root = mkdtempSync(join(tmpdir(), 'patterns-test-'));
  if (!lasting)
    onTestFinished(() => {
      rmSync(root, { recursive: true, force: true });
    });
  mkdirSync(join(root, 'golden'));
  return new TestProject(root, env);
}

/** The shop, not built yet, with the built-in templates in its bank. */
export function shopProject(options?: ProjectOptions): TestProject {
  const project = emptyProject(options);
  cpSync(repository('manifests'), project.path('manifests'), { recursive: true });
  if (options?.env === undefined) cpSync(migratedFolder(), project.path('.patterns'), { recursive: true });
  else migrateIn(project);
  return project;
}

let migrated: string | undefined;

/** The bank with the built-in templates, made once for all tests of a file: each then works on its own copy. */
function migratedFolder(): string {
  if (migrated === undefined) {
    const project = emptyProject({ lasting: true });
    process.once('exit', () => {
      rmSync(project.root, { recursive: true, force: true });
    });
    migrateIn(project);
    migrated = project.path('.patterns');
  }
  return migrated;
}

function migrateIn(project: TestProject): void {
  const run = project.runHere(['migrate']);
  if (run.status !== 0) throw new Error(run.stderr);
}

export const SHOP_SPEC = 'manifests/shop/core.yaml';

/** Relative path → bytes as hex digits of every file below a folder. */
export function snapshot(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => !entry.isDirectory(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [relative(folder, path), entryText(path)]));
}

function entryText(path: string): string {
  return statSync(path).isFile() ? readFileSync(path).toString('hex') : 'no file';
}

/** The time of the last change of every file below a folder. */
export function times(folder: string): Readonly<Record<string, number>> {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  return Object.fromEntries(names.map((name) => [name, statSync(join(folder, name)).mtimeMs]));
}
