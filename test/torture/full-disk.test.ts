import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CLI, emptyProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';
import { LONG, say } from './form.ts';

/** A mount namespace, as root or as an ordinary user where the kernel lets them have one. */
const NAMESPACE = ['unshare', '--map-root-user', '--mount'] as const;

function canMount(): boolean {
  const [program, ...args] = NAMESPACE;
  const folder = mkdtempSync(join(tmpdir(), 'patterns-mount-'));
  const { status } = spawnSync(program, [...args, 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', folder]);
  rmSync(folder, { recursive: true });
  return status === 0;
}

const POSSIBLE = canMount();
if (!POSSIBLE) say('full disk: skipped, since this machine lets nobody mount a file system of their own');

test.skipIf(!POSSIBLE)(
  'a disk that is full: the error says so, nothing is torn, and the next run succeeds',
  () => {
    const project = emptyProject();
    for (let i = 0; i < 12; i++)
      project.writePattern(`p${i}`, '1.0.0', `${`${i} `.repeat(2000)}{{ variables.x }}\n`);
    project.json(['publish', 'patterns']);
    const files = Array.from({ length: 12 }, (_, i) => `  - { path: f${i}.txt, pattern: p${i}@^1 }\n`).join(
      '',
    );
    project.write('app.yaml', `apiVersion: patterns/v1\nname: app\nvariables: { x: 1 }\nfiles:\n${files}`);
    const mount = mkdtempSync(join(tmpdir(), 'patterns-mount-'));
    onTestFinished(() => {
      rmSync(mount, { recursive: true });
    });
    const spares = LONG ? Array.from({ length: 60 }, (_, i) => i * 8) : [0, 12, 60, 400];
    const [program, ...args] = NAMESPACE;
    const driver = repository('test/torture/full-disk-driver.mjs');
    const run = spawnSync(
      program,
      [...args, process.execPath, driver, mount, project.root, CLI, ...spares.map(String)],
      { encoding: 'utf8', env: { PATH: process.env['PATH'], PATTERNS_EMBEDDER: 'none' } },
    );
    expect(run.stderr).toBe('');
    const rows = run.stdout.trim().split('\n');
    expect(rows.length).toBe(spares.length);
    let failed = 0;
    for (const row of rows) {
      const { full, room, verified, temporary } = JSON.parse(row) as Record<
        'full' | 'room' | 'verified',
        { status: number; code: string | null }
      > & { temporary: readonly string[] };
      if (full.status !== 0) {
        failed += 1;
        expect(full, row).toEqual({ status: 3, code: 'IO_FAILED' });
      }
      expect([room.status, verified.status], row).toEqual([0, 0]);
      expect(temporary, row).toEqual([]);
    }
    expect(failed).toBeGreaterThan(1);
    say(
      `full disk: ${rows.length} builds with 0 to ${spares.at(-1)} kB left, ${failed} failed, all succeeded with room`,
    );
  },
  600_000,
);
