import * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256 } from '../canon/sha256.ts';
import { PatternsError } from '../model/error.ts';
import { type FrozenPattern, type Pattern, type PatternRecord, VARIABLE_TYPES } from '../model/pattern.ts';
import { checkVariableValue } from '../model/variable.ts';
import { decode, matching, strict } from './shape.ts';
import {
  DigestShape,
  FacetsShape,
  IdentifierShape,
  JsonObjectShape,
  JsonValueShape,
  NameShape,
  PatternIdShape,
  QualityShape,
  SignatureShape,
  VersionShape,
} from './shapes.ts';
import type { SourceDocument } from './yaml-text.ts';

// pattern.yaml, the pattern document. New optional keys may be added; a key is never given another meaning. What
// shapes a render goes into the frozen pattern (FrozenShape below), whose canonical JSON is pinned by digest in every
// lockfile: a new key there is left out of the JSON while it has its default, so that old digests stand.

const VariableShape = strict({
  type: v.picklist(VARIABLE_TYPES),
  default: v.optional(JsonValueShape),
  enum: v.optional(v.pipe(v.array(JsonValueShape), v.minLength(1, 'must not be empty'))),
  description: v.optional(v.string()),
});

const SlotShape = strict({
  separator: v.optional(v.string(), '\n'),
  unique: v.optional(v.boolean(), false),
  sort: v.optional(v.boolean(), false),
  required: v.optional(v.boolean(), false),
});

const DelimiterShape = v.pipe(
  v.string(),
  v.minLength(2, 'must have at least two characters'),
  v.maxLength(8, 'is too long'),
);
const DelimitersShape = strict({
  output: v.tuple([DelimiterShape, DelimiterShape]),
  tag: v.tuple([DelimiterShape, DelimiterShape]),
});

const DerivationShape = matching(
  /^[a-z0-9/_-]+@[0-9A-Za-z.-]+$/,
  'an exact version such as dockerfile@1.0.0',
);

const shapeOfRender = {
  pattern_id: PatternIdShape,
  version: VersionShape,
  kind: v.optional(v.picklist(['file', 'blueprint']), 'file'),
  engine: v.optional(v.picklist(['liquid', 'none']), 'liquid'),
  delimiters: v.optional(DelimitersShape),
  variables: v.optional(v.record(IdentifierShape, VariableShape), {}),
  slots: v.optional(v.record(NameShape, SlotShape), {}),
};

const UNKNOWN_QUALITY = {
  success_rate: 0.5,
  test_coverage: 0,
  security_level: 'STANDARD',
  observability_complete: false,
  docker_ready: false,
} as const;

const OriginShape = strict({
  kind: v.literal('llm'),
  provider: v.string(),
  model: v.string(),
  parameters: JsonObjectShape,
  prompt: DigestShape,
  answer: DigestShape,
  attempts: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

const shapeOfRecord = {
  signature: SignatureShape,
  facets: v.optional(FacetsShape, {}),
  quality: v.optional(QualityShape, UNKNOWN_QUALITY),
  derived_from: v.optional(v.array(DerivationShape), []),
  origin: v.optional(OriginShape),
};

export const PatternDocumentShape = strict({
  ...shapeOfRender,
  ...shapeOfRecord,
  body: matching(/^(?!\.\.?$)[A-Za-z0-9._-]{1,200}$/, 'the name of a file beside pattern.yaml'),
});

const FrozenShape = strict({ ...shapeOfRender, body: DigestShape });
const RecordShape = strict(shapeOfRecord);

/** What pattern.yaml says; the body is in the file that it names. */
export interface PatternDocument {
  readonly bodyFile: string;
  readonly withBody: (body: Uint8Array) => Pattern;
}

/**
 * Reads pattern.yaml.
 * @throws PatternsError PATTERN_INVALID with line and column
 */
export function readPatternDocument(source: SourceDocument): PatternDocument {
  const {
    signature,
    facets,
    quality,
    derived_from,
    origin,
    body: bodyFile,
    ...shaping
  } = decode(PatternDocumentShape, source, 'PATTERN_INVALID');
  const record = { signature, facets, quality, derived_from, origin };
  const unfrozen = { ...shaping, delimiters: shaping.delimiters };
  for (const [name, declaration] of Object.entries(shaping.variables)) {
    if (RESERVED.has(name)) {
      throw new PatternsError(
        'PATTERN_INVALID',
        `the variable name \`${name}\` is taken by the scope of every template`,
        {
          place: source.place(['variables', name], 'key'),
          hint: 'Give the variable another name.',
        },
      );
    }
    const problem =
      declaration.default === undefined ? undefined : checkVariableValue(declaration, declaration.default);
    if (problem !== undefined) {
      throw new PatternsError('PATTERN_INVALID', `the default of \`${name}\` ${problem}`, {
        place: source.place(['variables', name, 'default']),
      });
    }
  }
  if (
    shaping.engine === 'none' &&
    (shaping.delimiters !== undefined || Object.keys(shaping.slots).length > 0)
  ) {
    throw new PatternsError(
      'PATTERN_INVALID',
      'a verbatim pattern (engine: none) has no delimiters and no slots',
      {
        place: source.place([shaping.delimiters === undefined ? 'slots' : 'delimiters'], 'key'),
        hint: 'Remove them, or use engine: liquid with delimiters of your own.',
      },
    );
  }
  return { bodyFile, withBody: (body) => ({ frozen: { ...unfrozen, body: sha256(body) }, record, body }) };
}

/** Names that every template finds in its scope. */
const RESERVED: ReadonlySet<string> = new Set([
  'project',
  'variables',
  'entities',
  'operations',
  'entity',
  'operation',
  'item',
  'file',
  'forloop',
]);

/** The bytes of the frozen pattern blob. Defaults are left out, so that adding a key later moves no digest. */
export function writeFrozenPattern(frozen: FrozenPattern): string {
  const { pattern_id, version, kind, engine, delimiters, variables, slots, body } = frozen;
  return canonicalJson({
    pattern_id,
    version,
    engine,
    body,
    ...(kind === 'file' ? {} : { kind }),
    ...(delimiters === undefined ? {} : { delimiters }),
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
    ...(Object.keys(slots).length === 0 ? {} : { slots }),
  });
}

/** @throws PatternsError PATTERN_INVALID */
export function readFrozenPattern(source: SourceDocument): FrozenPattern {
  const frozen = decode(FrozenShape, source, 'PATTERN_INVALID');
  return { ...frozen, delimiters: frozen.delimiters };
}

/** The bytes of the record blob: signature, facets, quality and derivation, for audit. */
export function writePatternRecord(record: PatternRecord): string {
  return canonicalJson(record);
}

/** @throws PatternsError PATTERN_INVALID */
export function readPatternRecord(source: SourceDocument): PatternRecord {
  return decode(RecordShape, source, 'PATTERN_INVALID');
}
