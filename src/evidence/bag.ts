import { newerFormat } from '../documents/format-version.ts';
import { sha256Hex } from '../canon/sha256.ts';
import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';

// The package as a BagIt 1.0 bag (RFC 8493) with SHA-256 manifests, and SHA256SUMS over every other file of it. A change that
// an older release would misread raises EVIDENCE_VERSION; older packages stay readable and verify for ever.

export const EVIDENCE_VERSION = 1;

export const SUMS = 'SHA256SUMS';
const BAG_DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
const VERSION_FIELD = 'Patterns-Evidence-Version';
const SOFTWARE_FIELD = 'Bag-Software-Agent';

/** A file of a bag, known by its digest. */
export interface BagFile {
  /** Below the bag's folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

export interface BagInfo {
  /** `patternbank 0.1.0`. */
  readonly software: string;
  /** What the package is about. */
  readonly description: string;
  /** The output_digest. */
  readonly identifier: string;
}

/** A file whose content is known already. */
export interface PackageDocument {
  /** Below the bag's folder. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The files that make a bag of its files: declaration, information, manifests, sums.
 * @param files payload files (below `data/`) and further files of the bag's folder
 */
export function bagFiles(files: readonly BagFile[], info: BagInfo): readonly PackageDocument[] {
  const payload = files.filter(isPayload);
  const tags = [
    textDocument('bagit.txt', BAG_DECLARATION),
    textDocument('bag-info.txt', bagInfo(payload, info)),
    textDocument('manifest-sha256.txt', sums(payload)),
  ];
  const covered = [...files.filter((file) => !isPayload(file)), ...tags.map(bagFile)];
  const tagManifest = textDocument('tagmanifest-sha256.txt', sums(covered));
  const all = sums([...payload, ...covered, bagFile(tagManifest)]);
  return [...tags, tagManifest, textDocument(SUMS, all)];
}

/** The names of what `bagFiles` makes. */
export const BAG_FILES: readonly string[] = [
  'bagit.txt',
  'bag-info.txt',
  'manifest-sha256.txt',
  'tagmanifest-sha256.txt',
  SUMS,
];

export function bagFile({ path, bytes }: PackageDocument): BagFile {
  return { path, size: bytes.byteLength, sha256: sha256Hex(bytes) };
}

export function textDocument(path: string, text: string): PackageDocument {
  return { path, bytes: Buffer.from(text, 'utf8') };
}

/** What `sha256sum` prints, in the byte order of the paths. */
function sums(files: readonly BagFile[]): string {
  return files
    .toSorted((a, b) => compareBytes(a.path, b.path))
    .map((file) => `${file.sha256}  ${file.path}\n`)
    .join('');
}

function isPayload(file: BagFile): boolean {
  return file.path.startsWith('data/');
}

function bagInfo(payload: readonly BagFile[], info: BagInfo): string {
  const bytes = payload.reduce((sum, file) => sum + file.size, 0);
  return [
    `${SOFTWARE_FIELD}: ${info.software}`,
    `External-Description: ${info.description}`,
    `External-Identifier: ${info.identifier}`,
    `Payload-Oxum: ${bytes}.${payload.length}`,
    `${VERSION_FIELD}: ${EVIDENCE_VERSION}`,
    '',
  ].join('\n');
}

/** Which release packed a bag. */
export interface BagOrigin {
  readonly software: string;
}

/**
 * Reads bag-info.txt.
 * @throws PatternsError EVIDENCE_INVALID without the fields of a package; FORMAT_UNSUPPORTED for a newer version
 */
export function readBagInfo(text: string, file: string): BagOrigin {
  const field = (name: string): string | undefined =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const version = Number(field(VERSION_FIELD));
  const software = field(SOFTWARE_FIELD);
  if (!Number.isSafeInteger(version) || version < 1 || software === undefined) {
    throw new PatternsError('EVIDENCE_INVALID', `no ${VERSION_FIELD} and ${SOFTWARE_FIELD} stand in it`, {
      place: { file },
      hint: 'Name a package that `patterns evidence pack` made.',
    });
  }
  if (version > EVIDENCE_VERSION)
    throw newerFormat({ what: 'the package', key: VERSION_FIELD, supported: EVIDENCE_VERSION }, version, {
      file,
    });
  return { software };
}
