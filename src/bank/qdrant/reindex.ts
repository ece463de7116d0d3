import type { Collections } from './collections.ts';
import type { Connection, StoredPoint } from './connection.ts';
import { HEADER_KEYS, indexedPoints, type PatternIndexer, readPublished } from './pattern-point.ts';
import { scroll } from './scroll.ts';

const BATCH = 50;

export interface ReindexParts {
  readonly connection: Connection;
  readonly collections: Collections;
  readonly indexOf: PatternIndexer;
}

/**
 * Makes the vectors of every version anew. Where the bank has those of another embedder, the versions are copied into a
 * collection beside it, and then the alias is moved, so that readers have a whole bank at any time; the old collection stays.
 * Says how many versions were written.
 */
export async function reindex(parts: ReindexParts): Promise<number> {
  const { connection, collections } = parts;
  if ((await collections.embedder()) === undefined) return 0;
  const from = await connection.aliased(collections.patterns);
  const to = await collections.make();
  if (from === undefined || from === to) return renewVectors(parts, to);
  const copied = await copyMissing(parts, from, to);
  await connection.alias(collections.patterns, to);
  // What was published into the old collection while its versions were copied.
  return copied + (await copyMissing(parts, from, to));
}

async function renewVectors({ connection, indexOf }: ReindexParts, collection: string): Promise<number> {
  let renewed = 0;
  for await (const batch of batches(connection, collection)) {
    const versions = batch.map((point) => readPublished(point, connection.address));
    await connection.setVectors(collection, await indexedPoints(versions, indexOf));
    renewed += batch.length;
  }
  return renewed;
}

async function copyMissing({ connection, indexOf }: ReindexParts, from: string, to: string): Promise<number> {
  let copied = 0;
  for await (const batch of batches(connection, from)) {
    const ids = batch.map(({ id }) => id);
    const there = new Set((await connection.retrieve(to, ids, { payload: false })).map(({ id }) => id));
    const missing = batch.filter(({ id }) => !there.has(id));
    const versions = missing.map((point) => readPublished(point, connection.address));
    await connection.insert(to, await indexedPoints(versions, indexOf));
    copied += missing.length;
  }
  return copied;
}

/** The points of a collection with their bodies, some at a time. */
async function* batches(connection: Connection, collection: string): AsyncIterable<readonly StoredPoint[]> {
  const wanted = { payload: { include: [...HEADER_KEYS, 'body'] } };
  let batch: StoredPoint[] = [];
  for await (const point of scroll(connection, collection, undefined, wanted, BATCH)) {
    batch.push(point);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
