import { dirname, join } from 'node:path';
import { sha256Hex } from '../canon/sha256.ts';
import { readManifest } from '../documents/manifest-document.ts';
import { bagFiles } from '../evidence/bag.ts';
import { PACKAGE_PATHS, packageDocuments, softwareOf } from '../evidence/package-documents.ts';
import type { PackageFacts } from '../evidence/package-facts.ts';
import { type PrivateText, redact, refuseSecrets } from '../evidence/redaction.ts';
import { buildDefinition, requireSubjects } from '../evidence/statement.ts';
import { compareNames } from '../evidence/ustar.ts';
import { bagRoot, describePackage } from '../evidence/verify-guide.ts';
import { type Digest, digestHex } from '../model/digest.ts';
import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';
import { lockPath, packageFacts, resolutionsPath } from './evidence-facts.ts';
import { gatherReports } from './evidence-reports.ts';
import {
  digestLine,
  keepSignature,
  type PackageKey,
  signArchive,
  signerOf,
  sidecarPaths,
} from './evidence-sidecars.ts';
import { displayPath, readNamedFile } from './project.ts';
import { checkGolden, checkLock, type Finding } from './verify.ts';
import type { Workspace } from './workspace.ts';
import { type PackedFile, type PackFault, writeArchive } from './write-archive.ts';

export interface PackOptions {
  /** Absolute path of the output folder. */
  readonly folder: string;
  /** Absolute path of the archive. */
  readonly archive: string;
  /** Absolute paths of reports about the generation. */
  readonly reports: readonly string[];
  readonly key: PackageKey | undefined;
  /** Texts of this machine that may not leave it. */
  readonly privateTexts: readonly PrivateText[];
  /** Version of this release. */
  readonly version: string;
}

export interface Redaction {
  readonly file: string;
  readonly replaced: number;
}

export interface PackReport {
  /** False, and nothing is written, unless tree, manifest, lockfile and golden store agree. */
  readonly packed: boolean;
  readonly archive: string;
  readonly digest?: Digest | undefined;
  /** The signature beside the archive. */
  readonly bundle?: string | undefined;
  readonly output_digest: Digest;
  /** How many files the package holds. */
  readonly files: number;
  /** Files in which private texts were replaced, and how many. */
  readonly redacted: readonly Redaction[];
  readonly findings: readonly Finding[];
}

/**
 * Packs a generated tree with all that it came from. The same input gives the same bytes: no clock is read for them.
 *
 * @throws PatternsError MANIFEST_INVALID, SECRET_FOUND, KEY_INVALID, PATH_UNSAFE and PATH_COLLISION for a report's name
 */
export function packEvidence(workspace: Workspace, options: PackOptions): PackReport {
  const { fs } = workspace.host;
  const signer = options.key === undefined ? undefined : signerOf(workspace, options.key);
  const folder = displayPath(workspace.root, options.folder);
  const label = `${folder}/${MANIFEST_NAME}`;
  const manifestBytes = readNamedFile(fs, join(options.folder, MANIFEST_NAME), 'the manifest', label);
  const manifest = readManifest(manifestBytes, label);
  requireSubjects(manifest);
  const archive = displayPath(workspace.root, options.archive);
  const refused = (findings: readonly Finding[]): PackReport => ({
    packed: false,
    archive,
    output_digest: manifest.output_digest,
    files: 0,
    redacted: [],
    findings,
  });
  const findings = [...checkGolden(workspace, manifest, label), ...checkLock(workspace, manifest)];
  if (findings.length > 0) return refused(findings);

  const { facts, files, redacted } = gather(workspace, options, { manifest, bytes: manifestBytes, label });
  const root = bagRoot(manifest);
  const { digest, faults } = write(workspace, options, root, files);
  if (digest === undefined) {
    const inPackage = `${root}/${PACKAGE_PATHS.output}/`;
    return refused(faults.map((fault) => findingOf(fault, inPackage, `${folder}/`)));
  }
  const definition = buildDefinition(manifest, facts.policy, facts.lock);
  const { archive: path, version } = options;
  if (signer !== undefined) signArchive(workspace, { path, digest, version }, definition, signer);
  const signed = signer !== undefined || keepSignature(workspace, path, digest);
  return {
    packed: true,
    archive,
    digest,
    ...(signed ? { bundle: displayPath(workspace.root, sidecarPaths(path).bundle) } : {}),
    output_digest: manifest.output_digest,
    files: files.length,
    redacted,
    findings: [],
  };
}

interface ManifestFileRead {
  readonly manifest: GenerationManifest;
  readonly bytes: Uint8Array;
  readonly label: string;
}

/** Every file of the package, those that make it a bag included. */
function gather(
  workspace: Workspace,
  options: PackOptions,
  { manifest, bytes: manifestBytes, label }: ManifestFileRead,
): {
  readonly facts: PackageFacts;
  readonly files: readonly PackedFile[];
  readonly redacted: readonly Redaction[];
} {
  const { host, locks } = workspace;
  const redacted: Redaction[] = [];
  const clean = (name: string, bytes: Uint8Array): HeldFile => {
    const { bytes: kept, replaced } = redact(bytes, options.privateTexts);
    if (replaced > 0) redacted.push({ file: name, replaced });
    return held(name, kept);
  };
  const lock = host.fs.readFile(locks.path(manifest.name));
  const recorded = locks.resolutionsPath(manifest.name);
  const resolutions =
    host.fs.stat(recorded)?.kind === 'file'
      ? [clean(resolutionsPath(manifest), host.fs.readFile(recorded))]
      : [];
  const reports = gatherReports(workspace, options, manifest).map(({ name, bytes }) => clean(name, bytes));
  const facts = packageFacts(workspace, {
    manifest,
    manifestBytes,
    label,
    lock,
    resolutions: resolutions[0]?.content,
    reports: reports.map((report) => ({ ...bagFileOf(report), bytes: report.content })),
    readOutput: (path) => {
      const file = join(options.folder, path);
      return host.fs.stat(file)?.kind === 'file' ? host.fs.readFile(file) : undefined;
    },
    version: options.version,
  });
  const packed: readonly PackedFile[] = [
    ...packageDocuments(facts).map(({ path, bytes }) => held(path, bytes)),
    ...resolutions,
    ...reports,
    held(lockPath(manifest), lock),
    held(`${PACKAGE_PATHS.output}/${MANIFEST_NAME}`, manifestBytes),
    ...goldenFiles(workspace, manifest),
    ...manifest.files.map(({ path, size, sha256 }) => ({
      name: `${PACKAGE_PATHS.output}/${path}`,
      size,
      sha256,
      content: `${options.folder}/${path}`,
    })),
  ].sort(compareNames);
  const bag = bagFiles(packed.map(bagFileOf), {
    software: softwareOf(options.version),
    description: describePackage(manifest),
    identifier: manifest.output_digest,
  });
  return { facts, files: [...packed, ...bag.map(({ path, bytes }) => held(path, bytes))], redacted };
}

/** Writes the archive and its digest; nothing when a file is not what the manifest says. */
function write(
  workspace: Workspace,
  options: PackOptions,
  root: string,
  files: readonly PackedFile[],
): { readonly digest: Digest | undefined; readonly faults: readonly PackFault[] } {
  const { fs, writer } = workspace.host;
  const secrets = options.privateTexts.flatMap(({ kind, text }) => (kind === 'secret' ? [text] : []));
  const named = files.map((file) => ({ ...file, name: `${root}/${file.name}` }));
  fs.makeFolder(dirname(options.archive));
  const pending = writer.begin(options.archive, 0o644);
  try {
    const { digest, faults } = writeArchive(fs, named, pending, (bytes, name) => {
      refuseSecrets(bytes, secrets, name);
    });
    if (faults.length > 0) {
      pending.discard();
      return { digest: undefined, faults };
    }
    const sidecar = sidecarPaths(options.archive).digest;
    fs.removeFile(sidecar);
    pending.commit();
    const line = Buffer.from(digestLine(options.archive, digest), 'utf8');
    writer.replace(sidecar, line, { mode: 0o644, durable: false });
    return { digest, faults };
  } catch (cause) {
    pending.discard();
    throw cause;
  }
}

type HeldFile = PackedFile & { readonly content: Uint8Array };

function held(name: string, content: Uint8Array): HeldFile {
  return { name, size: content.byteLength, sha256: sha256Hex(content), content };
}

function bagFileOf({ name, size, sha256 }: PackedFile) {
  return { path: name, size, sha256 };
}

/** The blobs that the manifest refers to, each once. */
function goldenFiles(workspace: Workspace, manifest: GenerationManifest): readonly PackedFile[] {
  const { golden, host } = workspace;
  const digests = new Set<Digest>([manifest.spec]);
  for (const pattern of manifest.patterns) {
    const { body } = golden.frozen(pattern, pattern.digest);
    for (const digest of [pattern.digest, pattern.quality, body]) digests.add(digest);
  }
  return [...digests].map((digest) => {
    const hex = digestHex(digest);
    const content = golden.blobs.path(digest);
    const name = `${PACKAGE_PATHS.golden}/blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2)}`;
    return { name, size: host.fs.stat(content)?.size ?? 0, sha256: hex, content };
  });
}

function findingOf({ name, expected, found }: PackFault, inPackage: string, inTree: string): Finding {
  const file = name.startsWith(inPackage) ? `${inTree}${name.slice(inPackage.length)}` : name;
  return { kind: found === 'no such file' ? 'missing' : 'changed', file, expected, found };
}
