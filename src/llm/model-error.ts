import { PatternsError } from '../model/error.ts';
import { ownError } from './limited-fetch.ts';

/** What a provider's SDK threw, as one of ours. Keys and addresses of requests stay out of it. */
export function modelError(cause: unknown, provider: string): PatternsError {
  const own = ownError(cause);
  if (own !== undefined) return own;
  const status = statusOf(cause);
  const inner = cause instanceof Error && cause.cause instanceof Error ? ` (${cause.cause.message})` : '';
  const why = status === undefined ? `${messageOf(cause)}${inner}` : `it answered with status ${status}`;
  return new PatternsError('MODEL_UNAVAILABLE', `the language model of ${provider} cannot be asked: ${why}`, {
    hint: 'Check PATTERNS_LLM, the base URL and the key; PATTERNS_LLM=off does without.',
    details: status === undefined ? { provider } : { provider, status },
    cause,
  });
}

function statusOf(cause: unknown): number | undefined {
  if (typeof cause !== 'object' || cause === null || !('status' in cause)) return undefined;
  return typeof cause.status === 'number' ? cause.status : undefined;
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';
}
