import type { Action, FieldView, OperationView, UniqueView } from '../model/domain.ts';

/** Actions that make a row; what they make it of must be complete. */
export const INSERTS: readonly Action[] = ['create', 'get_or_create', 'convert', 'add_child'];

const SUCCESS: Readonly<Record<Action, number>> = {
  create: 201,
  list: 200,
  get: 200,
  update: 200,
  delete: 204,
  set: 200,
  transition: 200,
  get_or_create: 201,
  add_child: 201,
  update_child: 200,
  remove_child: 200,
  clear_children: 200,
  convert: 201,
  custom: 200,
  unanswered: 200,
};

export function successOf(action: Action): number {
  return SUCCESS[action];
}

/** Which parameters the path of an action has. */
export function parametersOf(action: Action): 'none' | 'entity' | 'child' | 'any' {
  switch (action) {
    case 'create':
    case 'list':
    case 'get_or_create':
    case 'convert':
      return 'none';
    case 'get':
    case 'update':
    case 'delete':
    case 'set':
    case 'transition':
    case 'add_child':
    case 'clear_children':
      return 'entity';
    case 'update_child':
    case 'remove_child':
      return 'child';
    case 'custom':
    case 'unanswered':
      return 'any';
  }
}

export interface ErrorFacts {
  readonly operation: Omit<OperationView, 'errors' | 'entities'>;
  /** Uniques of what the operation inserts or changes. */
  readonly uniques: readonly UniqueView[];
}

/**
 * The statuses that an operation answers with when it fails, in order. 422: the input does not fit; 404: what is named
 * does not exist; 400: malformed JSON, or a rule does not hold; and the status of every unique it may violate.
 */
export function errorsOf({ operation, uniques }: ErrorFacts): readonly number[] {
  const { params, body, source, guards, transition, effects, action } = operation;
  const errors = new Set<number>([422]);
  if (params.length > 0 || source !== null || body.some((field) => field.type === 'reference'))
    errors.add(404);
  if (body.length > 0 || guards.length > 0 || transition !== null || effects.length > 0) errors.add(400);
  for (const unique of uniques) if (mayViolate(unique, operation)) errors.add(unique.error);
  if (action === 'delete') errors.add(409);
  if (action === 'unanswered') errors.add(501);
  return [...errors].toSorted((a, b) => a - b);
}

function mayViolate(unique: UniqueView, operation: ErrorFacts['operation']): boolean {
  const { action, match, merge, body, set, transition } = operation;
  if (unique.name === (match ?? merge?.match)?.name) return false;
  if (INSERTS.includes(action)) return true;
  const { where } = unique;
  const watched = [
    ...unique.fields.map((field) => field.name),
    ...(where?.left.kind === 'path' ? [where.left.field] : []),
  ];
  const changed = [
    ...(action === 'update' || action === 'update_child' ? body.map((field) => field.name) : []),
    ...set.filter(({ target }) => target.reference === null).map(({ target }) => target.field),
    ...(transition === null ? [] : [transition.field]),
  ];
  return watched.some((name) => changed.includes(name));
}

/** A field as a query or an input has it: whatever the table says, the request decides. */
export function asInput(field: FieldView): FieldView {
  return { ...field, readonly: false, writable: true };
}
