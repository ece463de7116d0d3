import { demandsOf, requirementOf } from '../canon/requirement.ts';
import { type Blueprint, readBlueprint } from '../documents/spec-document.ts';
import { readYaml } from '../documents/yaml-text.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';
import type { Demand, FileEntry, Spec } from '../model/spec.ts';
import type { LoadedPattern } from '../render/parsed-body.ts';
import { type DomainModel, readApiModel, readDomainModel } from './domain-model.ts';
import type { LoadedSpec } from './load-spec.ts';

/** Finds the pinned pattern of a requirement, body included. */
export type PatternSource = (requirement: string) => LoadedPattern;

/** What the files of a spec are, blueprints expanded. */
export interface ExpandedSpec {
  readonly files: readonly FileEntry[];
  readonly variables: JsonObject;
  /** What templates see of the entities and operations. */
  readonly entities: readonly JsonValue[];
  readonly operations: readonly JsonValue[];
  /** What the files and the operations themselves ask for, in the order of the spec. */
  readonly demands: readonly Demand[];
}

/**
 * The files of a spec after those of its blueprints, and the spec's variables over the blueprints' defaults.
 * @throws PatternsError PATTERN_INVALID for a blueprint body, SPEC_INVALID for a base that is no blueprint and for entities
 *   and operations that are not the domain model which a blueprint asks for
 */
export function expandBlueprints(loaded: LoadedSpec, patternOf: PatternSource): ExpandedSpec {
  const { spec } = loaded;
  const blueprints = spec.extends.map((demand) => readBase(demand, patternOf));
  const defaults = blueprints.reduce<JsonObject>((all, base) => ({ ...all, ...base.variables }), {});
  const files = [...blueprints.flatMap((base) => base.blueprint.files), ...spec.files];
  const { entities, operations, demands } = modelOf(
    loaded,
    blueprints.map((base) => base.blueprint),
  );
  return {
    files,
    variables: { ...defaults, ...spec.variables },
    entities,
    operations,
    demands: [...files.flatMap(demandsOf), ...demands],
  };
}

/** @throws PatternsError SPEC_INVALID when blueprints ask for models of two kinds */
function modelOf(loaded: LoadedSpec, blueprints: readonly Blueprint[]): DomainModel {
  const asking = blueprints.filter(({ model }) => model !== 'free');
  const [first] = asking;
  if (first === undefined) return freeLists(loaded.spec);
  if (asking.some(({ model }) => model !== first.model)) {
    throw new PatternsError('SPEC_INVALID', 'the blueprints of `extends` ask for models of two kinds', {
      place: loaded.source.place(['extends']),
      hint: 'Extend blueprints of one kind.',
    });
  }
  const reserved = asking.map((one) => one.reserved);
  return first.model === 'api' ? readApiModel(loaded, reserved) : readDomainModel(loaded, reserved);
}

function freeLists({ entities, operations }: Spec): DomainModel {
  return { entities, operations, demands: [] };
}

interface Base {
  readonly blueprint: Blueprint;
  readonly variables: JsonObject;
}

function readBase(demand: Demand, patternOf: PatternSource): Base {
  const { frozen, body } = patternOf(requirementOf(demand));
  if (frozen.kind !== 'blueprint') {
    throw new PatternsError('SPEC_INVALID', `\`extends\` names ${formatRef(frozen)}, which is no blueprint`, {
      hint: 'Name a pattern of `kind: blueprint`, or use it in `files`.',
    });
  }
  const blueprint = readBlueprint(readYaml(body, formatRef(frozen)));
  const defaults = Object.entries(frozen.variables).flatMap(
    ([name, { default: value }]): [string, JsonValue][] => (value === undefined ? [] : [[name, value]]),
  );
  return { blueprint, variables: Object.fromEntries(defaults) };
}

/** A pattern source over exact versions, which are read when first asked for. */
export function patternSource(
  pins: readonly (PatternRef & { readonly requirement: string })[],
  digests: ReadonlyMap<string, Digest>,
  load: (ref: PatternRef, digest: Digest) => LoadedPattern,
): PatternSource {
  const byRequirement = new Map(pins.map((pin) => [pin.requirement, pin]));
  const loaded = new Map<string, LoadedPattern>();
  return (requirement) => {
    const pin = byRequirement.get(requirement);
    const digest = pin === undefined ? undefined : digests.get(formatRef(pin));
    if (pin === undefined || digest === undefined) {
      throw new PatternsError('LOCK_INVALID', `nothing is pinned for ${requirement}`, {
        hint: 'Run `patterns lock <spec>`.',
      });
    }
    const known = loaded.get(digest);
    if (known !== undefined) return known;
    const pattern = load(pin, digest);
    loaded.set(digest, pattern);
    return pattern;
  };
}
