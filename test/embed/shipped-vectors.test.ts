import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StaticTier } from '../../src/bank/static-tier.ts';
import { createMiniLmEmbedder } from '../../src/embed/minilm-embedder.ts';
import { VectorStore } from '../../src/embed/pattern-vectors.ts';
import { dot } from '../../src/embed/vector.ts';
import { VectorCache } from '../../src/embed/vector-cache.ts';
import { createHost } from '../../src/host/host.ts';
import { repository } from '../support/repository.ts';

// templates/vectors-384.bin holds the vectors of the built-in templates, so that a search among them loads the model for
// the query alone. UPDATE_GOLDEN=1 writes it after a template was added.

const SHIPPED = repository('templates/vectors-384.bin');
const host = createHost('0');
const templates = new StaticTier(host, repository('templates'))
  .all()
  .map(({ pattern }) => ({ record: pattern.record, body: pattern.frozen.body, bytes: pattern.body }));

function storeOn(folder: string, shipped: readonly string[]): VectorStore {
  const embedder = createMiniLmEmbedder();
  const { dimension } = embedder;
  return new VectorStore(embedder, {
    patterns: new VectorCache(host, { folder, name: 'vectors', dimension, shipped }),
    queries: new VectorCache(host, { folder, name: 'queries', dimension, shipped: [] }),
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
    const found = await storeOn(folder, [SHIPPED]).patterns(templates, async (places) => {
      throw new Error(`no vector of ${places.length} bodies; run with UPDATE_GOLDEN=1`);
    });
    expect(found.length).toBe(templates.length);
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
