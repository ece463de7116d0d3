import * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import { requirementOf } from '../canon/requirement.ts';
import { PatternsError } from '../model/error.ts';
import type { JsonObject } from '../model/json.ts';
import type { ReservedNames } from '../model/domain.ts';
import { STATUSES, TIERS } from '../model/pattern.ts';
import type {
  Application,
  Cases,
  ChoiceDemand,
  Demand,
  FileEntry,
  FileMode,
  Policy,
  Spec,
} from '../model/spec.ts';
import { parseReference } from './reference.ts';
import { decode, formatPath, strict } from './shape.ts';
import {
  DigestShape,
  IdentifierShape,
  JsonObjectShape,
  JsonValueShape,
  NameShape,
  NeedShape,
  RateShape,
  SecurityLevelShape,
  StatusShape,
  TierShape,
  VersionShape,
} from './shapes.ts';
import type { JsonPath, SourceDocument } from './yaml-text.ts';

// The spec. Its normalised form is again a spec, with every default written out, so one reader serves the YAML of a
// person and the blob of a replay. A new key is optional and left out of the normalised form while it has its default,
// so that the digests of old specs stand.

interface ApplicationInput {
  readonly pattern?: string | undefined;
  readonly need?: v.InferOutput<typeof NeedShape> | undefined;
  readonly pattern_of?: string | undefined;
  readonly choose?: v.InferOutput<typeof ChooseShape> | undefined;
  readonly each?: string | undefined;
  readonly as?: string | undefined;
  readonly when?: string | boolean | undefined;
  readonly with?: JsonObject | undefined;
  readonly fragments?: Readonly<Record<string, readonly ApplicationInput[]>> | undefined;
}

const ExpressionShape = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(2000, 'is too long'),
);

/** A pattern for each value of an expression. */
const ChooseShape = strict({
  by: ExpressionShape,
  from: v.record(IdentifierShape, v.union([v.string(), strict({ need: NeedShape })])),
});

const FragmentsShape: v.GenericSchema<Readonly<Record<string, readonly ApplicationInput[]>>> = v.lazy(() =>
  v.record(NameShape, v.array(ApplicationShape)),
);

const applicationEntries = {
  pattern: v.optional(v.string()),
  need: v.optional(NeedShape),
  pattern_of: v.optional(IdentifierShape),
  choose: v.optional(ChooseShape),
  each: v.optional(ExpressionShape),
  as: v.optional(IdentifierShape),
  when: v.optional(v.union([ExpressionShape, v.boolean()])),
  with: v.optional(JsonObjectShape),
  fragments: v.optional(FragmentsShape),
};

const ApplicationShape: v.GenericSchema<ApplicationInput> = strict(applicationEntries);

export const FileEntryShape = strict({
  path: v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(1000, 'is too long')),
  mode: v.optional(v.picklist(['0644', '0755', 644, 755], 'must be "0644" or "0755"')),
  ...applicationEntries,
});

export const PolicyShape = strict({
  statuses: v.optional(v.array(StatusShape)),
  prereleases: v.optional(v.boolean()),
  tiers: v.optional(v.array(TierShape)),
  min_success_rate: v.optional(RateShape),
  min_test_coverage: v.optional(RateShape),
  min_security_level: v.optional(SecurityLevelShape),
  min_production_readiness: v.optional(RateShape),
  min_age_days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0, 'must be at least 0'))),
});

const ObjectListShape: v.GenericSchema<readonly JsonObject[]> = v.array(JsonObjectShape);
const VariablesShape: v.GenericSchema<JsonObject> = v.record(IdentifierShape, JsonValueShape);

/** What a spec was imported from, and what the import wrote: so that the next one knows what a person has changed. */
export const SourceShape = strict({
  kind: v.literal('openapi'),
  digest: DigestShape,
  version: v.pipe(v.string(), v.maxLength(50, 'is too long')),
  files: v.optional(v.record(v.string(), DigestShape)),
  imported: v.optional(v.record(v.string(), v.string())),
});

export const SpecShape = strict({
  apiVersion: v.literal('patterns/v1'),
  name: NameShape,
  version: v.optional(VersionShape, '0.0.0'),
  description: v.optional(ExpressionShape),
  source: v.optional(SourceShape),
  variables: v.optional(VariablesShape, {}),
  extends: v.optional(v.union([v.string(), v.array(v.string())]), []),
  entities: v.optional(ObjectListShape, []),
  operations: v.optional(ObjectListShape, []),
  files: v.optional(v.array(FileEntryShape), []),
  policy: v.optional(PolicyShape, {}),
});

const NameListShape = v.optional(v.array(v.string()), []);

/** What a blueprint's body holds. */
export const BlueprintShape = strict({
  model: v.optional(v.picklist(['domain/v1', 'api/v1'])),
  reserved: v.optional(strict({ entities: NameListShape, fields: NameListShape, operations: NameListShape })),
  files: v.array(FileEntryShape),
});

/** A blueprint's body as read. */
export interface Blueprint {
  /** `domain`, `api`: entities and operations are such a model, which is checked and spelt out; `free`: they are plain lists. */
  readonly model: 'domain' | 'api' | 'free';
  readonly reserved: ReservedNames;
  readonly files: readonly FileEntry[];
}

/** A spec as read: what it says, and where. */
export interface SpecSource {
  readonly spec: Spec;
  readonly place: SourceDocument['place'];
  readonly file: string;
}

/**
 * Reads a spec and fills in its defaults.
 * @throws PatternsError SPEC_INVALID with line and column
 */
export function readSpec(source: SourceDocument): SpecSource {
  const input = decode(SpecShape, source, 'SPEC_INVALID');
  const reader = new EntryReader(source);
  const { extends: base, files, policy, ...rest } = input;
  const bases = typeof base === 'string' ? [base] : base;
  const spec: Spec = {
    ...rest,
    extends: bases.map((text, i) =>
      reader.reference(text, typeof base === 'string' ? ['extends'] : ['extends', i]),
    ),
    files: files.map((file, i) => reader.file(file, ['files', i])),
    policy: {
      statuses: policy.statuses ?? ['production', 'deprecated'],
      prereleases: policy.prereleases ?? false,
      tiers: policy.tiers ?? TIERS,
      min_success_rate: policy.min_success_rate ?? 0,
      min_test_coverage: policy.min_test_coverage ?? 0,
      min_security_level: policy.min_security_level ?? 'LOW',
      min_production_readiness: policy.min_production_readiness ?? 0,
      min_age_days: policy.min_age_days ?? 0,
    },
  };
  if (spec.files.length === 0 && spec.extends.length === 0) {
    throw new PatternsError('SPEC_INVALID', 'the spec builds nothing: it has neither `files` nor `extends`', {
      place: source.place([]),
      hint: 'Add a file entry, for example `files: [{ path: Dockerfile, pattern: dockerfile@^1 }]`.',
    });
  }
  return { spec, place: source.place, file: source.file };
}

/**
 * Reads the body of a blueprint.
 * @throws PatternsError PATTERN_INVALID with line and column of the body
 */
export function readBlueprint(source: SourceDocument): Blueprint {
  const reader = new EntryReader(source);
  const { model, reserved, files } = decode(BlueprintShape, source, 'PATTERN_INVALID');
  return {
    model: model === undefined ? 'free' : model === 'api/v1' ? 'api' : 'domain',
    reserved: reserved ?? { entities: [], fields: [], operations: [] },
    files: files.map((file, i) => reader.file(file, ['files', i])),
  };
}

class EntryReader {
  readonly #source: SourceDocument;

  constructor(source: SourceDocument) {
    this.#source = source;
  }

  file(input: v.InferOutput<typeof FileEntryShape>, at: JsonPath): FileEntry {
    const { path, mode } = input;
    return { path, mode: modeOf(mode), ...this.#application(input, at) };
  }

  reference(text: string, at: JsonPath): Demand {
    const demand = parseReference(text);
    if (demand !== undefined) return demand;
    throw this.#refuse(
      at,
      `\`${formatPath(at)}\` is no pattern reference: "${text.slice(0, 200)}"`,
      'Write an id and a semver range, for example `dockerfile@^1.2`.',
    );
  }

  #application(input: ApplicationInput, at: JsonPath): Application {
    const { each, as, when, fragments = {} } = input;
    if (as !== undefined && each === undefined) {
      throw this.#refuse(
        [...at, 'as'],
        '`as` names the item of `each`, which is missing',
        'Add `each`, or remove `as`.',
      );
    }
    return {
      demand: this.#demand(input, at),
      ...(each === undefined ? {} : { each, as: as ?? itemName(each) }),
      ...(when === undefined ? {} : { when: String(when) }),
      with: input.with ?? {},
      fragments: Object.fromEntries(
        Object.entries(fragments).map(([slot, list]) => [
          slot,
          list.map((item, i) => this.#application(item, [...at, 'fragments', slot, i])),
        ]),
      ),
    };
  }

  #demand(input: ApplicationInput, at: JsonPath): Demand | ChoiceDemand {
    const [first, second] = (['pattern', 'need', 'pattern_of', 'choose'] as const).filter(
      (key) => input[key] !== undefined,
    );
    if (second !== undefined && !(first === 'pattern_of' && second === 'choose')) {
      throw this.#refuse(
        [...at, second],
        'an entry has either `pattern`, or `need`, or a choice by `pattern_of` and `choose`',
        'Remove one of the two.',
      );
    }
    if (input.pattern_of !== undefined || input.choose !== undefined) {
      return { kind: 'choice', item: input.pattern_of, cases: this.#cases(input.choose, [...at, 'choose']) };
    }
    if (input.pattern !== undefined) return this.reference(input.pattern, [...at, 'pattern']);
    if (input.need !== undefined) return { kind: 'need', need: input.need };
    throw this.#refuse(
      at,
      `\`${formatPath(at)}\` names no pattern`,
      'Add `pattern: <id>@<range>`, or `need:` with a purpose.',
    );
  }

  #cases(choose: ApplicationInput['choose'], at: JsonPath): Cases | undefined {
    if (choose === undefined) return undefined;
    const from = Object.entries(choose.from).map(([value, answer]): [string, Demand] => [
      value,
      typeof answer === 'string'
        ? this.reference(answer, [...at, 'from', value])
        : { kind: 'need', need: answer.need },
    ]);
    return { by: choose.by, from: Object.fromEntries(from) };
  }

  #refuse(at: JsonPath, message: string, hint: string): PatternsError {
    return new PatternsError('SPEC_INVALID', message, { place: this.#source.place(at), hint });
  }
}

function modeOf(mode: '0644' | '0755' | 644 | 755 | undefined): FileMode {
  return mode === '0755' || mode === 755 ? '0755' : '0644';
}

/** `entities` → `entity`, `operations` → `operation`, any other list → `item`. */
function itemName(each: string): string {
  if (each === 'entities') return 'entity';
  return each === 'operations' ? 'operation' : 'item';
}

/** The normalised spec: canonical JSON, a spec itself. Two specs that mean the same have the same bytes. */
export function writeSpec(spec: Spec): string {
  const { policy, ...rest } = spec;
  return canonicalJson({
    ...rest,
    extends: spec.extends.map(requirementOf),
    files: spec.files.map(({ path, mode, ...application }) => ({
      path,
      mode,
      ...applicationJson(application),
    })),
    policy: policyJson(policy),
  });
}

function applicationJson(application: Application): object {
  const { demand, fragments, ...rest } = application;
  return {
    ...rest,
    ...demandJson(demand),
    fragments: Object.fromEntries(
      Object.entries(fragments).map(([slot, list]) => [slot, list.map(applicationJson)]),
    ),
  };
}

function demandJson(demand: Application['demand']): object {
  switch (demand.kind) {
    case 'reference':
      return { pattern: requirementOf(demand) };
    case 'need':
      return { need: demand.need };
    case 'choice':
      return {
        ...(demand.item === undefined ? {} : { pattern_of: demand.item }),
        ...(demand.cases === undefined ? {} : { choose: casesJson(demand.cases) }),
      };
  }
}

function casesJson({ by, from }: Cases): object {
  const answers = Object.entries(from).map(([value, demand]) => [
    value,
    demand.kind === 'reference' ? requirementOf(demand) : { need: demand.need },
  ]);
  return { by, from: Object.fromEntries(answers) };
}

/** `min_age_days` came later, so its default is left out. */
function policyJson({ min_age_days, ...policy }: Policy): object {
  return {
    ...policy,
    statuses: inOrder(policy.statuses, STATUSES),
    tiers: inOrder(policy.tiers, TIERS),
    ...(min_age_days === 0 ? {} : { min_age_days }),
  };
}

function inOrder<T>(some: readonly T[], all: readonly T[]): readonly T[] {
  return all.filter((item) => some.includes(item));
}
