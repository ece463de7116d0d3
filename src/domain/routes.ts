import type { DomainInput, OperationInput, ParameterView } from '../model/domain.ts';
import { parametersOf } from './operation-rules.ts';
import type { DomainPath, Refusal } from './refusal.ts';
import type { Subject } from './resolve-expression.ts';

/** The parameters of a path, which are exactly those that its action needs. */
export function resolveParameters(
  { name, action, path, entity }: OperationInput,
  at: DomainPath,
  refusal: Refusal,
  child: Subject['child'],
): readonly ParameterView[] {
  const found = parameterNames(path);
  const kind = parametersOf(action);
  if (kind === 'any') {
    return found.map((one) =>
      one === 'id' ? { name: one, of: 'entity', entity } : { name: one, of: 'other', entity: null },
    );
  }
  const own: ParameterView = { name: 'id', of: 'entity', entity };
  const childs: ParameterView = {
    name: `${child?.name ?? 'item'}_id`,
    of: 'child',
    entity: child?.entity.input.name ?? null,
  };
  const needed = { none: [], entity: [own], child: [own, childs] }[kind];
  const names = needed.map((one) => `{${one.name}}`);
  if (found.join() === needed.map((one) => one.name).join()) return needed;
  throw refusal.at(
    [...at, 'path'],
    `the path of \`${name}\` has the parameters ${found.map((one) => `{${one}}`).join(', ') || 'none'}, but \`${action}\` needs ${names.join(', ') || 'none'}`,
    needed.length === 0
      ? 'Write a path without parameters.'
      : `Write for example \`/items/${names.join('/parts/')}\`.`,
  );
}

function parameterNames(path: string): readonly string[] {
  return path.split('/').flatMap((part) => (part.startsWith('{') ? [part.slice(1, -1)] : []));
}

/**
 * Refuses two operations that one request could mean.
 * @throws PatternsError SPEC_INVALID for an equal method and path, and for a path hidden behind a parameter of an earlier one
 */
export function checkRoutes({ operations }: DomainInput, refusal: Refusal): void {
  const seen = new Map<string, OperationInput>();
  // By method and number of parts, as only such paths can meet.
  const byShape = new Map<string, OperationInput[]>();
  for (const [i, operation] of operations.entries()) {
    const { method, path, name } = operation;
    const parts = path.split('/');
    const key = `${method} ${parts.map((part) => (part.startsWith('{') ? '{}' : part)).join('/')}`;
    const other = seen.get(key);
    const at = ['operations', i, 'path'];
    if (other !== undefined)
      throw refusal.at(
        at,
        `\`${name}\` and \`${other.name}\` are both ${method} ${path}`,
        'Give one of the two another path.',
      );
    seen.set(key, operation);
    const shape = `${method} ${parts.length}`;
    const earlier = byShape.get(shape) ?? [];
    if (path.includes('{') || earlier.some((one) => one.path.includes('{'))) {
      const hiding = earlier.find((one) => one.path.includes('{') && covers(one.path.split('/'), parts));
      if (hiding !== undefined) {
        throw refusal.at(
          at,
          `${method} ${path} of \`${name}\` is hidden behind ${hiding.path} of \`${hiding.name}\``,
          `Move \`${name}\` before \`${hiding.name}\`.`,
        );
      }
    }
    byShape.set(shape, [...earlier, operation]);
  }
}

/** Whether every request of one path also fits an earlier path. */
function covers(earlier: readonly string[], later: readonly string[]): boolean {
  return earlier.every((part, i) => part.startsWith('{') || part === later[i]);
}
