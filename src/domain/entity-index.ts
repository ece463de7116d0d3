import { snakeCase } from '../canon/letter-case.ts';
import type { DomainInput, EntityInput, FieldInput, UniqueInput } from '../model/domain.ts';
import type { DomainPath, Refusal } from './refusal.ts';

/** An entity with its fields, the reference to its parent first, and where the spec has it. */
export interface IndexedEntity {
  readonly input: EntityInput;
  readonly at: DomainPath;
  readonly parent: { readonly entity: string; readonly field: string; readonly children: string } | null;
  readonly fields: ReadonlyMap<string, FieldInput>;
  readonly uniques: ReadonlyMap<string, UniqueInput>;
}

export type EntityIndex = ReadonlyMap<string, IndexedEntity>;

/**
 * Finds entities by name, with the fields that belonging to a parent adds.
 * @throws PatternsError SPEC_INVALID for names that are declared twice, children with two parents, missing entities
 */
export function indexEntities({ entities }: DomainInput, refusal: Refusal): EntityIndex {
  refuseTwice(entities, refusal);
  const parents = parentsOf(entities, refusal);
  const index = new Map<string, IndexedEntity>();
  for (const [i, input] of entities.entries()) {
    const at = ['entities', i];
    const parent = parents.get(input.name) ?? null;
    index.set(input.name, {
      input,
      at,
      parent,
      fields: fieldsOf(input, parent, at, refusal),
      uniques: uniquesOf(input, at, refusal),
    });
  }
  return index;
}

/** Names that differ only in case or underscores would share tables and modules. */
function refuseTwice(entities: readonly EntityInput[], refusal: Refusal): void {
  const names = new Set<string>();
  for (const [i, { name }] of entities.entries()) {
    const snake = snakeCase(name);
    if (names.has(snake)) {
      const at = ['entities', i, 'name'];
      throw refusal.at(at, `the entity \`${name}\` is declared twice`, 'Rename or remove one of the two.');
    }
    names.add(snake);
  }
}

type Parent = NonNullable<IndexedEntity['parent']>;

function parentsOf(entities: readonly EntityInput[], refusal: Refusal): ReadonlyMap<string, Parent> {
  const names = entities.map((entity) => entity.name);
  const parents = new Map<string, Parent>();
  for (const [i, entity] of entities.entries()) {
    for (const [j, field] of entity.fields.entries()) {
      const at = ['entities', i, 'fields', j];
      const target = field.to ?? field.of;
      if (target !== undefined && !names.includes(target))
        throw refusal.unknown(
          [...at, field.to === undefined ? 'of' : 'to'],
          'there is no entity',
          target,
          names,
        );
      if (field.of === undefined) continue;
      const other = parents.get(field.of);
      if (other !== undefined) {
        throw refusal.at(
          [...at, 'of'],
          `\`${field.of}\` already belongs to \`${other.entity}\``,
          'Children have one parent; use a reference for the other.',
        );
      }
      if (field.of === entity.name)
        throw refusal.at(
          [...at, 'of'],
          `\`${entity.name}\` cannot be its own child`,
          'Use an optional reference to itself.',
        );
      parents.set(field.of, { entity: entity.name, field: snakeCase(entity.name), children: field.name });
    }
  }
  return parents;
}

function fieldsOf(
  input: EntityInput,
  parent: Parent | null,
  at: DomainPath,
  refusal: Refusal,
): ReadonlyMap<string, FieldInput> {
  const fields = new Map<string, FieldInput>();
  if (parent !== null)
    fields.set(parent.field, { name: parent.field, type: 'reference', to: parent.entity, readonly: true });
  const names = new Set(['id', ...(parent === null ? [] : [parent.field, `${parent.field}_id`])]);
  for (const [i, field] of input.fields.entries()) {
    const path = [...at, 'fields', i, 'name'];
    const taken = [field.name, ...(field.type === 'reference' ? [`${field.name}_id`] : [])].find((name) =>
      names.has(name),
    );
    if (taken !== undefined) {
      const why =
        taken === 'id'
          ? 'every entity has an `id` of its own'
          : `\`${input.name}\` already has a field of that name`;
      throw refusal.at(
        path,
        `the field name \`${field.name}\` is taken: ${why}`,
        'Rename or remove one of the two.',
      );
    }
    names.add(field.name);
    if (field.type === 'reference') names.add(`${field.name}_id`);
    fields.set(field.name, field);
  }
  return fields;
}

function uniquesOf(input: EntityInput, at: DomainPath, refusal: Refusal): ReadonlyMap<string, UniqueInput> {
  const uniques = new Map<string, UniqueInput>();
  for (const [i, unique] of (input.unique ?? []).entries()) {
    if (uniques.has(unique.name))
      throw refusal.at([...at, 'unique', i, 'name'], `the unique \`${unique.name}\` is declared twice`);
    uniques.set(unique.name, unique);
  }
  return uniques;
}
