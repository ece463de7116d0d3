// Retrieval quality of the code that ships, on every corpus, with channels switched off one at a time.
// A corpus is a folder with patterns.jsonl and query files of {query, expect}, one JSON object a line.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { sha256 } from '../src/canon/sha256.ts';
import { createMiniLmEmbedder } from '../src/embed/minilm-embedder.ts';
import { type PatternVectors, VectorStore } from '../src/embed/pattern-vectors.ts';
import { VectorCache } from '../src/embed/vector-cache.ts';
import { StaticTier } from '../src/bank/static-tier.ts';
import { createHost } from '../src/host/host.ts';
import type { PatternRecord } from '../src/model/pattern.ts';
import { bodyTerms } from '../src/search/body-terms.ts';
import { LexicalIndex, postingsOf } from '../src/search/lexical-index.ts';
import { blended, dot } from '../src/search/packed-vectors.ts';
import { rank, type Searchable } from '../src/search/rank.ts';

interface Document {
  readonly pattern_id: string;
  readonly record: PatternRecord;
  readonly bytes: Uint8Array;
}

interface BenchVectors extends PatternVectors {
  readonly purpose: Float32Array;
}

interface QuerySet {
  readonly name: string;
  readonly documents: readonly Document[];
  readonly queries: readonly v.InferOutput<typeof QueryShape>[];
}

interface Words {
  readonly own: number;
  readonly best: number;
}

type Channel = {
  readonly name: string;
  readonly words: boolean;
  /** @param words the lexical score, and the best one of the query */
  readonly nearness: (query: Float32Array, own: BenchVectors, words: Words) => Searchable['nearness'];
};

const ListShape = v.optional(v.union([v.array(v.string()), v.string()]), []);
const PatternShape = v.object({
  pattern_id: v.string(),
  purpose: v.string(),
  domain: v.string(),
  inputs: ListShape,
  outputs: ListShape,
  constraints: ListShape,
  body: v.optional(v.string(), ''),
});
const QueryShape = v.object({ query: v.string(), expect: v.string() });

const alone = (semantic: number): Searchable['nearness'] => ({
  signature: semantic,
  body: undefined,
  semantic,
});
const both: Channel['nearness'] = (query, { signature, body }) => alone(dot(blended(signature, body), query));
const plainSum: Channel['nearness'] = (query, { signature, body }, { own, best }) =>
  alone((dot(blended(signature, body), query) + own / best) / 2);
/** The lexical score as it is: what the division by the best one of the query does to the plain sum. */
const undividedSum: Channel['nearness'] = (query, { signature, body }, { own }) =>
  alone((dot(blended(signature, body), query) + own) / 2);
/** Words weigh as the best lexical score alone: what comparing it with chance adds to that. */
const bestAlone: Channel['nearness'] = (query, { signature, body }, { own, best }) =>
  alone((Math.max(0, dot(blended(signature, body), query)) + best * own) / (1 + best));
const CHANNELS: readonly Channel[] = [
  { name: 'purpose vector', words: false, nearness: (query, own) => alone(dot(own.purpose, query)) },
  { name: 'words', words: true, nearness: () => undefined },
  { name: 'signature vector', words: false, nearness: (query, own) => alone(dot(own.signature, query)) },
  {
    name: 'body vector',
    words: false,
    nearness: (query, { body }) => alone(body === undefined ? 0 : dot(body, query)),
  },
  { name: 'both vectors', words: false, nearness: both },
  { name: 'plain sum', words: false, nearness: plainSum },
  { name: 'undivided sum', words: false, nearness: undividedSum },
  { name: 'best alone', words: false, nearness: bestAlone },
  { name: 'hybrid', words: true, nearness: both },
];

const host = createHost('0');
const embedder = createMiniLmEmbedder();
const cache = join('.cache', 'retrieval');
mkdirSync(cache, { recursive: true });
const kept = { folder: cache, dimension: embedder.dimension, shipped: [] };
const store = new VectorStore(embedder, {
  patterns: new VectorCache(host, { ...kept, name: 'vectors' }),
  queries: new VectorCache(host, { ...kept, name: 'queries' }),
});

/** The fold of a query, by its text: the same on every machine. */
const FOLDS = 5;
const foldOf = (query: string): number => Number.parseInt(sha256(query).slice(-6), 16) % FOLDS;

async function main(folders: readonly string[]): Promise<void> {
  const sets = [...templateSets(), ...folders.flatMap(corpusSets)];
  for (const set of sets) await measure(set);
}

async function measure({ name, documents, queries }: QuerySet): Promise<void> {
  const items = documents.map(({ record, bytes }) => ({ record, body: sha256(bytes) }));
  const vectors = await store.patterns(items, async (places) =>
    places.map((place) => documents[place]?.bytes),
  );
  const terms = documents.map(({ bytes }) => bodyTerms(bytes));
  const purposes: Float32Array[] = [];
  for (const { record } of documents) purposes.push(await store.query(record.signature.purpose));
  const lexical = new LexicalIndex(
    postingsOf(documents.map(({ pattern_id, record }, i) => ({ pattern_id, record, bodyTerms: terms[i] }))),
  );
  process.stdout.write(`\n${name}: ${documents.length} patterns, ${queries.length} queries\n`);
  for (const channel of CHANNELS) {
    const ranks: { readonly fold: number; readonly place: number }[] = [];
    for (const { query, expect } of queries) {
      const wanted = await store.query(query);
      const words = lexical.score(query);
      const best = Math.max(...words, Number.MIN_VALUE);
      const candidates = documents.map(({ pattern_id, record }, i): Searchable => {
        const own = vectors[i];
        const purpose = purposes[i];
        if (own === undefined || purpose === undefined) throw new TypeError('every document has vectors');
        const nearness = channel.nearness(wanted, { ...own, purpose }, { own: words[i] ?? 0, best });
        return { pattern_id, version: '1.0.0', record, counts: NO_COUNTS, bodyTerms: terms[i], nearness };
      });
      const found = rank({ purpose: channel.words ? query : '' }, candidates);
      ranks.push({
        fold: foldOf(query),
        place: found.findIndex((one) => one.candidate.pattern_id === expect) + 1,
      });
    }
    const byFold = Array.from({ length: FOLDS }, (_, fold) =>
      hits(ranks.filter((one) => one.fold === fold).map((one) => one.place)),
    );
    const all = ranks.map((one) => one.place);
    const row = [hits(all).toFixed(3), share(all, (place) => (place >= 1 && place <= 5 ? 1 : 0)).toFixed(3)];
    row.push(share(all, (place) => (place === 0 ? 0 : 1 / place)).toFixed(3));
    process.stdout.write(
      `  ${channel.name.padEnd(17)} hit@1 ${row[0]}  hit@5 ${row[1]}  mrr ${row[2]}  folds ${byFold.map((x) => x.toFixed(2)).join(' ')}\n`,
    );
  }
}

const NO_COUNTS = { successes: 0, failures: 0 };

function hits(places: readonly number[]): number {
  return share(places, (place) => (place === 1 ? 1 : 0));
}

function share(places: readonly number[], worth: (place: number) => number): number {
  return places.length === 0 ? 0 : places.reduce((sum, place) => sum + worth(place), 0) / places.length;
}

function templateSets(): readonly QuerySet[] {
  const documents = new StaticTier(host, 'templates').all().map(({ pattern }) => ({
    pattern_id: pattern.frozen.pattern_id,
    record: pattern.record,
    bytes: pattern.body,
  }));
  const purposes = documents.map(({ pattern_id, record }) => ({
    query: record.signature.purpose,
    expect: pattern_id,
  }));
  const paraphrases = rows('test/search/fixtures/template-paraphrases.jsonl', QueryShape);
  return [
    { name: 'templates, own purposes', documents, queries: purposes },
    { name: 'templates, paraphrases', documents, queries: paraphrases },
    {
      name: 'fourteen templates that stand alone, paraphrases',
      documents: documents.filter(({ pattern_id }) =>
        paraphrases.some(({ expect }) => expect === pattern_id),
      ),
      queries: paraphrases,
    },
  ];
}

function corpusSets(folder: string): readonly QuerySet[] {
  if (!existsSync(folder)) return [];
  const documents = rows(join(folder, 'patterns.jsonl'), PatternShape).map((row) => ({
    pattern_id: row.pattern_id,
    record: recordOf(row),
    bytes: Buffer.from(row.body, 'utf8'),
  }));
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl') && file !== 'patterns.jsonl')
    .sort();
  return files.map((file) => ({
    name: `${folder.split('/').at(-1)}, ${file.slice(0, -'.jsonl'.length)}`,
    documents,
    queries: rows(join(folder, file), QueryShape),
  }));
}

function rows<T extends v.GenericSchema>(path: string, shape: T): readonly v.InferOutput<T>[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => v.parse(shape, JSON.parse(line)));
}

function recordOf(row: v.InferOutput<typeof PatternShape>): PatternRecord {
  const { purpose, domain } = row;
  const [inputs, outputs, constraints] = [listOf(row.inputs), listOf(row.outputs), listOf(row.constraints)];
  return {
    signature: { purpose, intent: 'create', domain, inputs, outputs, constraints },
    facets: {},
    quality: {
      success_rate: 0.9,
      test_coverage: 0.9,
      security_level: 'HIGH',
      observability_complete: true,
      docker_ready: true,
    },
    derived_from: [],
  };
}

function listOf(value: string | readonly string[]): readonly string[] {
  if (typeof value !== 'string') return value;
  return value === '' ? [] : value.split(', ');
}

await main(
  process.argv.slice(2).length === 0
    ? ['../shared/retrieval', 'bench/corpora/packages', 'bench/corpora/platform']
    : process.argv.slice(2),
);
