import type { LoadView, OperationView, PathView } from '../model/domain.ts';

type Draft = Pick<OperationView, 'action' | 'body' | 'guards' | 'set' | 'effects' | 'child' | 'source'>;

/**
 * The referenced rows that an operation reads or changes: those of its body first, in its order, then those that guards,
 * assignments and effects go through, in theirs.
 */
export function loadsOf(operation: Draft): readonly LoadView[] {
  const loads = new Map<string, LoadView>();
  const note = (
    load: Omit<LoadView, 'lock' | 'body' | 'used'>,
    facts: Pick<LoadView, 'lock' | 'body' | 'used'>,
  ): void => {
    const key = `${load.of}.${load.name}`;
    const known = loads.get(key) ?? { ...load, lock: false, body: false, used: false };
    loads.set(key, {
      ...known,
      lock: known.lock || facts.lock,
      body: known.body || facts.body,
      used: known.used || facts.used,
    });
  };
  const isChild = operation.child !== null;
  // The source of `convert` is locked as the aggregate, not loaded beside it.
  for (const field of operation.source === null ? operation.body : []) {
    if (field.type !== 'reference' || field.target === null) continue;
    note(
      { name: field.name, entity: field.target.entity, of: isChild ? 'child' : 'own' },
      { lock: false, body: true, used: false },
    );
  }
  const through = (path: PathView, lock: boolean): void => {
    if (path.reference === null) return;
    note({ name: path.reference, entity: path.entity, of: path.of }, { lock, body: false, used: true });
  };
  for (const { left, right } of operation.guards) {
    if (left.kind === 'path') through(left, false);
    if (right.kind === 'path') through(right, false);
  }
  for (const { target, by } of operation.effects) {
    through(target, true);
    if (by.kind === 'path') through(by, false);
  }
  for (const { value } of operation.set) if (value.kind === 'path') through(value, false);
  return [...loads.values()];
}
