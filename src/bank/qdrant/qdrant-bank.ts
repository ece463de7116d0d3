import { canonicalJson } from '../../canon/canonical-json.ts';
import { NumberedStatusChangeShape, OutcomeShape, ReleaseShape } from '../../documents/bank-rows.ts';
import { documentDigest } from '../../documents/bank-document.ts';
import { compareBytes } from '../../model/byte-order.ts';
import { PatternsError } from '../../model/error.ts';
import { addOutcome, NO_OUTCOMES, type Outcome, type OutcomeCounts } from '../../model/outcome.ts';
import { formatRef, type Pattern, type PatternRef, type Status } from '../../model/pattern.ts';
import type { Release } from '../../model/release.ts';
import type {
  BankDescription,
  BankEntry,
  PatternBank,
  Published,
  PublishOptions,
  PublishOutcome,
  RecordReport,
  ReleaseOutcome,
  StatusChange,
} from '../pattern-bank.ts';
import { type Collections, SCHEMA } from './collections.ts';
import type { Connection, Filter, StoredPoint } from './connection.ts';
import {
  HEADER_KEYS,
  indexedPoints,
  type PatternIndexer,
  pointId,
  readHeader,
  readPattern,
  refOf,
} from './pattern-point.ts';
import { reindex } from './reindex.ts';
import { RowCollection } from './row-collection.ts';
import { scroll } from './scroll.ts';

type NumberedChange = StatusChange & { readonly sequence: number };

const PAGE = 500;
const BODIES = 50;
const BATCH = 100;
/** How often two processes may change the status of one version at once before one gives up. */
const TRIES = 20;

export interface QdrantBankParts {
  readonly connection: Connection;
  readonly collections: Collections;
  /** What a version is found by on the server. */
  readonly indexOf: PatternIndexer;
}

/**
 * A bank on a Qdrant server. Versions and rows are inserted and never changed: an insert that finds its point there leaves it,
 * so of two that come at once one stands, and each reads back which.
 */
export class QdrantBank implements PatternBank {
  readonly address: string;
  readonly #connection: Connection;
  readonly #collections: Collections;
  readonly #indexOf: PatternIndexer;
  readonly #history: RowCollection<NumberedChange>;
  readonly #outcomes: RowCollection<Outcome>;
  readonly #releases: RowCollection<Release>;

  constructor({ connection, collections, indexOf }: QdrantBankParts) {
    this.address = connection.address;
    this.#connection = connection;
    this.#collections = collections;
    this.#indexOf = indexOf;
    this.#history = new RowCollection(
      connection,
      collections.rows('history'),
      NumberedStatusChangeShape,
      nameOfChange,
    );
    this.#outcomes = new RowCollection(
      connection,
      collections.rows('outcomes'),
      OutcomeShape,
      ({ id }) => `outcome/${id}`,
    );
    this.#releases = new RowCollection<Release>(
      connection,
      collections.rows('releases'),
      ReleaseShape,
      nameOfRelease,
    );
  }

  async publish(patterns: readonly Pattern[], options: PublishOptions): Promise<readonly PublishOutcome[]> {
    const published = { at: options.at, status: options.status };
    return this.restore(patterns.map((pattern) => ({ pattern, published })));
  }

  async restore(versions: readonly Published[]): Promise<readonly PublishOutcome[]> {
    if (versions.length === 0) return [];
    await this.#collections.ensure();
    const before = await this.#headers(versions.map(({ pattern }) => pattern.frozen));
    const fresh = firstOfEach(versions, ({ pattern }) => formatRef(pattern.frozen)).filter(
      ({ pattern }) => !before.has(formatRef(pattern.frozen)),
    );
    for (let at = 0; at < fresh.length; at += BATCH) {
      const points = await indexedPoints(fresh.slice(at, at + BATCH), this.#indexOf);
      await this.#connection.insert(this.#collections.patterns, points);
    }
    const after = await this.#headers(fresh.map(({ pattern }) => pattern.frozen));
    const seen = new Set<string>();
    return versions.map(({ pattern }): PublishOutcome => {
      const { pattern_id, version } = pattern.frozen;
      const ref = { pattern_id, version };
      const key = formatRef(ref);
      const digest = documentDigest(pattern);
      const standing = after.get(key) ?? before.get(key);
      if (standing === undefined)
        throw new PatternsError(
          'BANK_CORRUPT',
          `${key} vanished from ${this.address} while it was published`,
        );
      if (standing !== digest) return { kind: 'conflict', ref, documentDigest: digest, existing: standing };
      const isNew = !before.has(key) && !seen.has(key);
      seen.add(key);
      return { kind: isNew ? 'published' : 'unchanged', ref, documentDigest: digest };
    });
  }

  async versionsOf(patternIds: readonly string[]): Promise<readonly BankEntry[]> {
    const ids = [...new Set(patternIds)];
    if (ids.length === 0 || !(await this.#collections.exist())) return [];
    return this.#entries({ must: [{ key: 'pattern_id', match: { any: ids } }] });
  }

  async *entries(): AsyncIterable<BankEntry> {
    if (await this.#collections.exist()) yield* await this.#entries(undefined);
  }

  async fetch(refs: readonly PatternRef[]): Promise<readonly (Pattern | undefined)[]> {
    if (refs.length === 0 || !(await this.#collections.exist())) return refs.map(() => undefined);
    const found = new Map<string, Pattern>();
    const ids = [...new Set(refs.map((ref) => pointId(formatRef(ref))))];
    for (let at = 0; at < ids.length; at += BODIES) {
      const wanted = { payload: { include: [...HEADER_KEYS, 'body'] } };
      const points = await this.#connection.retrieve(
        this.#collections.patterns,
        ids.slice(at, at + BODIES),
        wanted,
      );
      for (const point of points) found.set(point.id, readPattern(point, this.address));
    }
    return refs.map((ref) => found.get(pointId(formatRef(ref))));
  }

  async setStatus(change: StatusChange): Promise<void> {
    await this.#collections.ensure();
    for (let tries = 0; tries < TRIES; tries++) {
      const rows = await this.#changesOf(change);
      const row: NumberedChange = { ...change, sequence: (rows.at(-1)?.sequence ?? 0) + 1 };
      await this.#history.insert([{ ...row }]);
      const standing = await this.#history.get(nameOfChange(row));
      if (standing !== undefined && canonicalJson(standing) === canonicalJson(row)) return;
    }
    throw new PatternsError(
      'BANK_UNREACHABLE',
      `the status of ${formatRef(change)} is changed by too many at once`,
      {
        hint: 'Try again.',
      },
    );
  }

  async history(ref: PatternRef): Promise<readonly StatusChange[]> {
    if (!(await this.#collections.exist())) return [];
    const [point] = await this.#points([ref]);
    if (point === undefined) return [];
    const { at, status } = readHeader(point, this.address).published;
    const { pattern_id, version } = ref;
    const first: StatusChange = { pattern_id, version, at, from: null, to: status, reason: 'published' };
    return [first, ...(await this.#changesOf(ref)).map(unnumbered)];
  }

  async *changes(): AsyncIterable<StatusChange> {
    if (!(await this.#collections.exist())) return;
    const rows = (await this.#history.all()).toSorted((a, b) => a.sequence - b.sequence);
    yield* rows.map(unnumbered);
  }

  async record(outcomes: readonly Outcome[]): Promise<RecordReport> {
    if (outcomes.length === 0) return { recorded: 0, known: 0 };
    await this.#collections.ensure();
    const unique = firstOfEach(outcomes, ({ id }) => id);
    const known = await this.#outcomes.known(unique.map(({ id }) => `outcome/${id}`));
    const fresh = unique.filter(({ id }) => !known.has(`outcome/${id}`));
    await this.#outcomes.insert(fresh.map((outcome) => ({ ...outcome })));
    return { recorded: fresh.length, known: outcomes.length - fresh.length };
  }

  async *outcomes(): AsyncIterable<Outcome> {
    if (await this.#collections.exist()) yield* await this.#outcomes.all();
  }

  async release(release: Release): Promise<ReleaseOutcome> {
    await this.#collections.ensure();
    const before = await this.#releases.get(nameOfRelease(release));
    const versions = release.versions.map((version) => ({ ...version }));
    if (before === undefined) await this.#releases.insert([{ ...release, versions }]);
    const standing = before ?? (await this.#releases.get(nameOfRelease(release))) ?? release;
    if (canonicalJson(standing.versions) !== canonicalJson(release.versions))
      return { kind: 'conflict', release: standing };
    return { kind: before === undefined ? 'released' : 'known', release: standing };
  }

  async releases(): Promise<readonly Release[]> {
    if (!(await this.#collections.exist())) return [];
    return (await this.#releases.all()).toSorted((a, b) => compareBytes(a.name, b.name));
  }

  async describe(): Promise<BankDescription> {
    const { patterns } = this.#collections;
    const there = await this.#collections.exist();
    const all = there ? await this.#connection.count(patterns) : 0;
    const present = there ? await this.#connection.count(patterns, { must: [{ has_vector: 'lexical' }] }) : 0;
    return {
      kind: 'qdrant',
      schema: SCHEMA,
      server: this.#connection.serverVersion,
      embedder: this.#collections.ownEmbedder,
      index: { present, missing: all - present },
    };
  }

  async reindex(): Promise<number> {
    return reindex({ connection: this.#connection, collections: this.#collections, indexOf: this.#indexOf });
  }

  async close(): Promise<void> {}

  /** The digests of those versions that are there. */
  async #headers(
    refs: readonly PatternRef[],
  ): Promise<ReadonlyMap<string, ReturnType<typeof documentDigest>>> {
    const headers = (await this.#points(refs)).map((point) => readHeader(point, this.address));
    return new Map(headers.map((header) => [formatRef(refOf(header)), header.documentDigest]));
  }

  async #points(refs: readonly PatternRef[]): Promise<readonly StoredPoint[]> {
    const ids = [...new Set(refs.map((ref) => pointId(formatRef(ref))))];
    const points: StoredPoint[] = [];
    for (let at = 0; at < ids.length; at += PAGE) {
      const wanted = { payload: { include: [...HEADER_KEYS] } };
      points.push(
        ...(await this.#connection.retrieve(this.#collections.patterns, ids.slice(at, at + PAGE), wanted)),
      );
    }
    return points;
  }

  async #entries(filter: Filter | undefined): Promise<readonly BankEntry[]> {
    const statuses = await this.#statuses();
    const counts = await this.#counts();
    const entries: BankEntry[] = [];
    const wanted = { payload: { include: [...HEADER_KEYS] } };
    for await (const point of scroll(this.#connection, this.#collections.patterns, filter, wanted, PAGE)) {
      const header = readHeader(point, this.address);
      const ref = refOf(header);
      const key = formatRef(ref);
      entries.push({
        ...ref,
        digest: header.digest,
        documentDigest: header.documentDigest,
        body: header.frozen.body,
        record: header.record,
        published: header.published,
        status: statuses.get(key) ?? header.published.status,
        counts: counts.get(key) ?? NO_OUTCOMES,
      });
    }
    return entries.sort(
      (a, b) => compareBytes(a.pattern_id, b.pattern_id) || compareBytes(a.version, b.version),
    );
  }

  async #statuses(): Promise<ReadonlyMap<string, Status>> {
    const last = new Map<string, NumberedChange>();
    for (const change of await this.#history.all()) {
      const key = formatRef(change);
      if ((last.get(key)?.sequence ?? 0) < change.sequence) last.set(key, change);
    }
    return new Map([...last].map(([key, change]) => [key, change.to]));
  }

  async #counts(): Promise<ReadonlyMap<string, OutcomeCounts>> {
    const counts = new Map<string, OutcomeCounts>();
    for (const outcome of await this.#outcomes.all()) {
      const key = formatRef(outcome);
      counts.set(key, addOutcome(counts.get(key) ?? NO_OUTCOMES, outcome));
    }
    return counts;
  }

  async #changesOf({ pattern_id, version }: PatternRef): Promise<readonly NumberedChange[]> {
    const rows: NumberedChange[] = [];
    const filter = { must: [{ key: 'pattern_id', match: { value: pattern_id } }] };
    for await (const row of this.#history.read(filter)) if (row.version === version) rows.push(row);
    return rows.sort((a, b) => a.sequence - b.sequence);
  }
}

function unnumbered({ pattern_id, version, at, from, to, reason }: NumberedChange): StatusChange {
  return { pattern_id, version, at, from, to, reason };
}

function nameOfChange({ pattern_id, version, sequence }: NumberedChange): string {
  return `history/${formatRef({ pattern_id, version })}/${sequence}`;
}

function nameOfRelease({ name }: Release): string {
  return `release/${name}`;
}

function firstOfEach<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const seen = new Set<string>();
  return items.filter((item) => !seen.has(keyOf(item)) && seen.add(keyOf(item)) !== undefined);
}
