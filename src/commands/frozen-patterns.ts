import { requirementOf } from '../canon/requirement.ts';
import { readBlueprint } from '../documents/spec-document.ts';
import { readYaml } from '../documents/yaml-text.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';
import type { Demand, FileEntry, Spec } from '../model/spec.ts';
import type { LoadedPattern } from '../render/parsed-body.ts';

/** Finds the pinned pattern of a requirement, body included. */
export type PatternSource = (requirement: string) => LoadedPattern;

/** What the files of a spec are, blueprints expanded. */
export interface ExpandedSpec {
  readonly files: readonly FileEntry[];
  readonly variables: JsonObject;
}

/**
 * The files of a spec after those of its blueprints, and the spec's variables over the blueprints' defaults.
 * @throws PatternsError PATTERN_INVALID for a blueprint body, SPEC_INVALID for a base that is no blueprint
 */
export function expandBlueprints(spec: Spec, patternOf: PatternSource): ExpandedSpec {
  const blueprints = spec.extends.map((demand) => readBase(demand, patternOf));
  const defaults = blueprints.reduce<JsonObject>((all, base) => ({ ...all, ...base.variables }), {});
  const variables = { ...defaults, ...spec.variables };
  return { files: [...blueprints.flatMap((base) => base.files), ...spec.files], variables };
}

function readBase(demand: Demand, patternOf: PatternSource): ExpandedSpec {
  const { frozen, body } = patternOf(requirementOf(demand));
  if (frozen.kind !== 'blueprint') {
    throw new PatternsError('SPEC_INVALID', `\`extends\` names ${formatRef(frozen)}, which is no blueprint`, {
      hint: 'Name a pattern of `kind: blueprint`, or use it in `files`.',
    });
  }
  const files = readBlueprint(readYaml(body, formatRef(frozen)));
  const defaults = Object.entries(frozen.variables).flatMap(
    ([name, { default: value }]): [string, JsonValue][] => (value === undefined ? [] : [[name, value]]),
  );
  return { files, variables: Object.fromEntries(defaults) };
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
