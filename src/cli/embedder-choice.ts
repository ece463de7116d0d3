import type { EmbedderChoice, EndpointAddress } from '../commands/create-vectors.ts';
import type { FileSystem } from '../host/file-system.ts';
import { PatternsError } from '../model/error.ts';

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
  return { url, model, key: keyOf(fs, env) };
}

function required(env: Environment, name: string, what: string): string {
  const value = env[name]?.trim() ?? '';
  if (value !== '') return value;
  throw new PatternsError('USAGE', `PATTERNS_EMBEDDER is openai, and ${name} is not set`, {
    hint: `Set it to ${what}.`,
  });
}

function keyOf(fs: FileSystem, env: Environment): string | undefined {
  const file = env['PATTERNS_EMBEDDER_KEY_FILE'] ?? '';
  const written = env['PATTERNS_EMBEDDER_KEY'] ?? '';
  const key = (
    written === '' && file !== '' ? Buffer.from(fs.readFile(file)).toString('utf8') : written
  ).trim();
  if (key === '') return undefined;
  // The error of an invalid header would show the key.
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new PatternsError(
    'USAGE',
    'the key of the embedding endpoint holds characters that no header can carry',
    {
      hint: 'Check PATTERNS_EMBEDDER_KEY, or the file that PATTERNS_EMBEDDER_KEY_FILE names.',
    },
  );
}
