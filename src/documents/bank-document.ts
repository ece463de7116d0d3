import * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256, sha256Json } from '../canon/sha256.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import {
  formatRef,
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
import { jsonSource, plainSource } from './plain-source.ts';
import { decode, strict } from './shape.ts';
import { DigestShape, JsonObjectShape, TimestampShape } from './shapes.ts';

// One published version, as a bank keeps it and as `bank export` writes it. `digest` covers frozen pattern (which names
// its body by digest) and record; what the bank adds (`published`) is in no digest.

const BankDocumentShape = strict({
  formatVersion: v.literal(1),
  digest: DigestShape,
  frozen: JsonObjectShape,
  record: JsonObjectShape,
  body: strict({ encoding: v.picklist(['utf8', 'base64']), data: v.string() }),
  published: strict({ at: TimestampShape, status: v.picklist(['production', 'candidate']) }),
});

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
export function documentDigest(pattern: Pattern): Digest {
  return sha256Json({
    frozen: writeFrozenPattern(pattern.frozen),
    record: writePatternRecord(pattern.record),
  });
}

export function writeBankDocument(pattern: Pattern, published: Publication): string {
  const frozen: unknown = JSON.parse(writeFrozenPattern(pattern.frozen));
  return canonicalJson({
    formatVersion: 1,
    digest: documentDigest(pattern),
    frozen,
    record: pattern.record,
    body: encodeBody(pattern.body),
    published,
  });
}

/**
 * Reads a document of a bank, which is not trusted: the body must match its digest, the whole its own, and the version
 * must be the one that was asked for.
 *
 * @throws PatternsError BANK_CORRUPT naming the pattern, expected and found
 */
export function readBankDocument(bytes: Uint8Array, file: string, asked: PatternRef): BankDocument {
  const name = formatRef(asked);
  const pattern = attempt(name, () => parse(bytes, file));
  const found = formatRef(pattern.pattern.frozen);
  if (found !== name) throw corrupt(name, 'its id and version', name, found);
  const bodyFound = sha256(pattern.pattern.body);
  const { body } = pattern.pattern.frozen;
  if (body !== bodyFound) throw corrupt(name, 'its body', body, bodyFound);
  const actual = documentDigest(pattern.pattern);
  if (actual !== pattern.stated) throw corrupt(name, 'its content', pattern.stated, actual);
  return {
    pattern: pattern.pattern,
    digest: frozenDigest(pattern.pattern),
    documentDigest: actual,
    published: pattern.published,
  };
}

function parse(
  bytes: Uint8Array,
  file: string,
): { pattern: Pattern; stated: Digest; published: Publication } {
  const { frozen, record, body, digest, published } = decode(
    BankDocumentShape,
    jsonSource(bytes, file),
    'PATTERN_INVALID',
  );
  const pattern = {
    frozen: readFrozenPattern(plainSource(frozen, file)),
    record: readPatternRecord(plainSource(record, file)),
    body: new Uint8Array(Buffer.from(body.data, body.encoding)),
  };
  return { pattern, stated: digest, published };
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
function encodeBody(body: Uint8Array): { encoding: 'utf8' | 'base64'; data: string } {
  const text = Buffer.from(body).toString('utf8');
  if (Buffer.from(text, 'utf8').equals(body)) return { encoding: 'utf8', data: text };
  return { encoding: 'base64', data: Buffer.from(body).toString('base64') };
}
