import { type Intent, INTENTS, type Status, STATUSES } from '../model/pattern.ts';
import type { IndexedVersion, VersionTable } from './version-table.ts';

// The versions of a stored index: one JSON array each, behind each other, read one by one when they are asked for.

type VersionRow = readonly [
  pattern_id: string,
  version: string,
  purpose: string,
  intent: Intent,
  domain: string,
  facets: Readonly<Record<string, string>>,
  success_rate: number,
  derived_from: readonly string[],
  published: Status,
];

const INTENT_SET: ReadonlySet<unknown> = new Set(INTENTS);
const STATUS_SET: ReadonlySet<unknown> = new Set(STATUSES);

/** The rows, and where each starts; one start more than there are rows. */
export function encodeRows({ count, at }: VersionTable): {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
} {
  const starts = new Uint32Array(count + 1);
  const rows = Array.from({ length: count }, (_, row) => Buffer.from(JSON.stringify(rowOf(at(row))), 'utf8'));
  for (const [row, bytes] of rows.entries()) starts[row + 1] = (starts[row] ?? 0) + bytes.byteLength;
  return { bytes: Buffer.concat(rows), starts };
}

/** Reads each version when it is first asked for. */
export function rowsOf(bytes: Buffer, starts: Uint32Array): (row: number) => IndexedVersion {
  const known = new Map<number, IndexedVersion>();
  return (row) => {
    let version = known.get(row);
    if (version === undefined) {
      const value: unknown = JSON.parse(bytes.toString('utf8', starts[row], starts[row + 1]));
      if (!isRow(value)) throw new TypeError(`row ${row} of the stored index is no version`);
      version = versionOf(value);
      known.set(row, version);
    }
    return version;
  };
}

function rowOf({ pattern_id, version, record, published }: IndexedVersion): VersionRow {
  const { signature, facets, quality, derived_from } = record;
  const { purpose, intent, domain } = signature;
  const rate = quality.success_rate;
  return [pattern_id, version, purpose, intent, domain, facets, rate, derived_from, published];
}

function versionOf(row: VersionRow): IndexedVersion {
  const [pattern_id, version, purpose, intent, domain, facets, success_rate, derived_from, published] = row;
  const record = { signature: { purpose, intent, domain }, facets, quality: { success_rate }, derived_from };
  return { pattern_id, version, record, published };
}

function isRow(value: unknown): value is VersionRow {
  if (!Array.isArray(value) || value.length !== 9) return false;
  const row: readonly unknown[] = value;
  return (
    [row[0], row[1], row[2], row[4]].every((text) => typeof text === 'string') &&
    INTENT_SET.has(row[3]) &&
    typeof row[5] === 'object' &&
    row[5] !== null &&
    isStrings(Object.values(row[5])) &&
    Number.isFinite(row[6]) &&
    isStrings(row[7]) &&
    STATUS_SET.has(row[8])
  );
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
