import type { PatternRef, Status, Tier } from './pattern.ts';

/** A version with what is expected of it. Rates between 0 and 1, six places. */
export interface VersionMetrics extends PatternRef {
  readonly status: Status;
  readonly domain: string;
  readonly usage: number;
  readonly successes: number;
  readonly failures: number;
  readonly success: { readonly mean: number; readonly lower: number; readonly upper: number };
  readonly derived_from: readonly string[];
}

/** What one day brought, UTC. */
export interface DayMetrics {
  /** `2026-11-23`. */
  readonly day: string;
  readonly usage: number;
  readonly successes: number;
  readonly failures: number;
}

/** How well and how fast the search answers the purposes of the built-in templates. */
export interface RetrievalMetrics {
  readonly queries: number;
  /** Templates that the bank has as they are shipped, and that come first for their own purpose. */
  readonly found: number;
  readonly missed: readonly string[];
  readonly p50_ms: number;
  readonly p95_ms: number;
}

export interface Metrics {
  readonly bank: string;
  readonly total_patterns: number;
  readonly total_versions: number;
  /** Mean of the expected success of the versions in production. */
  readonly avg_success_rate: number;
  /** Mean over the versions in production of the builds that used each. */
  readonly avg_usage_count: number;
  /** Domain → patterns. */
  readonly domain_distribution: Readonly<Record<string, number>>;
  readonly most_used_patterns: readonly { readonly pattern_id: string; readonly usage_count: number }[];
  readonly statuses: Readonly<Record<Status, number>>;
  /** Versions that are deprecated, quarantined or yanked. */
  readonly demotions: number;
  readonly retrieval: RetrievalMetrics;
  /** Patterns of the lockfiles by the tier that they came from. */
  readonly tiers: Readonly<Record<Tier, number>>;
  readonly end_to_end: { readonly reports: number; readonly passed: number };
  readonly versions: readonly VersionMetrics[];
  readonly days: readonly DayMetrics[];
}

/** One thing that the gate asks for. */
export interface GateCheck {
  readonly check: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly found: string;
}
