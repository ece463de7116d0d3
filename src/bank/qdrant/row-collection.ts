import * as v from 'valibot';
import { PatternsError } from '../../model/error.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Connection, Filter } from './connection.ts';
import { pointId } from './pattern-point.ts';
import { scroll } from './scroll.ts';

const PAGE = 1000;
const BATCH = 256;

/** Rows that are inserted once and never changed: the payloads of points without vectors. */
export class RowCollection<Row extends object> {
  readonly #connection: Connection;
  readonly #collection: string;
  readonly #shape: v.GenericSchema<unknown, Row>;
  readonly #nameOf: (row: Row) => string;
  #known: readonly Row[] = [];

  /** @param nameOf what the id of a row's point is made of */
  constructor(
    connection: Connection,
    collection: string,
    shape: v.GenericSchema<unknown, Row>,
    nameOf: (row: Row) => string,
  ) {
    this.#connection = connection;
    this.#collection = collection;
    this.#shape = shape;
    this.#nameOf = nameOf;
  }

  /** Inserts rows; of equal names the one that was there first stands. */
  async insert(rows: readonly (Row & JsonObject)[]): Promise<void> {
    for (let at = 0; at < rows.length; at += BATCH) {
      const points = rows
        .slice(at, at + BATCH)
        .map((row) => ({ id: pointId(this.#nameOf(row)), vector: {}, payload: row }));
      await this.#connection.insert(this.#collection, points);
    }
  }

  /** The names of those rows that are there. */
  async known(names: readonly string[]): Promise<ReadonlySet<string>> {
    const byId = new Map(names.map((name) => [pointId(name), name]));
    const ids = [...byId.keys()];
    const found = new Set<string>();
    for (let at = 0; at < ids.length; at += PAGE) {
      const points = await this.#connection.retrieve(this.#collection, ids.slice(at, at + PAGE), {
        payload: false,
      });
      for (const { id } of points) {
        const name = byId.get(id);
        if (name !== undefined) found.add(name);
      }
    }
    return found;
  }

  async get(name: string): Promise<Row | undefined> {
    const [point] = await this.#connection.retrieve(this.#collection, [pointId(name)], { payload: true });
    return point === undefined ? undefined : this.#decode(point.id, point.payload);
  }

  /** The rows that a filter lets through, in no promised order. */
  async *read(filter?: Filter): AsyncIterable<Row> {
    const wanted = { payload: true };
    for await (const { id, payload } of scroll(this.#connection, this.#collection, filter, wanted, PAGE))
      yield this.#decode(id, payload);
  }

  /** All rows. Rows are never changed nor removed, so as long as there are as many as before, they are the same. */
  async all(): Promise<readonly Row[]> {
    if ((await this.#connection.count(this.#collection)) === this.#known.length) return this.#known;
    const rows: Row[] = [];
    for await (const row of this.read()) rows.push(row);
    this.#known = rows;
    return rows;
  }

  #decode(id: string, payload: unknown): Row {
    const decoded = v.safeParse(this.#shape, payload);
    if (!decoded.success) {
      const [issue] = decoded.issues;
      throw this.#corrupt(
        id,
        `${v.getDotPath(issue) ?? 'the payload'}: ${issue.message.split('\n')[0] ?? ''}`,
      );
    }
    if (pointId(this.#nameOf(decoded.output)) !== id)
      throw this.#corrupt(id, 'its id is that of another row');
    return decoded.output;
  }

  #corrupt(id: string, why: string): PatternsError {
    const point = id.slice(0, 40);
    return new PatternsError(
      'BANK_CORRUPT',
      `the point ${point} of ${this.#collection} in ${this.#connection.address} cannot be read: ${why.slice(0, 200)}`,
      { hint: 'Restore the bank from an export.', details: { collection: this.#collection, point } },
    );
  }
}
