import * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256, sha256Json } from '../canon/sha256.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import {
  type FrozenPattern,
  formatRef,
  MAX_BODY_BYTES,
  type Pattern,
  type PatternRecord,
  type PatternRef,
  type Status,
} from '../model/pattern.ts';
import {
  readFrozenPattern,
  readPatternRecord,
  writeFrozenPattern,
  writePatternRecord,
} from './pattern-document.ts';
import { parseJson } from './json-text.ts';
import { jsonSource, plainSource } from './plain-source.ts';
import { decode, strict } from './shape.ts';
import { DigestShape, JsonObjectShape, TimestampShape } from './shapes.ts';

// One published version, as a bank keeps it and as `bank export` writes it: a header and a body. `digest` covers frozen
// pattern (which names its body by digest) and record; what the bank adds (`published`) is in no digest. The embedded bank
// keeps both in one document, Qdrant in two, so that a list of versions need not carry their bodies.

const headerEntries = {
  formatVersion: v.literal(1),
  digest: DigestShape,
  frozen: JsonObjectShape,
  record: JsonObjectShape,
  published: strict({ at: TimestampShape, status: v.picklist(['production', 'candidate']) }),
};
const BodyShape = strict({ encoding: v.picklist(['utf8', 'base64']), data: v.string() });
const BankHeaderShape = strict(headerEntries);
const BankDocumentShape = strict({ ...headerEntries, body: BodyShape });

export interface Publication {
  readonly at: string;
  readonly status: Extract<Status, 'production' | 'candidate'>;
}

export interface BankDocument {
  readonly pattern: Pattern;
  /** Digest of the frozen pattern. */
  readonly digest: Digest;
  readonly documentDigest: Digest;
  readonly published: Publication;
}

/** The digest of the frozen pattern: what a lockfile pins. */
export function frozenDigest(pattern: Pattern): Digest {
  return sha256(writeFrozenPattern(pattern.frozen));
}

/** The digest of the record: the `quality` of a lockfile line. */
export function recordDigest(record: PatternRecord): Digest {
  return sha256(writePatternRecord(record));
}

/** What two publications of one version must have in common. */
export function documentDigest(pattern: Pick<Pattern, 'frozen' | 'record'>): Digest {
  return sha256Json({
    frozen: writeFrozenPattern(pattern.frozen),
    record: writePatternRecord(pattern.record),
  });
}

/** A version without its body. */
export interface BankHeader {
  readonly frozen: FrozenPattern;
  readonly record: PatternRecord;
  /** Digest of the frozen pattern. */
  readonly digest: Digest;
  readonly documentDigest: Digest;
  readonly published: Publication;
}

export type EncodedBody = v.InferOutput<typeof BodyShape>;

export function writeBankDocument(pattern: Pattern, published: Publication): string {
  return canonicalJson({ ...headerOf(pattern, published), body: encodeBody(pattern.body) });
}

export function writeBankHeader(pattern: Pattern, published: Publication): string {
  return canonicalJson(headerOf(pattern, published));
}

function headerOf(pattern: Pattern, published: Publication): object {
  const frozen: unknown = JSON.parse(writeFrozenPattern(pattern.frozen));
  return {
    formatVersion: 1,
    digest: documentDigest(pattern),
    frozen,
    record: pattern.record,
    published,
  };
}

/**
 * Reads a document of a bank, which is not trusted: the body must match its digest, the whole its own, and the version
 * must be the one that was asked for.
 *
 * @throws PatternsError BANK_CORRUPT naming the pattern, expected and found
 */
export function readBankDocument(bytes: Uint8Array, file: string, asked: PatternRef): BankDocument {
  const { body, ...rest } = attempt(formatRef(asked), () =>
    decode(BankDocumentShape, jsonSource(bytes, file), 'PATTERN_INVALID'),
  );
  const header = checkHeader(rest, file, asked);
  return { ...header, pattern: withBody(header, body) };
}

/** Reads a version without its body, as `readBankDocument` does. */
export function readBankHeader(text: string, file: string, asked: PatternRef): BankHeader {
  const header = attempt(formatRef(asked), () =>
    decode(BankHeaderShape, plainSource(parseJson(text, file), file), 'PATTERN_INVALID'),
  );
  return checkHeader(header, file, asked);
}

/**
 * The pattern of a header and of a body that came with it.
 * @throws PatternsError BANK_CORRUPT naming the pattern, when the body is not the one that the header names
 */
export function withBody(header: BankHeader, encoded: unknown): Pattern {
  const name = formatRef(header.frozen);
  const shaped = attempt(name, () => decode(BodyShape, plainSource(encoded, name), 'PATTERN_INVALID'));
  if (shaped.data.length > MAX_BODY_BYTES * 2)
    throw corrupt(name, 'the limit of a body', `${MAX_BODY_BYTES} bytes`, `${shaped.data.length} characters`);
  const body = new Uint8Array(Buffer.from(shaped.data, shaped.encoding));
  const found = sha256(body);
  if (header.frozen.body !== found) throw corrupt(name, 'its body', header.frozen.body, found);
  return { frozen: header.frozen, record: header.record, body };
}

function checkHeader(
  { frozen, record, digest, published }: v.InferOutput<typeof BankHeaderShape>,
  file: string,
  asked: PatternRef,
): BankHeader {
  const name = formatRef(asked);
  const parts = attempt(name, () => ({
    frozen: readFrozenPattern(plainSource(frozen, file)),
    record: readPatternRecord(plainSource(record, file)),
  }));
  const found = formatRef(parts.frozen);
  if (found !== name) throw corrupt(name, 'its id and version', name, found);
  const actual = documentDigest(parts);
  if (actual !== digest) throw corrupt(name, 'its content', digest, actual);
  return { ...parts, digest: sha256(writeFrozenPattern(parts.frozen)), documentDigest: actual, published };
}

function attempt<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    throw new PatternsError(
      'BANK_CORRUPT',
      `the bank's document of ${name} cannot be read: ${cause.message}`,
      {
        place: cause.place,
        hint: HINT,
        details: { pattern: name },
        cause,
      },
    );
  }
}

const HINT = 'Restore the bank from an export, or publish the version again into a new bank.';

function corrupt(name: string, what: string, expected: string, found: string): PatternsError {
  return new PatternsError(
    'BANK_CORRUPT',
    `the bank's ${name} does not match ${what}: expected ${expected}, found ${found}`,
    {
      hint: HINT,
      details: { pattern: name, expected, found },
    },
  );
}

/** Text stays readable; bytes that are no UTF-8 text are base64. */
export function encodeBody(body: Uint8Array): EncodedBody {
  const text = Buffer.from(body).toString('utf8');
  if (Buffer.from(text, 'utf8').equals(body)) return { encoding: 'utf8', data: text };
  return { encoding: 'base64', data: Buffer.from(body).toString('base64') };
}
