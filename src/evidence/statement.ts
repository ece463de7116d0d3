import * as v from 'valibot';
import { prettyJson } from '../canon/canonical-json.ts';
import { digestHex, type Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { JsonObject } from '../model/json.ts';
import type { GenerationManifest, ManifestPattern } from '../model/manifest.ts';
import { formatRef } from '../model/pattern.ts';
import type { Policy } from '../model/spec.ts';
import { decodeText, parseJson } from '../documents/json-text.ts';
import { plainSource } from '../documents/plain-source.ts';
import { decode } from '../documents/shape.ts';
import { DigestShape, JsonObjectShape, JsonValueShape } from '../documents/shapes.ts';
import { packageUrl } from './package-url.ts';

// The statement: in-toto Statement v1 (https://in-toto.io/Statement/v1) with a SLSA provenance v1 predicate
// (https://slsa.dev/provenance/v1). docs/evidence.md documents the build type. `buildDefinition` is a function of the
// generation; who built, with which release and when stands in `runDetails`. No SLSA level is claimed.

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'https://slsa.dev/provenance/v1';
const BUILD_TYPE = 'urn:patternbank:build-type:generation:v1';

/** Who vouches for a statement: nobody, or whoever holds a key. */
export const BUILDERS = {
  unsigned: 'urn:patternbank:builder:unsigned',
  key: 'urn:patternbank:builder:key',
} as const;

export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const HexShape = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'));
const DigestSetShape = v.object({ sha256: HexShape });

const DescriptorShape = v.object({
  name: v.optional(v.string()),
  uri: v.optional(v.string()),
  digest: v.optional(DigestSetShape),
  annotations: v.optional(JsonObjectShape),
});

export const StatementShape = v.object({
  _type: v.literal(STATEMENT_TYPE),
  subject: v.pipe(
    v.array(v.object({ name: v.string(), digest: DigestSetShape })),
    v.minLength(1, 'must not be empty'),
  ),
  predicateType: v.literal(PREDICATE_TYPE),
  predicate: v.object({
    buildDefinition: v.object({
      buildType: v.literal(BUILD_TYPE),
      externalParameters: v.object({
        name: v.string(),
        version: v.string(),
        spec: DigestShape,
        variables: JsonObjectShape,
        requirements: v.array(v.string()),
      }),
      internalParameters: v.object({
        renderContract: v.number(),
        pins: v.array(v.object({ requirement: v.string(), pattern: v.string() })),
        policy: JsonValueShape,
      }),
      resolvedDependencies: v.array(DescriptorShape),
    }),
    runDetails: v.object({
      builder: v.object({ id: v.string(), version: v.optional(v.record(v.string(), v.string())) }),
      metadata: v.optional(
        v.object({ invocationId: v.optional(v.string()), finishedOn: v.optional(v.string()) }),
      ),
      byproducts: v.optional(v.array(DescriptorShape)),
    }),
  }),
});

export type Statement = v.InferOutput<typeof StatementShape>;
export type BuildDefinition = Statement['predicate']['buildDefinition'];

/** A file that a statement names by digest. */
export interface NamedDigest {
  readonly name: string;
  readonly digest: Digest;
  readonly annotations?: JsonObject | undefined;
}

/** What a build is a function of, in the words of SLSA. */
export function buildDefinition(manifest: GenerationManifest, policy: Policy, lock: Digest): BuildDefinition {
  return {
    buildType: BUILD_TYPE,
    externalParameters: {
      name: manifest.name,
      version: manifest.version,
      spec: manifest.spec,
      variables: manifest.variables,
      requirements: manifest.pins.map((pin) => pin.requirement),
    },
    internalParameters: {
      renderContract: manifest.renderContract,
      pins: manifest.pins.map((pin) => ({ requirement: pin.requirement, pattern: formatRef(pin) })),
      policy: { ...policy },
    },
    resolvedDependencies: [
      descriptor({ name: 'spec.json', digest: manifest.spec }),
      descriptor({ name: `golden/${manifest.name}.lock`, digest: lock }),
      ...manifest.patterns.map(patternDescriptor),
    ],
  };
}

/** The statement in the package: it is about the generated files. */
export function generationStatement(
  definition: BuildDefinition,
  manifest: GenerationManifest,
  details: { readonly version: string; readonly byproducts: readonly NamedDigest[] },
): Statement {
  return {
    _type: STATEMENT_TYPE,
    subject: manifest.files.map((file) => ({ name: file.path, digest: { sha256: file.sha256 } })),
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: definition,
      runDetails: {
        builder: { id: BUILDERS.unsigned, version: { patternbank: details.version } },
        byproducts: details.byproducts.map(descriptor),
      },
    },
  };
}

/** The statement that is signed: it is about the archive. */
export function archiveStatement(
  definition: BuildDefinition,
  archive: NamedDigest,
  details: { readonly version: string; readonly finishedOn: string },
): Statement {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: archive.name, digest: { sha256: digestHex(archive.digest) } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: definition,
      runDetails: {
        builder: { id: BUILDERS.key, version: { patternbank: details.version } },
        metadata: { finishedOn: details.finishedOn },
      },
    },
  };
}

/** Keys sorted, two spaces, final newline. */
export function writeStatement(statement: Statement): string {
  return prettyJson(statement);
}

/** @throws PatternsError EVIDENCE_INVALID, JSON_INVALID, ENCODING_INVALID */
export function readStatement(bytes: Uint8Array, file: string): Statement {
  const source = plainSource(parseJson(decodeText(bytes, file), file), file);
  return decode(StatementShape, source, 'EVIDENCE_INVALID');
}

/** A pattern as a dependency: its frozen form by digest, with the time from which it is frozen. */
function patternDescriptor(pattern: ManifestPattern): v.InferOutput<typeof DescriptorShape> {
  return {
    name: formatRef(pattern),
    uri: packageUrl(pattern),
    digest: { sha256: digestHex(pattern.digest) },
    annotations: { frozen_at: pattern.frozen_at, tier: pattern.tier, quality: pattern.quality },
  };
}

function descriptor({ name, digest, annotations }: NamedDigest): v.InferOutput<typeof DescriptorShape> {
  return {
    name,
    digest: { sha256: digestHex(digest) },
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** @throws PatternsError EVIDENCE_INVALID when a generation without files is to be stated */
export function requireSubjects(manifest: GenerationManifest): void {
  if (manifest.files.length > 0) return;
  throw new PatternsError('EVIDENCE_INVALID', 'the generation has no files, so there is nothing to state', {
    hint: 'Add a file to the spec.',
  });
}
