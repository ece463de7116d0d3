import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { onBothBanks } from '../bank/both-banks.ts';
import { emptyProject, shopProject, SHOP_SPEC, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';
import { smokeReport } from '../support/smoke.ts';

/** The documents of the built-in patterns. */
const BUILT_IN = readdirSync(repository('templates'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('pattern.yaml'))
  .map((path) => readFileSync(repository(`templates/${path}`), 'utf8'));

function ofDomain(domain: string): number {
  return BUILT_IN.filter((text) => new RegExp(`^ {2}domain: ${domain}$`, 'm').test(text)).length;
}

function testedShop(env: Readonly<Record<string, string>> = {}): TestProject {
  const project = shopProject({ env });
  project.json(['build', SHOP_SPEC, '-o', 'out']);
  project.write('report.json', smokeReport(project, 'out'));
  project.json(['feedback', 'report.json', '--tree', 'out']);
  return project;
}

onBothBanks('patterns metrics', ({ env: fresh }) => {
  test('counts outcomes by version and day, and weighs them', () => {
    const project = testedShop(fresh());
    const report = project.json(['metrics']) as {
      versions: { pattern_id: string; successes: number; success: { mean: number } }[];
      days: unknown[];
    };
    expect(report).toMatchObject({
      total_patterns: BUILT_IN.length,
      domain_distribution: { configuration: 1, infrastructure: ofDomain('infrastructure') },
      tiers: { bank: 14, static: 0 },
      end_to_end: { reports: 1, passed: 1 },
      days: expect.arrayContaining([
        expect.objectContaining({ day: '2026-01-01', successes: 14, failures: 0 }),
      ]),
    });
    const dockerfile = report.versions.find((one) => one.pattern_id === 'dockerfile');
    expect(dockerfile).toMatchObject({ successes: 1, success: { mean: 0.98 } });
  });
});

describe('patterns metrics', () => {
  test('the gate opens for a migrated bank with a passed smoke test, and says what falls short', () => {
    const project = testedShop();
    const { stdout, status } = project.run(['metrics', '--check']);
    expect([status, stdout.includes('NOT ready')]).toEqual([0, false]);
    project.write(
      'patterns.config.yaml',
      'go_live: { min_average_success: 0.999, max_retrieval_p95_ms: 0 }\n',
    );
    const short = project.run(['metrics', '--check', '--json']);
    expect(short.status).toBe(1);
    const { gate } = JSON.parse(short.stdout) as { gate: { check: string; passed: boolean }[] };
    expect(gate.filter((one) => !one.passed).map((one) => one.check)).toEqual([
      'retrieval, 95th percentile',
      'average expected success in production',
    ]);
    expect(project.run(['metrics']).status).toBe(0);
  });

  test('an empty bank, a missing template, a failed smoke test and a static resolution close it', () => {
    const failing = (project: TestProject) => {
      const { gate } = JSON.parse(project.runHere(['metrics', '--check', '--json']).stdout) as {
        gate: { check: string; passed: boolean; found: string }[];
      };
      return gate.filter((one) => !one.passed).map((one) => `${one.check}: ${one.found}`);
    };
    const empty = emptyProject();
    expect(failing(empty).length).toBe(4);
    const partial = emptyProject();
    partial.json(['migrate', '--only', 'infrastructure']);
    partial.write(
      'app.yaml',
      'apiVersion: patterns/v1\nname: app\nfiles: [{ path: main.py, pattern: main@^1 }]\n',
    );
    partial.json(['build', 'app.yaml', '-o', 'out']);
    expect(failing(partial)).toEqual([
      expect.stringMatching(new RegExp(`^templates in the bank.*: ${ofDomain('infrastructure')} \\(not: `)),
      'smoke tests that passed: no report',
      'locked patterns from the static tier: 1',
    ]);
    const project = testedShop();
    // A failure that points to nobody leaves nothing in the journal, and still counts.
    const error = { class: 'Timeout', message: 'no answer', frames: [] };
    project.write('failed.json', smokeReport(project, 'out', { error, second: 7 }));
    project.json(['feedback', 'failed.json', '--tree', 'out']);
    project.json(['feedback', 'failed.json', '--tree', 'out']);
    expect(failing(project)).toEqual(['smoke tests that passed: 1 of 2']);
  });

  test('the page asks nothing of anybody, escapes names, and is a page for small screens and dark ones', () => {
    const project = testedShop();
    project.publish(
      'derived',
      '1.0.0',
      'x\n',
      `derived_from: [dockerfile@1.0.0]\nsignature: { purpose: P, intent: create, domain: "<b>&" }\n`,
    );
    project.json(['metrics', '--html', 'site/metrics.html']);
    const page = project.read('site/metrics.html');
    expect(page).not.toMatch(/https?:|<script|src=|@import|url\((?!#)/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toContain('width=device-width');
    expect(page).toContain('&lt;b&gt;&amp;');
    expect(page).not.toContain('<b>');
    expect(page).toContain('derived@1.0.0');
  });

  const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
    (name) => spawnSync(name, ['--version']).status === 0,
  );

  test.skipIf(chromium === undefined)('Chromium shows it no wider than a narrow window', () => {
    const project = testedShop();
    project.json(['metrics', '--html', 'metrics.html']);
    // A copy that measures itself: the page's own policy lets no script run.
    const page = project.read('metrics.html');
    const measured = page
      .replace(/<meta http-equiv[^>]*>/, '')
      .replace(
        '</body>',
        '<script>document.title = `width ${document.documentElement.scrollWidth} of ${innerWidth}`</script></body>',
      );
    project.write('phone.html', measured);
    const run = spawnSync(
      chromium ?? '',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--window-size=500,800',
        '--virtual-time-budget=2000',
        '--dump-dom',
        project.path('phone.html'),
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    const [, width, view] = /<title>width (\d+) of (\d+)<\/title>/.exec(run.stdout) ?? [];
    expect(Number(view)).toBeGreaterThan(0);
    expect(Number(width)).toBeLessThanOrEqual(Number(view));
  });
});

describe('patterns graph', () => {
  test('shows ancestors and descendants, what the bank lacks, and inherited runs', () => {
    const project = emptyProject();
    project.publish('a', '1.0.0', '1\n');
    project.publish('a', '1.1.0', '2\n', 'derived_from: [a@1.0.0, gone@1.0.0]\n');
    project.publish('b', '1.0.0', '3\n', 'derived_from: [a@1.1.0]\n');
    project.publish('other', '1.0.0', '4\n');
    expect(project.run(['graph', 'a']).stdout).toBe(
      'a@1.0.0 (production, expected 0.5, 0 runs)\n' +
        '  a@1.1.0 (production, expected 0.5, 0 runs)\n' +
        '    b@1.0.0 (production, expected 0.5, 0 runs)\n' +
        'gone@1.0.0 (not in the bank)\n' +
        '  a@1.1.0 (production, expected 0.5, 0 runs) (above)\n',
    );
    expect(project.json(['graph', 'b'])).toMatchObject({
      edges: [
        { from: 'a@1.0.0', to: 'a@1.1.0' },
        { from: 'a@1.1.0', to: 'b@1.0.0' },
        { from: 'gone@1.0.0', to: 'a@1.1.0' },
      ],
    });
    expect(project.run(['graph', 'a', '--format', 'mermaid']).stdout).toContain('n0 --> n1');
    expect(project.failure(['graph', 'ab'])).toMatchObject({ status: 2, code: 'PATTERN_NOT_FOUND' });
    expect(project.failure(['graph', 'a', '--format', 'dot'])).toMatchObject({ status: 2, code: 'USAGE' });
  });

  test('a child of what works ranks above an equal child of what fails', () => {
    const project = emptyProject();
    const purpose = (text: string) =>
      `signature: { purpose: Parse ${text} dates, intent: create, domain: test }\n`;
    for (const id of ['good', 'zbad']) {
      project.publish(id, '1.0.0', `${id}\n`, purpose('iso'));
      project.publish(`${id}_child`, '1.0.0', 'x\n', `${purpose('iso')}derived_from: [${id}@1.0.0]\n`);
    }
    const spec = (id: string) =>
      `apiVersion: patterns/v1\nname: ${id}\nfiles: [{ path: a.py, pattern: ${id}@1.0.0 }]\n`;
    for (const id of ['good', 'zbad']) {
      project.write(`${id}.yaml`, spec(id));
      project.json(['build', `${id}.yaml`, '-o', id]);
    }
    const error = { class: 'E', message: '', frames: [{ path: 'a.py', line: 1 }] };
    for (let second = 0; second < 2; second++) {
      project.write('g.json', smokeReport(project, 'good', { second }));
      project.write('b.json', smokeReport(project, 'zbad', { second, error }));
      project.json(['feedback', 'g.json', '--tree', 'good']);
      project.json(['feedback', 'b.json', '--tree', 'zbad']);
    }
    const { matches } = project.json(['search', 'Parse iso dates'], {
      env: { PATTERNS_EMBEDDER: 'none' },
    }) as {
      matches: { pattern_id: string; success: { mean: number } }[];
    };
    const order = matches.map((one) => one.pattern_id);
    expect(order.indexOf('good_child')).toBeLessThan(order.indexOf('zbad_child'));
  });
});

describe('the policy of the project', () => {
  const lock = (project: TestProject) => project.failure(['lock', 'app.yaml']);

  test('holds beside that of the spec, at lock alone', () => {
    const project = emptyProject();
    project.publish('a', '1.0.0', '1\n');
    project.write('app.yaml', 'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a, pattern: a@^1 }]\n');
    const rules: readonly (readonly [string, RegExp])[] = [
      ['min_success_rate: 0.9', /success rate 0.5 is below 0.9/],
      ['min_test_coverage: 0.1', /test coverage 0 is below 0.1/],
      ['min_security_level: HIGH', /security level STANDARD is below HIGH/],
      ['min_production_readiness: 0.9', /production readiness/],
      ['statuses: [deprecated]', /it is a production version/],
      ['min_age_days: 7', /it is 0 days old, and 7 are asked for/],
    ];
    for (const [rule, message] of rules) {
      project.write('patterns.config.yaml', `policy: { ${rule} }\n`);
      const { status, code, message: said } = lock(project);
      expect([status, code]).toEqual([2, 'POLICY_UNMET']);
      expect(said).toMatch(message);
    }
    project.write('patterns.config.yaml', 'policy: { tiers: [golden] }\n');
    expect(lock(project).status).toBe(2);
    project.remove('patterns.config.yaml');
    project.json(['build', 'app.yaml', '-o', 'out']);
    project.write('patterns.config.yaml', 'policy: { min_success_rate: 1, tiers: [] }\nnonsense: 1\n');
    expect(project.run(['build', 'app.yaml', '-o', 'out', '--locked']).status).toBe(0);
    expect(project.json(['replay', 'out/generation_manifest.json'])).toMatchObject({ identical: true });
  });

  test('an age is counted from the publication, and a spec may ask for one', () => {
    const project = emptyProject();
    const at = (day: number) => ({ env: { SOURCE_DATE_EPOCH: String(1_700_000_000 + day * 86_400) } });
    project.writePattern('a', '1.0.0', '1\n');
    project.run(['publish', 'patterns/a'], at(0));
    project.write(
      'app.yaml',
      'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a, pattern: a@^1 }]\npolicy: { min_age_days: 3 }\n',
    );
    expect(project.failure(['lock', 'app.yaml'], at(2))).toMatchObject({ code: 'POLICY_UNMET' });
    expect(project.failure(['lock', 'app.yaml'], at(-9)).message).toContain('it is 0 days old');
    expect(project.run(['lock', 'app.yaml'], at(3)).status).toBe(0);
  });
});
