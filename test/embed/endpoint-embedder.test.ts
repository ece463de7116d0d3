import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createVectors } from '../../src/commands/create-vectors.ts';
import { createEndpointEmbedder, probeDimension } from '../../src/embed/endpoint-embedder.ts';
import { readDimension } from '../../src/embed/known-dimensions.ts';
import { createHost } from '../../src/host/host.ts';
import { PatternsError } from '../../src/model/error.ts';

const KEY = 'sk-a-secret-that-nobody-may-see';
const host = createHost('0');

interface Asked {
  readonly model: string;
  readonly input: readonly string[];
  readonly authorization: string | undefined;
  readonly path: string | undefined;
}
type Answer = (response: ServerResponse, asked: Asked, count: number) => void;

/** A server on this machine that answers as a test says, and remembers what it was asked. */
async function endpoint(answer: Answer): Promise<{ url: string; asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const answerIt = async (): Promise<void> => {
      const { model, input } = JSON.parse(await bodyOf(request)) as { model: string; input: string[] };
      const { authorization } = request.headers;
      asked.push({ model, input, authorization, path: request.url });
      answer(response, asked.at(-1) as Asked, asked.length);
    };
    void answerIt();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/v1`, asked };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

/** The vector that the fake model makes of a text: its length, and three numbers that never change. */
const fake = (text: string) => [text.length, 1, 2, 3];

const proper: Answer = (response, { input }) => {
  // Out of order, as a server may answer.
  const data = input.map((text, index) => ({ index, embedding: fake(text) })).reverse();
  json(response, { data });
};

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function settings(url: string) {
  return { url, model: 'fake-embed', key: KEY, timeoutMs: 300, backoffMs: [1, 1] };
}

function length(vector: Float32Array | undefined): number {
  return Math.sqrt([...(vector ?? [])].reduce((sum, x) => sum + x * x, 0));
}

async function failureOf(act: Promise<unknown>): Promise<PatternsError> {
  const cause = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(cause instanceof PatternsError)) throw new Error(`no coded error: ${String(cause)}`);
  return cause;
}

/** Everything that an error could show, its causes included. */
function allOf(error: unknown): string {
  return error instanceof Error
    ? `${error.message} ${error.stack ?? ''} ${JSON.stringify(error)} ${allOf(error.cause)}`
    : String(error);
}

describe('the endpoint', () => {
  test('is asked in batches, and its vectors come in the order of the texts and of length 1', async () => {
    const { url, asked } = await endpoint(proper);
    const embedder = createEndpointEmbedder(settings(`${url}/`), 4);
    const texts = Array.from({ length: 70 }, (_, i) => 'x'.repeat(i + 1));
    const vectors = await embedder.embed(texts);
    expect(asked.map(({ input }) => input.length)).toEqual([32, 32, 6]);
    expect(asked[0]).toMatchObject({
      model: 'fake-embed',
      path: '/v1/embeddings',
      authorization: `Bearer ${KEY}`,
    });
    expect(vectors).toHaveLength(70);
    for (const [i, vector] of vectors.entries()) {
      expect(length(vector)).toBeCloseTo(1, 6);
      expect((vector[0] ?? 0) / (vector[1] ?? 1)).toBeCloseTo(i + 1, 3);
    }
    expect(embedder.identity).toBe('openai:fake-embed/4');
    await expect(probeDimension(settings(url))).resolves.toBe(4);
    await expect(embedder.embed([])).resolves.toEqual([]);
  });

  test.each([
    ['429', 429],
    ['500', 500],
    ['503', 503],
  ])('that answers %s twice is asked a third time', async (_, status) => {
    const { url, asked } = await endpoint((response, one, count) => {
      if (count < 3) json(response, { error: { message: 'later' } }, status);
      else proper(response, one, count);
    });
    await expect(createEndpointEmbedder(settings(url), 4).embed(['abc'])).resolves.toHaveLength(1);
    expect(asked).toHaveLength(3);
  });

  test.each<[string, number, Answer, RegExp]>([
    ['429 for ever', 3, (response) => json(response, {}, 429), /429/],
    ['500 for ever', 3, (response) => json(response, {}, 500), /500/],
    [
      '429 for an hour',
      1,
      (response) => {
        response.writeHead(429, { 'retry-after': '3600' }).end();
      },
      /429/,
    ],
    [
      '401, and repeats the key',
      1,
      (response) => json(response, { error: { message: `bad key ${KEY}` } }, 401),
      /key/,
    ],
    [
      'a redirect',
      3,
      (response) => {
        response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
      },
      /reached/,
    ],
    ['nothing', 1, () => undefined, /300 ms/],
    [
      'half of an answer, then nothing',
      1,
      (response) => {
        response.writeHead(200);
        response.write('{"data":[');
      },
      /300 ms/,
    ],
    [
      'truncated JSON',
      1,
      (response) => {
        response.writeHead(200).end('{"data":[{"index":0,"emb');
      },
      /no JSON/,
    ],
    [
      'a page',
      1,
      (response) => {
        response.writeHead(200).end('<html>');
      },
      /no JSON/,
    ],
    ['another shape', 1, (response) => json(response, { vectors: [] }), /no vectors/],
    [
      'null among the numbers',
      1,
      (response) =>
        json(response, {
          data: [
            { index: 0, embedding: [1, null, 3, 4] },
            { index: 1, embedding: [1, 2, 3, 4] },
          ],
        }),
      /no vectors of numbers/,
    ],
    [
      'a number beyond all bounds',
      1,
      (response) => {
        response
          .writeHead(200)
          .end('{"data":[{"index":0,"embedding":[1e999,1,1,1]},{"index":1,"embedding":[1,1,1,1]}]}');
      },
      /no vectors of numbers|not finite/,
    ],
    [
      'zeros',
      1,
      (response) => json(response, { data: [0, 1].map((index) => ({ index, embedding: [0, 0, 0, 0] })) }),
      /zeros/,
    ],
    [
      'fewer vectors',
      1,
      (response) => json(response, { data: [{ index: 0, embedding: [1, 2, 3, 4] }] }),
      /1 vectors for 2 texts/,
    ],
    [
      'one vector twice',
      1,
      (response) => json(response, { data: [0, 0].map((index) => ({ index, embedding: [1, 2, 3, 4] })) }),
      /2 vectors for 2 texts/,
    ],
    [
      'a vector for a text that was not sent',
      1,
      (response) => json(response, { data: [0, 7].map((index) => ({ index, embedding: [1, 2, 3, 4] })) }),
      /left out/,
    ],
  ])('that answers with %s is refused, and the key is not shown', async (_, requests, answer, message) => {
    const { url, asked } = await endpoint(answer);
    const error = await failureOf(createEndpointEmbedder(settings(url), 4).embed(['one', 'three']));
    expect(error).toMatchObject({ code: 'EMBEDDER_UNAVAILABLE', message: expect.stringMatching(message) });
    expect(allOf(error)).not.toContain(KEY);
    expect(asked).toHaveLength(requests);
  });

  test('that is not there is refused, and credentials in its address are not shown', async () => {
    const error = await failureOf(
      createEndpointEmbedder(settings('http://me:secret@127.0.0.1:9/v1?token=secret'), 4).embed(['a']),
    );
    expect(error.code).toBe('EMBEDDER_UNAVAILABLE');
    expect(`${error.message} ${error.hint}`).not.toContain('secret');
  });

  test('that answers with another dimension is another model: an error, not a degraded search', async () => {
    const { url } = await endpoint((response, { input }) =>
      json(response, { data: input.map((_, index) => ({ index, embedding: [1, 2, 3] })) }),
    );
    const error = await failureOf(createEndpointEmbedder(settings(url), 4).embed(['a']));
    expect(error).toMatchObject({
      code: 'EMBEDDER_MISMATCH',
      details: { model: 'fake-embed', found: 3, expected: 4 },
      hint: expect.stringContaining('.patterns/cache'),
    });
  });
});

describe('vectors of an endpoint', () => {
  const options = (folder: string, url: string, model: string, network: 'online' | 'offline' = 'online') => ({
    host,
    folder,
    templates: folder,
    embedder: { endpoint: () => ({ url, model, key: KEY }) },
    network,
  });
  const query = (text: string) => (store: { query(text: string): Promise<Float32Array> }) =>
    store.query(text);
  const scratch = () => mkdtempSync(join(tmpdir(), 'patterns-endpoint-'));

  test('are stored by model and text, without the key; offline uses what is stored and no more', async () => {
    const { url, asked } = await endpoint(proper);
    const folder = scratch();
    const first = await createVectors(options(folder, url, 'm')).use(query('hello'));
    expect(length(first)).toBeCloseTo(1, 6);
    expect(asked.map(({ input }) => input)).toEqual([['dimension'], ['hello']]);
    expect(await createVectors(options(folder, url, 'm')).use(query('hello'))).toEqual(first);
    expect(await createVectors(options(folder, url, 'm', 'offline')).use(query('hello'))).toEqual(first);
    expect(asked).toHaveLength(2);
    const offline = createVectors(options(folder, url, 'm', 'offline'));
    expect(await offline.use(query('other'))).toBeUndefined();
    expect(offline.failure?.message).toContain('--offline');
    expect(asked).toHaveLength(2);
    for (const name of readdirSync(folder))
      expect(readFileSync(join(folder, name), 'latin1')).not.toContain(KEY);
  });

  test('of another model are made anew, also where it has the same dimension', async () => {
    const { url, asked } = await endpoint(proper);
    const folder = scratch();
    await createVectors(options(folder, url, 'one')).use(query('hello'));
    await createVectors(options(folder, url, 'two')).use(query('hello'));
    expect(asked.filter(({ input }) => input[0] === 'hello').map(({ model }) => model)).toEqual([
      'one',
      'two',
    ]);
  });

  test('of a model that changed its dimension are refused', async () => {
    const folder = scratch();
    const { url } = await endpoint((response, { input }, count) =>
      json(response, {
        data: input.map((_, index) => ({ index, embedding: count < 3 ? [1, 2] : [1, 2, 3] })),
      }),
    );
    await createVectors(options(folder, url, 'm')).use(query('hello'));
    const error = await failureOf(createVectors(options(folder, url, 'm')).use(query('other')));
    expect(error.code).toBe('EMBEDDER_MISMATCH');
  });

  test('a dimension line that is damaged is passed over', () => {
    const folder = scratch();
    writeFileSync(
      join(folder, 'dimensions.jsonl'),
      '{"model":"m","dim\n{"model":"m","dimension":0}\nnull\n{"dimension":8,"model":"m"}\n',
    );
    expect(readDimension(host, folder, 'm')).toBe(8);
    expect(readDimension(host, folder, 'n')).toBeUndefined();
  });

  test('an endpoint that hangs is asked once, not for every need', async () => {
    let count = 0;
    const { url } = await endpoint(() => {
      count += 1;
    });
    const gate = createVectors({
      ...options(scratch(), url, 'm'),
      embedder: { endpoint: () => ({ url, model: 'm', key: undefined, timeoutMs: 100 }) },
    });
    expect(await gate.use(query('a'))).toBeUndefined();
    expect(await gate.use(query('b'))).toBeUndefined();
    expect(gate.failure?.code).toBe('EMBEDDER_UNAVAILABLE');
    expect(count).toBe(1);
  });
});
