import { requirementOf } from '../canon/requirement.ts';
import { readApiDocument } from '../documents/api-document.ts';
import { readDomainDocument } from '../documents/domain-document.ts';
import { parseReference } from '../documents/reference.ts';
import { readDomain } from '../domain/read-domain.ts';
import type { OperationInput, ReservedNames } from '../model/domain.ts';
import { PatternsError, type Place } from '../model/error.ts';
import type { JsonValue } from '../model/json.ts';
import type { Demand } from '../model/spec.ts';
import { readApi } from '../openapi/read-api.ts';
import type { LoadedSpec } from './load-spec.ts';

type NamingOperation = Pick<OperationInput, 'name' | 'pattern' | 'need'>;

/** The entities and operations of a spec as templates see them, and the patterns that operations name. */
export interface DomainModel {
  readonly entities: readonly JsonValue[];
  readonly operations: readonly JsonValue[];
  readonly demands: readonly Demand[];
}

/**
 * Reads the domain model of a spec, for blueprints that ask for one.
 * @param models the names that each of the blueprints reserves
 * @throws PatternsError SPEC_INVALID with line and column
 */
export function readDomainModel({ source }: LoadedSpec, models: readonly ReservedNames[]): DomainModel {
  const reserved = together(models);
  const demands: Demand[] = [];
  const view = readDomain(readDomainDocument(source), {
    reserved,
    place: source.place,
    requirementOf: (operation, at) => {
      const demand = demandOf(operation, () => source.place([...at, 'pattern']));
      if (demand === undefined) return null;
      demands.push(demand);
      return requirementOf(demand);
    },
  });
  return { entities: view.entities, operations: view.operations, demands };
}

/**
 * Reads the API model of a spec, for blueprints that ask for one.
 * @throws PatternsError SPEC_INVALID, OPENAPI_REFERENCE with line and column
 */
export function readApiModel({ source }: LoadedSpec, models: readonly ReservedNames[]): DomainModel {
  const demands: Demand[] = [];
  const view = readApi(readApiDocument(source), {
    reserved: together(models),
    source,
    place: source.place,
    requirementOf: (operation, at) => {
      const demand = demandOf(operation, () => source.place([...at, 'pattern']));
      if (demand === undefined) return null;
      demands.push(demand);
      return requirementOf(demand);
    },
  });
  return { entities: view.entities, operations: view.operations, demands };
}

function together(models: readonly ReservedNames[]): ReservedNames {
  return {
    entities: models.flatMap((one) => one.entities),
    fields: models.flatMap((one) => one.fields),
    operations: models.flatMap((one) => one.operations),
  };
}

function demandOf({ name, pattern, need }: NamingOperation, place: () => Place): Demand | undefined {
  if (need !== undefined && pattern === undefined) return { kind: 'need', need };
  if (pattern === undefined) return undefined;
  const reference = parseReference(pattern);
  if (reference !== undefined && need === undefined) return reference;
  throw new PatternsError(
    'SPEC_INVALID',
    need === undefined
      ? `\`pattern\` of \`${name}\` is no pattern reference: "${pattern}"`
      : `\`${name}\` has both \`pattern\` and \`need\``,
    { place: place(), hint: 'Write an id and a semver range, for example `approve_request@^1.2`.' },
  );
}
