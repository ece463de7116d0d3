import { delimiter, join } from 'node:path';
import { sha256Hex } from '../canon/sha256.ts';
import type { Host } from '../host/host.ts';
import {
  type Finished,
  freePort,
  isPrivileged,
  pause,
  portAnswers,
  type Running,
  runProgram,
  startProgram,
} from '../host/processes.ts';
import { PatternsError } from '../model/error.ts';
import type { Argv, Companion, ServicePlan } from '../model/smoke-plan.ts';
import { fillPlaceholders, type Placeholders } from './placeholders.ts';

/** Where a service runs. All paths are absolute. */
export interface ServiceFolders {
  readonly tree: string;
  readonly scratch: string;
  /** Kept from run to run. */
  readonly cache: string;
  readonly seedFile: string;
}

const COMMAND_SECONDS = 900;
const START_SECONDS = 60;
const STOP_SECONDS = 15;

/** A command of the service that failed, with what it printed. */
export class StepFailed extends Error {
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

/** The service of a generated tree, with what it needs beside it. */
export class Service {
  readonly #plan: ServicePlan;
  readonly #host: Host;
  readonly #folders: ServiceFolders;
  readonly #placeholders = new Map<string, string>();
  readonly #environment: Record<string, string>;
  readonly #companions: Running[] = [];
  #running: Running | undefined;
  #port = 0;

  /** @param environment the variables of the user's process */
  constructor(
    plan: ServicePlan,
    host: Host,
    folders: ServiceFolders,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.#plan = plan;
    this.#host = host;
    this.#folders = folders;
    this.#environment = Object.fromEntries(
      Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Everything that the service has printed so far. */
  get log(): string {
    return this.#running?.output() ?? '';
  }

  /** How the service ended, if it did so by itself. */
  get ended(): Finished | undefined {
    return this.#running?.finished();
  }

  /** Installs what the service is made of, once for each content of the key files. */
  async install(): Promise<void> {
    const { fs, writer } = this.#host;
    const { tree, cache, scratch, seedFile } = this.#folders;
    this.#port = await freePort();
    const { key, run } = this.#plan.install;
    const digest = sha256Hex(Buffer.concat(key.map((path) => fs.readFile(join(tree, path))))).slice(0, 16);
    const folder = join(cache, digest);
    for (const [name, value] of Object.entries({
      tree,
      scratch,
      seed: seedFile,
      cache: folder,
      port: String(this.#port),
    }))
      this.#placeholders.set(name, value);
    const done = join(folder, 'installed');
    if (fs.stat(done) !== undefined) return;
    fs.makeFolder(folder);
    await this.#all(run, COMMAND_SECONDS);
    writer.replace(done, Buffer.from('\n'), { mode: 0o644, durable: false });
  }

  /** Starts the companions whose variables the environment does not have, and completes the environment. */
  async prepare(): Promise<void> {
    for (const companion of this.#plan.companions) {
      const given = Object.keys(companion.environment).every(
        (name) => (this.#environment[name] ?? '') !== '',
      );
      if (!given) await this.#startCompanion(companion);
    }
    Object.assign(this.#environment, this.#filled(this.#plan.environment));
  }

  migrate(): Promise<void> {
    return this.#all(this.#plan.migrate, COMMAND_SECONDS);
  }

  seed(): Promise<void> {
    return this.#all(this.#plan.seed, COMMAND_SECONDS);
  }

  start(): void {
    this.#running = startProgram(this.#launch(this.#plan.start, this.#folders.tree));
  }

  async waitUntilReady(): Promise<void> {
    const { path, seconds } = this.#plan.ready;
    for (let waited = 0; waited < seconds * 1000; waited += 200) {
      const { ended } = this;
      if (ended !== undefined)
        throw new StepFailed(`the service ended with status ${ended.status}`, ended.output);
      const response = await fetch(`${this.address}${path}`).catch(() => undefined);
      await response?.arrayBuffer();
      if (response?.ok === true) return;
      await pause(200);
    }
    throw new StepFailed(`the service was not ready within ${seconds} s`, this.log);
  }

  /** What the service runs on, as its programs say it. */
  async versions(): Promise<readonly string[]> {
    const lines: string[] = [];
    for (const argv of this.#plan.versions) {
      const { output } = await runProgram(this.#launch(argv, this.#folders.tree), 60);
      lines.push(output.trim().split('\n')[0] ?? '');
    }
    return lines.filter((line) => line !== '');
  }

  async stop(): Promise<Finished | undefined> {
    const finished = await this.#running?.stop(STOP_SECONDS);
    for (const companion of this.#companions.toReversed()) await companion.stop(STOP_SECONDS);
    return finished;
  }

  async #startCompanion(companion: Companion): Promise<void> {
    const { name } = companion;
    const port = await freePort();
    const folder = join(this.#folders.scratch, name);
    this.#host.fs.makeFolder(folder);
    this.#placeholders.set(`${name}.port`, String(port));
    this.#placeholders.set(`${name}.folder`, folder);
    this.#placeholders.set(`${name}.bin`, this.#programFolder(companion));
    const privileged = isPrivileged();
    const asUser = (argv: Argv): Argv =>
      privileged ? ['runuser', '-u', companion.user, '--', ...argv] : argv;
    if (privileged) await this.#all([['chown', companion.user, folder]], COMMAND_SECONDS, folder);
    await this.#all(companion.setup.map(asUser), COMMAND_SECONDS, folder);
    const running = startProgram(this.#launch(asUser(companion.start), folder));
    this.#companions.push(running);
    for (let waited = 0; !(await portAnswers(port)); waited += 100) {
      const ended = running.finished();
      if (ended !== undefined || waited > START_SECONDS * 1000)
        throw new StepFailed(`the ${name} did not start`, running.output());
      await pause(100);
    }
    await this.#all(companion.after.map(asUser), COMMAND_SECONDS, folder);
    Object.assign(this.#environment, this.#filled(companion.environment));
  }

  /** The folder that has the program of a companion. */
  #programFolder({ name, find, program, environment }: Companion): string {
    const { fs } = this.#host;
    const path = (this.#environment['PATH'] ?? '').split(delimiter);
    const folders = [...find.flatMap((pattern) => this.#expand(pattern)).toReversed(), ...path];
    const found = folders.find((folder) => fs.stat(join(folder, program))?.kind === 'file');
    if (found !== undefined) return found;
    const variables = Object.keys(environment).join(' and ');
    throw new PatternsError(
      'SMOKE_UNAVAILABLE',
      `the ${name} that the service needs is not here: there is no ${program}`,
      {
        hint: `Install it, or set ${variables} to one that runs and is empty.`,
      },
    );
  }

  /** A folder pattern whose one `*` stands for the names in a folder, oldest version first. */
  #expand(pattern: string): readonly string[] {
    const [before, after, ...rest] = pattern.split('/*/');
    if (before === undefined || after === undefined || rest.length > 0) return [pattern];
    const { fs } = this.#host;
    if (fs.stat(before)?.kind !== 'folder') return [];
    return fs
      .readFolder(before)
      .toSorted((a, b) => Number(a) - Number(b))
      .map((name) => join(before, name, after));
  }

  async #all(commands: readonly Argv[], seconds: number, folder = this.#folders.tree): Promise<void> {
    for (const argv of commands) {
      const { status, output, problem } = await runProgram(this.#launch(argv, folder), seconds);
      if (status === 0) continue;
      const why = problem ?? `it ended with status ${status}`;
      throw new StepFailed(`\`${argv.join(' ')}\` failed: ${why}`, output);
    }
  }

  #launch(argv: Argv, folder: string) {
    const values: Placeholders = this.#placeholders;
    const [program, ...rest] = argv.map((text) => fillPlaceholders(text, values));
    return { argv: [program ?? argv[0], ...rest] as const, folder, environment: this.#environment };
  }

  #filled(environment: Readonly<Record<string, string>>): Record<string, string> {
    const pairs = Object.entries(environment).map(([name, text]) => [
      name,
      fillPlaceholders(text, this.#placeholders),
    ]);
    return Object.fromEntries(pairs);
  }
}
