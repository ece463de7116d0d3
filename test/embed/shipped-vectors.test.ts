import { copyFileSync, existsSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StaticTier } from '../../src/bank/static-tier.ts';
import { createMiniLmEmbedder } from '../../src/embed/minilm-embedder.ts';
import { VectorStore } from '../../src/embed/pattern-vectors.ts';
import { dot } from '../../src/search/packed-vectors.ts';
import { VectorCache } from '../../src/embed/vector-cache.ts';
import { createHost } from '../../src/host/host.ts';
import { repository } from '../support/repository.ts';

// templates/vectors-384.bin holds the vectors of the built-in templates, so that a search among them loads the model for
// the query alone; templates/queries-384.bin those of their purposes, which `patterns migrate` and `patterns metrics` search
// for. UPDATE_GOLDEN=1 writes both after a template was added.

const SHIPPED = repository('templates/vectors-384.bin');
const QUERIES = repository('templates/queries-384.bin');
const host = createHost('0');
const templates = new StaticTier(host, repository('templates'))
  .all()
  .map(({ pattern }) => ({ record: pattern.record, body: pattern.frozen.body, bytes: pattern.body }));

function storeOn(folder: string, shipped: readonly string[], queries: readonly string[] = []): VectorStore {
  const embedder = createMiniLmEmbedder();
  const { dimension } = embedder;
  return new VectorStore(embedder, {
    patterns: new VectorCache(host, { folder, name: 'vectors', dimension, shipped }),
    queries: new VectorCache(host, { folder, name: 'queries', dimension, shipped: queries }),
  });
}

describe('the shipped vectors', () => {
  test('are there for every built-in template', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'patterns-vectors-'));
    if (process.env['UPDATE_GOLDEN'] === '1') {
      expect(process.env['CI'], 'golden files are not updated in CI').toBeUndefined();
      await storeOn(folder, []).patterns(templates, async (places) =>
        places.map((place) => templates[place]?.bytes),
      );
      copyFileSync(join(folder, 'vectors-384.bin'), SHIPPED);
    }
    expect(existsSync(SHIPPED)).toBe(true);
    const other = mkdtempSync(join(tmpdir(), 'patterns-vectors-'));
    const found = await storeOn(other, [SHIPPED]).patterns(templates, async (places) => {
      throw new Error(`no vector of ${places.length} bodies; run with UPDATE_GOLDEN=1`);
    });
    expect(found.length).toBe(templates.length);
    expect(existsSync(join(other, 'vectors-384.bin')), 'run with UPDATE_GOLDEN=1').toBe(false);
  }, 300_000);

  test('and those of their purposes are there too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'patterns-vectors-'));
    const made = join(folder, 'queries-384.bin');
    const queries = process.env['UPDATE_GOLDEN'] === '1' ? [] : [QUERIES];
    const store = storeOn(folder, [], queries);
    for (const { record } of templates) await store.query(record.signature.purpose);
    if (process.env['UPDATE_GOLDEN'] === '1') copyFileSync(made, QUERIES);
    expect(statSync(QUERIES).size).toBeGreaterThan(templates.length * 384 * 4);
    expect(queries.length === 1 && existsSync(made), 'run with UPDATE_GOLDEN=1').toBe(false);
  }, 300_000);

  test('are what the model says today', async () => {
    const sample = templates.slice(0, 1);
    const read = async (places: readonly number[]) => places.map((place) => sample[place]?.bytes);
    const fresh = await storeOn(mkdtempSync(join(tmpdir(), 'patterns-vectors-')), []).patterns(sample, read);
    const shipped = await storeOn(mkdtempSync(join(tmpdir(), 'patterns-vectors-')), [SHIPPED]).patterns(
      sample,
      read,
    );
    expect(fresh).toEqual(shipped);
    for (const { signature } of fresh) expect(dot(signature, signature)).toBeCloseTo(1, 5);
  }, 120_000);
});
