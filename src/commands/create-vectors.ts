import { join } from 'node:path';
import type { Embedder } from '../embed/embedder.ts';
import {
  createEndpointEmbedder,
  ENDPOINT_LIMITS,
  type EndpointSettings,
  probeDimension,
} from '../embed/endpoint-embedder.ts';
import { keepDimension, readDimension } from '../embed/known-dimensions.ts';
import { createMiniLmEmbedder } from '../embed/minilm-embedder.ts';
import { VectorStore } from '../embed/pattern-vectors.ts';
import { VectorCache } from '../embed/vector-cache.ts';
import { VectorGate } from '../embed/vector-gate.ts';
import type { Host } from '../host/host.ts';
import { PatternsError } from '../model/error.ts';

/** `minilm`: the offline model; `none`: words alone; else an endpoint, whose settings are looked at when it is needed. */
export type EmbedderChoice = 'minilm' | 'none' | { readonly endpoint: () => EndpointAddress };

export type EndpointAddress = Pick<EndpointSettings, 'url' | 'model' | 'key'> & Partial<EndpointSettings>;

export interface VectorOptions {
  readonly host: Host;
  /** Absolute path of the folder of caches. */
  readonly folder: string;
  /** Absolute path of the built-in templates, whose vectors are shipped. */
  readonly templates: string;
  readonly embedder: EmbedderChoice;
  /** Whether sockets may be opened. */
  readonly network: 'online' | 'offline';
}

export function createVectors(options: VectorOptions): VectorGate {
  const { host, folder, templates, embedder } = options;
  if (embedder === 'none') return new VectorGate(undefined);
  return new VectorGate(async () => {
    const model =
      embedder === 'minilm'
        ? createMiniLmEmbedder()
        : await openEndpoint(options, { ...ENDPOINT_LIMITS, ...embedder.endpoint() });
    const { dimension } = model;
    const shipped = (name: string): readonly string[] =>
      embedder === 'minilm' ? [join(templates, `${name}-${dimension}.bin`)] : [];
    return new VectorStore(model, {
      patterns: new VectorCache(host, { folder, name: 'vectors', dimension, shipped: shipped('vectors') }),
      queries: new VectorCache(host, { folder, name: 'queries', dimension, shipped: shipped('queries') }),
    });
  });
}

/** Asks the endpoint for the dimension once; what it answered then stands, so that another model is found out. */
async function openEndpoint(
  { host, folder, network }: VectorOptions,
  settings: EndpointSettings,
): Promise<Embedder> {
  const known = readDimension(host, folder, settings.model);
  if (network === 'offline') return offline(settings, known);
  if (known !== undefined) return createEndpointEmbedder(settings, known);
  const dimension = await probeDimension(settings);
  keepDimension(host, folder, settings.model, dimension);
  return createEndpointEmbedder(settings, dimension);
}

/** Has the vectors that are stored, and makes no others. */
function offline(settings: EndpointSettings, known: number | undefined): Embedder {
  const refusal = new PatternsError(
    'EMBEDDER_UNAVAILABLE',
    '--offline keeps the embedding endpoint from being asked',
    {
      hint: 'Search once without --offline, which stores the vectors, or use the offline model.',
    },
  );
  if (known === undefined) throw refusal;
  return {
    ...createEndpointEmbedder(settings, known),
    embed: (texts) => (texts.length === 0 ? Promise.resolve([]) : Promise.reject(refusal)),
  };
}
