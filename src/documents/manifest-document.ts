import * as v from 'valibot';
import { canonicalForms } from '../canon/canonical-json.ts';
import { sha256, sha256Json } from '../canon/sha256.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { type GenerationManifest, MANIFEST_FORMAT_VERSION, type ManifestFile } from '../model/manifest.ts';
import { FILE_MODES } from '../model/spec.ts';
import { refuseNewer } from './format-version.ts';
import { decodeText, parseJson } from './json-text.ts';
import { plainSource } from './plain-source.ts';
import { quick } from './quick-shape.ts';
import { decode, strict } from './shape.ts';
import {
  DigestShape,
  JsonObjectShape,
  NameShape,
  PatternIdShape,
  TierShape,
  TimestampShape,
  VersionShape,
} from './shapes.ts';

// generation_manifest.json. Keys sorted, two spaces, final newline; `manifest_digest` is the SHA-256 of the canonical
// JSON (RFC 8785) of all the rest, so that a reader in any language can recompute it. A change that an older release
// would misread raises formatVersion; older versions stay readable and replay to their own bytes.

const CountShape = v.pipe(v.number(), v.integer(), v.minValue(0));
const RefEntries = { pattern_id: PatternIdShape, version: VersionShape };

export const ManifestShape = strict({
  formatVersion: v.pipe(v.number(), v.integer(), v.minValue(1)),
  renderContract: v.pipe(v.number(), v.integer(), v.minValue(1)),
  name: NameShape,
  version: VersionShape,
  spec: DigestShape,
  variables: JsonObjectShape,
  pins: v.array(strict({ requirement: v.string(), ...RefEntries })),
  patterns: v.array(
    strict({
      ...RefEntries,
      digest: DigestShape,
      frozen_at: TimestampShape,
      quality: DigestShape,
      tier: TierShape,
    }),
  ),
  files: quick(
    v.array(
      // In the order of canonical JSON, so that a large tree is written without being sorted.
      strict({
        mode: v.picklist(FILE_MODES),
        path: v.string(),
        sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')),
        size: CountShape,
        spans: v.array(
          strict({ end: CountShape, pattern_id: PatternIdShape, start: CountShape, version: VersionShape }),
        ),
      }),
    ),
  ),
  output_digest: DigestShape,
  manifest_digest: DigestShape,
});

/** Names a generation: what reports about it and evidence of it refer to. */
export function manifestDigest(manifest: GenerationManifest): Digest {
  return sha256Json({ formatVersion: MANIFEST_FORMAT_VERSION, ...manifest });
}

/** The one way a manifest is written. */
export function writeManifest(manifest: GenerationManifest): string {
  return manifestForm(manifest).text;
}

/** Digest and text of a manifest. */
export function manifestForm(manifest: GenerationManifest): {
  readonly digest: Digest;
  readonly text: string;
} {
  const forms = canonicalForms({ formatVersion: MANIFEST_FORMAT_VERSION, ...manifest });
  const digest = sha256(forms.canonical);
  return { digest, text: forms.prettyWith('manifest_digest', digest) };
}

/**
 * Reads a manifest and proves its integrity: the digests that it states, and that its bytes are the ones that would be
 * written for its content.
 *
 * @throws PatternsError MANIFEST_INVALID naming expected and found; FORMAT_UNSUPPORTED for a newer format
 */
export function readManifest(bytes: Uint8Array, file: string): GenerationManifest {
  const text = decodeText(bytes, file);
  const json = parseJson(text, file);
  refuseNewer(json, file, {
    what: 'the manifest',
    key: 'formatVersion',
    supported: MANIFEST_FORMAT_VERSION,
  });
  const {
    formatVersion: _,
    manifest_digest,
    ...manifest
  } = decode(ManifestShape, plainSource(json, file), 'MANIFEST_INVALID');
  const outputs = outputDigest(manifest.files);
  const { digest: found, text: written } = manifestForm(manifest);
  if (found !== manifest_digest) throw damaged(file, 'manifest_digest', manifest_digest, found);
  if (outputs !== manifest.output_digest)
    throw damaged(file, 'output_digest', manifest.output_digest, outputs);
  if (written !== text) throw damaged(file, 'its own bytes', sha256(written), sha256(text));
  return manifest;
}

/**
 * SHA-256 of one `<sha256 hex>  <path>` line a file, sorted by path bytes: the text that `sha256sum` prints.
 */
export function outputDigest(files: readonly Pick<ManifestFile, 'path' | 'sha256'>[]): Digest {
  const sorted = files.toSorted((a, b) => compareBytes(a.path, b.path));
  return sha256(sorted.map((file) => `${file.sha256}  ${file.path}\n`).join(''));
}

function damaged(file: string, what: string, expected: Digest, found: Digest): PatternsError {
  return new PatternsError(
    'MANIFEST_INVALID',
    `the manifest does not match ${what}: expected ${expected}, found ${found}`,
    {
      place: { file },
      hint: 'The manifest was changed after it was written; restore it from version control or build again.',
      details: { expected, found },
    },
  );
}
