import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeBinary } from '../support/node-versions.ts';
import { emptyProject, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';
import { LONG } from '../torture/form.ts';
import { type BankKind, onBothBanks } from './both-banks.ts';

// The same order and the same scores, whatever bank they come from, in whatever order it was filled, on whatever Node.

const QUERIES = [
  'container image for a python web api',
  'liveness and readiness probes',
  'docker-compose with postgres',
  'data access class for any entity',
  'nothing of the kind, zebra',
];

const templates = readdirSync(repository('templates'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => repository(`templates/${name}`))
  .sort();

interface Filled {
  readonly project: TestProject;
  readonly env: Readonly<Record<string, string>>;
}

const QUERY_VECTORS = '.patterns/cache/queries-384.bin';
/** What this Node made of the queries, so that it need not load the model for each bank. */
let queryVectors: Uint8Array | undefined;
const filled: TestProject[] = [];
afterAll(() => {
  for (const { root } of filled) rmSync(root, { recursive: true, force: true });
});

function fill(bank: BankKind, folders: readonly string[]): Filled {
  const project = emptyProject({ lasting: true });
  filled.push(project);
  const env = { PATTERNS_BANK_URL: bank.fresh() };
  if (queryVectors !== undefined) project.write(QUERY_VECTORS, queryVectors);
  const half = folders.length >> 1;
  for (const part of [folders.slice(0, half), folders.slice(half)]) {
    const run = project.runHere(['publish', ...part], { env });
    if (run.status !== 0) throw new Error(run.stderr);
  }
  return { project, env };
}

/** What a search says, scores, thresholds and explanations included. */
function answers(
  { project, env }: Filled,
  { queries = QUERIES, through }: { queries?: readonly string[]; through?: readonly string[] } = {},
): readonly unknown[] {
  return queries.map((query) => {
    const options = through === undefined ? { env } : { env, through };
    return project.json(['search', query, '--top-k', '20', '--min-results', '20'], options);
  });
}

onBothBanks('the order of a search', (bank, other) => {
  let one: Filled;
  let here: readonly unknown[];

  beforeAll(() => {
    one = fill(bank, templates);
    here = answers(one);
    queryVectors ??= readFileSync(one.project.path(QUERY_VECTORS));
  }, 120_000);

  // Both ways it is the same comparison.
  if (bank.kind === 'embedded')
    test('is that of the other bank, filled in another order', () => {
      const turned = [...templates.slice(31), ...templates.slice(0, 31)].reverse();
      expect(answers(fill(other, turned))).toEqual(here);
      expect(JSON.stringify(here)).toContain('"pattern_id":"health_routes"');
    }, 240_000);

  test('is that of Node 22 and 24, which embed the needs and index the bank themselves', () => {
    // What a Node makes of a need is the same for every bank; the first need of each indexes it.
    const queries = QUERIES.slice(0, LONG || bank.kind === 'embedded' ? 2 : 1);
    for (const major of [22, 24] as const) {
      // The cache is in it and was made by another Node; the bank is not.
      one.project.remove('.patterns');
      const there = answers(one, { queries, through: [nodeBinary(major)] });
      expect(there, `Node ${major}`).toEqual(here.slice(0, queries.length));
    }
  }, 400_000);
});
