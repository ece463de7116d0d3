import { describe, expect, test } from 'vitest';
import { emptyProject, shopProject } from '../support/project.ts';

interface Match {
  readonly pattern_id: string;
  readonly score: number;
}

const SPEC = 'app.yaml';

function spec(need: string): string {
  return `apiVersion: patterns/v1\nname: app\nfiles:\n  - path: f.txt\n    need: ${need}\n`;
}

test('every built-in template is found by its own purpose', () => {
  const shop = shopProject();
  const list = shop.json(['list'])['patterns'] as readonly { pattern_id: string; purpose: string }[];
  for (const { pattern_id, purpose } of list) {
    const report = shop.json(['search', purpose]);
    expect((report['matches'] as readonly Match[])[0]?.pattern_id, purpose).toBe(pattern_id);
    expect(report['level']).toBe('strict');
  }
}, 120_000);

test('facets are hard, and the level says what was conceded', () => {
  const shop = shopProject();
  expect(shop.json(['search', 'Dockerfile', '--facet', 'language=go'])).toMatchObject({
    level: 'none',
    matches: [],
  });
  const conceded = shop.json(['search', 'Multi-stage Dockerfile for FastAPI', '--domain', 'nowhere']);
  expect(conceded['level']).toBe('facets dropped');
  expect(conceded['matches']).toMatchObject([
    { pattern_id: 'dockerfile' },
    ...(conceded['matches'] as unknown[]).slice(1).map(() => ({})),
  ]);
  expect(shop.failure(['search', 'x', '--intent', 'crate'])).toMatchObject({
    status: 2,
    code: 'USAGE',
    hint: 'Did you mean `create`?',
  });
  expect(shop.failure(['search', 'x', '--top-k', 'many'])).toMatchObject({ status: 2, code: 'USAGE' });
});

test('a search changes nothing', () => {
  const shop = shopProject();
  const before = shop.run(['list', '--json']).stdout;
  shop.json(['search', 'Dockerfile']);
  expect(shop.run(['list', '--json']).stdout).toBe(before);
});

describe('a need', () => {
  test('is answered by search, frozen with its purpose, and explained', () => {
    const shop = shopProject();
    shop.write(
      SPEC,
      spec('{ purpose: Multi-stage Dockerfile for FastAPI Python apps, domain: infrastructure }'),
    );
    const report = shop.json(['lock', SPEC]);
    expect(report['pins']).toMatchObject([
      { pattern_id: 'dockerfile', purpose: 'Multi-stage Dockerfile for FastAPI Python apps' },
    ]);
    const [resolution] = report['resolutions'] as readonly {
      score: number;
      margin: number;
      runner_up: Match;
    }[];
    expect(resolution?.score).toBeGreaterThan(0.25);
    expect(resolution?.margin).toBeCloseTo((resolution?.score ?? 0) - (resolution?.runner_up.score ?? 0), 5);
    shop.json(['build', SPEC, '-o', 'out', '--locked']);
    expect(shop.json(['why', 'out/f.txt'])['entries']).toMatchObject([
      { pattern_id: 'dockerfile', resolution: { score: resolution?.score } },
    ]);
    expect(shop.json(['verify', 'out', '--strict'])['verified']).toBe(true);
    shop.write(
      'golden/app.lock',
      shop.read('golden/app.lock').replace('"purpose":"Multi', '"purpose":"Nulti'),
    );
    expect(shop.run(['verify', 'out']).status).toBe(1);
  });

  test('keeps its pin when a better match is published', () => {
    const app = emptyProject();
    app.publish(
      'first',
      '1.0.0',
      'first\n',
      'signature: { purpose: Parse invoices from mail, intent: transform, domain: billing }\n',
    );
    app.write(SPEC, spec('{ purpose: parse scanned invoices }'));
    app.json(['lock', SPEC]);
    app.publish(
      'better',
      '1.0.0',
      'better\n',
      'signature: { purpose: Parse scanned invoices, intent: transform, domain: billing }\n',
    );
    expect(app.json(['lock', SPEC])).toMatchObject({ changed: false, pins: [{ pattern_id: 'first' }] });
    expect(app.json(['lock', SPEC, '--update'])).toMatchObject({
      changed: true,
      pins: [{ pattern_id: 'better' }],
    });
  });

  test('that nothing answers fails with the nearest three and what to do', () => {
    const shop = shopProject();
    shop.write(SPEC, spec('{ purpose: Terraform module for a database cluster with private peering links }'));
    const error = shop.failure(['lock', SPEC]);
    expect(error).toMatchObject({ status: 2, code: 'NEED_UNANSWERED' });
    expect(error.message.match(/similarity 0\.\d+/g)?.length).toBeLessThanOrEqual(3);
    expect(error.message).toMatch(/[a-z_]+@1\.0\.0 \(similarity/);
    expect(error.hint).toContain('pattern:');
    expect(shop.has('golden/app.lock')).toBe(false);
  });

  test('falls to the static templates when the bank is off, and says so', () => {
    const app = emptyProject();
    app.write(SPEC, spec('{ purpose: Prometheus configuration for API metrics }'));
    const report = app.json(['lock', SPEC], { env: { USE_PATTERN_BANK_TEMPLATES: 'false' } });
    expect(report['resolutions']).toMatchObject([
      {
        pattern_id: 'prometheus',
        tier: 'static',
        tiers: [
          { tier: 'golden', outcome: 'no match' },
          { tier: 'bank', outcome: 'skipped' },
          { tier: 'static', outcome: 'answered' },
        ],
      },
    ]);
  });
});

test('eval measures hits, and lists the misses', () => {
  const shop = shopProject();
  const rows = [
    { query: 'Dockerfile for FastAPI', expect: 'dockerfile' },
    { query: 'Dockerfile for FastAPI', expect: 'prometheus' },
    { query: 'Dockerfile for FastAPI', expect: 'nothing-of-the-kind' },
  ];
  shop.write('queries.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const report = shop.json(['eval', 'queries.jsonl']);
  expect(report).toMatchObject({ queries: 3, hit_at_1: 0.333333 });
  expect(report['misses']).toMatchObject([
    { expect: 'prometheus', found: 'dockerfile' },
    { expect: 'nothing-of-the-kind', found: 'dockerfile', rank: null },
  ]);
  shop.write('queries.jsonl', '{"query": "x"}\n');
  expect(shop.failure(['eval', 'queries.jsonl'])).toMatchObject({ status: 2, code: 'SPEC_INVALID' });
});

test('without an embedder, search goes by words', () => {
  const shop = shopProject();
  const report = shop.json(['search', 'Dockerfile'], { env: { PATTERNS_EMBEDDER: 'none' } });
  const [first] = report['matches'] as readonly unknown[];
  expect(first).toMatchObject({ pattern_id: 'dockerfile', relevance: { lexical: expect.any(Number) } });
  expect(JSON.stringify(report['matches'])).not.toContain('"signature"');
  expect(shop.failure(['search', 'x'], { env: { PATTERNS_EMBEDDER: 'gpt' } })).toMatchObject({
    status: 2,
    code: 'USAGE',
  });
});
