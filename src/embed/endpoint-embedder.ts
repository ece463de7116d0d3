import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { PatternsError } from '../model/error.ts';
import type { Embedder } from './embedder.ts';
import { normalised } from './vector.ts';

/** Servers differ in how many texts they take at once; 32 is the least that a common one allows by default. */
const BATCH = 32;
/** A server that asks to wait longer is not waited for. */
const LONGEST_WAIT_MS = 10_000;

/** An endpoint that answers `POST <url>/embeddings` as OpenAI's does. */
export interface EndpointSettings {
  /** The base address, for example `https://api.openai.com/v1`. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token; never written anywhere. */
  readonly key: string | undefined;
  /** How long one request may take. */
  readonly timeoutMs: number;
  /** How long to wait before each further try after 429, 5xx or a broken connection. */
  readonly backoffMs: readonly number[];
}

export const ENDPOINT_LIMITS = { timeoutMs: 30_000, backoffMs: [250, 1000] } as const;

const AnswerShape = v.object({
  data: v.array(v.object({ index: v.pipe(v.number(), v.integer()), embedding: v.array(v.number()) })),
});

/** How many numbers the vectors of the model have: the endpoint is asked once with a short text. */
export async function probeDimension(settings: EndpointSettings): Promise<number> {
  const [vector] = await request(settings, ['dimension']);
  if (vector === undefined || vector.length === 0) throw refuse(settings, 'answered with an empty vector');
  return vector.length;
}

/**
 * An embedder behind an OpenAI-compatible endpoint. Its identity is model and dimension, not the address, so that the
 * same model served elsewhere finds its vectors again.
 */
export function createEndpointEmbedder(settings: EndpointSettings, dimension: number): Embedder {
  return {
    identity: `openai:${settings.model}/${dimension}`,
    dimension,
    async embed(texts) {
      const vectors: Float32Array[] = [];
      for (let at = 0; at < texts.length; at += BATCH) {
        const found = await request(settings, texts.slice(at, at + BATCH));
        for (const vector of found) {
          if (vector.length !== dimension) throw mismatch(settings, vector.length, dimension);
          vectors.push(normalised(Float32Array.from(vector), dimension));
        }
      }
      return vectors;
    },
  };
}

/** One request with its further tries: the vectors in the order of the texts. */
async function request(
  settings: EndpointSettings,
  texts: readonly string[],
): Promise<readonly (readonly number[])[]> {
  for (const wait of settings.backoffMs) {
    const attempt = await tryOnce(settings, texts);
    if (attempt.kind === 'answer') return vectorsOf(settings, attempt.text, texts.length);
    const waitMs = attempt.retryAfterMs ?? wait;
    if (attempt.kind === 'final' || waitMs > LONGEST_WAIT_MS) throw attempt.error;
    await pause(waitMs);
  }
  const last = await tryOnce(settings, texts);
  if (last.kind === 'answer') return vectorsOf(settings, last.text, texts.length);
  throw last.error;
}

type Attempt =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'passing'; readonly error: PatternsError; readonly retryAfterMs?: number | undefined }
  | { readonly kind: 'final'; readonly error: PatternsError; readonly retryAfterMs?: undefined };

async function tryOnce(settings: EndpointSettings, texts: readonly string[]): Promise<Attempt> {
  const { model, key, timeoutMs } = settings;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${settings.url.replace(/\/+$/, '')}/embeddings`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, input: texts, encoding_format: 'float' }),
      redirect: 'error',
      signal,
    });
    if (response.ok) return { kind: 'answer', text: await response.text() };
    await response.body?.cancel();
    return attemptOf(settings, response.status, response.headers.get('retry-after'));
  } catch (cause) {
    if (signal.aborted)
      return { kind: 'final', error: refuse(settings, `did not answer within ${timeoutMs} ms`, cause) };
    return { kind: 'passing', error: refuse(settings, `cannot be reached${causeCode(cause)}`, cause) };
  }
}

/** What the server says is not repeated: it may hold the key or parts of the texts. */
function attemptOf(settings: EndpointSettings, status: number, retryAfter: string | null): Attempt {
  const error = refuse(settings, `answered with HTTP status ${status}${STATUS_WORDS.get(status) ?? ''}`);
  if (status !== 429 && status < 500) return { kind: 'final', error };
  const seconds = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return { kind: 'passing', error, retryAfterMs: seconds === undefined ? undefined : seconds * 1000 };
}

const STATUS_WORDS: ReadonlyMap<number, string> = new Map([
  [400, ' (it does not take the request; does the model embed texts?)'],
  [401, ' (it does not take the key)'],
  [403, ' (the key is not allowed to use the model)'],
  [404, ' (it does not know the path or the model)'],
  [429, ' (too many requests, or no credit left)'],
]);

function vectorsOf(settings: EndpointSettings, text: string, count: number): readonly (readonly number[])[] {
  const answer = v.safeParse(AnswerShape, parsed(settings, text));
  if (!answer.success) throw refuse(settings, 'answered with JSON that holds no vectors of numbers');
  const { data } = answer.output;
  const byIndex = new Map(data.map(({ index, embedding }) => [index, embedding]));
  if (data.length !== count || byIndex.size !== count)
    throw refuse(settings, `answered with ${data.length} vectors for ${count} texts`);
  return Array.from({ length: count }, (_, index) => {
    const vector = byIndex.get(index);
    if (vector === undefined) throw refuse(settings, `left out the vector of text ${index}`);
    return vector;
  });
}

function parsed(settings: EndpointSettings, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse(settings, 'answered with something that is no JSON', cause);
  }
}

function refuse(settings: EndpointSettings, what: string, cause?: unknown): PatternsError {
  return new PatternsError('EMBEDDER_UNAVAILABLE', `the embedding endpoint ${shown(settings.url)} ${what}`, {
    hint: 'Check PATTERNS_EMBEDDER_URL, PATTERNS_EMBEDDER_MODEL and PATTERNS_EMBEDDER_KEY; until then search goes by words alone.',
    cause,
  });
}

function mismatch(settings: EndpointSettings, found: number, expected: number): PatternsError {
  const { model, url } = settings;
  return new PatternsError(
    'EMBEDDER_MISMATCH',
    `the embedding endpoint ${shown(url)} answered for the model ${model} with vectors of ${found} numbers, and those that are stored have ${expected}`,
    {
      hint: 'Another model answers under this name. Name the model that made the stored vectors, or delete .patterns/cache to embed all again.',
      details: { model, found, expected },
    },
  );
}

/** The address without what may be secret. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function causeCode(cause: unknown): string {
  const inner = cause instanceof Error ? cause.cause : undefined;
  return inner instanceof Error && 'code' in inner && typeof inner.code === 'string'
    ? ` (${inner.code})`
    : '';
}
