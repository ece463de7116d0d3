import type { FieldView, UniqueView } from '../model/domain.ts';
import type { EntityDraft } from './entities.ts';
import type { EntityIndex, IndexedEntity } from './entity-index.ts';
import type { DomainPath, Refusal } from './refusal.ts';

/** Finds what an operation names, or says what there is instead. */
export class OperationLookup {
  readonly #index: EntityIndex;
  readonly #drafts: ReadonlyMap<string, EntityDraft>;
  readonly #refusal: Refusal;

  constructor(index: EntityIndex, drafts: readonly EntityDraft[], refusal: Refusal) {
    this.#index = index;
    this.#drafts = new Map(drafts.map((draft) => [draft.name, draft]));
    this.#refusal = refusal;
  }

  entity(name: string, at: DomainPath): IndexedEntity {
    const entity = this.#index.get(name);
    if (entity !== undefined) return entity;
    throw this.#refusal.unknown(at, 'there is no entity', name, [...this.#index.keys()]);
  }

  draft(entity: IndexedEntity): EntityDraft {
    const draft = this.#drafts.get(entity.input.name);
    if (draft === undefined) throw new Error(`the entity ${entity.input.name} was not spelt out`);
    return draft;
  }

  field(entity: IndexedEntity, name: string, at: DomainPath): FieldView {
    const field = this.draft(entity).fields.find((one) => one.name === name);
    if (field !== undefined) return field;
    throw this.#refusal.unknown(at, `\`${entity.input.name}\` has no field`, name, [...entity.fields.keys()]);
  }

  unique(entity: IndexedEntity, name: string, at: DomainPath): UniqueView {
    const { unique } = this.draft(entity);
    const found = unique.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw this.#refusal.unknown(
      at,
      `\`${entity.input.name}\` has no unique`,
      name,
      unique.map((one) => one.name),
    );
  }

  /** The entity of the children in a field. */
  childrenOf(entity: IndexedEntity, name: string, at: DomainPath): IndexedEntity {
    const field = entity.fields.get(name);
    if (field?.type === 'children' && field.of !== undefined) return this.entity(field.of, at);
    const known = [...entity.fields.values()].filter((one) => one.type === 'children').map((one) => one.name);
    throw this.#refusal.unknown(at, `\`${entity.input.name}\` has no children`, name, known);
  }
}
