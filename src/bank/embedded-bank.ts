import { join } from 'node:path';
import type * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256 } from '../canon/sha256.ts';
import {
  type BankDocument,
  documentDigest,
  readBankDocument,
  writeBankDocument,
} from '../documents/bank-document.ts';
import { OutcomeShape, PublicationShape, ReleaseShape, StatusChangeShape } from '../documents/bank-rows.ts';
import type { Host } from '../host/host.ts';
import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';
import { addOutcome, NO_OUTCOMES, type Outcome, type OutcomeCounts } from '../model/outcome.ts';
import { formatRef, type Pattern, type PatternRef, type Status } from '../model/pattern.ts';
import type { Release } from '../model/release.ts';
import { Journal } from './journal.ts';
import type {
  BankContent,
  BankDescription,
  BankEntry,
  Marks as VersionMarks,
  PatternBank,
  Published,
  PublishOptions,
  PublishOutcome,
  RecordReport,
  ReleaseOutcome,
  StatusChange,
} from './pattern-bank.ts';

// A bank in a folder:
//   patterns/<pattern_id>/<version>.json   one canonical document a version, written once
//   history.jsonl                          changes of status, appended
//   outcomes.jsonl                         observations, appended; of equal ids the first stands
//   publications.jsonl                     versions about to be published, appended before their documents are written, so that
//                                          what is derived from the documents can tell that it is stale
//   releases.jsonl                         named sets of versions, appended; of equal names the first stands
// A person can read and diff it; two processes can write it at once.

const PUBLICATIONS = 'publications.jsonl';
/** The formatVersion of its documents. */
const SCHEMA = 1;
const NEWLINE = 0x0a;

export class EmbeddedBank implements PatternBank {
  readonly address: string;
  readonly #host: Host;
  readonly #folder: string;
  readonly #history: Journal<StatusChange>;
  readonly #outcomes: Journal<Outcome>;
  readonly #releases: Journal<Release>;
  readonly #publications: Journal<PatternRef>;
  readonly content: BankContent;

  /** @param address how messages call the bank, for example `file:.patterns/bank` */
  constructor(host: Host, folder: string, address: string) {
    this.#host = host;
    this.#folder = folder;
    this.address = address;
    this.#history = this.#journal('history.jsonl', StatusChangeShape);
    this.#outcomes = this.#journal('outcomes.jsonl', OutcomeShape);
    this.#releases = this.#journal('releases.jsonl', ReleaseShape);
    this.#publications = this.#journal(PUBLICATIONS, PublicationShape);
    this.content = {
      mark: () => this.#contentMark(),
      since: (mark, knew) => this.#since(mark, knew),
      announced: () => this.#publications.rows(),
      marks: () => this.#allMarks(),
    };
  }

  sweep(): void {
    for (const pattern_id of this.#patternIds(''))
      this.#host.writer.sweep(join(this.#folder, 'patterns', pattern_id));
  }

  async publish(patterns: readonly Pattern[], options: PublishOptions): Promise<readonly PublishOutcome[]> {
    return this.restore(patterns.map((pattern) => ({ pattern, published: options })));
  }

  async restore(versions: readonly Published[]): Promise<readonly PublishOutcome[]> {
    this.#announce(versions.map(({ pattern }) => pattern.frozen));
    return versions.map((version) => this.#publishOne(version));
  }

  async versionsOf(patternIds: readonly string[]): Promise<readonly BankEntry[]> {
    const marks = this.#marks();
    const refs = [...new Set(patternIds)].flatMap((pattern_id) => this.#versions(pattern_id));
    return refs.flatMap((ref) => this.#entry(ref, marks) ?? []);
  }

  async *entries(): AsyncIterable<BankEntry> {
    const marks = this.#marks();
    for (const pattern_id of this.#patternIds('')) {
      for (const ref of this.#versions(pattern_id)) {
        const entry = this.#entry(ref, marks);
        if (entry !== undefined) yield entry;
      }
    }
  }

  async fetch(refs: readonly PatternRef[]): Promise<readonly (Pattern | undefined)[]> {
    return refs.map((ref) => this.#read(ref)?.pattern);
  }

  async setStatus(change: StatusChange): Promise<void> {
    this.#history.append([change]);
  }

  async history(ref: PatternRef): Promise<readonly StatusChange[]> {
    const document = this.#read(ref);
    if (document === undefined) return [];
    const { at, status } = document.published;
    const first: StatusChange = {
      pattern_id: ref.pattern_id,
      version: ref.version,
      at,
      from: null,
      to: status,
      reason: 'published',
    };
    return [first, ...this.#history.rows().filter((change) => formatRef(change) === formatRef(ref))];
  }

  async *changes(): AsyncIterable<StatusChange> {
    yield* this.#history.rows();
  }

  async record(outcomes: readonly Outcome[]): Promise<RecordReport> {
    const known = new Set(this.#outcomes.rows().map(({ id }) => id));
    const unknown = firstOfEach(outcomes, ({ id }) => id).filter(({ id }) => !known.has(id));
    this.#outcomes.append(unknown);
    return { recorded: unknown.length, known: outcomes.length - unknown.length };
  }

  async *outcomes(): AsyncIterable<Outcome> {
    yield* firstOfEach(this.#outcomes.rows(), ({ id }) => id);
  }

  async release(release: Release): Promise<ReleaseOutcome> {
    const before = this.#released(release.name);
    if (before === undefined) this.#releases.append([release]);
    // Of two processes that append one name at once, the one that comes first in the file wins.
    const standing = before ?? this.#released(release.name) ?? release;
    if (canonicalJson(standing.versions) !== canonicalJson(release.versions))
      return { kind: 'conflict', release: standing };
    return { kind: before === undefined ? 'released' : 'known', release: standing };
  }

  async releases(): Promise<readonly Release[]> {
    const all = firstOfEach(this.#releases.rows(), ({ name }) => name);
    return all.toSorted((a, b) => compareBytes(a.name, b.name));
  }

  async describe(): Promise<BankDescription> {
    return { kind: 'embedded', schema: SCHEMA, server: null, embedder: null, index: null };
  }

  /** Nothing is derived: counts and statuses are read off the journals each time. */
  async reindex(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}

  #released(name: string): Release | undefined {
    return this.#releases.rows().find((row) => row.name === name);
  }

  #journal<Row>(name: string, shape: v.GenericSchema<unknown, Row>): Journal<Row> {
    return new Journal(this.#host, join(this.#folder, name), `${this.address}/${name}`, shape);
  }

  #announce(refs: readonly PatternRef[]): void {
    const fresh = refs.filter((ref) => this.#host.fs.stat(this.#path(ref)) === undefined);
    this.#publications.append(fresh.map(({ pattern_id, version }) => ({ pattern_id, version })));
  }

  /** The journal of publications, and the names of the folders, so that a folder put there by hand is noticed. */
  #contentMark(): string {
    const bytes = this.#publicationBytes();
    return `${bytes.byteLength} ${sha256(bytes)} ${sha256(this.#folderNames().join('\n'))}`;
  }

  #since(mark: string, knew: (folder: string) => boolean): readonly PatternRef[] | undefined {
    const [size = '', announced, names] = mark.split(' ');
    const bytes = this.#publicationBytes();
    const before = bytes.subarray(0, Number(size));
    const isWhole = before.byteLength === 0 || before.at(-1) === NEWLINE;
    if (before.byteLength !== Number(size) || !isWhole || sha256(before) !== announced) return undefined;
    const fresh = this.#publications.rowsBehind(bytes, before.byteLength);
    const folders = new Set(fresh.map(({ pattern_id }) => pattern_id.split('/', 1)[0]));
    const old = this.#folderNames().filter((name) => !folders.has(name) || knew(name));
    return sha256(old.join('\n')) === names ? fresh : undefined;
  }

  #publicationBytes(): Uint8Array {
    const path = join(this.#folder, PUBLICATIONS);
    return this.#host.fs.stat(path)?.kind === 'file' ? this.#host.fs.readFile(path) : new Uint8Array(0);
  }

  #folderNames(): readonly string[] {
    const folder = join(this.#folder, 'patterns');
    return this.#host.fs.stat(folder)?.kind === 'folder' ? this.#host.fs.readFolder(folder) : [];
  }

  #allMarks(): ReadonlyMap<string, Partial<VersionMarks>> {
    const { statuses, counts } = this.#marks();
    const refs = new Set([...statuses.keys(), ...counts.keys()]);
    return new Map(
      [...refs].map((ref) => {
        const [status, count] = [statuses.get(ref), counts.get(ref)];
        return [
          ref,
          { ...(status === undefined ? {} : { status }), ...(count === undefined ? {} : { counts: count }) },
        ];
      }),
    );
  }

  #publishOne({ pattern, published }: Published): PublishOutcome {
    const { pattern_id, version } = pattern.frozen;
    const ref = { pattern_id, version };
    const path = this.#path(ref);
    const folder = join(path, '..');
    const { fs, writer } = this.#host;
    fs.makeFolder(folder);
    writer.sweep(folder);
    const digest = documentDigest(pattern);
    const bytes = Buffer.from(writeBankDocument(pattern, published), 'utf8');
    if (fs.stat(path) === undefined && writer.create(path, bytes, { mode: 0o644, durable: true })) {
      return { kind: 'published', ref, documentDigest: digest };
    }
    const existing = this.#read(ref);
    if (existing === undefined)
      throw new PatternsError(
        'BANK_CORRUPT',
        `${formatRef(ref)} vanished from ${this.address} while it was published`,
      );
    if (existing.documentDigest === digest) return { kind: 'unchanged', ref, documentDigest: digest };
    return { kind: 'conflict', ref, documentDigest: digest, existing: existing.documentDigest };
  }

  #entry(ref: PatternRef, marks: Marks): BankEntry | undefined {
    const document = this.#read(ref);
    if (document === undefined) return undefined;
    return {
      ...ref,
      digest: document.digest,
      documentDigest: document.documentDigest,
      body: document.pattern.frozen.body,
      record: document.pattern.record,
      published: document.published,
      status: marks.statuses.get(formatRef(ref)) ?? document.published.status,
      counts: marks.counts.get(formatRef(ref)) ?? NO_OUTCOMES,
    };
  }

  #read(ref: PatternRef): BankDocument | undefined {
    const path = this.#path(ref);
    if (this.#host.fs.stat(path) === undefined) return undefined;
    return readBankDocument(this.#host.fs.readFile(path), this.#label(ref), ref);
  }

  #marks(): Marks {
    const counts = new Map<string, OutcomeCounts>();
    for (const outcome of firstOfEach(this.#outcomes.rows(), ({ id }) => id)) {
      const key = formatRef(outcome);
      counts.set(key, addOutcome(counts.get(key) ?? NO_OUTCOMES, outcome));
    }
    const statuses = new Map(this.#history.rows().map((change) => [formatRef(change), change.to]));
    return { statuses, counts };
  }

  #versions(pattern_id: string): readonly PatternRef[] {
    const folder = join(this.#folder, 'patterns', pattern_id);
    if (this.#host.fs.stat(folder)?.kind !== 'folder') return [];
    const versions = this.#host.fs
      .readFolder(folder)
      .flatMap((name) => /^(\d.*)\.json$/.exec(name)?.[1] ?? []);
    // The order of file names is another one: `1.2.0.json` comes after `1.2.0-rc.1.json`.
    return versions.toSorted(compareBytes).map((version) => ({ pattern_id, version }));
  }

  #patternIds(prefix: string): readonly string[] {
    const { fs } = this.#host;
    const folder = join(this.#folder, 'patterns', prefix);
    if (fs.stat(folder)?.kind !== 'folder') return [];
    const names = fs.readFolder(folder).filter((name) => fs.stat(join(folder, name))?.kind === 'folder');
    const ids = names.map((name) => (prefix === '' ? name : `${prefix}/${name}`));
    const nested = prefix === '' ? names.flatMap((name) => this.#patternIds(name)) : [];
    return [...ids, ...nested].toSorted(compareBytes);
  }

  #path(ref: PatternRef): string {
    return join(this.#folder, 'patterns', ref.pattern_id, `${ref.version}.json`);
  }

  #label(ref: PatternRef): string {
    return `${this.address}/patterns/${ref.pattern_id}/${ref.version}.json`;
  }
}

/** What the histories say of the versions, by `id@version`. */
interface Marks {
  readonly statuses: ReadonlyMap<string, Status>;
  readonly counts: ReadonlyMap<string, OutcomeCounts>;
}

/** Of the items with one key, the first; in the order given. */
function firstOfEach<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
