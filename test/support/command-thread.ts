import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Run } from './project.ts';
import { repository } from './repository.ts';

const MINUTES = 5;

/**
 * The built CLI in a thread that outlasts its commands. Each gets its own session, environment and streams, but no start of
 * Node and no loading of modules, which is most of what a process costs.
 */
export class CommandThread {
  readonly #port;
  readonly #done = new Int32Array(new SharedArrayBuffer(4));

  constructor(entry: string, env: Readonly<Record<string, string>>) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const worker = new Worker(repository('test/support/command-thread.cjs'), {
      workerData: { port: port2, done: this.#done, entry },
      transferList: [port2],
      env,
      execArgv: [],
    });
    worker.unref();
    port1.unref();
  }

  run(args: readonly string[], env: Readonly<Record<string, string>>, workingFolder: string): Run {
    const before = Atomics.load(this.#done, 0);
    this.#port.postMessage({ args, env, workingFolder }, []);
    if (Atomics.wait(this.#done, 0, before, MINUTES * 60_000) === 'timed-out')
      throw new Error(`patterns ${args.join(' ')} did not end in ${MINUTES} minutes`);
    const { message } = receiveMessageOnPort(this.#port) as { message: Run };
    return message;
  }
}
