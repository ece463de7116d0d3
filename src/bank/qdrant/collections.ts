import * as v from 'valibot';
import { PatternsError } from '../../model/error.ts';
import type { Connection } from './connection.ts';

// A bank on a server:
//   <bank>                       alias of the collection in use
//   <bank>-v1-<embedder>         the published versions: one point each, with vectors
//   <bank>-v1-history, -outcomes, -releases    append-only rows, without vectors
// The alias is made last, so a bank whose creation was cut short is not there yet, and the next writer completes it.
// Nothing here removes anything.

export const SCHEMA = 1;

/** What the vectors of a bank are made by. */
export interface EmbedderIdentity {
  readonly embedder: string;
  readonly dimension: number;
}

const MetadataShape = v.object({
  format: v.literal('patternbank'),
  schema: v.number(),
  embedder: v.string(),
});

export type RowKind = 'history' | 'outcomes' | 'releases';

const INDEXES: Readonly<Record<RowKind, readonly string[]>> = {
  history: ['pattern_id'],
  outcomes: ['pattern_id', 'kind'],
  releases: ['name'],
};

/** What searches filter by. */
const PATTERN_INDEXES = ['pattern_id', 'domain', 'intent', 'facets', 'security_level', 'published_status'];

/** The collections of one bank: found, checked, and made when something is written. */
export class Collections {
  /** The alias under which the versions are read and written. */
  readonly patterns: string;
  readonly #connection: Connection;
  readonly #identity: EmbedderIdentity;
  #found = false;

  constructor(connection: Connection, bank: string, identity: EmbedderIdentity) {
    this.#connection = connection;
    this.patterns = bank;
    this.#identity = identity;
  }

  /** What makes the vectors of this release. */
  get ownEmbedder(): string {
    return this.#identity.embedder;
  }

  rows(kind: RowKind): string {
    return `${this.patterns}-v${SCHEMA}-${kind}`;
  }

  /** The name of the collection for an embedder. */
  patternsOf(embedder: string): string {
    const slug = embedder.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    return `${this.patterns}-v${SCHEMA}-${slug}`;
  }

  /**
   * Whether the bank is there.
   * @throws PatternsError BANK_UNREACHABLE for a bank of another schema or embedder
   */
  async exist(): Promise<boolean> {
    if (this.#found) return true;
    const state = await this.#connection.collection(this.patterns);
    if (state === undefined) return false;
    const metadata = this.#refuseOtherSchema(state.metadata);
    this.#refuseOtherEmbedder(metadata.embedder);
    this.#found = true;
    return true;
  }

  /** The embedder of the bank that is there, whichever it is. */
  async embedder(): Promise<string | undefined> {
    const state = await this.#connection.collection(this.patterns);
    return state === undefined ? undefined : this.#refuseOtherSchema(state.metadata).embedder;
  }

  /** Makes what is missing. What is there stays, so a hundred times is as good as once. */
  async ensure(): Promise<void> {
    if (await this.exist()) return;
    const collection = await this.make();
    await this.#connection.alias(this.patterns, collection);
    await this.exist();
  }

  /** Makes the collections of this embedder, and leaves the alias as it is. */
  async make(): Promise<string> {
    const { embedder, dimension } = this.#identity;
    const metadata = { format: 'patternbank', schema: SCHEMA, embedder };
    const collection = this.patternsOf(embedder);
    await this.#connection.createCollection(collection, {
      vectors: { purpose: dimension, body: dimension },
      sparse: ['lexical'],
      metadata,
    });
    for (const field of PATTERN_INDEXES) await this.#connection.createIndex(collection, field);
    for (const kind of ['history', 'outcomes', 'releases'] as const) {
      const name = this.rows(kind);
      await this.#connection.createCollection(name, { vectors: {}, sparse: [], metadata });
      for (const field of INDEXES[kind]) await this.#connection.createIndex(name, field);
    }
    return collection;
  }

  #refuseOtherSchema(metadata: unknown): v.InferOutput<typeof MetadataShape> {
    const found = v.safeParse(MetadataShape, metadata);
    const { address } = this.#connection;
    if (!found.success) {
      throw new PatternsError(
        'BANK_UNREACHABLE',
        `the collection ${this.patterns} of ${address} is no bank of ours`,
        {
          hint: 'Choose another name for the bank: add ?bank=<name> to its address.',
          details: { reason: 'not a bank' },
        },
      );
    }
    const { schema } = found.output;
    if (schema === SCHEMA) return found.output;
    throw new PatternsError(
      'BANK_UNREACHABLE',
      `the bank ${address} has schema version ${schema}; this release reads and writes ${SCHEMA}`,
      {
        hint:
          schema > SCHEMA
            ? 'Use the release that wrote it, or a later one.'
            : 'Export it with the release that wrote it (`patterns bank export <dir>`), and import that into a new bank (`patterns bank import <dir>` with ?bank=<name>).',
        details: { reason: 'schema', found: schema, supported: SCHEMA },
      },
    );
  }

  #refuseOtherEmbedder(found: string): void {
    const { embedder } = this.#identity;
    if (found === embedder) return;
    throw new PatternsError(
      'BANK_UNREACHABLE',
      `the vectors of the bank ${this.#connection.address} are made by ${found}; this release has ${embedder}`,
      {
        hint: 'Run `patterns bank reindex`, which makes the vectors anew beside the old ones.',
        details: { reason: 'embedder', found, expected: embedder },
      },
    );
  }
}
