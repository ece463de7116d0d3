// Runs in a mount namespace of its own: a small file system with a project on it, filled up to some bytes.
//   node full-disk-driver.mjs <mount point> <project> <cli> <kilobytes left>…
// Prints one line of JSON for each: what a build said on the full disk, and on the same one once there was room.
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, fsyncSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [mount = '', project = '', cli = '', ...left] = process.argv.slice(2);
const KILOBYTE = 1024;
const SIZE = 4096;

/** @param {string} program @param {string[]} args */
function must(program, args) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

/** @param {string[]} args */
function patterns(args) {
  const { status, stdout } = spawnSync(process.execPath, [cli, ...args, '--json'], {
    cwd: mount,
    encoding: 'utf8',
  });
  return { status, code: JSON.parse(stdout)?.error?.code ?? null };
}

/** @param {string} path @param {number} spare */
function fill(path, spare) {
  const fd = openSync(path, 'w');
  const block = Buffer.alloc(KILOBYTE * 4);
  try {
    for (;;) writeSync(fd, block);
  } catch {
    // Full.
  }
  fsyncSync(fd);
  closeSync(fd);
  const size = statSync(path).size - spare * KILOBYTE;
  must('truncate', ['-s', String(Math.max(0, size)), path]);
}

for (const spare of left.map(Number)) {
  must('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}k`, 'none', mount]);
  try {
    cpSync(project, mount, { recursive: true });
    const filler = join(mount, 'filler');
    fill(filler, spare);
    const full = patterns(['build', 'app.yaml', '-o', 'out']);
    rmSync(filler);
    const room = patterns(['build', 'app.yaml', '-o', 'out']);
    const verified = patterns(['verify', 'out', '--strict']);
    const temporary = readdirSync(mount, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.tmp'));
    process.stdout.write(`${JSON.stringify({ spare, full, room, verified, temporary })}\n`);
  } finally {
    must('umount', [mount]);
  }
}
