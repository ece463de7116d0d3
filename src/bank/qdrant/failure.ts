import { PatternsError } from '../../model/error.ts';
import type { JsonObject } from '../../model/json.ts';

/** What went wrong between us and the server, and whether the same call may be made again. */
export interface Failure {
  readonly kind: 'transient' | 'final';
  /** For a collection that is not there. */
  readonly status: number | undefined;
  readonly error: PatternsError;
}

export interface FailureContext {
  readonly address: string;
  readonly timeoutMs: number;
  readonly key: 'given' | 'none';
}

/** Socket errors after which a server that restarts may be there again. */
const TRANSIENT = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'ENETUNREACH',
]);

const DOWN = 'Start the server, or check the address; `patterns doctor` says what it finds there.';

/** Turns what the client throws into our error. Says nothing of headers, so no key gets out. */
export function failureOf(cause: unknown, context: FailureContext): Failure {
  if (cause instanceof PatternsError) return { kind: 'final', status: undefined, error: cause };
  if (!(cause instanceof Error)) throw cause;
  const status = statusOf(cause);
  if (status !== undefined) return statusFailure(status, cause, context);
  if (cause.name === 'QdrantClientTimeoutError') {
    const error = unreachable(
      context,
      `did not answer within ${context.timeoutMs} ms`,
      'timeout',
      DOWN,
      cause,
    );
    return { kind: 'final', status: undefined, error };
  }
  if (cause.name === 'QdrantClientResourceExhaustedError') return statusFailure(429, cause, context);
  if (cause instanceof SyntaxError) {
    const error = unreachable(context, 'answers with what is no JSON', 'malformed answer', NOT_QDRANT, cause);
    return { kind: 'transient', status: undefined, error };
  }
  const code = socketCode(cause);
  if (code === undefined && cause.message !== 'fetch failed' && cause.message !== 'terminated') throw cause;
  const error = unreachable(
    context,
    `cannot be reached: ${code ?? cause.message}`,
    code ?? 'network',
    DOWN,
    cause,
  );
  return { kind: TRANSIENT.has(code ?? '') ? 'transient' : 'final', status: undefined, error };
}

const NOT_QDRANT = 'Check that the address leads to a Qdrant server and not to another service or a proxy.';

/** The error for an answer that Qdrant would not give. */
export function notQdrant(address: string, what: string): PatternsError {
  return new PatternsError('BANK_UNREACHABLE', `${address} does not answer as Qdrant does: ${what}`, {
    hint: NOT_QDRANT,
    details: { reason: 'malformed answer' },
  });
}

function statusFailure(status: number, cause: Error, context: FailureContext): Failure {
  const { address, key } = context;
  const said = saidOf(cause);
  const details = { reason: `status ${status}`, ...(said === '' ? {} : { said }) };
  const failure = (kind: Failure['kind'], message: string, hint: string): Failure => ({
    kind,
    status,
    error: new PatternsError('BANK_UNREACHABLE', `${address} ${message}`, { hint, details, cause }),
  });
  const suffix = said === '' ? '' : `: ${said}`;
  switch (status) {
    case 401:
    case 403:
      return failure(
        'final',
        key === 'given' ? 'refuses the API key' : 'asks for an API key',
        'Set QDRANT_API_KEY, or QDRANT_API_KEY_FILE to a file that holds the key.',
      );
    case 413:
      return {
        kind: 'final',
        status,
        error: new PatternsError(
          'LIMIT_EXCEEDED',
          `${address} takes no request of this size (413)${suffix}`,
          {
            hint: 'Raise service.max_request_size_mb of the server, or keep such large bodies elsewhere.',
            details,
            cause,
          },
        ),
      };
    case 429:
      return failure(
        'transient',
        `is asked too much (429)${suffix}`,
        'Try again later, or raise its limits.',
      );
    default:
      if (status >= 500)
        return failure('transient', `fails (${status})${suffix}`, 'Look into the log of the server.');
      return failure('final', `refuses what it is asked (${status})${suffix}`, NOT_QDRANT);
  }
}

function unreachable(
  { address }: FailureContext,
  message: string,
  reason: string,
  hint: string,
  cause: Error,
): PatternsError {
  const details: JsonObject = { reason };
  return new PatternsError('BANK_UNREACHABLE', `${address} ${message}`, { hint, details, cause });
}

function statusOf(cause: Error): number | undefined {
  return 'status' in cause && typeof cause.status === 'number' ? cause.status : undefined;
}

/** What the server says, one short line of it. */
function saidOf(cause: Error): string {
  const data = 'data' in cause ? cause.data : undefined;
  if (typeof data !== 'object' || data === null || !('status' in data)) return '';
  const { status } = data;
  const said = typeof status === 'object' && status !== null && 'error' in status ? status.error : undefined;
  if (typeof said !== 'string') return '';
  return said.replace(/[^\P{C}]+/gu, ' ').slice(0, 200);
}

function socketCode(cause: Error): string | undefined {
  const inner = cause.cause;
  if (typeof inner !== 'object' || inner === null || !('code' in inner)) return undefined;
  return typeof inner.code === 'string' ? inner.code : undefined;
}
