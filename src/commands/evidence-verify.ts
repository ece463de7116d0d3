import { readManifest } from '../documents/manifest-document.ts';
import { BAG_FILES, bagFiles, type BagOrigin, readBagInfo } from '../evidence/bag.ts';
import { checkBag } from '../evidence/check-bag.ts';
import { PACKAGE_PATHS } from '../evidence/package-documents.ts';
import type { PackageFacts } from '../evidence/package-facts.ts';
import { describePackage } from '../evidence/verify-guide.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';
import { type EvidenceFinding, EvidenceChecks, type CheckResult } from './evidence-checks.ts';
import { checkDocuments } from './evidence-documents-check.ts';
import { checkGoldenFiles, checkOutputs } from './evidence-content-check.ts';
import { lockPath, packageFacts, resolutionsPath } from './evidence-facts.ts';
import { type EvidencePackage, withPackage } from './evidence-package.ts';
import { checkDigestFile, checkSignature } from './evidence-origin-check.ts';
import { checkGolden, checkLock, checkReplay, type Finding } from './verify.ts';
import type { Workspace } from './workspace.ts';

export interface EvidenceVerifyOptions {
  /** Absolute path of the archive. */
  readonly archive: string;
  /** Absolute path of a public key, whose signature is demanded. */
  readonly key: string | undefined;
  /** Absolute path of the signature; beside the archive by default. */
  readonly bundle: string | undefined;
  /** Version of this release. */
  readonly version: string;
}

export interface EvidenceReport {
  readonly verified: boolean;
  readonly archive: string;
  readonly digest: Digest;
  /** `key`: whoever holds the key vouches for it. `none`: it agrees with itself. */
  readonly trust: 'key' | 'none';
  /** The release that packed it. */
  readonly software?: string | undefined;
  readonly output_digest?: Digest | undefined;
  readonly files: number;
  readonly checks: readonly CheckResult[];
  readonly findings: readonly EvidenceFinding[];
}

/**
 * Checks a package of unknown origin, and renders it again from what it holds. Every fault is reported. Nothing of it is
 * unpacked or run, no bank and no network is used.
 *
 * @throws PatternsError FILE_NOT_FOUND; KEY_INVALID; FORMAT_UNSUPPORTED for a package of a later format
 */
export function verifyEvidence(workspace: Workspace, options: EvidenceVerifyOptions): EvidenceReport {
  return withPackage(workspace, options.archive, (opened) => {
    const checks = new EvidenceChecks();
    checkDigestFile(workspace, checks, options.archive, opened);
    const origin = checkArchive(checks, opened);
    const manifest = checks.attempt('outputs', `${PACKAGE_PATHS.output}/${MANIFEST_NAME}`, () =>
      readPackedManifest(opened),
    );
    const facts =
      manifest === undefined
        ? undefined
        : checkContent(checks, opened, { manifest, origin, release: options.version });
    checkSignature(workspace, checks, options, { digest: opened.digest, facts });
    return {
      verified: checks.findings.length === 0,
      archive: opened.label,
      digest: opened.digest,
      trust: checks.passed('signature') ? 'key' : 'none',
      ...(origin === undefined ? {} : { software: origin.software }),
      ...(manifest === undefined ? {} : { output_digest: manifest.output_digest }),
      files: opened.files.size,
      checks: checks.results(),
      findings: checks.findings,
    };
  });
}

/** Archive and bag: that the files are those that were packed. */
function checkArchive(checks: EvidenceChecks, opened: EvidencePackage): BagOrigin | undefined {
  checks.add(
    'archive',
    opened.index.faults.map(({ name, expected, found }) => ({
      file: opened.files.size === 0 ? opened.label : withoutFolder(opened, name),
      expected,
      found,
    })),
  );
  const info = 'bag-info.txt';
  const origin = checks.attempt('bag', info, () =>
    readBagInfo(Buffer.from(opened.read(info) ?? []).toString('utf8'), info),
  );
  const faults = checkBag(opened.files, opened.read);
  // Behind a break in the archive nothing is known, so nothing there is missing.
  checks.add(
    'bag',
    opened.index.complete ? faults : faults.filter((fault) => fault.found !== 'no such file'),
  );
  return origin;
}

function withoutFolder(opened: EvidencePackage, name: string): string {
  const folder = opened.path('').slice(1);
  return name.startsWith(folder) ? name.slice(folder.length) : name;
}

function readPackedManifest(opened: EvidencePackage): GenerationManifest {
  const path = `${PACKAGE_PATHS.output}/${MANIFEST_NAME}`;
  const bytes = opened.read(path);
  if (bytes !== undefined) return readManifest(bytes, path);
  throw new PatternsError('EVIDENCE_INVALID', 'the package holds no manifest', {
    place: { file: path },
    details: { expected: 'a manifest', found: 'no such file' },
  });
}

interface PackedGeneration {
  readonly manifest: GenerationManifest;
  readonly origin: BagOrigin | undefined;
  /** Version of this release. */
  readonly release: string;
}

/** What the files say: that they agree with each other, and follow from each other. */
function checkContent(
  checks: EvidenceChecks,
  opened: EvidencePackage,
  { manifest, origin, release }: PackedGeneration,
): PackageFacts | undefined {
  const { workspace } = opened;
  const label = `${PACKAGE_PATHS.output}/${MANIFEST_NAME}`;
  checks.add('outputs', checkOutputs(opened, manifest));
  const golden = checkGolden(workspace, manifest, label).map(asFinding);
  checks.add('golden', [...golden, ...(golden.length === 0 ? checkGoldenFiles(opened, manifest) : [])]);
  checks.add('lockfile', checkLock(workspace, manifest).map(asFinding));
  if (golden.length > 0) {
    checks.skip('documents', 'the golden store is damaged');
    checks.skip('replay', 'the golden store is damaged');
    return undefined;
  }
  const bytes = opened.read(label) ?? Buffer.alloc(0);
  checks.add('replay', checkReplay(workspace, manifest, bytes, label).map(asFinding));
  const facts = checks.attempt('documents', label, () => factsOf(opened, manifest, origin));
  if (facts !== undefined) checkDocuments(checks, opened, facts, release);
  if (facts !== undefined && origin !== undefined) checkBagInfo(checks, opened, facts, origin);
  return facts;
}

function factsOf(
  opened: EvidencePackage,
  manifest: GenerationManifest,
  origin: BagOrigin | undefined,
): PackageFacts {
  const { workspace, files, read } = opened;
  return packageFacts(workspace, {
    manifest,
    manifestBytes: read(`${PACKAGE_PATHS.output}/${MANIFEST_NAME}`) ?? Buffer.alloc(0),
    label: `${PACKAGE_PATHS.output}/${MANIFEST_NAME}`,
    lock: read(lockPath(manifest)) ?? Buffer.alloc(0),
    resolutions: read(resolutionsPath(manifest)),
    reports: [...files.values()]
      .filter(({ path }) => path.startsWith(`${PACKAGE_PATHS.reports}/`))
      .map((file) => ({ ...file, bytes: read(file.path) ?? Buffer.alloc(0) })),
    readOutput: (path) => read(`${PACKAGE_PATHS.output}/${path}`),
    version: /^patternbank (.+)$/.exec(origin?.software ?? '')?.[1] ?? 'unknown',
  });
}

/** The declaration and the description of the bag follow from its files. */
function checkBagInfo(
  checks: EvidenceChecks,
  opened: EvidencePackage,
  { manifest }: PackageFacts,
  { software }: BagOrigin,
): void {
  const others = [...opened.files.values()].filter(({ path }) => !BAG_FILES.includes(path));
  const info = { software, description: describePackage(manifest), identifier: manifest.output_digest };
  const expected = bagFiles(others, info).slice(0, 2);
  checks.add(
    'bag',
    expected.flatMap(({ path, bytes }) =>
      checks.names(path) || Buffer.from(bytes).equals(opened.read(path) ?? Buffer.alloc(0))
        ? []
        : [{ file: path, expected: 'what the files of the package give', found: 'something else' }],
    ),
  );
}

function asFinding({ file, expected, found }: Finding) {
  return { file, expected, found };
}
