import type { EntityView, FieldView, OperationView, UniqueView } from '../model/domain.ts';
import type { EntityIndex, IndexedEntity } from './entity-index.ts';
import { checkFields, viewField } from './fields.ts';
import type { DomainPath, Refusal } from './refusal.ts';
import { ExpressionResolver } from './resolve-expression.ts';

/** An entity in full, before its operations are known. */
export type EntityDraft = Omit<EntityView, 'operations'>;

/**
 * Checks the entities and spells them out, in the order of the spec.
 * @throws PatternsError SPEC_INVALID with line and column
 */
export function resolveEntities(index: EntityIndex, refusal: Refusal): readonly EntityDraft[] {
  const expressions = new ExpressionResolver(index, refusal);
  for (const entity of index.values()) checkFields(entity, index, refusal);
  const ranks = rankEntities(index, refusal);
  return [...index.values()].map((entity) => {
    const rank = ranks.get(entity.input.name) ?? 0;
    const fields = [...entity.fields.values()].map((field): FieldView => {
      const view = viewField(field, entity, index);
      const later = field.to !== undefined && (ranks.get(field.to) ?? 0) > rank;
      return later ? { ...view, deferred: true } : view;
    });
    const references = fields.flatMap((field) =>
      field.type === 'reference' && field.target !== null ? [field.target.entity] : [],
    );
    return {
      name: entity.input.name,
      description: entity.input.description ?? null,
      fields,
      unique: uniquesOf(entity, fields, expressions, refusal),
      parent: entity.parent,
      references: [...new Set(references)],
      rank,
      stores_computed: fields.some((field) => field.computed !== null && field.stored),
    };
  });
}

/** The entities with their operations. */
export function withOperations(
  drafts: readonly EntityDraft[],
  operations: readonly OperationView[],
): readonly EntityView[] {
  return drafts.map((draft) => ({
    ...draft,
    operations: operations.filter((operation) => operation.entity === draft.name),
  }));
}

function uniquesOf(
  entity: IndexedEntity,
  fields: readonly FieldView[],
  expressions: ExpressionResolver,
  refusal: Refusal,
): readonly UniqueView[] {
  return (entity.input.unique ?? []).map((unique, i) => {
    const at: DomainPath = [...entity.at, 'unique', i];
    const members = unique.fields.map((name, j) => {
      const path = [...at, 'fields', j];
      const field = fields.find((one) => one.name === name);
      if (field === undefined) {
        const known = fields.map((one) => one.name);
        throw refusal.unknown(path, `\`${entity.input.name}\` has no field`, name, known);
      }
      if (field.type === 'children' || (field.computed !== null && !field.stored))
        throw refusal.at(path, `\`${name}\` is not kept in the table and cannot be unique`);
      if (unique.fields.indexOf(name) !== j) throw refusal.at(path, `\`${name}\` is listed twice`);
      return field;
    });
    const where =
      unique.where === undefined
        ? null
        : expressions.comparison(unique.where, { entity }, [...at, 'where'], ['==', '!=']);
    if (
      where !== null &&
      (where.right.kind !== 'literal' || where.left.kind !== 'path' || where.left.reference !== null)
    )
      throw refusal.at([...at, 'where'], `\`${where.text}\` must compare a field of its own with a literal`);
    return { name: unique.name, fields: members, where, error: unique.error ?? 409 };
  });
}

/**
 * Orders entities so that what refers comes after what it refers to. Optional references are followed where they can be.
 * @throws PatternsError SPEC_INVALID for a cycle of required references
 */
function rankEntities(index: EntityIndex, refusal: Refusal): ReadonlyMap<string, number> {
  refuseCycles(index, refusal);
  const ranks = new Map<string, number>();
  const open = new Set<string>();
  const visit = (name: string): void => {
    if (ranks.has(name) || open.has(name)) return;
    open.add(name);
    const entity = index.get(name);
    const references = [...(entity?.fields.values() ?? [])].filter((field) => field.to !== undefined);
    // Required ones first: an optional cycle must not push them behind.
    for (const field of references.filter((one) => one.optional !== true)) visit(field.to ?? '');
    for (const field of references.filter((one) => one.optional === true)) {
      if (!leadsTo(index, field.to ?? '', name)) visit(field.to ?? '');
    }
    open.delete(name);
    ranks.set(name, ranks.size);
  };
  for (const name of index.keys()) visit(name);
  return ranks;
}

/** Whether required references lead from one entity to another. */
function leadsTo(index: EntityIndex, from: string, to: string): boolean {
  const seen = new Set<string>();
  const visit = (name: string): boolean => {
    if (name === to) return true;
    if (seen.has(name)) return false;
    seen.add(name);
    return [...(index.get(name)?.fields.values() ?? [])].some(
      (field) => field.to !== undefined && field.optional !== true && visit(field.to),
    );
  };
  return visit(from);
}

function refuseCycles(index: EntityIndex, refusal: Refusal): void {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    if (done.has(name)) return;
    const entity = index.get(name);
    for (const field of entity?.fields.values() ?? []) {
      if (field.to === undefined || field.optional === true) continue;
      const path = [...trail, name];
      const start = path.indexOf(field.to);
      if (start >= 0) {
        const cycle = [...path.slice(start), field.to].join(' -> ');
        const i = entity?.input.fields.indexOf(field) ?? -1;
        const at = i < 0 ? (entity?.at ?? []) : [...(entity?.at ?? []), 'fields', i];
        throw refusal.at(
          at,
          `required references form a cycle: ${cycle}`,
          'Make one of them `optional: true`, or no row could ever be the first.',
        );
      }
      visit(field.to, path);
    }
    done.add(name);
  };
  for (const name of index.keys()) visit(name, []);
}
