import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { requireProgram } from '../support/programs.ts';
import { archivedFiles, packedShop, verifyHere } from '../support/packages.ts';
import type { TestProject } from '../support/project.ts';

// PATTERNS_FLIPS=2000 is the long form; PATTERNS_SEED repeats a run.
const FLIPS = Number(process.env['PATTERNS_FLIPS'] ?? '40');
const MOVES = Math.max(24, Math.round(FLIPS / 10));
const SEED = Number(process.env['PATTERNS_SEED'] ?? String(Date.now() % 1_000_000));

let state = SEED >>> 0;

/** A number below the limit (LCG of Numerical Recipes, its upper bits). */
function random(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function pick<T>(items: readonly T[]): T {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

let project: TestProject;

beforeAll(() => {
  project = packedShop({ lasting: true });
  return () => rmSync(project.root, { recursive: true, force: true });
});

function flip(path: string, at: number, bit: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  writeFileSync(path, bytes);
}

describe('evidence verify', () => {
  test(`finds ${FLIPS} flipped bits, and names the file (seed ${SEED})`, () => {
    const good = readFileSync(project.path('shop.tar'));
    const files = archivedFiles(project.path('shop.tar'));
    expect(verifyHere(project, 'shop.tar').findings).toEqual([]);
    copyFileSync(project.path('shop.tar.sha256'), project.path('kept.sha256'));
    // Without the digest beside it: the archive has to betray itself.
    rmSync(project.path('shop.tar.sha256'));
    try {
      for (let i = 0; i < FLIPS; i++) {
        // Half of the flips hit contents of a file that is picked first, so that small files are hit as well.
        const file = pick(files);
        const inside = i % 2 === 0 && file.size > 0;
        const at = inside ? file.at + random(file.size) : random(good.length);
        const bit = random(8);
        flip(project.path('shop.tar'), at, bit);
        const report = verifyHere(project, 'shop.tar');
        const context = `byte ${at}, bit ${bit}, ${inside ? file.name : 'anywhere'}`;
        expect(report.verified, context).toBe(false);
        if (inside) {
          const path = file.name.slice(file.name.indexOf('/') + 1);
          expect(
            report.findings.map((one) => one.file),
            context,
          ).toContain(path);
        }
        writeFileSync(project.path('shop.tar'), good);
      }
    } finally {
      writeFileSync(project.path('shop.tar'), good);
      renameSync(project.path('kept.sha256'), project.path('shop.tar.sha256'));
    }
  }, 1_800_000);

  test('finds a flipped bit in the digest, in the signature and in the key', () => {
    expect(verifyHere(project, 'shop.tar', 'signer.pub').trust).toBe('key');
    for (const name of ['shop.tar.sha256', 'shop.tar.sigstore.json', 'signer.pub']) {
      const good = readFileSync(project.path(name));
      for (let i = 0; i < Math.min(FLIPS, 400) / 8; i++) {
        const [at, bit] = [random(good.length), random(8)];
        flip(project.path(name), at, bit);
        let verified: boolean;
        try {
          verified = verifyHere(project, 'shop.tar', 'signer.pub').verified;
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'KEY_INVALID' });
          verified = false;
        }
        // Armour of a key that says the same is the same key.
        if (name !== 'signer.pub') expect(verified, `${name}: byte ${at}, bit ${bit}`).toBe(false);
        writeFileSync(project.path(name), good);
      }
    }
  }, 300_000);
});

describe('verify.sh', () => {
  function unpacked(): string {
    const folder = project.path(`unpacked-${random(1e9)}`);
    mkdirSync(folder);
    const { status, stderr } = spawnSync('tar', ['-xf', project.path('shop.tar'), '-C', folder], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return join(folder, readdirSync(folder)[0] ?? '');
  }

  function check(root: string, shell: readonly string[] = ['sh']) {
    const [program = 'sh', ...args] = shell;
    return spawnSync(program, [...args, join(root, 'verify.sh')], { encoding: 'utf8' });
  }

  function filesOf(root: string): readonly string[] {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();
  }

  test.each([
    ['dash', ['dash']],
    ['bash', ['bash']],
    ['busybox', ['busybox', 'sh']],
  ])('accepts the package under %s', (name, shell) => {
    requireProgram(name);
    const root = unpacked();
    const { status, stdout, stderr } = check(root, shell);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^as packed: \d+ files\n$/);
    expect(status).toBe(0);
    writeFileSync(join(root, 'data/added'), '');
    expect(check(root, shell)).toMatchObject({ status: 1, stdout: 'added: data/added\nNOT as packed\n' });
  });

  test(`finds ${FLIPS} flipped bits below data/, and names the file (seed ${SEED})`, () => {
    const root = unpacked();
    const payload = filesOf(root).filter((path) => path.startsWith('data/'));
    for (let i = 0; i < FLIPS; i++) {
      const path = pick(payload);
      const good = readFileSync(join(root, path));
      if (good.length === 0) continue;
      flip(join(root, path), random(good.length), random(8));
      expect(check(root)).toMatchObject({ status: 1, stdout: `changed: ${path}\nNOT as packed\n` });
      writeFileSync(join(root, path), good);
    }
    expect(check(root).status).toBe(0);
  }, 1_800_000);

  test(`finds ${MOVES} files that were added, removed or renamed (seed ${SEED})`, () => {
    const root = unpacked();
    const files = filesOf(root).filter((path) => path !== 'verify.sh' && path !== 'SHA256SUMS');
    for (let i = 0; i < MOVES; i++) {
      const path = pick(files);
      const whole = join(root, path);
      const other = join(dirname(path), pick(['zz', '.hidden', 'a b', '..x', '-n', 'x\\y'])).replace(
        /^\.\//,
        '',
      );
      const kind = i % 3;
      if (kind === 0) writeFileSync(join(root, other), 'added');
      else if (kind === 1) renameSync(whole, join(project.root, 'aside'));
      else renameSync(whole, join(root, other));
      const { status, stdout } = check(root);
      expect(status, `${kind} ${path} ${other}`).toBe(1);
      if (kind !== 0) expect(stdout).toContain(`missing: ${path}\n`);
      // sha256sum escapes a backslash, so such a name is told in its spelling.
      if (kind !== 1 && !other.includes('\\')) expect(stdout).toContain(`added: ${other}\n`);
      if (kind === 0) rmSync(join(root, other));
      else if (kind === 1) renameSync(join(project.root, 'aside'), whole);
      else renameSync(join(root, other), whole);
    }
    expect(check(root).status).toBe(0);
  }, 600_000);

  test('finds a symlink, a pipe, and a list that was changed along', () => {
    const root = unpacked();
    symlinkSync('/etc/passwd', join(root, 'data/link'));
    expect(check(root).stdout).toBe('no regular file: data/link\nNOT as packed\n');
    rmSync(join(root, 'data/link'));
    spawnSync('mkfifo', [join(root, 'data/pipe')]);
    expect(check(root).stdout).toBe('no regular file: data/pipe\nNOT as packed\n');
    rmSync(join(root, 'data/pipe'));
    rmSync(join(root, 'SHA256SUMS'));
    expect(check(root)).toMatchObject({ status: 1, stderr: 'verify.sh: SHA256SUMS is missing\n' });
  });
});
