import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';

/** The schemas of an OpenAPI 3.0 document as JSON Schema 2020-12 has them: `nullable` and exclusive bounds are told otherwise. */
export function modernSchemas(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, modern(value)]));
}

function modern(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(modern);
  if (!isJsonObject(value)) return value;
  const schema: Record<string, JsonValue> = { ...modernSchemas(value) };
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof schema[exclusive] !== 'boolean') continue;
    const limit = schema[bound];
    if (schema[exclusive] && limit !== undefined) {
      schema[exclusive] = limit;
      delete schema[bound];
    } else delete schema[exclusive];
  }
  return schema['nullable'] === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
