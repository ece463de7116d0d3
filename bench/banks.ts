// The two kinds of bank with many patterns: how long publishing, opening a search and a warm search take. The patterns are made
// of words; their vectors come from a stand-in for the model that turns words into numbers, since what is measured is the bank
// and the ranking, not the embedder. Both kinds must give the same order before anything is timed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../src/canon/sha256.ts';
import { createWorkspace } from '../src/commands/create-workspace.ts';
import { openSearch, type Search } from '../src/commands/search.ts';
import type { Workspace } from '../src/commands/workspace.ts';
import type { Embedder } from '../src/embed/embedder.ts';
import { VectorStore } from '../src/embed/pattern-vectors.ts';
import { VectorCache } from '../src/embed/vector-cache.ts';
import { VectorGate } from '../src/embed/vector-gate.ts';
import { createHost } from '../src/host/host.ts';
import type { Pattern } from '../src/model/pattern.ts';
import { testPattern } from '../test/bank/patterns.ts';
import { QdrantServer, qdrantProgram } from '../test/bank/qdrant-server.ts';

const COUNT = Number(process.env['BENCH_PATTERNS'] ?? '10000');
const QUERIES = 200;
const DIMENSION = 384;
const WORDS = Array.from(
  { length: 3000 },
  (_, i) => `${sha256Hex(String(i)).slice(0, 6).replace(/\d/g, 'x')}${i % 10}`,
);

let state = 20261123;
function random(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function sentence(words: number): string {
  // Few words are common, most are rare.
  return Array.from(
    { length: words },
    () => WORDS[Math.min(random(WORDS.length), random(WORDS.length))],
  ).join(' ');
}

/** A vector for each word, added up. */
const standIn: Embedder = {
  identity: 'bench-words@1',
  dimension: DIMENSION,
  embed: async (texts) =>
    texts.map((text) => {
      const vector = new Float32Array(DIMENSION);
      for (const word of text.split(/\W+/)) {
        const bytes = Buffer.from(sha256Hex(word), 'hex');
        for (let i = 0; i < 32; i++) {
          const at = ((bytes[i] ?? 0) * 7 + i * 12) % DIMENSION;
          vector[at] = (vector[at] ?? 0) + ((bytes[31 - i] ?? 0) - 127);
        }
      }
      const length = Math.hypot(...vector) || 1;
      return vector.map((x) => x / length);
    }),
};

const root = mkdtempSync(join(tmpdir(), 'patterns-bench-'));
const host = createHost(undefined);

function workspaceOf(bank: string): Workspace {
  const workspace = createWorkspace({
    host,
    root,
    golden: join(root, 'golden'),
    templates: join(process.cwd(), 'templates'),
    bank,
    bankUse: 'online',
    embedder: 'none',
    model: undefined,
    qdrant: { apiKey: () => undefined, insecureKey: 'refuse', timeoutMs: 120_000 },
    notify: () => undefined,
  });
  const cache = (name: string) =>
    new VectorCache(host, { folder: join(root, 'vectors'), name, dimension: DIMENSION, shipped: [] });
  const store = new VectorStore(standIn, { patterns: cache('vectors'), queries: cache('queries') });
  return { ...workspace, vectors: new VectorGate(async () => store) };
}

function patternOf(i: number): Pattern {
  const made = testPattern(`pattern-${i}`, '1.0.0', `${sentence(60)}\n`);
  const signature = { ...made.record.signature, purpose: sentence(9) };
  return { ...made, record: { ...made.record, signature } };
}

interface Figures {
  readonly publish: number;
  readonly open: number;
  readonly p50: number;
  readonly p95: number;
  readonly order: string;
}

const patterns = Array.from({ length: COUNT }, (_, i) => patternOf(i));
const queries = Array.from({ length: QUERIES }, () => sentence(6));

async function timed<T>(act: () => Promise<T>): Promise<[number, T]> {
  const start = process.hrtime.bigint();
  const value = await act();
  return [Number(process.hrtime.bigint() - start) / 1e6, value];
}

async function measure(bank: string): Promise<Figures> {
  const workspace = workspaceOf(bank);
  const [publish] = await timed(() =>
    workspace.bank.use(async (open) => {
      for (let at = 0; at < patterns.length; at += 1000)
        await open.publish(patterns.slice(at, at + 1000), { status: 'production', at: host.now() });
    }),
  );
  const options = { topK: 10, minResults: 1 };
  // The vectors are made once, in advance, as a bank's users have them.
  await (await openSearch(workspace))({ purpose: queries[0] ?? '' }, options);
  const [open, search]: [number, Search] = await timed(() => openSearch(workspace));
  for (const purpose of queries) await workspace.vectors.use((store) => store.query(purpose));
  for (const purpose of queries.slice(0, 20)) await search({ purpose }, options);
  const times: number[] = [];
  const orders: string[] = [];
  for (const purpose of queries) {
    const [ms, report] = await timed(() => search({ purpose }, options));
    times.push(ms);
    orders.push(report.matches.map((match) => `${match.pattern_id} ${match.score}`).join(','));
  }
  times.sort((a, b) => a - b);
  await workspace.bank.close();
  return {
    publish: COUNT / (publish / 1000),
    open,
    p50: times[Math.floor(QUERIES * 0.5)] ?? Number.NaN,
    p95: times[Math.floor(QUERIES * 0.95)] ?? Number.NaN,
    order: sha256Hex(orders.join('\n')),
  };
}

const found = qdrantProgram();
let server: QdrantServer | undefined;
try {
  if (found.kind === 'program') server = await QdrantServer.start(found.path);
  const rows: [string, Figures, number][] = [['embedded', await measure(`file:${join(root, 'bank')}`), 5]];
  if (server !== undefined) rows.push(['Qdrant', await measure(`qdrant+${server.url}?bank=bench`), 20]);
  if (new Set(rows.map(([, { order }]) => order)).size !== 1)
    throw new Error('the banks give different orders');
  console.log(`\n## banks (${COUNT} patterns, ${QUERIES} searches, the same order from each)\n`);
  console.log(
    '| bank | published a second | open a search, ms | search p50, ms | p95, ms | goal |\n|---|---|---|---|---|---|',
  );
  for (const [name, { publish, open, p50, p95 }, goal] of rows)
    console.log(
      `| ${name} | ${publish.toFixed(0)} | ${open.toFixed(0)} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ≤ ${goal} ${p95 <= goal ? 'met' : 'MISSED'} |`,
    );
} finally {
  await server?.stop();
  rmSync(root, { recursive: true, force: true });
}
