import { snakeCase } from '../canon/letter-case.ts';
import type { FieldView, OperationInput, UniqueView } from '../model/domain.ts';
import type { IndexedEntity } from './entity-index.ts';
import { isWritable } from './fields.ts';
import type { OperationLookup } from './operation-lookup.ts';
import { asInput } from './operation-rules.ts';
import type { DomainPath, Refusal } from './refusal.ts';

export interface BodyInput {
  readonly operation: OperationInput;
  readonly at: DomainPath;
  /** The entity that the body is about: the child of an action on children. */
  readonly owner: IndexedEntity;
  readonly subject: IndexedEntity;
  readonly match: UniqueView | null;
  readonly lookup: OperationLookup;
  readonly refusal: Refusal;
}

/** The fields that the body of an operation has. */
export function bodyOf(input: BodyInput): readonly FieldView[] {
  const { operation, owner, subject, match, lookup } = input;
  switch (operation.action) {
    case 'create':
    case 'update':
      return inputFields(input) ?? lookup.draft(owner).fields.filter((field) => field.writable);
    case 'get_or_create': {
      const key = match?.fields ?? [];
      const rest = inputFields(input) ?? [];
      return [...key.map(asInput), ...rest.filter((field) => !key.some((one) => one.name === field.name))];
    }
    case 'convert':
      return operation.source === undefined ? [] : [sourceField(operation.source, subject)];
    case 'add_child':
    case 'update_child':
    case 'custom':
    case 'unanswered':
      return inputFields(input) ?? [];
    default:
      return [];
  }
}

function inputFields({ operation, at, owner, lookup, refusal }: BodyInput): readonly FieldView[] | undefined {
  const writable = [...owner.fields.values()].filter(isWritable).map((field) => field.name);
  return operation.input?.map((name, i) => {
    const path = [...at, 'input', i];
    const field = lookup.field(owner, name, path);
    if (operation.input?.indexOf(name) !== i) throw refusal.at(path, `\`${name}\` is listed twice`);
    if (field.writable) return field;
    throw refusal.at(
      path,
      `\`${name}\` of \`${owner.input.name}\` cannot be in a request`,
      `Writable are: ${writable.join(', ') || 'none'}.`,
    );
  });
}

/** The body of `convert`: which source. */
function sourceField(source: string, entity: IndexedEntity): FieldView {
  const name = snakeCase(source);
  return {
    name,
    entity: source,
    type: 'reference',
    description: null,
    optional: false,
    readonly: false,
    default: null,
    min: null,
    max: null,
    above: null,
    below: null,
    digits: null,
    places: null,
    values: null,
    computed: null,
    stored: false,
    api: `${name}_id`,
    writable: true,
    numeric: false,
    unique: false,
    target: { entity: source, fields: [...entity.fields.keys()] },
    parent: false,
    deferred: false,
  };
}
