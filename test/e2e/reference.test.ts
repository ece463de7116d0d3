import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shopProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';

const REFERENCE = repository('test/e2e/reference/shop');
/** What only the smoke test needs is no part of the service. */
const BESIDE = ['scripts/load.py', 'smoke/checks.yaml', 'smoke/seed.yaml', 'smoke/service.yaml'];

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

test('the whole shop comes out as the reference has it, byte for byte, and every line of it is explained', () => {
  const shop = shopProject();
  const report = shop.json(['build', 'manifests/shop/app.yaml', '-o', 'out']);
  const created = (report['created'] as readonly string[]).toSorted();
  expect(created.filter((path) => !BESIDE.includes(path))).toEqual(filesBelow(REFERENCE));
  for (const path of filesBelow(REFERENCE))
    expect(shop.read(`out/${path}`), path).toBe(readFileSync(join(REFERENCE, path), 'utf8'));

  const manifest = JSON.parse(shop.read('out/generation_manifest.json')) as {
    patterns: { pattern_id: string; version: string }[];
    files: { path: string; spans: { start: number; end: number; pattern_id: string; version: string }[] }[];
  };
  const pinned = new Set(manifest.patterns.map((one) => `${one.pattern_id}@${one.version}`));
  for (const { path, spans } of manifest.files) {
    let next = 1;
    for (const span of spans) {
      expect(span.start, path).toBe(next);
      expect(pinned, path).toContain(`${span.pattern_id}@${span.version}`);
      next = span.end + 1;
    }
    expect(next - 1, path).toBe(shop.read(`out/${path}`).trimEnd().split('\n').length);
  }
  const service = manifest.files.find((file) => file.path === 'src/services/cart.py');
  expect(new Set(service?.spans.map((span) => span.pattern_id)).size).toBeGreaterThan(6);

  const again = shop.json(['replay', 'out/generation_manifest.json']);
  expect(again['output_digest']).toBe(report['output_digest']);
});
