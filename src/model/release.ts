import type { Digest } from './digest.ts';
import type { PatternRef } from './pattern.ts';

/** A version as a release holds it. */
export interface ReleasedVersion extends PatternRef {
  /** Digest of the frozen pattern. */
  readonly digest: Digest;
}

/** A named, frozen set of versions of a bank. */
export interface Release {
  readonly name: string;
  /** RFC 3339, UTC, milliseconds: the `frozen_at` of all of it. */
  readonly at: string;
  /** By id and version, in byte order. */
  readonly versions: readonly ReleasedVersion[];
}
