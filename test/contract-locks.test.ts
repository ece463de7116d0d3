import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TestProject, emptyProject } from './support/project.ts';
import { repository } from './support/repository.ts';

// Generations of earlier releases, with the digests that they had. Each folder is a golden folder and a manifest; none
// is ever changed. A commit that fails here has changed the render contract: see src/render/render-contract.ts.

const folders = readdirSync(repository('test/contract-locks'), { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
);

describe('every later commit replays', () => {
  test.each(folders.map((entry) => entry.name))('%s', (name) => {
    const kept = new TestProject(repository(`test/contract-locks/${name}`));
    const expected = kept.read('output_digest').trim();
    const scratch = emptyProject();
    const report = kept.json([
      'replay',
      'generation_manifest.json',
      '--golden',
      'golden',
      '--expect',
      expected,
      '-o',
      scratch.path('out'),
    ]);
    expect(report).toMatchObject({ identical: true, output_digest: expected });
    expect(scratch.read('out/generation_manifest.json')).toBe(
      readFileSync(kept.path('generation_manifest.json'), 'utf8'),
    );
  });

  test('at least one is kept', () => {
    expect(folders.length).toBeGreaterThan(0);
  });
});
