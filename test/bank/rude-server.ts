import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../support/repository.ts';

/** How the server behaves: from the request after number `after` on, for `times` requests. */
export type Manner =
  | { readonly kind: 'forward' }
  | ({ readonly after?: number; readonly times?: number } & (
      | { readonly kind: 'hang' | 'reset' | 'truncated' }
      | { readonly kind: 'slow'; readonly ms: number }
      | { readonly kind: 'status'; readonly status: number }
      | { readonly kind: 'text'; readonly text: string }
      | { readonly kind: 'redirect'; readonly to: string }
      | { readonly kind: 'version'; readonly version: string }
      | { readonly kind: 'metadata'; readonly metadata: Readonly<Record<string, unknown>> }
      | { readonly kind: 'lie'; readonly lie: string }
    ));

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly key?: string;
}

/** A server before a real one, a process of its own. */
export class RudeServer {
  readonly url: string;
  readonly #folder: string;
  readonly #stop: () => void;

  private constructor(port: number, folder: string, stop: () => void) {
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = folder;
    this.#stop = stop;
  }

  /** @param upstream address of the real server */
  static async start(upstream: string): Promise<RudeServer> {
    const folder = mkdtempSync(join(tmpdir(), 'patterns-rude-'));
    const [manner, log] = [join(folder, 'manner.json'), join(folder, 'requests.jsonl')];
    writeFileSync(manner, '{"kind":"forward"}');
    writeFileSync(log, '');
    const child = spawn(
      process.execPath,
      [repository('test/support/rude-server.cjs'), new URL(upstream).port, manner, log],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout.once('data', (text: Buffer) => {
        resolve(Number(text.toString()));
      });
      child.once('exit', () => {
        reject(new Error('the rude server did not start'));
      });
    });
    return new RudeServer(port, folder, () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });
  }

  /** `after` counts from now on. */
  behave(manner: Manner): void {
    const after = this.requests().length + ('after' in manner ? (manner.after ?? 0) : 0);
    writeFileSync(join(this.#folder, 'manner.json'), JSON.stringify({ ...manner, after }));
  }

  /** All requests so far. */
  requests(): readonly SeenRequest[] {
    return readFileSync(join(this.#folder, 'requests.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as SeenRequest);
  }

  stop(): void {
    this.#stop();
  }
}
