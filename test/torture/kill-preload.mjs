// Kills the process at a system call of its own that changes the disk: PATTERNS_KILL is `<nth> before`, `<nth> after` or
// `<nth> torn`, the last of which writes half of the bytes first. PATTERNS_CALLS names a file that the calls of a run that ends are listed in.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const CALLS = [
  'openSync',
  'writeSync',
  'writeFileSync',
  'fsyncSync',
  'fsync',
  'fchmodSync',
  'ftruncateSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'mkdirSync',
  'rmSync',
  'rmdirSync',
];
const WRITING = fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT;

const [at = '0', how = ''] = (process.env['PATTERNS_KILL'] ?? '').split(' ');
const list = process.env['PATTERNS_CALLS'];
/** @type {string[]} */
const made = [];

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal may come a moment later; nothing more is to happen.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

for (const name of CALLS) {
  const original = Reflect.get(fs, name);
  Reflect.set(fs, name, (/** @type {unknown[]} */ ...args) => {
    if (name === 'openSync' && (Number(args[1] ?? 0) & WRITING) === 0)
      return Reflect.apply(original, fs, args);
    if (name === 'writeSync' && Number(args[0]) < 3) return Reflect.apply(original, fs, args);
    made.push(name);
    const meant = made.length === Number(at);
    if (meant && how === 'before') die();
    if (meant && how === 'torn') {
      const [fd, bytes] = args;
      if (name === 'writeSync' && bytes instanceof Uint8Array)
        Reflect.apply(original, fs, [fd, bytes.subarray(0, bytes.length >> 1)]);
      die();
    }
    try {
      return Reflect.apply(original, fs, args);
    } finally {
      // Also where the call fails, as one that removes what is not there does.
      if (meant) die();
    }
  });
}
const { appendFileSync } = fs;
syncBuiltinESMExports();
if (list !== undefined)
  process.on('exit', () => appendFileSync(list, made.map((name) => `${name}\n`).join('')));
