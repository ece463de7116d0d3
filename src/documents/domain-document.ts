import * as v from 'valibot';
import { type DomainInput, METHODS } from '../model/domain.ts';
import { decode, matching, strict } from './shape.ts';
import { JsonObjectShape, JsonValueShape, NeedShape } from './shapes.ts';
import type { SourceDocument } from './yaml-text.ts';

// The domain model: the form of `entities` and `operations` in a spec whose blueprint asks for it. What names refer to is
// checked in src/domain, which needs both lists as a whole.

const MAX_NAME = 50;

const EntityNameShape = v.pipe(
  matching(/^[A-Z][A-Za-z0-9]*$/, 'a singular name such as `OrderItem` (PascalCase)'),
  v.maxLength(MAX_NAME, `must have at most ${MAX_NAME} characters`),
);
const SnakeNameShape = v.pipe(
  matching(/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/, 'a name such as `unit_price` (snake_case)'),
  v.maxLength(MAX_NAME, `must have at most ${MAX_NAME} characters`),
);
const EnumValueShape = matching(
  /^[A-Z][A-Z0-9_]{0,49}$/,
  'a value such as `PENDING_PAYMENT` (CONSTANT_CASE)',
);
const ExpressionShape = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(300, 'is too long'),
);
const DescriptionShape = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(2000, 'is too long'),
);
const CountShape = v.pipe(
  v.number(),
  v.integer('must be a whole number'),
  v.minValue(0, 'must be at least 0'),
);
const WholeShape = v.pipe(v.number(), v.integer('must be a whole number'));

const named = { name: SnakeNameShape, description: v.optional(DescriptionShape) };
const present = { ...named, optional: v.optional(v.boolean()) };
const scalar = { ...present, readonly: v.optional(v.boolean()), default: v.optional(JsonValueShape) };
const computable = { computed: v.optional(ExpressionShape), stored: v.optional(v.boolean()) };

export const FieldShape = v.variant('type', [
  strict({ type: v.literal('string'), ...scalar, min: v.optional(CountShape), max: v.optional(CountShape) }),
  strict({ type: v.literal('email'), ...scalar }),
  strict({
    type: v.literal('integer'),
    ...scalar,
    ...computable,
    min: v.optional(WholeShape),
    max: v.optional(WholeShape),
  }),
  strict({
    type: v.literal('decimal'),
    ...scalar,
    ...computable,
    digits: v.optional(
      v.pipe(WholeShape, v.minValue(1, 'must be at least 1'), v.maxValue(28, 'must be at most 28')),
    ),
    places: v.optional(CountShape),
    min: v.optional(v.number()),
    max: v.optional(v.number()),
    above: v.optional(v.number()),
    below: v.optional(v.number()),
  }),
  strict({ type: v.literal('boolean'), ...scalar }),
  strict({ type: v.literal('date'), ...scalar }),
  strict({ type: v.literal('datetime'), ...scalar }),
  strict({
    type: v.literal('enum'),
    ...scalar,
    values: v.pipe(v.array(EnumValueShape), v.minLength(1, 'must not be empty')),
  }),
  strict({
    type: v.literal('reference'),
    ...present,
    readonly: v.optional(v.boolean()),
    to: EntityNameShape,
  }),
  strict({ type: v.literal('children'), ...named, of: EntityNameShape }),
]);

export const EntityShape = strict({
  name: EntityNameShape,
  description: v.optional(DescriptionShape),
  fields: v.pipe(v.array(FieldShape), v.minLength(1, 'must not be empty')),
  unique: v.optional(
    v.array(
      strict({
        name: SnakeNameShape,
        fields: v.pipe(v.array(SnakeNameShape), v.minLength(1, 'must not be empty')),
        where: v.optional(ExpressionShape),
        error: v.optional(v.picklist([400, 409], 'must be 400 or 409')),
      }),
    ),
  ),
});

const operation = {
  name: SnakeNameShape,
  entity: EntityNameShape,
  method: v.picklist(METHODS),
  path: v.pipe(
    matching(/^(?:\/(?:[A-Za-z0-9._~-]+|\{[a-z][a-z0-9_]*\}))+$/, 'a path such as `/orders/{id}/pay`'),
    v.maxLength(200, 'is too long'),
  ),
  summary: v.optional(DescriptionShape),
  pattern: v.optional(v.string()),
  need: v.optional(NeedShape),
  with: v.optional(JsonObjectShape),
};
const namesShape = v.array(SnakeNameShape);
const guards = {
  guards: v.optional(
    v.array(v.union([ExpressionShape, strict({ rule: ExpressionShape, message: DescriptionShape })])),
  ),
};
const input = { input: v.optional(namesShape) };
const setShape = v.record(ExpressionShape, JsonValueShape);
const set = { set: v.optional(setShape) };
const effects = {
  effects: v.optional(
    v.array(
      strict({
        increment: v.optional(ExpressionShape),
        decrement: v.optional(ExpressionShape),
        by: v.optional(v.union([ExpressionShape, v.number()])),
      }),
    ),
  ),
};
const transition = strict({
  field: SnakeNameShape,
  from: v.pipe(v.array(EnumValueShape), v.minLength(1, 'must not be empty')),
  to: EnumValueShape,
});
const children = { children: SnakeNameShape };
const paging = strict({
  default: v.optional(v.pipe(WholeShape, v.minValue(1, 'must be at least 1'))),
  max: v.optional(v.pipe(WholeShape, v.minValue(1, 'must be at least 1'))),
});

export const OperationShape = v.variant('action', [
  strict({ action: v.literal('create'), ...operation, ...input, ...set, ...guards, ...effects }),
  strict({
    action: v.literal('list'),
    ...operation,
    filters: v.optional(namesShape),
    where: v.optional(v.array(ExpressionShape)),
    order: v.optional(v.array(matching(/^-?[a-z][a-z0-9_]*$/, 'a field, with `-` before it to descend'))),
    paging: v.optional(paging),
  }),
  strict({ action: v.literal('get'), ...operation }),
  strict({ action: v.literal('update'), ...operation, ...input, ...guards }),
  strict({ action: v.literal('delete'), ...operation, ...guards }),
  strict({ action: v.literal('set'), ...operation, set: setShape, ...guards, ...effects }),
  strict({ action: v.literal('transition'), ...operation, transition, ...set, ...guards, ...effects }),
  strict({ action: v.literal('get_or_create'), ...operation, match: SnakeNameShape, ...input, ...guards }),
  strict({
    action: v.literal('add_child'),
    ...operation,
    ...children,
    input: namesShape,
    ...set,
    ...guards,
    merge: v.optional(strict({ match: SnakeNameShape, add: SnakeNameShape })),
  }),
  strict({
    action: v.literal('update_child'),
    ...operation,
    ...children,
    input: namesShape,
    ...set,
    ...guards,
    remove: v.optional(ExpressionShape),
  }),
  strict({ action: v.literal('remove_child'), ...operation, ...children, ...guards }),
  strict({ action: v.literal('clear_children'), ...operation, ...children, ...guards }),
  strict({
    action: v.literal('convert'),
    ...operation,
    source: EntityNameShape,
    transition,
    copy: v.optional(namesShape),
    copy_children: v.optional(v.record(SnakeNameShape, namesShape)),
    ...set,
    ...guards,
    ...effects,
  }),
  strict({ action: v.literal('custom'), ...operation, ...input }),
  strict({ action: v.literal('unanswered'), ...operation, ...input }),
]);

export const DomainShape = v.object({ entities: v.array(EntityShape), operations: v.array(OperationShape) });

/**
 * Reads the domain model of a spec. Names in it may still refer to nothing.
 * @param source a whole spec: keys other than `entities` and `operations` are passed over
 * @throws PatternsError SPEC_INVALID with line and column
 */
export function readDomainDocument(source: SourceDocument): DomainInput {
  return decode(DomainShape, source, 'SPEC_INVALID');
}
