import { setTimeout as pause } from 'node:timers/promises';
import { QdrantClient } from '@qdrant/js-client-rest';
import semver from 'semver';
import * as v from 'valibot';
import { PatternsError } from '../../model/error.ts';
import type { JsonObject } from '../../model/json.ts';
import { isLoopback, type QdrantAddress } from './address.ts';
import { type Failure, failureOf, notQdrant } from './failure.ts';

export interface ConnectionOptions {
  readonly address: QdrantAddress;
  readonly apiKey: string | undefined;
  /** For one request, its answer included. */
  readonly timeoutMs: number;
  /** A key over plain http to another machine can be read on the way. */
  readonly insecureKey: 'refuse' | 'allow';
}

/** A point as it is written. */
export interface Point {
  readonly id: string;
  readonly vector: Readonly<Record<string, number[] | SparseVector>>;
  readonly payload: JsonObject;
}

export interface SparseVector {
  readonly indices: number[];
  readonly values: number[];
}

/** A point as it is read; nothing of its payload is trusted. */
export interface StoredPoint {
  readonly id: string;
  readonly payload?: unknown;
  readonly vector?: unknown;
}

export interface CollectionState {
  /** The collection's own words on itself. */
  readonly metadata: unknown;
  readonly config: unknown;
}

/** What of a payload and of vectors a read wants. */
export interface Wanted {
  readonly payload: boolean | { readonly include: string[] } | { readonly exclude: string[] };
  readonly vectors?: boolean | string[];
}

export type Filter = Readonly<Record<string, unknown>>;

/** Matches no point: an upsert under it inserts what is not there, and changes nothing that is. */
const NEVER = { must: [{ key: 'never', match: { value: true } }] };

const BACKOFF_MS = [100, 400] as const;

const StoredPointShape = v.object({
  id: v.string(),
  payload: v.optional(v.unknown()),
  vector: v.optional(v.unknown()),
});

/**
 * The one way to a Qdrant server: time-outs, retries of what may be made again, every answer decoded. All calls here can be
 * repeated without harm. A time-out is never retried, so a server that hangs costs one.
 */
export class Connection {
  readonly address: string;
  readonly #client: QdrantClient;
  readonly #options: ConnectionOptions;
  #serverVersion = '';

  private constructor(options: ConnectionOptions) {
    const { origin, port, prefix, shown } = options.address;
    this.address = shown;
    this.#options = options;
    this.#client = new QdrantClient({
      url: origin,
      port,
      ...(prefix === '' ? {} : { prefix }),
      timeout: options.timeoutMs,
      checkCompatibility: false,
      headers: {
        // A gzipped answer waits 40 ms for a delayed acknowledgement.
        'accept-encoding': 'identity',
        // As a header of ours: the client would warn on the console of a key over plain http.
        ...(options.apiKey === undefined ? {} : { 'api-key': options.apiKey }),
      },
    });
  }

  /**
   * Opens a connection, and looks which server is there.
   * @throws PatternsError USAGE for a key that may not be sent; BANK_UNREACHABLE
   */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const { address, apiKey, insecureKey } = options;
    if (apiKey !== undefined && !address.secure && !isLoopback(address.host) && insecureKey === 'refuse') {
      throw new PatternsError(
        'USAGE',
        `an API key over plain http to ${address.shown} can be read on the way`,
        {
          hint: 'Use qdrant+https://…, or set PATTERNS_ALLOW_INSECURE_KEY=1 where the network is trusted.',
        },
      );
    }
    const connection = new Connection(options);
    await connection.#refuseUnfitServer();
    return connection;
  }

  get serverVersion(): string {
    return this.#serverVersion;
  }

  /** Undefined where there is no such collection or alias. */
  async collection(name: string): Promise<CollectionState | undefined> {
    const shape = v.object({ config: v.looseObject({ metadata: v.optional(v.unknown()) }) });
    const found = await this.#maybe(shape, (api) => api.getCollection({ collection_name: name }, INIT));
    return found === undefined ? undefined : { metadata: found.config.metadata, config: found.config };
  }

  /** Which collection an alias leads to. */
  async aliased(alias: string): Promise<string | undefined> {
    const shape = v.object({
      aliases: v.array(v.object({ alias_name: v.string(), collection_name: v.string() })),
    });
    const { aliases } = await this.#call(shape, (api) => api.getCollectionsAliases({}, INIT));
    return aliases.find((one) => one.alias_name === alias)?.collection_name;
  }

  /** Leaves a collection that exists as it is. */
  async createCollection(name: string, settings: CollectionSettings): Promise<void> {
    const { vectors, sparse, metadata } = settings;
    await this.#unlessThere((api) =>
      api.createCollection(
        {
          collection_name: name,
          vectors: Object.fromEntries(
            Object.entries(vectors).map(([key, size]) => [key, { size, distance: 'Dot' as const }]),
          ),
          ...(sparse.length === 0
            ? {}
            : {
                sparse_vectors: Object.fromEntries(sparse.map((key) => [key, { modifier: 'idf' as const }])),
              }),
          metadata: { ...metadata },
        },
        INIT,
      ),
    );
  }

  async createIndex(collection: string, field: string): Promise<void> {
    await this.#call(v.unknown(), (api) =>
      api.createFieldIndex(
        { collection_name: collection, field_name: field, field_schema: 'keyword', wait: true },
        INIT,
      ),
    );
  }

  /** Points an alias at a collection, in one step if it led elsewhere before. */
  async alias(alias: string, collection: string): Promise<void> {
    await this.#call(v.literal(true), (api) =>
      api.updateAliases(
        { actions: [{ create_alias: { alias_name: alias, collection_name: collection } }] },
        INIT,
      ),
    );
  }

  /** Inserts the points that are not there; those that are stay as they are. On disk, on every replica, when this returns. */
  async insert(collection: string, points: readonly Point[]): Promise<void> {
    if (points.length === 0) return;
    const list = points.map(({ id, vector, payload }) => ({
      id,
      vector: { ...vector },
      payload: { ...payload },
    }));
    await this.#call(v.object({ status: v.literal('completed') }), (api) =>
      api.upsertPoints(
        { collection_name: collection, wait: true, ordering: 'strong', points: list, update_filter: NEVER },
        INIT,
      ),
    );
  }

  /** Sets vectors of points that are there; they are derived, so they may be written again. */
  async setVectors(collection: string, points: readonly Pick<Point, 'id' | 'vector'>[]): Promise<void> {
    if (points.length === 0) return;
    const list = points.map(({ id, vector }) => ({ id, vector: { ...vector } }));
    await this.#call(v.object({ status: v.literal('completed') }), (api) =>
      api.updateVectors({ collection_name: collection, wait: true, points: list }, INIT),
    );
  }

  /** The points that are there, in any order. */
  async retrieve(
    collection: string,
    ids: readonly string[],
    wanted: Wanted,
  ): Promise<readonly StoredPoint[]> {
    if (ids.length === 0) return [];
    return this.#call(v.array(StoredPointShape), (api) =>
      api.getPoints(
        {
          collection_name: collection,
          ids: [...ids],
          with_payload: wanted.payload,
          with_vector: wanted.vectors ?? false,
        },
        INIT,
      ),
    );
  }

  /** One page of the points that a filter lets through, by id. */
  async page(
    collection: string,
    filter: Filter | undefined,
    wanted: Wanted,
    { limit, offset }: { readonly limit: number; readonly offset: string | undefined },
  ): Promise<{ readonly points: readonly StoredPoint[]; readonly next: string | undefined }> {
    const shape = v.object({
      points: v.array(StoredPointShape),
      next_page_offset: v.optional(v.nullable(v.string())),
    });
    const { points, next_page_offset } = await this.#call(shape, (api) =>
      api.scrollPoints(
        {
          collection_name: collection,
          limit,
          with_payload: wanted.payload,
          with_vector: wanted.vectors ?? false,
          ...(filter === undefined ? {} : { filter: { ...filter } }),
          ...(offset === undefined ? {} : { offset }),
        },
        INIT,
      ),
    );
    return { points, next: next_page_offset ?? undefined };
  }

  async count(collection: string, filter?: Filter): Promise<number> {
    const shape = v.object({ count: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) });
    const { count } = await this.#call(shape, (api) =>
      api.countPoints(
        {
          collection_name: collection,
          exact: true,
          ...(filter === undefined ? {} : { filter: { ...filter } }),
        },
        INIT,
      ),
    );
    return count;
  }

  /** @throws PatternsError BANK_UNREACHABLE for another service, and for servers that this release does not write to */
  async #refuseUnfitServer(): Promise<void> {
    const answer = await this.#attempt((api) => api.root({}, INIT));
    const found = v.safeParse(v.object({ version: v.string() }), answer);
    const version = found.success ? found.output.version : undefined;
    if (version === undefined || semver.valid(version) === null)
      throw notQdrant(this.address, 'it tells no version');
    this.#serverVersion = version;
    const why = unfit(version);
    if (why === undefined) return;
    throw new PatternsError('BANK_UNREACHABLE', `${this.address} runs Qdrant ${version}, which ${why}`, {
      hint: 'Run Qdrant 1.16 or later, but not 1.17.0.',
      details: { reason: 'server version', version },
    });
  }

  async #call<S extends v.GenericSchema>(
    shape: S,
    act: (api: Api) => Promise<Answer>,
  ): Promise<v.InferOutput<S>> {
    const decoded = v.safeParse(v.object({ result: shape }), await this.#attempt(act));
    if (decoded.success) return decoded.output.result;
    const [issue] = decoded.issues;
    throw notQdrant(this.address, `${v.getDotPath(issue) ?? 'the answer'}: ${issue.message}`);
  }

  /** Undefined for 404. */
  async #maybe<S extends v.GenericSchema>(
    shape: S,
    act: (api: Api) => Promise<Answer>,
  ): Promise<v.InferOutput<S> | undefined> {
    try {
      return await this.#call(shape, act);
    } catch (cause) {
      if (isStatus(cause, 404)) return undefined;
      throw cause;
    }
  }

  async #unlessThere(act: (api: Api) => Promise<Answer>): Promise<void> {
    try {
      await this.#call(v.literal(true), act);
    } catch (cause) {
      if (!isStatus(cause, 409)) throw cause;
    }
  }

  async #attempt(act: (api: Api) => Promise<Answer>): Promise<unknown> {
    for (const wait of BACKOFF_MS) {
      const answer = await this.#once(act);
      if (!('error' in answer)) return answer.data;
      if (answer.kind === 'final') throw answer.error;
      await pause(wait);
    }
    const last = await this.#once(act);
    if ('error' in last) throw last.error;
    return last.data;
  }

  async #once(act: (api: Api) => Promise<Answer>): Promise<{ readonly data: unknown } | Failure> {
    const { apiKey, timeoutMs } = this.#options;
    try {
      return { data: (await act(this.#client.api())).data };
    } catch (cause) {
      return failureOf(cause, {
        address: this.address,
        timeoutMs,
        key: apiKey === undefined ? 'none' : 'given',
      });
    }
  }
}

/** Sizes of the dense vectors by name, names of the sparse ones. */
export interface CollectionSettings {
  readonly vectors: Readonly<Record<string, number>>;
  readonly sparse: readonly string[];
  readonly metadata: JsonObject;
}

type Api = ReturnType<QdrantClient['api']>;
interface Answer {
  readonly data: unknown;
}

/** A redirect would carry the key to where it leads. */
const INIT = { redirect: 'error' } as const;

function isStatus(cause: unknown, status: number): boolean {
  return cause instanceof PatternsError && cause.details?.['reason'] === `status ${status}`;
}

function unfit(version: string): string | undefined {
  if (semver.lt(version, '1.16.0')) return 'cannot insert a point without overwriting it';
  if (version === '1.17.0') return 'loses data (its log of writes breaks)';
  return undefined;
}
