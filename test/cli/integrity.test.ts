import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { outputDigest, readManifest, writeManifest } from '../../src/documents/manifest-document.ts';
import { shopProject, SHOP_SPEC, snapshot, type TestProject } from '../support/project.ts';

const MANIFEST = 'out/shop/generation_manifest.json';

interface Finding {
  readonly kind: string;
  readonly file: string;
  readonly expected: string;
  readonly found: string;
}

function built(): TestProject {
  const project = shopProject();
  project.json(['build', SHOP_SPEC, '-o', 'out/shop']);
  return project;
}

function verdict(
  project: TestProject,
  args: readonly string[] = [],
): { status: number | null; findings: readonly Finding[]; extra: readonly string[] } {
  const run = project.runHere(['verify', 'out/shop', '--json', ...args]);
  const report = JSON.parse(run.stdout) as { findings: readonly Finding[]; extra: readonly string[] };
  return { status: run.status, findings: report.findings, extra: report.extra };
}

function flipBit(path: string, byte: number, bit: number): void {
  const bytes = readFileSync(path);
  bytes[byte] = (bytes[byte] ?? 0) ^ (1 << bit);
  writeFileSync(path, bytes);
}

/** A fixed sequence of numbers, the same in every run (LCG of Numerical Recipes). */
function* numbers(seed: number): Generator<number, never, undefined> {
  for (let state = seed >>> 0; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

function blobs(project: TestProject): readonly string[] {
  return readdirSync(project.path('golden/blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort();
}

describe('one flipped bit', () => {
  const project = () => built();

  test('is found wherever it is, with the file, what was expected and what found', () => {
    const shop = project();
    expect(verdict(shop)).toMatchObject({ status: 0, findings: [], extra: [] });
    const random = numbers(20261123);
    const targets = [
      ...blobs(shop),
      shop.path('golden/shop-core.lock'),
      shop.path(MANIFEST),
      shop.path('out/shop/Dockerfile'),
    ];
    const tries = targets.flatMap((path) => {
      const size = readFileSync(path).length;
      const count = path.includes('/blobs/') ? 1 : 5;
      return Array.from({ length: count }, () => ({
        path,
        byte: random.next().value % size,
        bit: random.next().value % 8,
      }));
    });
    for (const { path, byte, bit } of tries) {
      const before = readFileSync(path);
      flipBit(path, byte, bit);
      const { status, findings } = verdict(shop);
      const name = `${path}, byte ${byte}, bit ${bit}`;
      expect(status, name).toBe(1);
      expect(findings.length, name).toBeGreaterThan(0);
      for (const finding of findings) {
        expect(finding.file, name).not.toBe('');
        expect(finding.expected, name).not.toBe(finding.found);
      }
      writeFileSync(path, before);
    }
    expect(verdict(shop)).toMatchObject({ status: 0, findings: [] });
  }, 120_000);

  test('in a body: the replay is refused, naming the pattern', () => {
    const shop = project();
    const path = blobs(shop).find((blob) => readFileSync(blob, 'utf8').includes('FROM '));
    if (path === undefined) throw new Error('no Dockerfile body among the blobs');
    flipBit(path, 10, 0);
    const error = shop.failure(['replay', MANIFEST, '-o', 'out/again']);
    expect(error).toMatchObject({ status: 2, code: 'BLOB_CORRUPT' });
    expect(error.message).toContain('the body of dockerfile@1.0.0');
    expect(shop.has('out/again')).toBe(false);
  });

  test('in the manifest: the replay is refused', () => {
    const shop = project();
    flipBit(shop.path(MANIFEST), shop.read(MANIFEST).indexOf('"size": ') + 9, 0);
    expect(shop.failure(['replay', MANIFEST])).toMatchObject({ status: 2, code: 'MANIFEST_INVALID' });
  });

  test('in a manifest that its forger put right again: the replay names the file that differs', () => {
    const shop = project();
    const honest = readManifest(readFileSync(shop.path(MANIFEST)), MANIFEST);
    const files = honest.files.map((file) =>
      file.path === 'Dockerfile' ? { ...file, sha256: '0'.repeat(64) } : file,
    );
    shop.write(MANIFEST, writeManifest({ ...honest, files, output_digest: outputDigest(files) }));
    const run = shop.run(['replay', MANIFEST, '-o', 'out/again', '--json']);
    expect(run.status).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({
      identical: false,
      differences: [{ path: 'Dockerfile', expected: `sha256:${'0'.repeat(64)}` }],
    });
    expect(shop.has('out/again')).toBe(false);
  });

  test('in a file whose forger put the manifest right: strict verification renders once more and names it', () => {
    const shop = built();
    flipBit(shop.path('out/shop/Dockerfile'), 3, 1);
    const sha256 = createHash('sha256')
      .update(readFileSync(shop.path('out/shop/Dockerfile')))
      .digest('hex');
    const honest = readManifest(readFileSync(shop.path(MANIFEST)), MANIFEST);
    const files = honest.files.map((file) => (file.path === 'Dockerfile' ? { ...file, sha256 } : file));
    shop.write(MANIFEST, writeManifest({ ...honest, files, output_digest: outputDigest(files) }));
    expect(verdict(shop)).toMatchObject({ status: 0, findings: [] });
    expect(verdict(shop, ['--strict'])).toMatchObject({
      status: 1,
      findings: [{ kind: 'replay', file: 'Dockerfile', expected: `sha256:${sha256}` }],
    });
  });
});

test('a missing blob names pattern, version and digest', () => {
  const shop = built();
  const path = blobs(shop).find((blob) => readFileSync(blob, 'utf8').includes('"pattern_id":"dockerfile"'));
  if (path === undefined) throw new Error('no frozen dockerfile among the blobs');
  const digest = path.split('/').slice(-2).join('');
  shop.remove(path.slice(shop.root.length + 1));
  const error = shop.failure(['replay', MANIFEST]);
  expect(error).toMatchObject({ status: 2, code: 'BLOB_MISSING' });
  expect(error.message).toContain('dockerfile@1.0.0');
  expect(error.message).toContain(`sha256:${digest}`);
  expect(verdict(shop)).toMatchObject({ status: 1 });
});

test('a file beside the generated ones is listed, and fails when strict', () => {
  const shop = built();
  shop.write('out/shop/src/notes.txt', 'mine');
  expect(verdict(shop)).toMatchObject({ status: 0, extra: ['src/notes.txt'] });
  expect(verdict(shop, ['--strict'])).toMatchObject({ status: 1, extra: ['src/notes.txt'] });
});

test('changed, missing and re-moded files are each named', () => {
  const shop = built();
  shop.write('out/shop/Dockerfile', 'FROM scratch\n');
  shop.remove('out/shop/src/main.py');
  const { status, findings } = verdict(shop);
  expect(status).toBe(1);
  expect(findings.map((one) => [one.kind, one.file])).toEqual([
    ['changed', 'out/shop/Dockerfile'],
    ['missing', 'out/shop/src/main.py'],
  ]);
});

describe('what the user edited', () => {
  test('is not overwritten without --force, and nothing else is written either', () => {
    const shop = built();
    shop.write('out/shop/Dockerfile', 'FROM mine\n');
    shop.write(SHOP_SPEC, shop.read(SHOP_SPEC).replace('port: 8000', 'port: 9000'));
    const before = [snapshot(shop.path('out')), snapshot(shop.path('golden'))];
    const error = shop.failure(['build', SHOP_SPEC, '-o', 'out/shop']);
    expect(error).toMatchObject({ status: 1, code: 'OUTPUT_EDITED' });
    expect(error.message).toContain('Dockerfile');
    expect([snapshot(shop.path('out')), snapshot(shop.path('golden'))]).toEqual(before);
    expect(shop.json(['build', SHOP_SPEC, '-o', 'out/shop', '--force'])['updated']).toContain('Dockerfile');
    expect(shop.read('out/shop/Dockerfile')).not.toContain('FROM mine');
  });

  test('keeps a file that is generated no more, and one that never was', () => {
    const shop = built();
    shop.write('out/shop/README.md', 'mine');
    shop.write(
      SHOP_SPEC,
      shop.read(SHOP_SPEC).replace(/ {2}- path: prometheus\.yml\n {4}pattern: prometheus@\^1\n/, ''),
    );
    expect(shop.json(['build', SHOP_SPEC, '-o', 'out/shop'])['removed']).toEqual(['prometheus.yml']);
    expect(shop.read('out/shop/README.md')).toBe('mine');
    expect(shop.has('out/shop/prometheus.yml')).toBe(false);
  });

  test('a file of the user where a generated one is to go', () => {
    const shop = shopProject();
    shop.write('out/shop/Dockerfile', 'FROM mine\n');
    expect(shop.failure(['build', SHOP_SPEC, '-o', 'out/shop'])).toMatchObject({
      status: 1,
      code: 'OUTPUT_EDITED',
    });
    expect(shop.read('out/shop/Dockerfile')).toBe('FROM mine\n');
    expect(shop.has('golden/shop-core.lock')).toBe(false);
  });
});
