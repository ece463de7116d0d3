import type { Digest } from './digest.ts';
import type { JsonObject, JsonValue } from './json.ts';

export const INTENTS = [
  'create',
  'read',
  'update',
  'delete',
  'validate',
  'transform',
  'calculate',
  'query',
  'execute',
  'repair',
] as const;
export type Intent = (typeof INTENTS)[number];

/** Declared security levels and their weight in `productionReadinessScore`. */
export const SECURITY_LEVELS = { CRITICAL: 1.0, HIGH: 0.8, MEDIUM: 0.6, STANDARD: 0.5, LOW: 0.4 } as const;
export type SecurityLevel = keyof typeof SECURITY_LEVELS;

export const STATUSES = ['candidate', 'production', 'deprecated', 'quarantined', 'yanked'] as const;
export type Status = (typeof STATUSES)[number];

/** The tier that a resolution came from. */
export const TIERS = ['golden', 'bank', 'static', 'llm'] as const;
export type Tier = (typeof TIERS)[number];

/** One exact version of one pattern. */
export interface PatternRef {
  readonly pattern_id: string;
  readonly version: string;
}

export function formatRef(ref: PatternRef): string {
  return `${ref.pattern_id}@${ref.version}`;
}

/** What a pattern is for, in words that a search can match. */
export interface Signature {
  readonly purpose: string;
  readonly intent: Intent;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly constraints: readonly string[];
}

/** What the publisher declares. Rates lie between 0 and 1. */
export interface Quality {
  readonly success_rate: number;
  readonly test_coverage: number;
  readonly security_level: SecurityLevel;
  readonly observability_complete: boolean;
  readonly docker_ready: boolean;
}

export const VARIABLE_TYPES = ['string', 'integer', 'number', 'boolean', 'list', 'object'] as const;
export type VariableType = (typeof VARIABLE_TYPES)[number];

export interface VariableDeclaration {
  readonly type: VariableType;
  /** Absent means that the spec has to give a value. */
  readonly default?: JsonValue | undefined;
  readonly enum?: readonly JsonValue[] | undefined;
  readonly description?: string | undefined;
}

/** A named place of a body that fragments fill. */
export interface SlotDeclaration {
  /** Stands between two fragments; a newline by default. Without meaning when lines are merged. */
  readonly separator: string;
  /** Keep one of equal lines. */
  readonly unique: boolean;
  /** Order lines by their bytes. */
  readonly sort: boolean;
  /** An empty slot is an error. */
  readonly required: boolean;
}

export interface Delimiters {
  readonly output: readonly [string, string];
  readonly tag: readonly [string, string];
}

export type Engine = 'liquid' | 'none';

/** `file`: the body renders to (a part of) an output file. `blueprint`: the body is a reusable list of files. */
export type PatternKind = 'file' | 'blueprint';

/**
 * Everything of a pattern version that shapes a render, and nothing else. Its canonical JSON is a blob of the golden
 * store; the digest of that blob is what lockfile and manifest pin.
 */
export interface FrozenPattern extends PatternRef {
  readonly kind: PatternKind;
  readonly engine: Engine;
  readonly delimiters: Delimiters | undefined;
  readonly variables: Readonly<Record<string, VariableDeclaration>>;
  readonly slots: Readonly<Record<string, SlotDeclaration>>;
  readonly body: Digest;
}

/** Who wrote a version that no person wrote. Prompt and answer are blobs of the golden store that it was frozen in. */
export interface PatternOrigin {
  readonly kind: 'llm';
  readonly provider: string;
  readonly model: string;
  readonly parameters: JsonObject;
  readonly prompt: Digest;
  readonly answer: Digest;
  /** How many answers it took. */
  readonly attempts: number;
}

/** What is kept for audit beside a frozen pattern: it shapes no output. */
export interface PatternRecord {
  readonly signature: Signature;
  /** Hard filters of a search beside intent and domain: language, framework, … */
  readonly facets: Readonly<Record<string, string>>;
  readonly quality: Quality;
  /** `id@version` of the versions that this one was made from. */
  readonly derived_from: readonly string[];
  /** Absent where a person wrote it. */
  readonly origin?: PatternOrigin | undefined;
}

/** A pattern is source text; nothing larger is published, frozen or read from a bank. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** A pattern version as it is published: frozen part, record and body. */
export interface Pattern {
  readonly frozen: FrozenPattern;
  readonly record: PatternRecord;
  readonly body: Uint8Array;
}

/**
 * 0.40 success + 0.30 coverage + 0.20 security + 0.10 observability, between 0 and 1.
 * @param successRate the measured rate where there is one, else the declared one
 */
export function productionReadinessScore(quality: Quality, successRate: number): number {
  return (
    0.4 * successRate +
    0.3 * quality.test_coverage +
    0.2 * SECURITY_LEVELS[quality.security_level] +
    0.1 * (quality.observability_complete ? 1 : 0)
  );
}
