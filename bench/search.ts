// Search in a bank of 10,000 patterns: warm, and as a command of its own. Vectors are made up and put into the cache beforehand,
// so that no model runs. Before anything is timed, the stored index must rank as the exact scan does.
//   node bench/search.mjs [patterns]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EmbeddedBank } from '../src/bank/embedded-bank.ts';
import { sha256 } from '../src/canon/sha256.ts';
import { createWorkspace } from '../src/commands/create-workspace.ts';
import { openSearch } from '../src/commands/search.ts';
import { createMiniLmEmbedder } from '../src/embed/minilm-embedder.ts';
import { VectorStore } from '../src/embed/pattern-vectors.ts';
import { VectorCache } from '../src/embed/vector-cache.ts';
import { createHost, hostOn } from '../src/host/host.ts';
import type { Pattern } from '../src/model/pattern.ts';

const COUNT = Number(process.argv[2] ?? 10_000);
const QUERIES = 100;
const COLD_RUNS = 15;
const DIMENSION = 384;
const cli = resolve('dist/bin/patterns.js');

/** Numbers between 0 and 1 from a seed: the same bank each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const draw = random(1);
const WORDS = Array.from({ length: 4000 }, (_, i) => `w${i.toString(36)}${'aeiou'[i % 5] ?? ''}rn`);
const DOMAINS = Array.from({ length: 40 }, (_, i) => `domain${i}`);
/** Few words are common and most are rare, as in prose. */
const word = (): string => WORDS[Math.floor(WORDS.length * draw() ** 3)] ?? 'word';
const phrase = (count: number): string => Array.from({ length: count }, word).join(' ');

function pattern(i: number): Pattern {
  const body = Buffer.from(`${phrase(60)}\n`, 'utf8');
  const frozen = {
    pattern_id: `p${String(i).padStart(6, '0')}`,
    version: '1.0.0',
    kind: 'file',
    engine: 'none',
    delimiters: undefined,
    variables: {},
    slots: {},
    body: sha256(body),
  } as const;
  const signature = {
    purpose: phrase(8),
    intent: 'create',
    domain: DOMAINS[i % DOMAINS.length] ?? '',
    inputs: [phrase(2)],
    outputs: [phrase(1)],
    constraints: [],
  } as const;
  const quality = {
    success_rate: Math.round(draw() * 100) / 100,
    test_coverage: 0.9,
    security_level: 'HIGH',
    observability_complete: true,
    docker_ready: true,
  } as const;
  return { frozen, record: { signature, facets: {}, quality, derived_from: [] }, body };
}

const wordVectors = new Map<string, Float32Array>();

function wordVector(text: string): Float32Array {
  const known = wordVectors.get(text);
  if (known !== undefined) return known;
  const next = random(Number.parseInt(sha256(text).slice(-8), 16));
  const vector = Float32Array.from({ length: DIMENSION }, () => next() + next() + next() - 1.5);
  wordVectors.set(text, vector);
  return vector;
}

/** A vector of length 1 that depends on the words alone, so that texts with words in common are near each other. */
function vectorOf(text: string): Float32Array {
  const sum = new Float32Array(DIMENSION);
  for (const one of text.split(/\W+/))
    for (const [i, x] of wordVector(one).entries()) sum[i] = (sum[i] ?? 0) + x;
  const length = Math.sqrt(sum.reduce((total, x) => total + x * x, 0));
  return sum.map((x) => x / length);
}

const root = mkdtempSync(join(tmpdir(), 'patterns-bench-'));
try {
  await main();
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const host = createHost('0');
  mkdirSync(join(root, 'golden'));
  const folder = join(root, '.patterns', 'cache');
  // What is measured is search: ten thousand documents need not wait for the disk one by one.
  const hasty = hostOn(
    {
      ...host.fs,
      createFile: (path, bytes, options) => host.fs.createFile(path, bytes, { ...options, durable: false }),
      syncFolder: () => undefined,
    },
    host.now,
  );
  const bank = new EmbeddedBank(hasty, join(root, '.patterns', 'bank'), 'file:.patterns/bank');
  const patterns = Array.from({ length: COUNT }, (_, i) => pattern(i));
  const late = pattern(COUNT);
  await timed('publish', async () =>
    bank.publish(patterns, { status: 'production', at: '2026-01-01T00:00:00.000Z' }),
  );
  const queries = Array.from({ length: QUERIES }, () => {
    const { purpose } = patterns[Math.floor(draw() * COUNT)]?.record.signature ?? { purpose: '' };
    return `${purpose.split(' ').slice(0, 5).join(' ')} ${phrase(2)}`;
  });
  const { identity } = createMiniLmEmbedder();
  const store = new VectorStore(
    { identity, dimension: DIMENSION, embed: async (texts) => texts.map(vectorOf) },
    {
      patterns: new VectorCache(host, { folder, name: 'vectors', dimension: DIMENSION, shipped: [] }),
      queries: new VectorCache(host, { folder, name: 'queries', dimension: DIMENSION, shipped: [] }),
    },
  );
  const items = patterns.map(({ record, frozen }) => ({ record, body: frozen.body }));
  await timed('vectors', async () => {
    await store.patterns(items, async (places) => places.map((place) => patterns[place]?.body));
    for (const query of queries) await store.query(query);
  });
  const workspace = () =>
    createWorkspace({
      host,
      root,
      golden: join(root, 'golden'),
      templates: resolve('templates'),
      bank: undefined,
      bankUse: 'online',
      embedder: 'minilm',
      model: undefined,
      notify: (message) => process.stderr.write(`${message}\n`),
    });
  const options = { topK: 5, minResults: 1 };
  const scanned = await timed('first search: the bank is read and the index stored', async () =>
    openSearch(workspace()),
  );
  const stored = await timed('open the stored index', async () => openSearch(workspace()));
  for (const query of queries) {
    const [a, b] = [await scanned({ purpose: query }, options), await stored({ purpose: query }, options)];
    if (JSON.stringify(a) !== JSON.stringify(b) || a.matches.length === 0)
      throw new Error(`the stored index ranks "${query}" otherwise than the exact scan`);
  }
  const warm: number[] = [];
  for (let run = 0; run < 5; run++) {
    for (const query of queries) {
      const start = process.hrtime.bigint();
      await stored({ purpose: query }, options);
      warm.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  }
  report('warm search', warm);
  const cold = queries.slice(0, COLD_RUNS).map((query) => {
    const start = process.hrtime.bigint();
    const run = spawnSync(process.execPath, [cli, 'search', query, '--json'], {
      cwd: root,
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(run.stderr);
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
  report('cold command, query vector cached', cold);
  const bare = queries.slice(0, COLD_RUNS).map(() => {
    const start = process.hrtime.bigint();
    spawnSync(process.execPath, [cli, '--version'], { cwd: root });
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
  report('the same for --version', bare);
  await bank.publish([late], { status: 'production', at: '2026-01-02T00:00:00.000Z' });
  await store.patterns([{ record: late.record, body: late.frozen.body }], async () => [late.body]);
  const grown = await timed('the index grows by one pattern', async () => openSearch(workspace()));
  for (const name of readdirSync(folder)) if (name.startsWith('search-')) rmSync(join(folder, name));
  const whole = await openSearch(workspace());
  for (const query of queries) {
    const [a, b] = [await grown({ purpose: query }, options), await whole({ purpose: query }, options)];
    if (JSON.stringify(a) !== JSON.stringify(b))
      throw new Error(`the index that grew ranks "${query}" otherwise than one of all`);
  }
  const index = readdirSync(folder).filter((name) => name.startsWith('search-'));
  const bytes = index.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  process.stdout.write(`${COUNT} patterns, index ${(bytes / 1e6).toFixed(1)} MB\n`);
}

async function timed<T>(name: string, act: () => Promise<T>): Promise<T> {
  const start = process.hrtime.bigint();
  const result = await act();
  process.stdout.write(`${name}: ${(Number(process.hrtime.bigint() - start) / 1e6).toFixed(0)} ms\n`);
  return result;
}

function report(name: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed(2);
  process.stdout.write(`${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, of ${times.length}\n`);
}
