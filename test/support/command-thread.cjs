// Runs command lines of the built CLI one after the other in a thread, each told from the main thread.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { workerData } = require('node:worker_threads');

const { port, done, entry } = workerData;
let finish;

/** The entry itself takes its arguments from the process; what it runs is in one of the chunks that it names. */
async function loadRun() {
  for (const [chunk] of readFileSync(entry, 'utf8').matchAll(/\.\/chunk-\w+\.js/g)) {
    const loaded = await import(pathToFileURL(join(entry, '..', chunk)).href);
    const run = loaded.run ?? loaded.default?.run;
    if (run !== undefined) return run;
  }
  throw new Error(`${entry} names no chunk with a function run`);
}

const loading = loadRun();

port.on('message', async ({ args, env, workingFolder }) => {
  let [stdout, stderr] = ['', ''];
  const status = await new Promise((resolve) => {
    // What escapes a command ends a process with 1.
    finish = (cause) => {
      stderr += String(cause?.stack ?? cause);
      resolve(1);
    };
    loading
      .then((run) =>
        run(args, {
          env,
          workingFolder,
          out: (text) => {
            stdout += text;
          },
          err: (text) => {
            stderr += text;
          },
        }),
      )
      .then(resolve, finish);
  });
  port.postMessage({ status, stdout, stderr });
  Atomics.add(done, 0, 1);
  Atomics.notify(done, 0);
});

process.on('uncaughtException', (cause) => finish(cause));
process.on('unhandledRejection', (cause) => finish(cause));
