import type { Digest } from './digest.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Intent, SecurityLevel, Status, Tier } from './pattern.ts';

/** What a place of the spec asks for: a reference to a pattern, or a need that a search answers. */
export type Demand =
  | { readonly kind: 'reference'; readonly pattern_id: string; readonly range: string }
  | { readonly kind: 'need'; readonly need: Need };

/** A use whose pattern depends on the item: the one that the item names itself, else the case of a value. */
export interface ChoiceDemand {
  readonly kind: 'choice';
  /** The name of an item of the scope that may name its pattern, as an operation may. */
  readonly item: string | undefined;
  readonly cases: Cases | undefined;
}

export interface Cases {
  /** An expression of the scope, such as `operation.action`. */
  readonly by: string;
  readonly from: Readonly<Record<string, Demand>>;
}

/** A signature to be answered, plus the facets that an answer must have. */
export interface Need {
  readonly purpose: string;
  readonly intent?: Intent | undefined;
  readonly domain?: string | undefined;
  readonly inputs?: readonly string[] | undefined;
  readonly outputs?: readonly string[] | undefined;
  readonly constraints?: readonly string[] | undefined;
  readonly facets?: Readonly<Record<string, string>> | undefined;
}

/** A pattern put to use, in a file of its own or in a slot of another pattern. */
export interface Application {
  readonly demand: Demand | ChoiceDemand;
  /** A list expression of the scope (`entities`, `entity.fields`, `variables.regions`); one use for each item. */
  readonly each?: string | undefined;
  /** The name that the item has in the scope. */
  readonly as?: string | undefined;
  /** A Liquid condition; false leaves the use out. */
  readonly when?: string | undefined;
  readonly with: JsonObject;
  readonly fragments: Readonly<Record<string, readonly Application[]>>;
}

export const FILE_MODES = ['0644', '0755'] as const;
export type FileMode = (typeof FILE_MODES)[number];

export interface FileEntry extends Application {
  /** A Liquid template that renders to a portable relative path. */
  readonly path: string;
  readonly mode: FileMode;
}

/** What new resolutions may take. Replays never ask. */
export interface Policy {
  readonly statuses: readonly Status[];
  readonly prereleases: boolean;
  readonly tiers: readonly Tier[];
  readonly min_success_rate: number;
  readonly min_test_coverage: number;
  readonly min_security_level: SecurityLevel;
  readonly min_production_readiness: number;
  /** Days since the version was published. */
  readonly min_age_days: number;
}

/** The document that a spec was imported from. */
export interface SpecOrigin {
  readonly kind: 'openapi';
  readonly digest: Digest;
  /** The version of the format. */
  readonly version: string;
  /** Other files that belong to it. */
  readonly files?: Readonly<Record<string, Digest>> | undefined;
  /** `operations/<name>` → digest of what the import wrote, so that the next one knows what a person has changed. */
  readonly imported?: Readonly<Record<string, string>> | undefined;
}

/** A spec after reading: defaults filled in, references parsed, nothing about its text left. */
export interface Spec {
  readonly apiVersion: 'patterns/v1';
  readonly name: string;
  readonly version: string;
  readonly description?: string | undefined;
  readonly source?: SpecOrigin | undefined;
  readonly variables: JsonObject;
  readonly extends: readonly Demand[];
  readonly entities: readonly JsonValue[];
  readonly operations: readonly JsonValue[];
  readonly files: readonly FileEntry[];
  readonly policy: Policy;
}
