import { PatternsError } from '../model/error.ts';
import type { ModelConfig } from '../model/project-config.ts';
import type { LanguageModel } from './language-model.ts';
import { limitedFetch } from './limited-fetch.ts';
import { modelError } from './model-error.ts';

/** A model behind the chat interface of OpenAI, which most local servers speak too. */
export async function openAiModel(config: ModelConfig, key: string | undefined): Promise<LanguageModel> {
  const { model, base_url, temperature, max_tokens, timeout_ms } = config;
  const { default: OpenAI } = await import('openai');
  const client = new OpenAI({
    // Local servers ask for no key, and the SDK for one.
    apiKey: key ?? 'none',
    baseURL: base_url ?? 'https://api.openai.com/v1',
    organization: null,
    project: null,
    timeout: timeout_ms,
    maxRetries: 1,
    fetch: limitedFetch,
    logLevel: 'off',
  });
  // Local servers know `max_tokens` alone; OpenAI's own models refuse it.
  const limit = base_url === undefined ? { max_completion_tokens: max_tokens } : { max_tokens };
  const parameters = { ...limit, ...(temperature === undefined ? {} : { temperature }) };
  return {
    provider: 'openai',
    model,
    parameters,
    ask: async ({ instructions, turns }) => {
      const messages = [
        { role: 'system' as const, content: instructions },
        ...turns.map(({ by, text }) => ({
          role: by === 'user' ? ('user' as const) : ('assistant' as const),
          content: text,
        })),
      ];
      try {
        const answer = await client.chat.completions.create({
          model,
          messages,
          ...parameters,
          stream: false,
        });
        const [choice] = answer.choices;
        if (choice?.finish_reason === 'length')
          throw new PatternsError('MODEL_REFUSED', 'the answer was cut off at the limit of tokens');
        return choice?.message.content ?? '';
      } catch (cause) {
        throw modelError(cause, 'openai');
      }
    },
  };
}
