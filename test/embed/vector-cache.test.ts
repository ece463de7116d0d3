import { appendFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/canon/sha256.ts';
import { bodyTexts } from '../../src/embed/texts.ts';
import { normalised } from '../../src/embed/vector.ts';
import { VectorCache } from '../../src/embed/vector-cache.ts';
import { createHost } from '../../src/host/host.ts';

const host = createHost('0');
const key = (name: string) => sha256(name);
const vector = (...numbers: readonly number[]) => Float32Array.from(numbers);

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'patterns-cache-'));
}

function open(path: string): VectorCache {
  return new VectorCache(host, { folder: path, name: 'vectors', dimension: 3, shipped: [] });
}

test('keeps vectors from one process to the next', () => {
  const path = folder();
  open(path).put(new Map([[key('a'), vector(1, 2, 3)]]));
  open(path).put(new Map([[key('b'), vector(4, 5, 6)]]));
  expect(open(path).get(key('a'))).toEqual(vector(1, 2, 3));
  expect(open(path).get(key('b'))).toEqual(vector(4, 5, 6));
  expect(open(path).get(key('c'))).toBeUndefined();
});

test('passes over a record with a flipped bit, and only that', () => {
  const path = folder();
  open(path).put(
    new Map([
      [key('a'), vector(1, 2, 3)],
      [key('b'), vector(4, 5, 6)],
    ]),
  );
  const file = join(path, 'vectors-3.bin');
  const bytes = readFileSync(file);
  bytes[34] = (bytes[34] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  expect(open(path).get(key('a'))).toBeUndefined();
  expect(open(path).get(key('b'))).toEqual(vector(4, 5, 6));
});

test.each([1, 20, 47])('is put right after a last record torn at %i bytes', (kept) => {
  const path = folder();
  open(path).put(new Map([[key('a'), vector(1, 2, 3)]]));
  const file = join(path, 'vectors-3.bin');
  const size = readFileSync(file).length;
  appendFileSync(file, readFileSync(file));
  truncateSync(file, size + kept);
  const torn = open(path);
  expect(torn.get(key('a'))).toEqual(vector(1, 2, 3));
  torn.put(new Map([[key('b'), vector(4, 5, 6)]]));
  expect(open(path).get(key('a'))).toEqual(vector(1, 2, 3));
  expect(open(path).get(key('b'))).toEqual(vector(4, 5, 6));
});

test('a vector of another dimension, of zeros, or not finite is refused', () => {
  for (const bad of [
    vector(1, 2),
    vector(0, 0, 0),
    vector(1, Number.NaN, 0),
    vector(1, Number.POSITIVE_INFINITY, 0),
  ]) {
    expect(() => normalised(bad, 3)).toThrow(/the embedder answered with/);
  }
  expect(normalised(vector(3, 0, 4), 3)).toEqual(vector(0.6, 0, 0.8));
});

test('bodies become texts without template marks, cut at line ends', () => {
  expect(bodyTexts(Buffer.from('{% if x %}\nFROM {{ image | default: "a" }}\n{% endif %}\n}\n'))).toEqual([
    'FROM image\n',
  ]);
  expect(bodyTexts(Buffer.from('---\n{}\n'))).toEqual([]);
  const long = bodyTexts(Buffer.from('a line of words\n'.repeat(200)));
  expect(long.length).toBeGreaterThan(1);
  for (const text of long) expect(text.length).toBeLessThanOrEqual(720);
});
