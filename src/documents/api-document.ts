import * as v from 'valibot';
import { DOCUMENT_FIELD_TYPES, API_ACTIONS, API_METHODS, type ApiInput, KEY_TYPES } from '../model/api.ts';
import { decode, matching, strict } from './shape.ts';
import { JsonObjectShape, JsonValueShape, NeedShape } from './shapes.ts';
import type { SourceDocument } from './yaml-text.ts';

// The model `api/v1`: the form of `entities` and `operations` in a spec that carries an API which is described elsewhere.

const MAX_NAME = 50;
const SnakeNameShape = v.pipe(
  matching(/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/, 'a name such as `get_pet` (snake_case)'),
  v.maxLength(MAX_NAME, `must have at most ${MAX_NAME} characters`),
);
const EntityNameShape = v.pipe(
  matching(/^[A-Z][A-Za-z0-9]*$/, 'a singular name such as `OrderItem` (PascalCase)'),
  v.maxLength(MAX_NAME, `must have at most ${MAX_NAME} characters`),
);
const TextShape = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(2000, 'is too long'),
);
const CountShape = v.pipe(
  v.number(),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be at least 1'),
);

const FieldShape = strict({
  name: v.string(),
  type: v.picklist(DOCUMENT_FIELD_TYPES),
  optional: v.optional(v.boolean()),
  readonly: v.optional(v.boolean()),
  values: v.optional(v.array(JsonValueShape)),
  min: v.optional(v.number()),
  max: v.optional(v.number()),
  schema: v.optional(v.string()),
});

const EntityShape = strict({
  name: EntityNameShape,
  description: v.optional(TextShape),
  schema: v.optional(v.string()),
  variants: v.optional(v.array(v.string())),
  key: v.optional(strict({ name: v.string(), type: v.picklist(KEY_TYPES) })),
  fields: v.optional(v.array(FieldShape)),
});

const OperationShape = strict({
  name: SnakeNameShape,
  action: v.picklist(API_ACTIONS),
  pattern: v.optional(v.string()),
  need: v.optional(NeedShape),
  with: v.optional(JsonObjectShape),
  entity: EntityNameShape,
  method: v.picklist(API_METHODS),
  path: matching(/^\//, 'a path such as `/pets/{petId}`'),
  summary: v.optional(TextShape),
  key: v.optional(v.string()),
  within: v.optional(v.array(v.string())),
  filters: v.optional(v.record(v.string(), v.string())),
  paging: v.optional(
    strict({
      limit: v.optional(v.string()),
      skip: v.optional(v.string()),
      page: v.optional(v.string()),
      default: v.optional(CountShape),
      max: v.optional(CountShape),
    }),
  ),
  inside: v.optional(v.string()),
  counts: v.optional(v.array(v.string())),
  success: v.optional(
    v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(200), v.maxValue(299)),
  ),
  answers: v.optional(v.boolean()),
  contract: v.optional(JsonObjectShape, {}),
});

export const ApiShape = v.object({
  entities: v.array(EntityShape),
  operations: v.array(OperationShape),
  variables: v.object({ document: JsonObjectShape }),
});

/**
 * Reads the API model of a spec. Names in it may still refer to nothing.
 * @param source a whole spec: other keys are passed over
 * @throws PatternsError SPEC_INVALID with line and column
 */
export function readApiDocument(source: SourceDocument): ApiInput {
  const { entities, operations, variables } = decode(ApiShape, source, 'SPEC_INVALID');
  return { entities, operations, document: variables.document };
}
