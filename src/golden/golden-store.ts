import { join } from 'node:path';
import {
  readFrozenPattern,
  readPatternRecord,
  writeFrozenPattern,
  writePatternRecord,
} from '../documents/pattern-document.ts';
import { jsonSource } from '../documents/plain-source.ts';
import type { Host } from '../host/host.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import {
  formatRef,
  type FrozenPattern,
  type Pattern,
  type PatternRecord,
  type PatternRef,
} from '../model/pattern.ts';
import { BlobStore } from './blob-store.ts';

/** Merges of lockfiles are unions of lines; blobs are bytes. Written beside them, so that any repository obeys. */
const GIT_ATTRIBUTES = `# Written by patterns: blobs are bytes, lockfiles merge line by line.
/blobs/** -text
*.lock merge=union text eol=lf
*.resolutions.jsonl merge=union text eol=lf
`;

/** Frozen patterns, their bodies, their records and normalised specs, by digest. */
export class GoldenStore {
  readonly folder: string;
  readonly blobs: BlobStore;
  readonly #host: Host;

  /** @param label how messages call the folder */
  constructor(host: Host, folder: string, label: string) {
    this.#host = host;
    this.folder = folder;
    this.blobs = new BlobStore(host, folder, label);
  }

  /**
   * Stores what is attached, then bodies, then records, then frozen patterns: a frozen pattern never lacks its body.
   * @param attached other blobs that the lock names, or a record
   */
  async freeze(patterns: readonly Pattern[], attached: readonly Uint8Array[]): Promise<void> {
    await this.blobs.putAll([
      ...attached,
      ...patterns.map((pattern) => pattern.body),
      ...patterns.map(({ record }) => Buffer.from(writePatternRecord(record), 'utf8')),
      ...patterns.map(({ frozen }) => Buffer.from(writeFrozenPattern(frozen), 'utf8')),
    ]);
  }

  /**
   * @throws PatternsError BLOB_MISSING, BLOB_CORRUPT; PATTERN_MISMATCH when the blob is that of another version
   */
  frozen(ref: PatternRef, digest: Digest): FrozenPattern {
    const bytes = this.blobs.read(digest, `the frozen pattern ${formatRef(ref)}`);
    const frozen = readFrozenPattern(jsonSource(bytes, this.blobs.name(digest)));
    if (frozen.pattern_id === ref.pattern_id && frozen.version === ref.version) return frozen;
    throw new PatternsError('PATTERN_MISMATCH', `${digest} is ${formatRef(frozen)}, not ${formatRef(ref)}`, {
      hint: 'The line that names the digest was changed; restore it from version control.',
      details: { expected: formatRef(ref), found: formatRef(frozen), digest },
    });
  }

  body(frozen: FrozenPattern): Uint8Array {
    return this.blobs.read(frozen.body, `the body of ${formatRef(frozen)}`);
  }

  record(ref: PatternRef, digest: Digest): PatternRecord {
    const bytes = this.blobs.read(digest, `the record of ${formatRef(ref)}`);
    return readPatternRecord(jsonSource(bytes, this.blobs.name(digest)));
  }

  /** Writes the .gitattributes that blobs and lockfiles need, unless the folder has one. */
  writeGitAttributes(): void {
    const { fs, writer } = this.#host;
    fs.makeFolder(this.folder);
    writer.sweep(this.folder);
    const path = join(this.folder, '.gitattributes');
    if (fs.stat(path) === undefined)
      writer.replace(path, Buffer.from(GIT_ATTRIBUTES, 'utf8'), { mode: 0o644, durable: true });
  }
}
