import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { indexArchive } from '../../src/evidence/archive-index.ts';
import { archiveOf, sourceOf } from './archives.ts';

interface File {
  readonly name: string;
  readonly text: string;
}

/** The same archive by tar-stream, for a file is a regular one of mode 0644 without owner and time. */
function byTarStream(files: readonly File[]): Promise<Buffer> {
  const stream = pack();
  for (const { name, text } of files) {
    stream.entry({ name, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) }, text);
  }
  stream.finalize();
  return buffer(stream);
}

const LONG = [
  `a/${'b'.repeat(98)}`,
  `a/${'b'.repeat(99)}`,
  `${'a'.repeat(100)}/${'b'.repeat(100)}`,
  `${'a'.repeat(155)}/${'b'.repeat(100)}`,
  `${'a'.repeat(156)}/${'b'.repeat(100)}`,
  `shop/data/output/${'c'.repeat(101)}`,
  `shop/data/output/${'d/'.repeat(119)}e`,
  `shop/data/output/${'f'.repeat(240)}`,
];

describe('an archive', () => {
  test.each(LONG)('has the bytes that tar-stream writes for the name %s', async (name) => {
    for (const text of ['', 'x', 'y'.repeat(512), 'z'.repeat(513)]) {
      expect(archiveOf([{ name, text }]).equals(await byTarStream([{ name, text }]))).toBe(true);
    }
  });

  const part = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9 ._-]{0,60}[A-Za-z0-9_]$/);
  const path = fc.array(part, { minLength: 2, maxLength: 8 }).map((parts) => `r/${parts.join('/')}`);

  test('of any names has the bytes that tar-stream writes, and is indexed without a fault', async () => {
    const files = fc.uniqueArray(fc.record({ name: path, text: fc.string({ maxLength: 1500 }) }), {
      selector: ({ name }) => name,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(files, async (unsorted) => {
        const sorted = unsorted
          .filter(
            ({ name }) =>
              name.length <= 240 && !/(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$|\/)/i.test(name),
          )
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        const archive = archiveOf(sorted);
        expect(archive.equals(await byTarStream(sorted))).toBe(true);
        const { entries, faults, complete } = indexArchive(sourceOf(archive));
        expect({ faults, complete }).toEqual({ faults: [], complete: true });
        expect(
          [...entries.values()].map(({ name, at, size }) => ({
            name,
            text: archive.toString('utf8', at, at + size),
          })),
        ).toEqual(sorted.map(({ name, text }) => ({ name, text })));
      }),
      { numRuns: 200 },
    );
  });

  test('is listed by the tar of the system', () => {
    const folder = mkdtempSync(join(tmpdir(), 'patterns-test-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const names = [...LONG].sort();
    writeFileSync(join(folder, 'a.tar'), archiveOf(names.map((name) => ({ name, text: 'text' }))));
    const listed = spawnSync('tar', ['--numeric-owner', '-tvf', 'a.tar'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
    });
    expect(listed).toMatchObject({ status: 0, stderr: '' });
    expect(listed.stdout.trimEnd().split('\n')).toEqual(
      names.map((name) => expect.stringMatching(new RegExp(`^-rw-r--r-- 0/0 +4 1970-01-01 00:00 ${name}$`))),
    );
  });
});
