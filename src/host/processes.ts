import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';

/** What a program is started with. */
export interface Launch {
  readonly argv: readonly [string, ...string[]];
  readonly folder: string;
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface Finished {
  /** The exit status; null when a signal or the time limit ended it. */
  readonly status: number | null;
  /** Both streams, as they came; the last million characters. */
  readonly output: string;
  /** Why it could not be started or was stopped, if so. */
  readonly problem: string | undefined;
}

/** A program that runs until it is stopped. */
export interface Running {
  /** All that it has printed so far, as far as kept. */
  readonly output: () => string;
  /** How it ended, once it has. */
  readonly finished: () => Finished | undefined;
  /** Asks it to end, then makes it. */
  readonly stop: (graceSeconds: number) => Promise<Finished>;
}

const MAX_OUTPUT = 1_000_000;

/** What runs now. An interrupt ends it before it ends this process, or servers would be left behind. */
const open = new Set<Child>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function endAll(signal: NodeJS.Signals): void {
  for (const child of open) child.signal('SIGKILL');
  for (const name of SIGNALS) process.removeListener(name, endAll);
  process.kill(process.pid, signal);
}

function watch(child: Child): void {
  if (open.size === 0) for (const name of SIGNALS) process.on(name, endAll);
  open.add(child);
}

function unwatch(child: Child): void {
  if (!open.delete(child) || open.size > 0) return;
  for (const name of SIGNALS) process.removeListener(name, endAll);
}

/** Runs a program to its end. */
export function runProgram(launch: Launch, seconds: number): Promise<Finished> {
  const child = new Child(launch);
  const timer = setTimeout(() => child.kill(`it took longer than ${seconds} s`), seconds * 1000);
  return child.ended.finally(() => clearTimeout(timer));
}

export function startProgram(launch: Launch): Running {
  const child = new Child(launch);
  return {
    output: () => child.output,
    finished: () => child.finished,
    stop: async (graceSeconds) => {
      child.signal('SIGTERM');
      const timer = setTimeout(
        () => child.kill(`it did not end within ${graceSeconds} s`),
        graceSeconds * 1000,
      );
      return child.ended.finally(() => clearTimeout(timer));
    },
  };
}

/** A port of the loopback interface that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Whether the process may do anything: some servers refuse to run so. */
export function isPrivileged(): boolean {
  return process.getuid?.() === 0;
}

/** `linux x64` */
export function platformName(): string {
  return `${process.platform} ${process.arch}`;
}

class Child {
  readonly ended: Promise<Finished>;
  finished: Finished | undefined;
  output = '';
  readonly #child: ChildProcess;
  #problem: string | undefined;

  constructor({ argv: [program, ...args], folder, environment }: Launch) {
    // A process group of its own, so that what it starts ends with it.
    this.#child = spawn(program, args, {
      cwd: folder,
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-MAX_OUTPUT);
      });
    }
    watch(this);
    this.ended = new Promise((resolve) => {
      const finish = (status: number | null): void => {
        this.finished ??= { status, output: this.output, problem: this.#problem };
        unwatch(this);
        resolve(this.finished);
      };
      this.#child.once('error', (cause) => {
        this.#problem ??= cause.message;
        finish(null);
      });
      this.#child.once('close', finish);
    });
  }

  signal(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.finished !== undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // The group is gone; the child may still be about to report it.
      this.#child.kill(name);
    }
  }

  kill(problem: string): void {
    this.#problem ??= problem;
    this.signal('SIGKILL');
  }
}

/** Whether something listens on a port of the loopback interface. */
export function portAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
