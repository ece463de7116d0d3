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

/** Marks in the cache that a body has no words: a vector that no text has. */
const WORDLESS = 'no words';

/** Vectors by what they were made of: each text is embedded once, on this machine or on the one that shipped it. */
export class VectorStore {
  readonly #embedder: Embedder;
  readonly #cache: VectorCache;
  readonly #wordless = new Set<Digest>();

  constructor(embedder: Embedder, cache: VectorCache) {
    this.#embedder = embedder;
    this.#cache = cache;
  }

  /** The vector of a query. */
  async query(text: string): Promise<Float32Array> {
    const key = this.#key('text', text);
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const [vector] = await this.#embedder.embed([text]);
    if (vector === undefined) throw new TypeError('one text has one vector');
    this.#cache.put(new Map([[key, vector]]));
    return vector;
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
    const missing = new Map<Digest, string>();
    for (const { record } of items) {
      const text = signatureText(record);
      const key = this.#key('text', text);
      if (this.#cache.get(key) === undefined) missing.set(key, text);
    }
    const vectors = await this.#embedder.embed([...missing.values()]);
    this.#cache.put(pair([...missing.keys()], vectors));
  }

  async #embedBodies(
    items: readonly Embeddable[],
    readBodies: (places: readonly number[]) => Promise<readonly (Uint8Array | undefined)[]>,
  ): Promise<void> {
    const places = [...items.keys()].filter((place) => this.#lacksBody(items[place]?.body));
    if (places.length === 0) return;
    const bodies = await readBodies(places);
    const made = new Map<Digest, Float32Array>();
    for (const [i, place] of places.entries()) {
      const [digest, body] = [items[place]?.body, bodies[i]];
      if (digest === undefined || body === undefined) continue;
      const texts = bodyTexts(body);
      if (texts.length === 0) this.#wordless.add(this.#key(WORDLESS, digest));
      else
        made.set(
          this.#key('body', digest),
          pooled(await this.#embedder.embed(texts), this.#embedder.dimension),
        );
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

function pair(keys: readonly Digest[], vectors: readonly Float32Array[]): ReadonlyMap<Digest, Float32Array> {
  return new Map(
    keys.flatMap((key, i): [Digest, Float32Array][] => {
      const vector = vectors[i];
      return vector === undefined ? [] : [[key, vector]];
    }),
  );
}
