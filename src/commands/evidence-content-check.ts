import { PACKAGE_PATHS } from '../evidence/package-documents.ts';
import { BAG_FILES } from '../evidence/bag.ts';
import { type Digest, digestHex } from '../model/digest.ts';
import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';
import type { EvidenceFinding } from './evidence-checks.ts';
import { lockPath, resolutionsPath } from './evidence-facts.ts';
import type { EvidencePackage } from './evidence-package.ts';

type Fault = Omit<EvidenceFinding, 'check'>;

/** Compares the generated files with the manifest, both ways. */
export function checkOutputs(opened: EvidencePackage, manifest: GenerationManifest): readonly Fault[] {
  const known = new Set([`${PACKAGE_PATHS.output}/${MANIFEST_NAME}`]);
  const faults = manifest.files.flatMap((file): Fault[] => {
    const path = `${PACKAGE_PATHS.output}/${file.path}`;
    known.add(path);
    const found = opened.files.get(path);
    if (found?.sha256 === file.sha256) return [];
    // Behind a break in the archive nothing is known, so nothing there is missing.
    if (found === undefined && !opened.index.complete) return [];
    const expected = `sha256:${file.sha256}`;
    return [{ file: path, expected, found: found === undefined ? 'no such file' : `sha256:${found.sha256}` }];
  });
  return [...faults, ...strangers(opened, `${PACKAGE_PATHS.output}/`, known)];
}

/** Whatever of a package is neither output nor report must be known by name. */
export function checkGoldenFiles(opened: EvidencePackage, manifest: GenerationManifest): readonly Fault[] {
  const { golden } = opened.workspace;
  const digests = new Set<Digest>([manifest.spec]);
  for (const pattern of manifest.patterns) {
    const { body } = golden.frozen(pattern, pattern.digest);
    for (const digest of [pattern.digest, pattern.quality, body]) digests.add(digest);
  }
  const { golden: folder, output: _, reports: __, ...documents } = PACKAGE_PATHS;
  const known = new Set<string>([
    ...Object.values(documents),
    ...BAG_FILES,
    lockPath(manifest),
    resolutionsPath(manifest),
    ...[...digests].map((digest) => {
      const hex = digestHex(digest);
      return `${folder}/blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2)}`;
    }),
  ]);
  return strangers(opened, '', known).filter(
    ({ file }) => !file.startsWith(`${PACKAGE_PATHS.output}/`) && !isReport(file),
  );
}

function isReport(path: string): boolean {
  return path.startsWith(`${PACKAGE_PATHS.reports}/`) && path.split('/').length === 3;
}

function strangers(opened: EvidencePackage, prefix: string, known: ReadonlySet<string>): readonly Fault[] {
  return [...opened.files.keys()]
    .filter((path) => path.startsWith(prefix) && !known.has(path))
    .map((file) => ({
      file,
      expected: 'no such file',
      found: 'a file that nothing in the package refers to',
    }));
}
