import { join } from 'node:path';
import * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import {
  type BankDocument,
  documentDigest,
  readBankDocument,
  writeBankDocument,
} from '../documents/bank-document.ts';
import { decodeText, parseJson } from '../documents/json-text.ts';
import { plainSource } from '../documents/plain-source.ts';
import { decode, matching, strict } from '../documents/shape.ts';
import {
  DigestShape,
  PatternIdShape,
  StatusShape,
  TimestampShape,
  VersionShape,
} from '../documents/shapes.ts';
import type { Host } from '../host/host.ts';
import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type Pattern, type PatternRef } from '../model/pattern.ts';
import type {
  BankEntry,
  Outcome,
  OutcomeCounts,
  PatternBank,
  PublishOptions,
  PublishOutcome,
  StatusChange,
} from './pattern-bank.ts';

// A bank in a folder:
//   patterns/<pattern_id>/<version>.json   one canonical document a version, written once
//   history.jsonl                          changes of status, appended
// A person can read and diff it; two processes can write it at once.

const StatusChangeShape = strict({
  pattern_id: PatternIdShape,
  version: VersionShape,
  at: TimestampShape,
  from: v.nullable(StatusShape),
  to: StatusShape,
  reason: v.string(),
});

const OutcomeShape = strict({
  id: matching(/^[0-9a-f]{64}$/, '64 hex digits'),
  pattern_id: PatternIdShape,
  version: VersionShape,
  kind: v.picklist(['usage', 'success', 'failure']),
  count: v.pipe(v.number(), v.integer(), v.minValue(1)),
  at: TimestampShape,
  generation: DigestShape,
  report: v.optional(DigestShape),
  environment: v.string(),
  evidence: v.string(),
});

const NO_COUNTS = { usage: 0, successes: 0, failures: 0 };

export class EmbeddedBank implements PatternBank {
  readonly address: string;
  readonly #host: Host;
  readonly #folder: string;

  /** @param address how messages call the bank, for example `file:.patterns/bank` */
  constructor(host: Host, folder: string, address: string) {
    this.#host = host;
    this.#folder = folder;
    this.address = address;
  }

  async publish(patterns: readonly Pattern[], options: PublishOptions): Promise<readonly PublishOutcome[]> {
    return patterns.map((pattern) => this.#publishOne(pattern, options));
  }

  async versionsOf(patternIds: readonly string[]): Promise<readonly BankEntry[]> {
    const statuses = this.#statuses();
    const counts = this.#counts();
    const refs = [...new Set(patternIds)].flatMap((pattern_id) => this.#versions(pattern_id));
    return refs.flatMap((ref) => this.#entry(ref, statuses, counts) ?? []);
  }

  async *entries(): AsyncIterable<BankEntry> {
    const statuses = this.#statuses();
    const counts = this.#counts();
    for (const pattern_id of this.#patternIds('')) {
      for (const ref of this.#versions(pattern_id)) {
        const entry = this.#entry(ref, statuses, counts);
        if (entry !== undefined) yield entry;
      }
    }
  }

  async fetch(refs: readonly PatternRef[]): Promise<readonly (Pattern | undefined)[]> {
    return refs.map((ref) => this.#read(ref)?.pattern);
  }

  async setStatus(change: StatusChange): Promise<void> {
    this.#host.fs.makeFolder(this.#folder);
    this.#host.fs.append(this.#historyPath, Buffer.from(`${canonicalJson(change)}\n`, 'utf8'));
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
    return [first, ...this.#changes().filter((change) => formatRef(change) === formatRef(ref))];
  }

  async record(outcomes: readonly Outcome[]): Promise<{ recorded: number; known: number }> {
    const known = new Set(this.#journal().map((outcome) => outcome.id));
    const fresh = [...new Map(outcomes.map((outcome) => [outcome.id, outcome])).values()].filter(
      (outcome) => !known.has(outcome.id),
    );
    if (fresh.length > 0) {
      this.#host.fs.makeFolder(this.#folder);
      const text = fresh.map((outcome) => `${canonicalJson(outcome)}\n`).join('');
      this.#host.fs.append(this.#journalPath, Buffer.from(text, 'utf8'));
    }
    return { recorded: fresh.length, known: outcomes.length - fresh.length };
  }

  async *outcomes(): AsyncIterable<Outcome> {
    yield* this.#journal();
  }

  async close(): Promise<void> {}

  #publishOne(pattern: Pattern, options: PublishOptions): PublishOutcome {
    const { pattern_id, version } = pattern.frozen;
    const ref = { pattern_id, version };
    const path = this.#path(ref);
    const folder = join(path, '..');
    const { fs, writer } = this.#host;
    fs.makeFolder(folder);
    writer.sweep(folder);
    const digest = documentDigest(pattern);
    const bytes = Buffer.from(writeBankDocument(pattern, options), 'utf8');
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

  #entry(
    ref: PatternRef,
    statuses: ReadonlyMap<string, StatusChange>,
    counts: ReadonlyMap<string, OutcomeCounts>,
  ): BankEntry | undefined {
    const document = this.#read(ref);
    if (document === undefined) return undefined;
    return {
      ...ref,
      digest: document.digest,
      documentDigest: document.documentDigest,
      body: document.pattern.frozen.body,
      record: document.pattern.record,
      status: statuses.get(formatRef(ref))?.to ?? document.published.status,
      counts: counts.get(formatRef(ref)) ?? NO_COUNTS,
    };
  }

  #read(ref: PatternRef): BankDocument | undefined {
    const path = this.#path(ref);
    if (this.#host.fs.stat(path) === undefined) return undefined;
    return readBankDocument(this.#host.fs.readFile(path), this.#label(ref), ref);
  }

  #statuses(): ReadonlyMap<string, StatusChange> {
    return new Map(this.#changes().map((change) => [formatRef(change), change]));
  }

  #changes(): readonly StatusChange[] {
    if (this.#host.fs.stat(this.#historyPath) === undefined) return [];
    const file = 'history.jsonl';
    const rows = decodeText(this.#host.fs.readFile(this.#historyPath), file).split('\n');
    // A kill can cut the last line short; what has no newline was never acknowledged.
    rows.pop();
    return rows.map((row, i) =>
      decode(StatusChangeShape, plainSource(parseJson(row, file, i + 1), file, i + 1), 'BANK_CORRUPT'),
    );
  }

  /** Two processes may have appended one outcome at once; the first line stands. */
  #journal(): readonly Outcome[] {
    if (this.#host.fs.stat(this.#journalPath) === undefined) return [];
    const file = 'outcomes.jsonl';
    const rows = decodeText(this.#host.fs.readFile(this.#journalPath), file).split('\n');
    rows.pop();
    const outcomes = new Map<string, Outcome>();
    for (const [i, row] of rows.entries()) {
      const source = plainSource(parseJson(row, file, i + 1), file, i + 1);
      const outcome = decode(OutcomeShape, source, 'BANK_CORRUPT');
      if (!outcomes.has(outcome.id)) outcomes.set(outcome.id, outcome);
    }
    return [...outcomes.values()];
  }

  #counts(): ReadonlyMap<string, OutcomeCounts> {
    const counts = new Map<string, { usage: number; successes: number; failures: number }>();
    for (const outcome of this.#journal()) {
      const key = formatRef(outcome);
      const sum = counts.get(key) ?? { ...NO_COUNTS };
      if (outcome.kind === 'usage') sum.usage += outcome.count;
      else if (outcome.kind === 'success') sum.successes += outcome.count;
      else sum.failures += outcome.count;
      counts.set(key, sum);
    }
    return counts;
  }

  #versions(pattern_id: string): readonly PatternRef[] {
    const folder = join(this.#folder, 'patterns', pattern_id);
    if (this.#host.fs.stat(folder)?.kind !== 'folder') return [];
    return this.#host.fs.readFolder(folder).flatMap((name) => {
      const version = /^(\d.*)\.json$/.exec(name)?.[1];
      return version === undefined ? [] : [{ pattern_id, version }];
    });
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

  get #journalPath(): string {
    return join(this.#folder, 'outcomes.jsonl');
  }

  get #historyPath(): string {
    return join(this.#folder, 'history.jsonl');
  }
}
