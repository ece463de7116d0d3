import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { indexArchive } from '../../src/evidence/archive-index.ts';
import { archiveOf, sourceOf } from './archives.ts';

type EntryFields = Partial<Header> & Pick<Header, 'name'>;

const GOOD = [
  { name: 'bag/a.txt', text: 'a' },
  { name: 'bag/data/b.txt', text: 'b'.repeat(600) },
  { name: 'bag/data/c.txt', text: '' },
];

function faultsOf(archive: Buffer) {
  return indexArchive(sourceOf(archive)).faults;
}

/** An archive of one entry by another writer. */
async function entry(header: EntryFields, text = ''): Promise<Buffer> {
  const stream = pack();
  const plain = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) };
  stream.entry({ ...plain, ...header, size: Buffer.byteLength(text) }, text);
  stream.finalize();
  return buffer(stream);
}

/** Puts the checksum of a header right again. */
function resealed(archive: Buffer, at = 0): Buffer {
  archive.fill(' ', at + 148, at + 156);
  const sum = archive.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')} \0`, at + 148, 'latin1');
  return archive;
}

describe('an archive of regular files with portable names', () => {
  test('has no fault, and its contents are where the index says', () => {
    const archive = archiveOf(GOOD);
    const { entries, faults, complete } = indexArchive(sourceOf(archive));
    expect({ faults, complete }).toEqual({ faults: [], complete: true });
    expect([...entries.values()].map((one) => archive.toString('utf8', one.at, one.at + one.size))).toEqual(
      GOOD.map(({ text }) => text),
    );
  });
});

describe('a hostile archive is refused', () => {
  test.each([
    '../evil',
    'bag/../../evil',
    '/etc/passwd',
    'bag/data/./x',
    'bag//x',
    'evil',
    'bag/C:x',
    'bag/con',
    'bag/data/output/..\\x',
    'bag/data/output/a/../../../../x',
    'bag/-rf',
    'bag/é',
  ])('for the name %s', (name) => {
    const found = faultsOf(archiveOf([{ name, text: 'x' }]));
    expect(found).toHaveLength(1);
    expect(found[0]?.expected).toMatch(/portable relative path|header/);
  });

  test.each<readonly [string, EntryFields, string]>([
    ['a symlink', { name: 'bag/l', type: 'symlink', linkname: '/etc/passwd' }, ''],
    ['a hard link', { name: 'bag/l', type: 'link', linkname: 'bag/a' }, ''],
    ['a character device', { name: 'bag/d', type: 'character-device', devmajor: 1, devminor: 3 }, ''],
    ['a block device', { name: 'bag/d', type: 'block-device' }, ''],
    ['a folder', { name: 'bag/d', type: 'directory' }, ''],
    ['a named pipe', { name: 'bag/p', type: 'fifo' }, ''],
    ['a contiguous file', { name: 'bag/p', type: 'contiguous-file' }, 'x'],
  ])('for %s', async (what, header, text) => {
    expect(faultsOf(await entry(header, text))).toContainEqual({
      name: expect.stringContaining('bag/'),
      expected: 'a regular file',
      found: what,
    });
  });

  test.each<readonly [string, EntryFields]>([
    ['an owner', { name: 'bag/a', uid: 1000 }],
    ['a group', { name: 'bag/a', gid: 1000 }],
    ['an owner by name', { name: 'bag/a', uname: 'somebody' }],
    ['a time', { name: 'bag/a', mtime: new Date(1000) }],
    ['a mode', { name: 'bag/a', mode: 0o755 }],
    ['set-user-id', { name: 'bag/a', mode: 0o4644 }],
  ])('for %s', async (_, header) => {
    expect(faultsOf(await entry(header, 'x'))).toEqual([
      {
        name: 'bag/a',
        expected: 'the one header that this name and size have',
        found: 'another header',
      },
    ]);
  });

  test('for an extended header that says more than a name', async () => {
    const archive = await entry({ name: 'bag/a', pax: { 'GNU.sparse.realsize': '10737418240' } }, 'x');
    expect(faultsOf(archive)[0]?.found).toBe('an extended header that holds not just a path');
  });

  test.each(['S', 'L', 'K', 'g', 'D', 'M', '\0'])('for the type %j', (type) => {
    const archive = archiveOf([{ name: 'bag/a', text: 'x' }]);
    archive.write(type, 156, 'latin1');
    expect(faultsOf(resealed(archive))).toMatchObject([{ name: 'bag/a', expected: 'a regular file' }]);
  });

  test('for a size of 7 GB that is not there, without reading that far', () => {
    const archive = archiveOf([{ name: 'bag/a', text: 'x' }]);
    archive.write((7 * 2 ** 30).toString(8).padStart(11, '0'), 124, 'latin1');
    resealed(archive);
    let read = 0;
    const { faults, complete } = indexArchive({
      size: archive.length,
      read: (at, length) => {
        read += length;
        return archive.subarray(at, at + length);
      },
    });
    expect(faults).toMatchObject([{ name: 'bag/a', expected: 'a content that is there' }]);
    expect(complete).toBe(false);
    expect(read).toBeLessThan(10_000);
  });

  test('for an extended header of 7 GB', () => {
    const archive = archiveOf([{ name: `bag/data/output/${'x'.repeat(200)}`, text: 'x' }]);
    archive.write((7 * 2 ** 30).toString(8).padStart(11, '0'), 124, 'latin1');
    expect(faultsOf(resealed(archive))[0]?.found).toBe('an extended header of 7516192768 bytes');
  });

  test('for a size of 10 GB, which only base 256 can state', () => {
    const archive = archiveOf([{ name: 'bag/a', text: 'x' }]);
    archive.fill(0, 124, 136);
    archive[124] = 0x80;
    archive.writeBigUInt64BE(10n * 2n ** 30n, 128);
    expect(faultsOf(resealed(archive))).toMatchObject([{ name: 'bag/a', found: 'a header without a size' }]);
  });

  test('for two entries of one name, and for entries out of order', () => {
    const twice = archiveOf([...GOOD, { name: 'bag/data/c.txt', text: 'other' }]);
    expect(faultsOf(twice)).toMatchObject([{ name: 'bag/data/c.txt', found: 'a second one' }]);
    expect(faultsOf(archiveOf(GOOD.toReversed()))).toMatchObject([
      { expected: 'names in byte order' },
      { expected: 'names in byte order' },
    ]);
  });

  test.each([
    ['bytes behind the end', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(512)])],
    ['one block for an end', (bytes: Buffer) => bytes.subarray(0, -512)],
    ['no end', (bytes: Buffer) => bytes.subarray(0, -1024)],
    ['half a block', (bytes: Buffer) => bytes.subarray(0, -1300)],
    ['nothing', () => Buffer.alloc(0)],
    ['a text', () => Buffer.from('no archive at all')],
    ['noise', () => Buffer.alloc(4096, 0xa5)],
  ])('for %s', (_, damage) => {
    expect(faultsOf(damage(archiveOf(GOOD))).length).toBeGreaterThan(0);
  });

  test('for any flipped bit that is in no content', () => {
    const good = archiveOf([...GOOD, { name: `bag/data/output/${'x'.repeat(200)}`, text: 'long' }]);
    const { entries } = indexArchive(sourceOf(good));
    // A long name has no checksum of its own: the lists of the bag find that a file has another one.
    const record = { at: good.indexOf(' path=bag/'), size: ' path=bag/data/output/'.length + 200 };
    const contents = [...entries.values(), record];
    for (let bit = 0; bit < good.length * 8; bit++) {
      const at = bit >> 3;
      if (contents.some((one) => one.at <= at && at < one.at + one.size)) continue;
      const archive = Buffer.from(good);
      archive[at] = (archive[at] ?? 0) ^ (1 << (bit & 7));
      if (faultsOf(archive).length === 0) throw new Error(`bit ${bit} was flipped unnoticed`);
    }
  });
});
