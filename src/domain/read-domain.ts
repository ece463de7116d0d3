import { snakeCase } from '../canon/letter-case.ts';
import type { DomainInput, DomainView, OperationInput, ReservedNames } from '../model/domain.ts';
import { resolveEntities, withOperations } from './entities.ts';
import { indexEntities } from './entity-index.ts';
import { resolveOperations } from './operations.ts';
import { type DomainPath, type Places, Refusal } from './refusal.ts';
import { checkRoutes } from './routes.ts';

export interface DomainReading {
  readonly reserved: ReservedNames;
  readonly place: Places;
  /** The requirement of a pattern or need that an operation names for itself. */
  readonly requirementOf: (operation: OperationInput, at: DomainPath) => string | null;
}

/**
 * Checks a domain model and spells it out for templates: defaults filled in, references resolved, expressions parsed.
 * @throws PatternsError SPEC_INVALID with line and column for whatever does not fit
 */
export function readDomain(
  input: DomainInput,
  { reserved, place, requirementOf }: DomainReading,
): DomainView {
  const refusal = new Refusal(place);
  checkReserved(input, reserved, refusal);
  const index = indexEntities(input, refusal);
  const drafts = resolveEntities(index, refusal);
  checkRoutes(input, refusal);
  const operations = resolveOperations(input, { index, drafts, refusal, requirementOf });
  return { entities: withOperations(drafts, operations), operations };
}

function checkReserved(
  { entities, operations }: DomainInput,
  reserved: ReservedNames,
  refusal: Refusal,
): void {
  const refuse = (names: readonly string[], name: string, at: DomainPath): void => {
    if (!names.includes(snakeCase(name))) return;
    throw refusal.at(
      at,
      `the name \`${name}\` is reserved by the language, database or framework of the blueprint`,
      'Choose another name.',
    );
  };
  for (const [i, entity] of entities.entries()) {
    refuse(reserved.entities, entity.name, ['entities', i, 'name']);
    for (const [j, field] of entity.fields.entries())
      refuse(reserved.fields, field.name, ['entities', i, 'fields', j, 'name']);
  }
  for (const [i, operation] of operations.entries())
    refuse(reserved.operations, operation.name, ['operations', i, 'name']);
}
