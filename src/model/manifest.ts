import type { Digest } from './digest.ts';
import type { JsonObject } from './json.ts';
import type { PatternRef, Tier } from './pattern.ts';
import type { FileMode } from './spec.ts';

/** Lines `start` to `end` (from 1, inclusive) of an output file, and the pattern version that wrote them. */
export interface Span extends PatternRef {
  readonly start: number;
  readonly end: number;
}

export interface ManifestPin extends PatternRef {
  readonly requirement: string;
}

export interface ManifestPattern extends PatternRef {
  readonly digest: Digest;
  readonly frozen_at: string;
  /** Digest of the record blob, so that an audit finds it without the lockfile. */
  readonly quality: Digest;
  readonly tier: Tier;
}

export interface ManifestFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly mode: FileMode;
  /** 64 hex digits, as `sha256sum` prints them. */
  readonly sha256: string;
  readonly spans: readonly Span[];
}

/** What a generation was made of and what it made. Holds nothing that differs from run to run. */
export interface GenerationManifest {
  readonly renderContract: number;
  readonly name: string;
  readonly version: string;
  /** Digest of the normalised spec, a blob of the golden store. */
  readonly spec: Digest;
  readonly variables: JsonObject;
  readonly pins: readonly ManifestPin[];
  readonly patterns: readonly ManifestPattern[];
  readonly files: readonly ManifestFile[];
  readonly output_digest: Digest;
}

export const MANIFEST_FORMAT_VERSION = 1;
export const MANIFEST_NAME = 'generation_manifest.json';

/** The manifest of a build that has begun and not ended: its files are ours, although the last manifest lacks them. */
export const PENDING_NAME = '.generation_manifest.pending.json';
