import { describe, expect, test } from 'vitest';
import { type Locate, readReport } from '../../src/documents/report-document.ts';
import { readSmokeReport, writeSmokeReport } from '../../src/documents/smoke-report-document.ts';
import type { SmokeReport } from '../../src/model/smoke-report.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as const;
const inTree: Locate = (path) => {
  const relative = path.replace('/srv/tree/', '');
  return relative.startsWith('/') ? undefined : relative;
};
const read = (text: string, tool?: 'mypy') => readReport(Buffer.from(text), 'report', inTree, tool);

const SMOKE: Omit<SmokeReport, 'verdict'> = {
  generation: DIGEST,
  output_digest: DIGEST,
  started_at: '2026-11-23T10:00:00.000Z',
  finished_at: '2026-11-23T10:00:09.000Z',
  environment: 'python 3.12.3, linux x64',
  phases: [{ name: 'start', verdict: 'passed', duration_ms: 812 }],
  operations: [
    {
      name: 'create_product',
      method: 'POST',
      path: '/products',
      handler: { path: 'src/routes.py', line: 6, end_line: 20, function: 'create' },
      calls: [
        { case: 'valid', status: 201, expected: [201], verdict: 'passed', duration_ms: 12 },
        { case: 'invalid', status: 500, expected: [422], verdict: 'failed', duration_ms: 3 },
        {
          case: 'twice',
          status: null,
          expected: [400],
          verdict: 'failed',
          duration_ms: 30,
          error: { class: 'KeyError', message: "'id'", frames: [{ path: 'src/base.py', line: 4 }] },
        },
      ],
    },
  ],
  executed: ['src/routes.py', 'src/base.py', 'src/base.py'],
};

describe('a smoke report', () => {
  test('says who answered, where it failed, and what took part', async () => {
    const text = writeSmokeReport(SMOKE);
    const { report_digest, verdict } = readSmokeReport(Buffer.from(text), 'report');
    expect(verdict).toBe('failed');
    expect(await read(text)).toMatchObject({
      tool: 'smoke',
      report: report_digest,
      generation: DIGEST,
      at: SMOKE.finished_at,
      failures: [
        {
          what: 'POST /products (invalid)',
          class: 'WrongStatus',
          message: 'expected 422, found 500',
          frames: [],
        },
        { what: 'POST /products (twice)', class: 'KeyError', frames: [{ path: 'src/base.py', line: 4 }] },
      ],
      executed: { kind: 'files', paths: ['src/base.py', 'src/routes.py'] },
    });
  });

  test('cuts what a service may blow up', () => {
    const error = {
      class: '',
      message: 'x'.repeat(100_000),
      frames: Array.from({ length: 5000 }, () => ({ path: 'a', line: 1 })),
    };
    const text = writeSmokeReport({
      ...SMOKE,
      phases: [{ name: 'start', verdict: 'failed', duration_ms: 1, error }],
    });
    expect(text.length).toBeLessThan(30_000);
    readSmokeReport(Buffer.from(text), 'report');
  });

  test.each([
    ['truncated', (text: string) => text.slice(0, text.length / 2), /JSON_INVALID|not valid JSON/],
    ['edited', (text: string) => text.replace('"status": 500', '"status": 422'), /report_digest/],
    ['newer', (text: string) => text.replace('"formatVersion": 1', '"formatVersion": 2'), /formatVersion 2/],
    ['with a key too many', (text: string) => text.replace('"calls"', '"x": 1, "calls"'), /unknown key/],
  ])('is refused when %s', async (_, change, message) => {
    await expect(read(change(writeSmokeReport(SMOKE)))).rejects.toThrow(message);
  });

  test.each([
    [{ finished_at: '2026-11-23T09:00:00.000Z' }, /ends before it starts/],
    [{ operations: [...SMOKE.operations, ...SMOKE.operations] }, /there twice/],
  ])('is refused when it contradicts itself: %o', async (change, message) => {
    await expect(read(writeSmokeReport({ ...SMOKE, ...change }))).rejects.toThrow(message);
  });
});

const RAISES = `tests/test_calc.py:13: in test_raises
    load()
src/calc.py:9: in load
    return div(1, 0)
src/calc.py:5: in div
    return a / b
E   ZeroDivisionError: division by zero`;
const CASES = `<testcase classname="tests.test_calc" name="test_ok" time="0.000" /><testcase classname="tests.test_calc" name="test_wrong"><failure message="assert 2.0 == 3&#10; +  where 2.0 = div(4, 2)">def test_wrong():
&gt;       assert div(4, 2) == 3
E       assert 2.0 == 3

tests/test_calc.py:9: AssertionError</failure></testcase><testcase classname="tests.test_calc" name="test_raises"><failure message="ZeroDivisionError: division by zero">${RAISES}</failure></testcase>`;
const junit = (cases: string, counts = 'errors="0" failures="2" tests="3"') =>
  `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" ${counts} skipped="0" time="0.032">${cases}</testsuite></testsuites>`;

describe('JUnit XML of pytest', () => {
  test('gives the frames of an exception, and none for an assertion of the test itself', async () => {
    const { tool, failures, executed } = await read(junit(CASES));
    expect(tool).toBe('pytest');
    expect(executed).toEqual({ kind: 'suffix', suffix: '.py' });
    expect(failures).toMatchObject([
      { what: 'tests.test_calc::test_wrong', class: 'AssertionError', frames: [] },
      {
        class: 'ZeroDivisionError',
        frames: [
          { path: 'tests/test_calc.py', line: 13 },
          { path: 'src/calc.py', line: 9 },
          { path: 'src/calc.py', line: 5 },
        ],
      },
    ]);
  });

  test("reads the long and Python's own form of tracebacks, and leaves libraries out", async () => {
    const text = `Traceback:\n  File "/usr/lib/python3/a.py", line 3, in f\n  File "/srv/tree/src/b.py", line 7, in g\nsrc/calc.py:5: ZeroDivisionError`;
    const { failures } = await read(
      junit(
        `<testcase classname="t" name="n"><error message="x">${text}</error></testcase>`,
        'errors="1" failures="0" tests="1"',
      ),
    );
    expect(failures[0]?.frames).toEqual([
      { path: 'src/b.py', line: 7 },
      { path: 'src/calc.py', line: 5 },
    ]);
  });

  test.each([
    ['truncated', junit(CASES).slice(0, 400), /no whole XML/],
    [
      'cut and closed again',
      junit(CASES.slice(0, CASES.lastIndexOf('<testcase'))),
      /counts 3 tests and 2 faults/,
    ],
    ['of no test', junit('', 'errors="0" failures="0" tests="0"'), /without a test/],
    ['with entities', `<!DOCTYPE a [<!ENTITY b "c">]>${junit(CASES)}`, /document type/],
    ['another XML', '<html></html>', /without a test/],
  ])('is refused when %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('reports of linters', () => {
  test('of ruff', async () => {
    const found = [
      {
        code: 'F401',
        filename: '/srv/tree/src/calc.py',
        message: '`os` imported but unused',
        location: { column: 8, row: 1 },
        fix: null,
      },
      {
        code: null,
        filename: '/elsewhere/a.py',
        message: 'Expected a statement',
        location: { column: 1, row: 2 },
      },
    ];
    const { tool, failures } = await read(JSON.stringify(found));
    expect(tool).toBe('ruff');
    expect(failures).toMatchObject([
      { class: 'F401', frames: [{ path: 'src/calc.py', line: 1 }] },
      { class: 'syntax-error', frames: [] },
    ]);
    expect((await read('[]')).failures).toEqual([]);
  });

  test('of mypy, whose notes are no faults, and whose empty one has to be told', async () => {
    const line = {
      file: 'src/calc.py',
      line: 5,
      column: 11,
      message: 'Incompatible return value type',
      hint: null,
      code: 'return-value',
    };
    const text = `${JSON.stringify({ ...line, severity: 'error' })}\n${JSON.stringify({ ...line, severity: 'note' })}\n`;
    expect((await read(text)).failures).toMatchObject([
      { class: 'return-value', frames: [{ path: 'src/calc.py', line: 5 }] },
    ]);
    expect((await read('', 'mypy')).failures).toEqual([]);
    await expect(read('')).rejects.toThrow(/no report that is known/);
    await expect(read(text.slice(0, -30))).rejects.toThrow(/not valid JSON/);
  });

  test.each(['hello', '{"kind":"other"}', '{\n "a": 1\n}', '\u0000'])('refuses %j', async (text) => {
    await expect(read(text)).rejects.toThrow();
  });
});
