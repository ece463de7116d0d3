import type { Digest } from './digest.ts';
import type { PatternRef, Tier } from './pattern.ts';

/** requirement → version. */
export interface Pin extends PatternRef {
  readonly requirement: string;
  /** The purpose of a need, for readers; references have none. */
  readonly purpose?: string | undefined;
}

/** One frozen pattern version. */
export interface LockedPattern extends PatternRef {
  /** Digest of the frozen pattern blob. */
  readonly digest: Digest;
  /** RFC 3339, UTC, milliseconds: when the pin was made, or when its release was frozen. */
  readonly frozen_at: string;
  /** Digest of the record blob (signature and quality as they were). */
  readonly quality: Digest;
  readonly source: Tier;
}

export interface Lockfile {
  readonly renderContract: number;
  /** By requirement, in byte order. */
  readonly pins: readonly Pin[];
  /** By id, then version, in byte order. */
  readonly patterns: readonly LockedPattern[];
}

export const LOCKFILE_VERSION = 1;
