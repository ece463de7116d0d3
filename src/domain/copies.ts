import type { FieldView, OperationInput, OperationView } from '../model/domain.ts';
import type { IndexedEntity } from './entity-index.ts';
import { hasValueByItself } from './fields.ts';
import type { OperationLookup } from './operation-lookup.ts';
import type { DomainPath, Refusal } from './refusal.ts';
import { typesDiffer } from './resolve-expression.ts';

export interface CopyInput {
  readonly operation: OperationInput;
  readonly at: DomainPath;
  readonly to: IndexedEntity;
  readonly from: IndexedEntity;
  readonly lookup: OperationLookup;
  readonly refusal: Refusal;
}

/** The fields that `convert` takes over as they are. */
export function copiesOf(input: CopyInput): readonly FieldView[] {
  return copy(input.operation.copy ?? [], [...input.at, 'copy'], input);
}

/** The children that `convert` takes over, one for one. */
export function childCopiesOf(input: CopyInput): OperationView['copy_children'] {
  const { operation, at, lookup, refusal } = input;
  return Object.entries(operation.copy_children ?? {}).map(([children, names]) => {
    const path = [...at, 'copy_children', children];
    const to = lookup.childrenOf(input.to, children, path);
    const from = lookup.childrenOf(input.from, children, path);
    const fields = copy(names, path, { ...input, to, from });
    for (const field of to.fields.values()) {
      if (hasValueByItself(field) || names.includes(field.name) || to.parent?.field === field.name) continue;
      throw refusal.at(
        path,
        `\`${to.input.name}.${field.name}\` would have no value`,
        `Add \`${field.name}\` to the list.`,
      );
    }
    return { children, entity: to.input.name, source: from.input.name, fields };
  });
}

function copy(
  names: readonly string[],
  at: DomainPath,
  { to, from, lookup, refusal }: CopyInput,
): readonly FieldView[] {
  return names.map((name, i) => {
    const path = [...at, i];
    const target = lookup.field(to, name, path);
    lookup.field(from, name, path);
    const [a, b] = [to.fields.get(name), from.fields.get(name)];
    const problem = a === undefined || b === undefined ? undefined : typesDiffer(a, b);
    if (problem !== undefined) {
      const pair = `\`${to.input.name}\` and \`${from.input.name}\``;
      throw refusal.at(path, `\`${name}\` is not the same in ${pair}: ${problem}`);
    }
    if (target.type === 'children')
      throw refusal.at(path, `\`${name}\` are children`, 'Name them under `copy_children`.');
    if (target.computed !== null) throw refusal.at(path, `\`${name}\` is computed`);
    return target;
  });
}
