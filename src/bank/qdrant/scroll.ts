import { PatternsError } from '../../model/error.ts';
import type { Connection, Filter, StoredPoint, Wanted } from './connection.ts';

/**
 * Every point that a filter lets through, page by page, each once.
 * @throws PatternsError BANK_CORRUPT when the server gives a point twice or does not come to an end
 */
export async function* scroll(
  connection: Connection,
  collection: string,
  filter: Filter | undefined,
  wanted: Wanted,
  limit: number,
): AsyncIterable<StoredPoint> {
  const seen = new Set<string>();
  let offset: string | undefined;
  do {
    const { points, next } = await connection.page(collection, filter, wanted, { limit, offset });
    for (const point of points) {
      if (seen.has(point.id)) throw repeated(connection, collection, point.id);
      seen.add(point.id);
      yield point;
    }
    if (next !== undefined && points.length === 0) throw repeated(connection, collection, next);
    offset = next;
  } while (offset !== undefined);
}

function repeated(connection: Connection, collection: string, id: string): PatternsError {
  return new PatternsError(
    'BANK_CORRUPT',
    `${connection.address} gives the point ${id.slice(0, 40)} of ${collection} more than once`,
    { hint: 'Restore the bank from an export.', details: { point: id.slice(0, 40) } },
  );
}
