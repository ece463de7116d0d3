import type { ModelConfig } from '../model/project-config.ts';
import { anthropicModel } from './anthropic-model.ts';
import type { LanguageModel } from './language-model.ts';
import { openAiModel } from './openai-model.ts';

/** @param key of the provider; local servers need none */
export function openModel(config: ModelConfig, key: string | undefined): Promise<LanguageModel> {
  switch (config.provider) {
    case 'openai':
      return openAiModel(config, key);
    case 'anthropic':
      return anthropicModel(config, key);
  }
}
