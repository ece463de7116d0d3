import type { PatternBank } from '../pattern-bank.ts';
import { parseQdrantAddress } from './address.ts';
import { Collections, type EmbedderIdentity } from './collections.ts';
import { Connection } from './connection.ts';
import type { PatternIndexer } from './pattern-point.ts';
import { QdrantBank } from './qdrant-bank.ts';

export interface QdrantOptions {
  readonly address: string;
  readonly apiKey: string | undefined;
  readonly insecureKey: 'refuse' | 'allow';
  /** For one request; ten seconds by default. A server that hangs costs one of it for a whole lock. */
  readonly timeoutMs?: number | undefined;
  readonly identity: EmbedderIdentity;
  readonly indexOf: PatternIndexer;
}

const TIMEOUT_MS = 10_000;

/**
 * Opens the bank on a Qdrant server. Collections are made when something is written.
 * @throws PatternsError USAGE for a bad address or a key that may not be sent; BANK_UNREACHABLE
 */
export async function openQdrant(options: QdrantOptions): Promise<PatternBank> {
  const address = parseQdrantAddress(options.address);
  const { apiKey, insecureKey, timeoutMs = TIMEOUT_MS } = options;
  const connection = await Connection.open({ address, apiKey, timeoutMs, insecureKey });
  const collections = new Collections(connection, address.bank, options.identity);
  return new QdrantBank({ connection, collections, indexOf: options.indexOf });
}
