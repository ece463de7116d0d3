import { sha256 } from '../canon/sha256.ts';
import { summariseSmoke } from '../documents/smoke-report-document.ts';
import { readResolutions } from '../documents/resolutions-document.ts';
import { bagFile, type BagFile } from '../evidence/bag.ts';
import { PACKAGE_PATHS } from '../evidence/package-documents.ts';
import type { PackageFacts } from '../evidence/package-facts.ts';
import { canPinDependencies, MAX_LIST_BYTES, pinnedDependencies } from '../evidence/pinned-dependencies.ts';
import type { GenerationManifest } from '../model/manifest.ts';
import { formatRef, type PatternRecord } from '../model/pattern.ts';
import { loadPinnedSpec } from './load-spec.ts';
import type { Workspace } from './workspace.ts';

/** What a package is made from, beside the golden store. */
export interface FactSources {
  readonly manifest: GenerationManifest;
  readonly manifestBytes: Uint8Array;
  /** How messages call the manifest. */
  readonly label: string;
  readonly lock: Uint8Array;
  /** The resolutions as they are packed, where there are any. */
  readonly resolutions: Uint8Array | undefined;
  /** The reports as they are packed. */
  readonly reports: readonly (BagFile & { readonly bytes: Uint8Array })[];
  /** A generated file, by its path; undefined where it cannot be read. */
  readonly readOutput: (path: string) => Uint8Array | undefined;
  /** Version of the release that packs. */
  readonly version: string;
}

/**
 * Gathers all that the documents of a package are a function of; a package and the project that it came from give the same.
 * @throws PatternsError as the golden store
 */
export function packageFacts(workspace: Workspace, sources: FactSources): PackageFacts {
  const { manifest, label, resolutions, version } = sources;
  const { spec, bytes: specBytes } = loadPinnedSpec(workspace, manifest.spec, label);
  const records = new Map<string, PatternRecord>(
    manifest.patterns.map((pattern) => [
      formatRef(pattern),
      workspace.golden.record(pattern, pattern.quality),
    ]),
  );
  const path = resolutionsPath(manifest);
  return {
    manifest,
    manifestDigest: sha256(sources.manifestBytes),
    policy: spec.policy,
    specBytes,
    lock: sha256(sources.lock),
    recordOf: (pattern) =>
      records.get(formatRef(pattern)) ?? workspace.golden.record(pattern, pattern.quality),
    resolutions: resolutions === undefined ? [] : readResolutions(resolutions, path),
    dependencies: manifest.files
      .filter((file) => canPinDependencies(file.path) && file.size <= MAX_LIST_BYTES)
      .flatMap((file) => {
        const bytes = sources.readOutput(file.path);
        return bytes === undefined ? [] : pinnedDependencies(file.path, bytes);
      }),
    byproducts: [
      ...(resolutions === undefined ? [] : [bagFile({ path, bytes: resolutions })]),
      ...sources.reports.map(({ path: name, size, sha256: hex }) => ({ path: name, size, sha256: hex })),
    ],
    smoke: sources.reports.flatMap(({ path: name, bytes }) => {
      const verdict = summariseSmoke(bytes, name);
      return verdict === undefined ? [] : [{ ...verdict, path: name }];
    }),
    version,
  };
}

/** Where the resolutions lie in a package. */
export function resolutionsPath({ name }: Pick<GenerationManifest, 'name'>): string {
  return `${PACKAGE_PATHS.golden}/${name}.resolutions.jsonl`;
}

/** Where the lockfile lies in a package. */
export function lockPath({ name }: Pick<GenerationManifest, 'name'>): string {
  return `${PACKAGE_PATHS.golden}/${name}.lock`;
}
