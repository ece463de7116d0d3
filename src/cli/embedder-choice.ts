import type { EmbedderChoice, EndpointAddress } from '../commands/create-vectors.ts';
import type { FileSystem } from '../host/file-system.ts';
import { PatternsError } from '../model/error.ts';
import { readSecret } from './secret.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What PATTERNS_EMBEDDER and the variables beside it choose. */
export function embedderOf(fs: FileSystem, env: Environment): EmbedderChoice {
  const text = env['PATTERNS_EMBEDDER'];
  if (text === undefined || text === '' || text === 'minilm') return 'minilm';
  if (text === 'none') return 'none';
  if (text === 'openai') return { endpoint: () => endpointOf(fs, env) };
  throw new PatternsError('USAGE', `PATTERNS_EMBEDDER is "${text}"`, {
    hint: 'Set it to minilm, openai or none.',
  });
}

function endpointOf(fs: FileSystem, env: Environment): EndpointAddress {
  const url = required(
    env,
    'PATTERNS_EMBEDDER_URL',
    'the base address, for example https://api.openai.com/v1',
  );
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new PatternsError('USAGE', 'PATTERNS_EMBEDDER_URL is no http or https address', {
      hint: 'Set it to the base address of the endpoint, for example https://api.openai.com/v1.',
    });
  const model = required(
    env,
    'PATTERNS_EMBEDDER_MODEL',
    'the name of the model, for example text-embedding-3-small',
  );
  return { url, model, key: readSecret(fs, env, 'PATTERNS_EMBEDDER_KEY') };
}

function required(env: Environment, name: string, what: string): string {
  const value = env[name]?.trim() ?? '';
  if (value !== '') return value;
  throw new PatternsError('USAGE', `PATTERNS_EMBEDDER is openai, and ${name} is not set`, {
    hint: `Set it to ${what}.`,
  });
}
