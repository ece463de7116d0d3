import * as v from 'valibot';
import { DEFAULT_CONFIG, MODEL_DEFAULTS, type ProjectConfig } from '../model/project-config.ts';
import { decode, strict } from './shape.ts';
import { RateShape } from './shapes.ts';
import { PolicyShape } from './spec-document.ts';
import type { SourceDocument } from './yaml-text.ts';

// patterns.config.yaml, in the project root: what holds for every spec of the project. Shapes no output: a locked build
// and a replay never read it.

const CountShape = v.pipe(v.number(), v.integer(), v.minValue(0));
const PositiveShape = v.pipe(v.number(), v.integer(), v.minValue(1));
const { promote, quarantine } = DEFAULT_CONFIG.thresholds;
const gate = DEFAULT_CONFIG.goLive;

const LearningShape = strict({
  promote: v.optional(
    strict({ rate: v.optional(RateShape, promote.rate), runs: v.optional(PositiveShape, promote.runs) }),
    {},
  ),
  quarantine: v.optional(
    strict({
      floor: v.optional(RateShape, quarantine.floor),
      failures: v.optional(PositiveShape, quarantine.failures),
    }),
    {},
  ),
});

const GoLiveShape = strict({
  min_templates: v.optional(CountShape, gate.min_templates),
  max_retrieval_p95_ms: v.optional(CountShape, gate.max_retrieval_p95_ms),
  min_average_success: v.optional(RateShape, gate.min_average_success),
  min_end_to_end: v.optional(RateShape, gate.min_end_to_end),
  max_static_resolutions: v.optional(CountShape, gate.max_static_resolutions),
});

const ModelShape = strict({
  provider: v.picklist(['openai', 'anthropic']),
  model: v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(200, 'is too long')),
  base_url: v.optional(v.pipe(v.string(), v.regex(/^https?:\/\//, 'must start with http:// or https://'))),
  temperature: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
  max_tokens: v.optional(v.pipe(PositiveShape, v.maxValue(200_000)), MODEL_DEFAULTS.max_tokens),
  attempts: v.optional(v.pipe(PositiveShape, v.maxValue(10)), MODEL_DEFAULTS.attempts),
  timeout_ms: v.optional(v.pipe(PositiveShape, v.maxValue(3_600_000)), MODEL_DEFAULTS.timeout_ms),
});

export const ConfigShape = strict({
  policy: v.optional(PolicyShape, {}),
  learning: v.optional(LearningShape, {}),
  go_live: v.optional(GoLiveShape, {}),
  llm: v.optional(ModelShape),
});

/** @throws PatternsError CONFIG_INVALID with line and column */
export function readConfig(source: SourceDocument): ProjectConfig {
  const { policy, learning, go_live, llm } = decode(ConfigShape, source, 'CONFIG_INVALID');
  return { policy, thresholds: learning, goLive: go_live, model: llm };
}
