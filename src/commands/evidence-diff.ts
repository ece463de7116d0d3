import { readManifest } from '../documents/manifest-document.ts';
import { PACKAGE_PATHS } from '../evidence/package-documents.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';
import { formatRef } from '../model/pattern.ts';
import { type Change, compareGenerations } from './diff-manifests.ts';
import { type EvidencePackage, withPackage } from './evidence-package.ts';
import type { Workspace } from './workspace.ts';

/** A difference between two packages. */
export interface EvidenceChange extends Omit<Change, 'what'> {
  readonly what: Change['what'] | 'frozen' | 'packed file';
  /** Of a changed file: what of its making changed. */
  readonly because?: readonly string[] | undefined;
}

export interface EvidenceDiffReport {
  /** Byte for byte. */
  readonly identical: boolean;
  readonly digest: { readonly before: Digest; readonly after: Digest };
  readonly output_digest: { readonly before: Digest; readonly after: Digest };
  readonly changes: readonly EvidenceChange[];
}

/**
 * What differs between two packages: the generations, then when their patterns were frozen, then whatever else they hold.
 *
 * @param before absolute path of an archive, as is `after`
 * @throws PatternsError EVIDENCE_INVALID for a package that is damaged
 */
export function diffEvidence(workspace: Workspace, before: string, after: string): EvidenceDiffReport {
  return withPackage(workspace, before, (a) =>
    withPackage(workspace, after, (b) => compare(sideOf(a), sideOf(b))),
  );
}

interface Side {
  readonly opened: EvidencePackage;
  readonly manifest: GenerationManifest;
}

function sideOf(opened: EvidencePackage): Side {
  const path = `${PACKAGE_PATHS.output}/${MANIFEST_NAME}`;
  const bytes = opened.read(path);
  const [fault] = opened.index.faults;
  if (fault !== undefined || bytes === undefined) {
    const why = fault === undefined ? `it has no ${path}` : `${fault.name}: ${fault.found}`;
    throw new PatternsError('EVIDENCE_INVALID', `${opened.label} is no package as it was packed: ${why}`, {
      place: { file: opened.label },
      hint: 'Run `patterns evidence verify` on it.',
    });
  }
  return { opened, manifest: readManifest(bytes, `${opened.label}: ${path}`) };
}

function compare(a: Side, b: Side): EvidenceDiffReport {
  const made = compareGenerations(a.manifest, b.manifest);
  const changes: readonly EvidenceChange[] = [
    ...made.map((change) => (change.what === 'file' ? { ...change, ...causes(a, b, change, made) } : change)),
    ...frozenChanges(a.manifest, b.manifest),
    ...packedChanges(a.opened, b.opened),
  ];
  return {
    identical: a.opened.digest === b.opened.digest,
    digest: { before: a.opened.digest, after: b.opened.digest },
    output_digest: { before: a.manifest.output_digest, after: b.manifest.output_digest },
    changes,
  };
}

/** Why a file changed: the patterns of it that changed, else what shapes every file. */
function causes(
  a: Side,
  b: Side,
  { name }: Change,
  made: readonly Change[],
): { readonly because?: readonly string[] } {
  const patterns = [a, b].map(({ manifest }) => {
    const spans = manifest.files.find((file) => file.path === name)?.spans ?? [];
    return new Set(spans.map(formatRef));
  });
  const [old = new Set<string>(), now = new Set<string>()] = patterns;
  const changed = new Set(made.flatMap((change) => (change.what === 'pattern' ? [change.name] : [])));
  const gone = [...old].filter((ref) => !now.has(ref) || changed.has(ref));
  const come = [...now].filter((ref) => !old.has(ref));
  const refs = [...gone.map((ref) => (now.has(ref) ? ref : `- ${ref}`)), ...come.map((ref) => `+ ${ref}`)];
  if (refs.length > 0) return { because: refs };
  const shaping = made.filter((change) => change.what === 'spec' || change.what === 'contract');
  return shaping.length === 0 ? {} : { because: shaping.map((change) => `${change.what} ${change.name}`) };
}

function frozenChanges(a: GenerationManifest, b: GenerationManifest): readonly EvidenceChange[] {
  const before = new Map(a.patterns.map((pattern) => [formatRef(pattern), pattern]));
  return b.patterns.flatMap((pattern): EvidenceChange[] => {
    const old = before.get(formatRef(pattern));
    if (old === undefined || old.digest !== pattern.digest) return [];
    const [from, to] = [old, pattern].map((one) => `${one.frozen_at} from ${one.tier}`);
    return from === to ? [] : [{ what: 'frozen', name: formatRef(pattern), before: from, after: to }];
  });
}

/** Reports and records: files that are no part of the generation. Those that follow from the rest are left out. */
function packedChanges(a: EvidencePackage, b: EvidencePackage): readonly EvidenceChange[] {
  const paths = new Set([...a.files.keys(), ...b.files.keys()].filter(isRecord));
  return [...paths].sort().flatMap((path): EvidenceChange[] => {
    const [old, now] = [a.files.get(path), b.files.get(path)];
    if (old?.sha256 === now?.sha256) return [];
    return [
      {
        what: 'packed file',
        name: path,
        ...(old === undefined ? {} : { before: `sha256:${old.sha256}` }),
        ...(now === undefined ? {} : { after: `sha256:${now.sha256}` }),
      },
    ];
  });
}

function isRecord(path: string): boolean {
  return path.startsWith(`${PACKAGE_PATHS.reports}/`) || path.endsWith('.resolutions.jsonl');
}
