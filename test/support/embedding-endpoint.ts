import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

/** What an endpoint does, named by the first part of its path. */
export type EndpointMood = 'well' | 'refuses' | 'longer' | 'nan' | 'fewer' | 'broken';

// A thread of its own, since the test waits for the command without a break.
const PROGRAM = `
const { createServer } = require('node:http');
const { parentPort } = require('node:worker_threads');
const vectorOf = (text) => {
  const vector = [1, 1, 1, 1];
  for (const word of text.toLowerCase().split(/\\W+/)) vector[word.length % 4] += word.length;
  return vector;
};
const answers = {
  well: (input) => input.map(vectorOf),
  longer: (input) => input.map((text) => [...vectorOf(text), 1]),
  nan: (input) => input.map(() => [1, null, 1, 1]),
  fewer: (input) => input.slice(1).map(vectorOf),
};
const server = createServer(async (request, response) => {
  let text = '';
  for await (const part of request) text += part;
  const mood = request.url.split('/')[1];
  if (mood === 'refuses') return response.writeHead(401).end();
  if (mood === 'broken') return request.socket.destroy();
  const vectors = answers[mood](JSON.parse(text).input);
  response.end(JSON.stringify({ data: vectors.map((embedding, index) => ({ index, embedding })) }));
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/** An embedding endpoint on this machine whose vectors have four numbers. Gives the environment of a command that asks it. */
export async function embeddingEndpoint(): Promise<
  (mood: EndpointMood, model?: string) => Record<string, string>
> {
  const worker = new Worker(PROGRAM, { eval: true });
  onTestFinished(async () => void (await worker.terminate()));
  const [port] = await once(worker, 'message');
  return (mood, model = 'fake') => ({
    PATTERNS_EMBEDDER: 'openai',
    PATTERNS_EMBEDDER_URL: `http://127.0.0.1:${String(port)}/${mood}/v1`,
    PATTERNS_EMBEDDER_MODEL: model,
    PATTERNS_EMBEDDER_KEY: 'k',
  });
}
