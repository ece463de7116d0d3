import { join } from 'node:path';
import { requirementOf } from '../canon/requirement.ts';
import { Sha256, sha256Hex } from '../canon/sha256.ts';
import { readManifest } from '../documents/manifest-document.ts';
import type { LockfileReading } from '../documents/lockfile-document.ts';
import type { FileReader, FileSystem } from '../host/file-system.ts';
import { PatternsError } from '../model/error.ts';
import type { Lockfile } from '../model/lockfile.ts';
import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';
import { formatRef } from '../model/pattern.ts';
import { outputTree } from './generate.ts';
import { displayPath, readNamedFile } from './project.ts';
import { compareManifests, demandsOfManifest, regenerate } from './replay.ts';
import type { Workspace } from './workspace.ts';

export type FindingKind = 'changed' | 'missing' | 'mode' | 'manifest' | 'lockfile' | 'golden' | 'replay';

/** Something that is not as it was written. */
export interface Finding {
  readonly kind: FindingKind;
  /** The file at fault. */
  readonly file: string;
  readonly expected: string;
  readonly found: string;
}

export interface VerifyReport {
  readonly verified: boolean;
  readonly output_digest: string | undefined;
  readonly files: number;
  readonly findings: readonly Finding[];
  /** Files beside the generated ones; a fault only when strict. */
  readonly extra: readonly string[];
  readonly strict: boolean;
}

/**
 * Checks a generated tree, its manifest, its lockfile and the golden store against each other. Every fault is reported,
 * not only the first.
 *
 * @param folder absolute path of the output folder
 * @param mode `strict` renders once more, which alone finds a tree that was changed together with its manifest, and
 *   takes files beside the generated ones for faults
 */
export function verify(workspace: Workspace, folder: string, mode: 'lenient' | 'strict'): VerifyReport {
  const label = displayPath(workspace.root, folder);
  const manifestLabel = `${label}/${MANIFEST_NAME}`;
  const bytes = readNamedFile(workspace.host.fs, join(folder, MANIFEST_NAME), 'the manifest', manifestLabel);
  const findings: Finding[] = [];
  const manifest = attempt(findings, 'manifest', manifestLabel, () => readManifest(bytes, manifestLabel));
  if (manifest === undefined) {
    return {
      verified: false,
      output_digest: undefined,
      files: 0,
      findings,
      extra: [],
      strict: mode === 'strict',
    };
  }
  const tree = outputTree(workspace, folder, label);
  const { fs } = workspace.host;
  const sound = new Set<string>();
  for (const file of manifest.files) {
    const found = checkFile(fs, join(folder, file.path), `${label}/${file.path}`, file);
    if (found.length === 0) sound.add(file.path);
    findings.push(...found);
  }
  const golden = checkGolden(workspace, manifest, manifestLabel);
  findings.push(...golden, ...checkLock(workspace, manifest));
  if (mode === 'strict' && golden.length === 0)
    findings.push(...checkReplay(workspace, manifest, bytes, manifestLabel));
  const listed = new Set(manifest.files.map((file) => file.path));
  const extra = tree.list(sound).filter((path) => !listed.has(path));
  return {
    verified: findings.length === 0 && (mode === 'lenient' || extra.length === 0),
    output_digest: manifest.output_digest,
    files: manifest.files.length,
    findings,
    extra,
    strict: mode === 'strict',
  };
}

function checkFile(
  fs: FileSystem,
  path: string,
  name: string,
  file: GenerationManifest['files'][number],
): readonly Finding[] {
  const found = digestOf(fs, path);
  switch (found.kind) {
    case 'missing':
      return [{ kind: 'missing', file: name, expected: `sha256:${file.sha256}`, found: 'no such file' }];
    case 'file':
      break;
    default:
      return [{ kind: 'changed', file: name, expected: 'a file', found: `a ${found.kind}` }];
  }
  const { sha256, mode } = found;
  if (sha256 !== file.sha256) {
    return [{ kind: 'changed', file: name, expected: `sha256:${file.sha256}`, found: `sha256:${sha256}` }];
  }
  // Version control keeps the executable bit alone, so the others may differ from checkout to checkout.
  const executable = (mode & 0o100) !== 0;
  if (executable === (file.mode === '0755')) return [];
  return [{ kind: 'mode', file: name, expected: file.mode, found: `0${(mode & 0o777).toString(8)}` }];
}

type Found =
  | { readonly kind: 'file'; readonly sha256: string; readonly mode: number }
  | { readonly kind: 'missing' | 'folder' | 'symlink' | 'other' };

/** Most files fit in it whole. */
const piece = new Uint8Array(64 * 1024);

function digestOf(fs: FileSystem, path: string): Found {
  let reader: FileReader;
  try {
    reader = fs.openFile(path);
  } catch (cause) {
    // What it is instead is looked for only now, since nearly every file is one.
    const kind = fs.stat(path)?.kind ?? 'missing';
    if (kind === 'file') throw cause;
    return { kind };
  }
  try {
    return { kind: 'file', sha256: contentDigest(reader), mode: reader.mode };
  } finally {
    reader.close();
  }
}

function contentDigest(reader: FileReader): string {
  if (reader.size <= piece.byteLength)
    return sha256Hex(piece.subarray(0, reader.readInto(piece.subarray(0, reader.size), 0)));
  const hash = new Sha256();
  for (let at = 0; at < reader.size; at += piece.byteLength)
    hash.update(piece.subarray(0, reader.readInto(piece, at)));
  return hash.hex();
}

/** Every blob that manifest or lockfile names. */
export function checkGolden(
  workspace: Workspace,
  manifest: GenerationManifest,
  label: string,
): readonly Finding[] {
  const { golden } = workspace;
  const findings: Finding[] = [];
  attempt(findings, 'golden', label, () => golden.blobs.read(manifest.spec, 'the spec'));
  for (const pattern of manifest.patterns) {
    const frozen = attempt(findings, 'golden', label, () => golden.frozen(pattern, pattern.digest));
    if (frozen !== undefined) attempt(findings, 'golden', label, () => golden.body(frozen));
    attempt(findings, 'golden', label, () => golden.record(pattern, pattern.quality));
  }
  return findings;
}

/** Renders once more, and compares with the manifest. */
export function checkReplay(
  workspace: Workspace,
  manifest: GenerationManifest,
  bytes: Uint8Array,
  label: string,
): readonly Finding[] {
  const findings: Finding[] = [];
  const again = attempt(findings, 'replay', label, () => regenerate(workspace, manifest, label));
  const differences = again === undefined ? [] : compareManifests(manifest, bytes, again);
  return [
    ...findings,
    ...differences.map(
      ({ path, expected, found }): Finding => ({ kind: 'replay', file: path, expected, found }),
    ),
  ];
}

/** The lockfile must say of every pin and pattern what the manifest says. */
export function checkLock(workspace: Workspace, manifest: GenerationManifest): readonly Finding[] {
  const label = workspace.locks.label(manifest.name);
  const findings: Finding[] = [];
  const reading = attempt(findings, 'lockfile', label, () =>
    requireLock(workspace.locks.read(manifest.name), label),
  );
  if (reading === undefined) return findings;
  for (const { requirement } of reading.conflicts) {
    findings.push({
      kind: 'lockfile',
      file: label,
      expected: `one pin of ${requirement}`,
      found: 'two that contradict each other',
    });
  }
  return [
    ...findings,
    ...comparePins(reading.lockfile, manifest, label),
    ...comparePatterns(reading.lockfile, manifest, label),
    ...checkPurposes(workspace, reading.lockfile, manifest, label),
  ];
}

function requireLock(reading: LockfileReading | undefined, label: string): LockfileReading {
  if (reading !== undefined) return reading;
  throw new PatternsError('LOCK_MISSING', `${label} does not exist`, {
    hint: 'Restore it from version control.',
  });
}

function comparePins(lockfile: Lockfile, manifest: GenerationManifest, file: string): readonly Finding[] {
  const locked = new Map(lockfile.pins.map((pin) => [pin.requirement, formatRef(pin)]));
  const built = new Map(manifest.pins.map((pin) => [pin.requirement, formatRef(pin)]));
  return compareMaps(built, locked).map(([requirement, expected, found]) => ({
    kind: 'lockfile',
    file,
    expected: `${requirement} → ${expected}`,
    found: `${requirement} → ${found}`,
  }));
}

function comparePatterns(lockfile: Lockfile, manifest: GenerationManifest, file: string): readonly Finding[] {
  const locked = new Map(
    lockfile.patterns.map((line) => [
      formatRef(line),
      `${line.digest} ${line.quality} frozen ${line.frozen_at} from ${line.source}`,
    ]),
  );
  const built = new Map(
    manifest.patterns.map((line) => [
      formatRef(line),
      `${line.digest} ${line.quality} frozen ${line.frozen_at} from ${line.tier}`,
    ]),
  );
  return compareMaps(built, locked).map(([ref, expected, found]) => ({
    kind: 'lockfile',
    file,
    expected: `${ref}: ${expected}`,
    found: `${ref}: ${found}`,
  }));
}

/** The purpose beside the pin of a need is for readers; it must still be the need's own. */
function checkPurposes(
  workspace: Workspace,
  lockfile: Lockfile,
  manifest: GenerationManifest,
  file: string,
): readonly Finding[] {
  // Without a need, there is no purpose to look for in the spec, which may be large.
  if (lockfile.pins.every((pin) => pin.purpose === undefined && !pin.requirement.startsWith('need:')))
    return [];
  const purposes = new Map<string, string>();
  const findings: Finding[] = [];
  // What cannot be read is a finding of the golden store already.
  const demands = attempt(findings, 'golden', file, () => demandsOfManifest(workspace, manifest, file)) ?? [];
  for (const demand of demands)
    if (demand.kind === 'need') purposes.set(requirementOf(demand), demand.need.purpose);
  if (findings.length > 0) return [];
  return lockfile.pins.flatMap((pin): Finding[] => {
    const [expected, found] = [purposes.get(pin.requirement) ?? 'no purpose', pin.purpose ?? 'no purpose'];
    return expected === found
      ? []
      : [
          {
            kind: 'lockfile',
            file,
            expected: `${pin.requirement}: ${expected}`,
            found: `${pin.requirement}: ${found}`,
          },
        ];
  });
}

function compareMaps(
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): readonly (readonly [string, string, string])[] {
  const keys = [...new Set([...expected.keys(), ...found.keys()])];
  return keys.flatMap((key): [string, string, string][] => {
    const [a, b] = [expected.get(key) ?? 'nothing', found.get(key) ?? 'nothing'];
    return a === b ? [] : [[key, a, b]];
  });
}

/** Turns a refusal into a finding, and goes on. */
function attempt<T>(findings: Finding[], kind: FindingKind, file: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    const { expected, found, digest } = cause.details ?? {};
    const named = cause.place?.file ?? file;
    findings.push({
      kind,
      file: named,
      expected: [expected, digest].find((one) => typeof one === 'string') ?? 'the file as it was written',
      found: typeof found === 'string' ? `${found} (${cause.message})` : cause.message,
    });
    return undefined;
  }
}
