import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseQdrantAddress } from '../../src/bank/qdrant/address.ts';
import { Collections, type EmbedderIdentity } from '../../src/bank/qdrant/collections.ts';
import { Connection } from '../../src/bank/qdrant/connection.ts';
import { openQdrant } from '../../src/bank/qdrant/open-qdrant.ts';
import type { PatternIndexer } from '../../src/bank/qdrant/pattern-point.ts';
import type { PatternBank } from '../../src/bank/pattern-bank.ts';
import { SERVER_VECTORS, serverIndex } from '../../src/commands/server-index.ts';
import { entriesOf } from './contract.ts';
import { AT, testOutcome, testPattern } from './patterns.ts';
import { QdrantServer, qdrantProgram } from './qdrant-server.ts';

// What keeps a bank on a server whole: its collections are made again and again, its index is lost and made anew, its embedder
// changes.

const found = qdrantProgram();
const title =
  found.kind === 'program' ? 'upkeep of a real Qdrant' : `upkeep of a real Qdrant, skipped: ${found.reason}`;

const OTHER: EmbedderIdentity = { embedder: 'another-model@2', dimension: 3 };
const PRODUCTION = { status: 'production', at: AT } as const;

/** Dense vectors of the other model, beside the words. */
const otherIndex: PatternIndexer = async (patterns) =>
  (await serverIndex(patterns)).map((index) => ({ ...index, purpose: Float32Array.of(1, 0, 0) }));

describe.skipIf(found.kind !== 'program')(title, () => {
  let server: QdrantServer;
  const address = (name: string) => `qdrant+${server.url}?bank=${name}`;
  const open = (
    name: string,
    identity: EmbedderIdentity = SERVER_VECTORS,
    indexOf: PatternIndexer = serverIndex,
  ): Promise<PatternBank> =>
    openQdrant({ address: address(name), apiKey: undefined, insecureKey: 'refuse', identity, indexOf });
  const connect = (name: string) =>
    Connection.open({
      address: parseQdrantAddress(address(name)),
      apiKey: undefined,
      timeoutMs: 10_000,
      insecureKey: 'refuse',
    });

  beforeAll(async () => {
    if (found.kind === 'program') server = await QdrantServer.start(found.path);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });

  /** A bank with 120 versions and a row of each kind. */
  async function filled(name: string): Promise<PatternBank> {
    const bank = await open(name);
    const patterns = Array.from({ length: 120 }, (_, i) => testPattern(`p${i}`));
    await bank.publish(patterns, PRODUCTION);
    const ref = { pattern_id: 'p1', version: '1.0.0' };
    await bank.setStatus({ ...ref, at: AT, from: 'production', to: 'yanked', reason: 'x' });
    await bank.record([testOutcome(1, ref)]);
    await bank.release({ name: 'spring', at: AT, versions: [] });
    return bank;
  }

  async function rows(bank: PatternBank): Promise<unknown> {
    const outcomes = [];
    for await (const outcome of bank.outcomes()) outcomes.push(outcome);
    const history = await bank.history({ pattern_id: 'p1', version: '1.0.0' });
    return { outcomes, history, releases: await bank.releases() };
  }

  test('collections that are made a hundred times over data lose nothing', async () => {
    const bank = await filled('hundred');
    const before = { entries: await entriesOf(bank), rows: await rows(bank) };
    const connection = await connect('hundred');
    for (let round = 0; round < 100; round++) {
      const collections = new Collections(connection, 'hundred', SERVER_VECTORS);
      await collections.make();
      await collections.ensure();
      await connection.alias('hundred', collections.patternsOf(SERVER_VECTORS.embedder));
    }
    const after = await open('hundred');
    expect({ entries: await entriesOf(after), rows: await rows(after) }).toEqual(before);
    expect(before.entries).toHaveLength(120);
    expect((await after.describe()).index).toEqual({ present: 120, missing: 0 });
  }, 120_000);

  test('an index that was lost is counted as missing, and made anew', async () => {
    const bank = await filled('lost');
    const collection = new Collections(await connect('lost'), 'lost', SERVER_VECTORS).patternsOf(
      SERVER_VECTORS.embedder,
    );
    const response = await fetch(`${server.url}/collections/${collection}/points/vectors/delete?wait=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        filter: { must: [{ key: 'pattern_id', match: { any: ['p1', 'p2'] } }] },
        vector: ['lexical'],
      }),
    });
    expect(response.status).toBe(200);
    expect((await bank.describe()).index).toEqual({ present: 118, missing: 2 });
    expect(await bank.reindex()).toBe(120);
    expect((await bank.describe()).index).toEqual({ present: 120, missing: 0 });
  }, 60_000);

  test('a bank of another embedder is refused with the way out, and reindexing moves it', async () => {
    const bank = await filled('moved');
    const before = { entries: await entriesOf(bank), rows: await rows(bank) };
    const other = await open('moved', OTHER, otherIndex);
    await expect(other.versionsOf(['p1'])).rejects.toMatchObject({
      code: 'BANK_UNREACHABLE',
      details: { reason: 'embedder', found: SERVER_VECTORS.embedder, expected: OTHER.embedder },
      hint: expect.stringContaining('patterns bank reindex'),
    });
    expect(await other.reindex()).toBe(120);
    expect({ entries: await entriesOf(other), rows: await rows(other) }).toEqual(before);
    expect(await other.describe()).toMatchObject({
      embedder: OTHER.embedder,
      index: { present: 120, missing: 0 },
    });
    // The collection that was is there still, and the release that made it is told.
    const old = await connect('moved');
    const name = new Collections(old, 'moved', SERVER_VECTORS).patternsOf(SERVER_VECTORS.embedder);
    expect(await old.count(name)).toBe(120);
    await expect((await open('moved')).publish([testPattern('new')], PRODUCTION)).rejects.toMatchObject({
      details: { reason: 'embedder' },
    });
  }, 60_000);

  test('a move that was cut short goes on, and takes what was published meanwhile', async () => {
    const bank = await filled('cut');
    let batches = 0;
    const failing: PatternIndexer = async (patterns) => {
      batches += 1;
      if (batches === 2) throw new Error('cut');
      return otherIndex(patterns);
    };
    await expect((await open('cut', OTHER, failing)).reindex()).rejects.toThrow('cut');
    // The bank stands as it was, and takes versions.
    await bank.publish([testPattern('late')], PRODUCTION);
    const publishing: PatternIndexer = async (patterns) => {
      if (patterns.length > 0 && batches < 10) {
        batches = 10;
        await bank.publish([testPattern('a-later-one')], PRODUCTION);
      }
      return otherIndex(patterns);
    };
    const other = await open('cut', OTHER, publishing);
    expect(await other.reindex()).toBe(72);
    const ids = (await entriesOf(other)).map(({ pattern_id }) => pattern_id);
    expect(ids).toHaveLength(122);
    expect(ids).toEqual(expect.arrayContaining(['late', 'a-later-one']));
  }, 60_000);
});
