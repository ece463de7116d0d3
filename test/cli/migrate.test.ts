import { cpSync } from 'node:fs';
import { expect, test } from 'vitest';
import { onBothBanks } from '../bank/both-banks.ts';
import { emptyProject, snapshot, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';

type Env = Readonly<Record<string, string>>;

/** Own templates in `own/`, laid out as the built-in ones are. */
function withOwn(): TestProject {
  const project = emptyProject();
  template(project, 'ledger', 'Books of a double-entry ledger', 'finance', 'ledger 1\n');
  template(project, 'invoice', 'Numbers of invoices without holes', 'finance', 'invoice 1\n');
  template(project, 'greeting', 'Greets a visitor by name', 'web', 'hello\n');
  return project;
}

function template(project: TestProject, id: string, purpose: string, domain: string, body: string): void {
  project.write(
    `own/${id}/1.0.0/pattern.yaml`,
    `pattern_id: ${id}\nversion: 1.0.0\nsignature: { purpose: ${purpose}, intent: create, domain: ${domain} }\nbody: body.txt\n`,
  );
  project.write(`own/${id}/1.0.0/body.txt`, body);
}

function names(project: TestProject, env: Env): readonly string[] {
  const { patterns } = project.json(['list'], { env }) as { patterns: { pattern_id: string }[] };
  return patterns.map(({ pattern_id }) => pattern_id);
}

function refused(project: TestProject, args: readonly string[], env: Env): Record<string, unknown> {
  const run = project.runHere([...args, '--json'], { env });
  return { status: run.status, ...JSON.parse(run.stdout) };
}

onBothBanks('patterns migrate', ({ env: fresh }) => {
  test('own templates go into the bank, and each is what a search for its purpose finds first', () => {
    const project = withOwn();
    const env = fresh();
    const plan = project.json(['migrate', '--from', 'own', '--dry-run'], { env });
    const own = ['greeting@1.0.0', 'invoice@1.0.0', 'ledger@1.0.0'];
    expect(plan).toMatchObject({ dry_run: true, migrated: own, unchanged: [], found: 0, not_found: [] });
    expect(names(project, env)).toEqual([]);
    expect(project.json(['migrate', '--from', 'own', '--only', 'finance'], { env })).toMatchObject({
      dry_run: false,
      migrated: ['invoice@1.0.0', 'ledger@1.0.0'],
      found: 2,
      not_found: [],
      failed: [],
    });
    expect(project.json(['migrate', '--from', 'own'], { env })).toMatchObject({
      migrated: ['greeting@1.0.0'],
      unchanged: ['invoice@1.0.0', 'ledger@1.0.0'],
      found: 1,
    });
    expect(project.json(['migrate', '--from', 'own', '--dry-run'], { env })).toMatchObject({
      migrated: [],
      unchanged: own,
    });
  });

  test('--check says what differs, exits 1, and writes nothing', () => {
    const project = withOwn();
    const env = fresh();
    project.json(['migrate', '--from', 'own', '--only', 'finance'], { env });
    template(project, 'ledger', 'Books of a double-entry ledger', 'finance', 'ledger 2\n');
    const before = project.json(['bank', 'status'], { env })['content_digest'];
    const check = refused(project, ['migrate', '--from', 'own', '--check'], env);
    expect(check).toMatchObject({
      status: 1,
      same: ['invoice@1.0.0'],
      missing: ['greeting@1.0.0'],
      differing: [{ pattern: 'ledger@1.0.0' }],
      failed: [],
    });
    expect(project.json(['bank', 'status'], { env })['content_digest']).toBe(before);
    expect(refused(project, ['migrate', '--from', 'own'], env)).toMatchObject({
      status: 2,
      migrated: ['greeting@1.0.0'],
      failed: [{ pattern: 'ledger@1.0.0' }],
    });
    template(project, 'ledger', 'Books of a double-entry ledger', 'finance', 'ledger 1\n');
    expect(project.json(['migrate', '--from', 'own', '--check'], { env })['missing']).toEqual([]);
  });

  test('a template that cannot be read is reported, and the others go on', () => {
    const project = withOwn();
    const env = fresh();
    project.write('own/invoice/1.0.0/body.txt', '{% if %}');
    project.write('own/broken/1.0.0/pattern.yaml', 'pattern_id: [');
    cpSync(project.path('own/greeting'), project.path('own/twin'), { recursive: true });
    project.write('own/other/1.0.0/pattern.yaml', project.read('own/ledger/1.0.0/pattern.yaml'));
    project.write('own/other/1.0.0/body.txt', 'not the ledger\n');
    const report = refused(project, ['migrate', '--from', 'own'], env);
    expect(report).toMatchObject({ status: 2, migrated: ['greeting@1.0.0', 'ledger@1.0.0'] });
    const failed = (report['failed'] as { pattern: string }[]).map(({ pattern }) => pattern);
    expect(failed).toEqual(['own/broken/1.0.0', 'own/invoice/1.0.0', 'ledger@1.0.0']);
    expect(names(project, env)).toEqual(['greeting', 'ledger']);
    expect(project.json(['show', 'ledger'], { env })['body']).toBe('ledger 1\n');
  });

  test('a template that another one hides is named with the one that beat it', () => {
    const project = withOwn();
    const env = fresh();
    // Equal purposes and qualities: the first by name wins.
    template(project, 'zledger', 'Books of a double-entry ledger', 'finance', 'ledger 1\n');
    const report = project.json(['migrate', '--from', 'own'], { env });
    expect(report).toMatchObject({
      found: 3,
      not_found: [
        { pattern: 'zledger@1.0.0', purpose: 'Books of a double-entry ledger', beaten_by: 'ledger@1.0.0' },
      ],
    });
    expect(report['notices']).toContain(
      'a search for "Books of a double-entry ledger" does not find zledger@1.0.0 first, but ledger@1.0.0',
    );
  });
});

test('--built-in takes the built-in templates too, and every one is found by its purpose', () => {
  const project = withOwn();
  const report = project.json(['migrate', '--from', 'own', '--built-in']);
  const migrated = report['migrated'] as string[];
  expect(migrated).toContain('ledger@1.0.0');
  expect(migrated).toContain('dockerfile@1.0.0');
  expect(report).toMatchObject({ found: migrated.length, not_found: [], failed: [] });
  expect(project.json(['migrate', '--check'])).toMatchObject({ missing: [], differing: [] });
  expect(project.run(['migrate', '--check']).stdout).toContain(`${migrated.length - 3} the same`);
}, 60_000);

test('an own template of a built-in version with other content fails, and the built-in one is migrated', () => {
  const project = emptyProject();
  cpSync(repository('templates/dockerfile'), project.path('own/dockerfile'), { recursive: true });
  project.write('own/dockerfile/1.0.0/Dockerfile.liquid', 'FROM scratch\n');
  const report = refused(project, ['migrate', '--from', 'own', '--built-in', '--only', 'infrastructure'], {
    PATTERNS_EMBEDDER: 'none',
  });
  expect(report).toMatchObject({ status: 2, failed: [{ pattern: 'dockerfile@1.0.0' }] });
  expect(report['migrated']).toContain('dockerfile@1.0.0');
});

test('wrong folders, domains and options are refused before anything is written', () => {
  const project = withOwn();
  const failures = [
    ['--from', 'nowhere'],
    ['--from', 'own', '--from', 'golden'],
    ['--from', 'own', '--only', 'infrastructure'],
    ['--from', 'own', '--only', 'finance,'],
    ['--from', 'own', '--check', '--dry-run'],
  ].map((args) => {
    const { status, code } = project.failure(['migrate', ...args]);
    return `${status} ${code}`;
  });
  expect(failures).toEqual(['2 FILE_NOT_FOUND', '2 FILE_NOT_FOUND', '2 USAGE', '2 USAGE', '2 USAGE']);
  expect(project.has('.patterns/bank')).toBe(false);
});

test('without the bank nothing is migrated, and the exit status says so', () => {
  const project = withOwn();
  const env = { PATTERNS_BANK_URL: 'qdrant+http://127.0.0.1:3' };
  for (const more of [[], ['--dry-run'], ['--check']])
    expect(project.failure(['migrate', '--from', 'own', ...more], { env })).toMatchObject({
      status: 3,
      code: 'BANK_UNREACHABLE',
    });
  expect(Object.keys(snapshot(project.root)).every((path) => path.startsWith('own/'))).toBe(true);
});
