import * as v from 'valibot';
import { sha256Hex } from '../../canon/sha256.ts';
import { uuid5 } from '../../canon/uuid5.ts';
import {
  type BankHeader,
  encodeBody,
  type Publication,
  readBankHeader,
  withBody,
  writeBankHeader,
} from '../../documents/bank-document.ts';
import { PatternIdShape, VersionShape } from '../../documents/shapes.ts';
import { PatternsError } from '../../model/error.ts';
import { formatRef, type Pattern, type PatternRef } from '../../model/pattern.ts';
import type { Published } from '../pattern-bank.ts';
import type { Point, SparseVector, StoredPoint } from './connection.ts';

// The point of a published version. What counts is `header`, the canonical text whose digests are checked, and `body`; the
// other keys repeat parts of the header for filters, and are never read back.

const NAMESPACE = '5f2b8a64-3c1d-5e0f-9b7a-c4d2e6f80a13';

/** A header is some kilobytes; a server that sends more is not believed. */
const MAX_HEADER_CHARACTERS = 4 * 1024 * 1024;

export const HEADER_KEYS = ['pattern_id', 'version', 'header'];

const HeaderPayloadShape = v.object({
  pattern_id: PatternIdShape,
  version: VersionShape,
  header: v.pipe(v.string(), v.maxLength(MAX_HEADER_CHARACTERS, 'is too long')),
});
const BodyPayloadShape = v.object({ body: v.unknown() });

/** What a version is found by. A vector that could not be made is left out. */
export interface PatternIndex {
  readonly purpose: Float32Array | undefined;
  readonly body: Float32Array | undefined;
  /** How often each term occurs. */
  readonly terms: ReadonlyMap<string, number>;
}

/** Says what versions are found by on the server. */
export type PatternIndexer = (patterns: readonly Pattern[]) => Promise<readonly PatternIndex[]>;

/** UUIDv5 of a name of ours. */
export function pointId(name: string): string {
  return uuid5(NAMESPACE, name);
}

function patternPoint(pattern: Pattern, published: Publication, index: PatternIndex): Point {
  const { pattern_id, version } = pattern.frozen;
  const { signature, facets, quality } = pattern.record;
  return {
    id: pointId(formatRef(pattern.frozen)),
    vector: vectorsOf(index),
    payload: {
      pattern_id,
      version,
      header: writeBankHeader(pattern, published),
      body: encodeBody(pattern.body),
      domain: signature.domain,
      intent: signature.intent,
      facets: Object.entries(facets).map(([name, value]) => `${name}=${value}`),
      security_level: quality.security_level,
      published_status: published.status,
    },
  };
}

const NO_INDEX: PatternIndex = { purpose: undefined, body: undefined, terms: new Map() };

/** The points of versions, as they are inserted. */
export async function indexedPoints(
  versions: readonly Published[],
  indexOf: PatternIndexer,
): Promise<readonly Point[]> {
  const indexes = await indexOf(versions.map(({ pattern }) => pattern));
  return versions.map(({ pattern, published }, i) =>
    patternPoint(pattern, published, indexes[i] ?? NO_INDEX),
  );
}

function vectorsOf({ purpose, body, terms }: PatternIndex): Point['vector'] {
  return {
    ...(purpose === undefined ? {} : { purpose: numbersOf(purpose) }),
    ...(body === undefined ? {} : { body: numbersOf(body) }),
    ...(terms.size === 0 ? {} : { lexical: sparseOf(terms) }),
  };
}

/** Nine digits say which float32 it was. */
function numbersOf(vector: Float32Array): number[] {
  return Array.from(vector, (x) => Number(x.toPrecision(9)));
}

/** A term's place is 32 bits of its hash; terms that share one are added up. */
function sparseOf(terms: ReadonlyMap<string, number>): SparseVector {
  const places = new Map<number, number>();
  for (const [term, count] of terms) {
    const place = Number.parseInt(sha256Hex(term).slice(0, 8), 16);
    places.set(place, (places.get(place) ?? 0) + count);
  }
  const sorted = [...places].toSorted(([a], [b]) => a - b);
  return { indices: sorted.map(([place]) => place), values: sorted.map(([, count]) => count) };
}

/**
 * Reads the header of a point, which is not trusted.
 * @throws PatternsError BANK_CORRUPT naming the pattern
 */
export function readHeader(point: StoredPoint, address: string): BankHeader {
  const found = v.safeParse(HeaderPayloadShape, point.payload);
  if (!found.success) {
    const [issue] = found.issues;
    throw unreadable(point, `${v.getDotPath(issue) ?? 'the payload'}: ${issue.message.split('\n')[0] ?? ''}`);
  }
  const { pattern_id, version, header } = found.output;
  const ref = { pattern_id, version };
  if (point.id !== pointId(formatRef(ref)))
    throw unreadable(point, `it is not the point of ${formatRef(ref)}`);
  return readBankHeader(header, `${address}/${formatRef(ref)}`, ref);
}

/** Reads a point with its body. */
export function readPattern(point: StoredPoint, address: string): Pattern {
  return readPublished(point, address).pattern;
}

/** Reads a point with its body and its publication. */
export function readPublished(point: StoredPoint, address: string): Published {
  const header = readHeader(point, address);
  const found = v.safeParse(BodyPayloadShape, point.payload);
  const pattern = withBody(header, found.success ? found.output.body : undefined);
  return { pattern, published: header.published };
}

/** Names a pattern as far as a point that cannot be read lets on, and in printable characters. */
function unreadable(point: StoredPoint, why: string): PatternsError {
  const named = v.safeParse(v.object({ pattern_id: v.string(), version: v.string() }), point.payload);
  const name = named.success ? printable(formatRef(named.output)) : `point ${printable(point.id)}`;
  return new PatternsError('BANK_CORRUPT', `the bank's ${name} cannot be read: ${printable(why)}`, {
    hint: 'Restore the bank from an export, or publish the version again into a new bank.',
    details: { pattern: name, point: printable(point.id) },
  });
}

function printable(text: string): string {
  const short = text.length > 160 ? `${text.slice(0, 160)}…` : text;
  return short.replace(/[^\P{C}]/gu, '\uFFFD');
}

/** The reference that a pattern point stands for, as its payload says. */
export function refOf(header: BankHeader): PatternRef {
  const { pattern_id, version } = header.frozen;
  return { pattern_id, version };
}
