import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { emptyProject } from '../support/project.ts';

const QUERIES = resolve('test/search/fixtures/template-paraphrases.jsonl');

test('at least 40 of 42 paraphrases find their template among the fourteen that stand alone', () => {
  const rows = readFileSync(QUERIES, 'utf8').trimEnd().split('\n');
  const expected = rows.map((row) => (JSON.parse(row) as { expect: string }).expect);
  const templates = [...new Set(expected)];
  expect([rows.length, templates.length]).toEqual([42, 14]);
  const project = emptyProject();
  project.json(['publish', ...templates.map((id) => resolve(`templates/${id}/1.0.0`))]);
  const report = project.json(['eval', QUERIES]);
  expect(report).toMatchObject({ queries: 42, hit_at_5: 1 });
  expect(Number(report['hit_at_1']) * 42, JSON.stringify(report['misses'])).toBeGreaterThanOrEqual(40 - 1e-6);
}, 120_000);
