import { PatternsError } from '../model/error.ts';

/** No answer that is a file is larger; what sends more is cut off. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** `fetch` that gives up on answers which are too large, before they fill the memory. */
export async function limitedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(part.value);
  }
  const { status, statusText, headers } = response;
  // 204 and 304 may not have a body, not even an empty one.
  const body = size === 0 ? null : Buffer.concat(chunks);
  return new Response(body, { status, statusText, headers });
}

function tooLarge(): PatternsError {
  return new PatternsError('MODEL_REFUSED', `the answer has more than ${MAX_ANSWER_BYTES} bytes`);
}

/** The error of ours inside of what an SDK throws, if there is one. */
export function ownError(cause: unknown): PatternsError | undefined {
  for (let inner = cause, depth = 0; inner instanceof Error && depth < 10; inner = inner.cause, depth++)
    if (inner instanceof PatternsError) return inner;
  return undefined;
}
