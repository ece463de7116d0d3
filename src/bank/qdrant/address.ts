import { PatternsError } from '../../model/error.ts';

/** Where a Qdrant bank is. */
export interface QdrantAddress {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** The path of a reverse proxy; empty without one. */
  readonly prefix: string;
  /** Several banks can share a server. */
  readonly bank: string;
  /** How messages call it: no credentials, no key. */
  readonly shown: string;
}

const DEFAULT_PORT = 6333;
const DEFAULT_BANK = 'patternbank';
const HINT =
  'Write qdrant+http://host:6333 or qdrant+https://host:6333, with ?bank=<name> for one of several.';

export function isQdrantAddress(text: string): boolean {
  return /^(?:qdrant\+)?https?:\/\//.test(text);
}

/** An address may carry what is no business of messages: a password, a query. */
export function withoutCredentials(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '');
}

/**
 * Reads `qdrant+http(s)://host[:port][/prefix][?bank=<name>]`.
 * @throws PatternsError USAGE, which never repeats a credential
 */
export function parseQdrantAddress(text: string): QdrantAddress {
  const shown = withoutCredentials(text);
  let url: URL;
  try {
    url = new URL(text.replace(/^qdrant\+/, ''));
  } catch (cause) {
    throw new PatternsError('USAGE', `the bank address "${shown}" is no URL`, { hint: HINT, cause });
  }
  if (url.username !== '' || url.password !== '') {
    throw new PatternsError('USAGE', `the bank address of ${shown} carries credentials`, {
      hint: 'Put the API key into QDRANT_API_KEY, or into a file that QDRANT_API_KEY_FILE names.',
    });
  }
  const bank = url.searchParams.get('bank') ?? DEFAULT_BANK;
  const unknown = [...url.searchParams.keys()].some((key) => key !== 'bank');
  if (unknown || url.hash !== '' || !/^[a-z0-9][a-z0-9_-]{0,62}$/.test(bank)) {
    throw new PatternsError(
      'USAGE',
      `the bank address "${shown}" says more than it may, or a bad bank name`,
      {
        hint: HINT,
      },
    );
  }
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? statedPort(text, secure) : Number(url.port);
  const prefix = url.pathname.replace(/\/+$/, '');
  const origin = `${url.protocol}//${url.hostname}`;
  const query = bank === DEFAULT_BANK ? '' : `?bank=${bank}`;
  return {
    origin,
    host: url.hostname,
    port,
    secure,
    prefix,
    bank,
    shown: `qdrant+${origin}:${port}${prefix}${query}`,
  };
}

/** URL drops a port that is the scheme's own, which for Qdrant is not the default. */
function statedPort(text: string, secure: boolean): number {
  const authority = /\/\/([^/?#]*)/.exec(text)?.[1] ?? '';
  const own = secure ? 443 : 80;
  return authority.endsWith(`:${own}`) ? own : DEFAULT_PORT;
}

/** Whether what is sent to the host stays on this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
