import { describe, expect, test } from 'vitest';
import { attribute, outcomeId } from '../../src/learn/attribution.ts';
import type { GenerationManifest } from '../../src/model/manifest.ts';
import type { ObservedRun, RunFailure } from '../../src/model/observed-run.ts';

const DIGEST = `sha256:${'0'.repeat(64)}` as const;

function manifest(
  files: Readonly<Record<string, readonly (readonly [string, number, number])[]>>,
): GenerationManifest {
  return {
    renderContract: 1,
    name: 'shop',
    version: '1.0.0',
    spec: DIGEST,
    variables: {},
    pins: [],
    patterns: [],
    files: Object.entries(files).map(([path, spans]) => ({
      path,
      size: 1,
      mode: '0644',
      sha256: '0'.repeat(64),
      spans: spans.map(([pattern_id, start, end]) => ({ pattern_id, version: '1.0.0', start, end })),
    })),
    output_digest: DIGEST,
  };
}

const TREE = manifest({
  'src/main.py': [['main', 1, 10]],
  'src/routes.py': [
    ['routes', 1, 5],
    ['create', 6, 20],
    ['routes', 21, 22],
    ['remove', 23, 30],
  ],
  'src/base.py': [['base', 1, 40]],
  Dockerfile: [['dockerfile', 1, 9]],
});

function run(
  failures: readonly Partial<RunFailure>[],
  paths: readonly string[] = ['src/main.py', 'src/routes.py', 'src/base.py'],
): ObservedRun {
  return {
    tool: 'smoke',
    report: DIGEST,
    failures: failures.map((one) => ({ what: 'POST /x', class: 'E', message: 'm', frames: [], ...one })),
    executed: { kind: 'files', paths },
  };
}

const ids = (refs: readonly { pattern_id: string }[]) => refs.map((ref) => ref.pattern_id);

describe('attribution', () => {
  test('credits each version once whose lines took part, when nothing failed', () => {
    const { failed, succeeded } = attribute(TREE, run([]));
    expect(failed).toEqual([]);
    expect(ids(succeeded)).toEqual(['base', 'create', 'main', 'remove', 'routes']);
  });

  test('blames the deepest line in the tree, and nobody else', () => {
    const frames = [
      { path: 'src/main.py', line: 3 },
      { path: 'src/routes.py', line: 7 },
      { path: 'scripts/not-generated.py', line: 900 },
    ];
    const { failed, succeeded } = attribute(TREE, run([{ frames }, { frames }]));
    expect(failed).toMatchObject([{ pattern_id: 'create', version: '1.0.0', place: 'src/routes.py:7' }]);
    expect(failed[0]?.failures).toHaveLength(2);
    expect(ids(succeeded)).toEqual(['base', 'main', 'remove', 'routes']);
  });

  test('blames whoever wrote most of the handler where no frame is known', () => {
    const handler = { path: 'src/routes.py', line: 21, end_line: 30 };
    expect(ids(attribute(TREE, run([{ handler }])).failed)).toEqual(['remove']);
  });

  test('credits nobody while a failure has no place', () => {
    const { failed, succeeded, unattributed } = attribute(
      TREE,
      run([{}, { frames: [{ path: 'src/base.py', line: 1 }] }]),
    );
    expect(ids(failed)).toEqual(['base']);
    expect(succeeded).toEqual([]);
    expect(unattributed).toHaveLength(1);
  });

  test('refuses places that the tree does not have', () => {
    expect(() => attribute(TREE, run([{ frames: [{ path: 'src/main.py', line: 11 }] }]))).toThrow(
      /has 10 lines/,
    );
    expect(() => attribute(TREE, run([{ handler: { path: 'src/main.py', line: 5, end_line: 4 } }]))).toThrow(
      /REPORT_INVALID|the report names/,
    );
  });

  test('names an outcome by tool, report, generation, version and kind', () => {
    const ref = { pattern_id: 'a', version: '1.0.0' };
    const one = { tool: 'ruff', report: DIGEST, generation: DIGEST } as const;
    const id = outcomeId(one, ref, 'success');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(outcomeId({ ...one }, { ...ref }, 'success')).toBe(id);
    const other = `sha256:${'1'.repeat(64)}` as const;
    const others = [
      outcomeId(one, ref, 'failure'),
      outcomeId({ ...one, report: other }, ref, 'success'),
      outcomeId({ ...one, generation: other }, ref, 'success'),
      outcomeId({ ...one, tool: 'mypy' }, ref, 'success'),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });
});
