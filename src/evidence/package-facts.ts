import type { SmokeSummary } from '../documents/smoke-report-document.ts';
import type { GenerationManifest, ManifestPattern } from '../model/manifest.ts';
import type { PatternRecord } from '../model/pattern.ts';
import type { Resolution } from '../model/resolution.ts';
import type { Policy } from '../model/spec.ts';
import type { Digest } from '../model/digest.ts';
import type { BagFile } from './bag.ts';
import type { PinnedDependency } from './pinned-dependencies.ts';

/** All that the documents of a package are a function of. */
export interface PackageFacts {
  readonly manifest: GenerationManifest;
  /** Digest of the manifest's file. */
  readonly manifestDigest: Digest;
  readonly policy: Policy;
  /** The normalised spec, as it lies in the golden store. */
  readonly specBytes: Uint8Array;
  /** Digest of the lockfile. */
  readonly lock: Digest;
  readonly recordOf: (pattern: ManifestPattern) => PatternRecord;
  readonly resolutions: readonly Resolution[];
  readonly dependencies: readonly PinnedDependency[];
  /** What tells of the generation and shapes nothing: the resolutions, and reports in `data/reports/`. */
  readonly byproducts: readonly BagFile[];
  /** What the smoke reports among them say. */
  readonly smoke: readonly (SmokeSummary & { readonly path: string })[];
  /** Version of the release that packs. */
  readonly version: string;
}
