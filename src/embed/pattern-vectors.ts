import { sha256 } from '../canon/sha256.ts';
import type { Digest } from '../model/digest.ts';
import type { PatternRecord } from '../model/pattern.ts';
import type { Embedder } from './embedder.ts';
import { bodyTexts, signatureText } from './texts.ts';
import { pooled } from './vector.ts';
import type { VectorCache } from './vector-cache.ts';

/** The two vectors of a pattern version. A body without words has none. */
export interface PatternVectors {
  readonly signature: Float32Array;
  readonly body: Float32Array | undefined;
}

/** What vectors are made of. */
export interface Embeddable {
  readonly record: PatternRecord;
  /** Digest of the body. */
  readonly body: Digest;
}

/** The vectors of queries are kept apart, so that a search need not read those of all patterns. */
export interface VectorCaches {
  readonly patterns: VectorCache;
  readonly queries: VectorCache;
}

/** So many texts are embedded before their vectors are kept: what a kill loses at most. */
const KEPT_TOGETHER = 256;

/** Marks in the cache that a body has no words: a vector that no text has. */
const WORDLESS = 'no words';

/** Vectors by what they were made of: each text is embedded once, on this machine or on the one that shipped it. */
export class VectorStore {
  readonly #embedder: Embedder;
  readonly #cache: VectorCache;
  readonly #queries: VectorCache;
  readonly #wordless = new Set<Digest>();

  constructor(embedder: Embedder, caches: VectorCaches) {
    this.#embedder = embedder;
    this.#cache = caches.patterns;
    this.#queries = caches.queries;
  }

  get identity(): string {
    return this.#embedder.identity;
  }

  get dimension(): number {
    return this.#embedder.dimension;
  }

  /** The vector of a query. */
  async query(text: string): Promise<Float32Array> {
    const key = this.#key('text', text);
    const known = this.#queries.get(key);
    if (known !== undefined) return known;
    const [vector] = await this.#embedder.embed([text]);
    if (vector === undefined) throw new TypeError('one text has one vector');
    this.#queries.put(new Map([[key, vector]]));
    return vector;
  }

  /** Whether the vector of a signature is kept already. */
  hasSignature({ record }: Embeddable): boolean {
    return this.#cache.get(this.#key('text', signatureText(record))) !== undefined;
  }

  /**
   * The vectors of patterns, in the order given. What the cache lacks is embedded and kept.
   * @param readBodies the bodies of the patterns at these places, asked for only when their vectors are missing
   */
  async patterns(
    items: readonly Embeddable[],
    readBodies: (places: readonly number[]) => Promise<readonly (Uint8Array | undefined)[]>,
  ): Promise<readonly PatternVectors[]> {
    await this.#embedSignatures(items);
    await this.#embedBodies(items, readBodies);
    return items.map((item) => {
      const signature = this.#cache.get(this.#key('text', signatureText(item.record)));
      if (signature === undefined) throw new TypeError('every signature was embedded');
      return { signature, body: this.#cache.get(this.#key('body', item.body)) };
    });
  }

  async #embedSignatures(items: readonly Embeddable[]): Promise<void> {
    const missing = new Map<Digest, readonly string[]>();
    for (const { record } of items) {
      const text = signatureText(record);
      const key = this.#key('text', text);
      if (this.#cache.get(key) === undefined) missing.set(key, [text]);
    }
    await this.#embedAll(missing);
  }

  async #embedBodies(
    items: readonly Embeddable[],
    readBodies: (places: readonly number[]) => Promise<readonly (Uint8Array | undefined)[]>,
  ): Promise<void> {
    const places = [...items.keys()].filter((place) => this.#lacksBody(items[place]?.body));
    if (places.length === 0) return;
    const bodies = await readBodies(places);
    const missing = new Map<Digest, readonly string[]>();
    for (const [i, place] of places.entries()) {
      const [digest, body] = [items[place]?.body, bodies[i]];
      if (digest === undefined || body === undefined) continue;
      const texts = bodyTexts(body);
      if (texts.length === 0) this.#wordless.add(this.#key(WORDLESS, digest));
      else missing.set(this.#key('body', digest), texts);
    }
    await this.#embedAll(missing);
  }

  /** Embeds the texts of each key, and keeps the mean of their vectors. */
  async #embedAll(missing: ReadonlyMap<Digest, readonly string[]>): Promise<void> {
    let group = new Map<Digest, readonly string[]>();
    let count = 0;
    for (const [key, texts] of missing) {
      group.set(key, texts);
      count += texts.length;
      if (count < KEPT_TOGETHER) continue;
      await this.#embedGroup(group);
      group = new Map();
      count = 0;
    }
    await this.#embedGroup(group);
  }

  async #embedGroup(group: ReadonlyMap<Digest, readonly string[]>): Promise<void> {
    if (group.size === 0) return;
    const vectors = await this.#embedder.embed([...group.values()].flat());
    const made = new Map<Digest, Float32Array>();
    let at = 0;
    for (const [key, texts] of group) {
      made.set(key, pooled(vectors.slice(at, at + texts.length), this.#embedder.dimension));
      at += texts.length;
    }
    this.#cache.put(made);
  }

  #lacksBody(digest: Digest | undefined): boolean {
    if (digest === undefined || this.#wordless.has(this.#key(WORDLESS, digest))) return false;
    return this.#cache.get(this.#key('body', digest)) === undefined;
  }

  /** The key covers all that decides the numbers: embedder, kind of text, text. */
  #key(kind: string, text: string): Digest {
    return sha256(`${this.#embedder.identity}\n${kind}\n${text}`);
  }
}
