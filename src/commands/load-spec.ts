import { sha256 } from '../canon/sha256.ts';
import { jsonSource } from '../documents/plain-source.ts';
import { findSecrets } from '../documents/secret-scan.ts';
import { readSpec, type SpecSource, writeSpec } from '../documents/spec-document.ts';
import { readYaml, type SourceDocument } from '../documents/yaml-text.ts';
import type { Digest } from '../model/digest.ts';
import type { Spec } from '../model/spec.ts';
import { displayPath, readNamedFile } from './project.ts';
import type { Workspace } from './workspace.ts';

/** A spec, normalised. */
export interface LoadedSpec {
  /** Read back from the canonical bytes, so that the order of keys in the source reaches nothing. */
  readonly spec: Spec;
  /** The canonical form, with the lines and columns of what a person wrote. */
  readonly source: SourceDocument;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** How messages call it. */
  readonly label: string;
}

/**
 * Reads, validates and normalises the spec of a file, and tells of what looks like a secret in it.
 * @throws PatternsError YAML_INVALID, SPEC_INVALID with line and column
 */
export function loadSpec(workspace: Workspace, path: string): LoadedSpec {
  const label = displayPath(workspace.root, path);
  const source = readSpec(readYaml(readNamedFile(workspace.host.fs, path, 'the spec', label), label));
  for (const secret of findSecrets(source)) workspace.notify(secret);
  return normalise(source, label);
}

/** The spec that a manifest pins, from its blob. */
export function loadPinnedSpec(workspace: Workspace, digest: Digest, label: string): LoadedSpec {
  const bytes = workspace.golden.blobs.read(digest, `the spec of ${label}`);
  const source = jsonSource(bytes, workspace.golden.blobs.name(digest));
  return { spec: readSpec(source).spec, source, bytes, digest, label };
}

function normalise(source: SpecSource, label: string): LoadedSpec {
  const text = writeSpec(source.spec);
  const bytes = Buffer.from(text, 'utf8');
  const canonical = jsonSource(bytes, label);
  return {
    spec: readSpec(canonical).spec,
    source: { ...canonical, place: source.place },
    bytes,
    digest: sha256(bytes),
    label,
  };
}
