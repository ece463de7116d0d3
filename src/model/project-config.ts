import type { Policy } from './spec.ts';

/** When outcomes change a status. */
export interface Thresholds {
  /** A candidate whose expected success reaches `rate` after `runs` observed runs becomes production. */
  readonly promote: { readonly rate: number; readonly runs: number };
  /** A version that is below `floor` even at the upper bound of its interval, after `failures` failures, is quarantined. */
  readonly quarantine: { readonly floor: number; readonly failures: number };
}

/** What `metrics --check` asks for before a bank goes live. */
export interface GoLiveGate {
  /** Built-in templates that the bank has and its search finds by their purpose. */
  readonly min_templates: number;
  readonly max_retrieval_p95_ms: number;
  readonly min_average_success: number;
  /** Share of the smoke reports that passed; without any report the gate is closed. */
  readonly min_end_to_end: number;
  readonly max_static_resolutions: number;
}

/** The language model that fills gaps; absent leaves the tier off. Keys are read from the environment alone. */
export interface ModelConfig {
  readonly provider: 'openai' | 'anthropic';
  readonly model: string;
  readonly base_url?: string | undefined;
  readonly temperature?: number | undefined;
  readonly max_tokens: number;
  /** How often an answer that is refused is asked for again, with the error; the first one counts. */
  readonly attempts: number;
  readonly timeout_ms: number;
}

/** The keys of a policy that were given. */
export type PolicyPart = { readonly [Key in keyof Policy]?: Policy[Key] | undefined };

/** patterns.config.yaml, with its defaults filled in. */
export interface ProjectConfig {
  /** Holds beside the policy of each spec: what either of them refuses is refused. */
  readonly policy: PolicyPart;
  readonly thresholds: Thresholds;
  readonly goLive: GoLiveGate;
  readonly model: ModelConfig | undefined;
}

export const DEFAULT_CONFIG: ProjectConfig = {
  policy: {},
  thresholds: { promote: { rate: 0.95, runs: 20 }, quarantine: { floor: 0.7, failures: 3 } },
  goLive: {
    min_templates: 14,
    max_retrieval_p95_ms: 500,
    min_average_success: 0.98,
    min_end_to_end: 0.95,
    max_static_resolutions: 0,
  },
  model: undefined,
};

export const MODEL_DEFAULTS: Omit<ModelConfig, 'provider' | 'model'> & Partial<ModelConfig> = {
  max_tokens: 8000,
  attempts: 3,
  timeout_ms: 120_000,
};

export const CONFIG_NAME = 'patterns.config.yaml';
