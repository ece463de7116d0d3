import { PatternsError } from '../model/error.ts';
import type { ModelConfig } from '../model/project-config.ts';
import type { LanguageModel } from './language-model.ts';
import { limitedFetch } from './limited-fetch.ts';
import { modelError } from './model-error.ts';

/** A model behind the Messages interface of Anthropic. */
export async function anthropicModel(config: ModelConfig, key: string | undefined): Promise<LanguageModel> {
  const { model, base_url, temperature, max_tokens, timeout_ms } = config;
  const { default: Anthropic } = await import('@anthropic-ai/sdk');
  const client = new Anthropic({
    apiKey: key ?? 'none',
    authToken: null,
    baseURL: base_url ?? 'https://api.anthropic.com',
    timeout: timeout_ms,
    maxRetries: 1,
    fetch: limitedFetch,
    logLevel: 'off',
  });
  const parameters = { max_tokens, ...(temperature === undefined ? {} : { temperature }) };
  return {
    provider: 'anthropic',
    model,
    parameters,
    ask: async ({ instructions, turns }) => {
      const messages = turns.map(({ by, text }) => ({
        role: by === 'user' ? ('user' as const) : ('assistant' as const),
        content: text,
      }));
      try {
        const answer = await client.messages.create({ model, system: instructions, messages, ...parameters });
        if (answer.stop_reason === 'max_tokens')
          throw new PatternsError('MODEL_REFUSED', 'the answer was cut off at the limit of tokens');
        return answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
      } catch (cause) {
        throw modelError(cause, 'anthropic');
      }
    },
  };
}
