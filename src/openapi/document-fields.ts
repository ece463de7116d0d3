import type { DocumentFieldType } from '../model/api.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Unresolved } from './api-operations.ts';
import { isJsonList } from './json-pointer.ts';
import { componentOf, type Shapes, typesOf } from './shapes.ts';

/** A property of what is kept, as far as a person and a filter need to know it. */
export interface DocumentField {
  readonly name: string;
  readonly type: DocumentFieldType;
  readonly optional?: true;
  readonly readonly?: true;
  readonly values?: readonly JsonValue[];
  readonly min?: number;
  readonly max?: number;
  /** The component that a nested object or list is of. */
  readonly schema?: string;
}

const FORMATS: Readonly<Record<string, DocumentFieldType>> = {
  uuid: 'uuid',
  email: 'email',
  date: 'date',
  'date-time': 'datetime',
};

/** The properties of a schema, in its order. */
export function documentFields(schema: Unresolved | undefined, shapes: Shapes): readonly DocumentField[] {
  const shape = shapes.object(schema);
  if (shape === undefined) return [];
  return [...shape.properties].map(([name, property]) => {
    const value = shapes.node(property)?.value ?? {};
    const alternative = onlyAlternative(property, shapes);
    const meant = alternative ?? value;
    const type = fieldType(meant);
    const component = componentOf(property.value) ?? componentOf(itemsOf(meant));
    const nested = type === 'object' || type === 'array';
    const bounds = boundsOf(meant, type);
    return {
      name,
      type,
      ...(shape.required.has(name) && !admitsNull(value) ? {} : { optional: true }),
      ...(value['readOnly'] === true ? { readonly: true } : {}),
      ...(type === 'enum' && isJsonList(meant['enum']) ? { values: meant['enum'] } : {}),
      ...bounds,
      ...(nested && component !== undefined ? { schema: component } : {}),
    };
  });
}

export function fieldType(schema: JsonObject): DocumentFieldType {
  const [type, second] = typesOf(schema);
  if (isJsonList(schema['enum'])) return 'enum';
  if (second !== undefined) return 'any';
  switch (type) {
    case 'string': {
      const format = schema['format'];
      return (typeof format === 'string' ? FORMATS[format] : undefined) ?? 'string';
    }
    case 'integer':
    case 'number':
    case 'boolean':
    case 'array':
    case 'object':
      return type;
    default:
      return schema['properties'] !== undefined || schema['allOf'] !== undefined ? 'object' : 'any';
  }
}

/** What `anyOf: [X, {type: null}]` admits beside null. */
function onlyAlternative(property: Unresolved, shapes: Shapes): JsonObject | undefined {
  const value = shapes.node(property)?.value;
  for (const key of ['anyOf', 'oneOf'] as const) {
    const list = value?.[key];
    if (!isJsonList(list)) continue;
    const rest = list.flatMap((one, i) => {
      const node = shapes.node({ value: one, path: [...property.path, key, i] });
      return node === undefined || node.value['type'] === 'null' ? [] : [node.value];
    });
    return rest.length === 1 ? rest[0] : undefined;
  }
  return undefined;
}

export function admitsNull(schema: JsonObject): boolean {
  const { nullable, type, anyOf, oneOf } = schema;
  if (nullable === true || (isJsonList(type) && type.includes('null'))) return true;
  return [anyOf, oneOf].some(
    (list) => isJsonList(list) && list.some((one) => isJsonObject(one) && one['type'] === 'null'),
  );
}

function itemsOf(schema: JsonObject): JsonValue | undefined {
  return schema['items'];
}

function boundsOf(schema: JsonObject, type: DocumentFieldType): { min?: number; max?: number } {
  const [low, high] =
    type === 'string' ? (['minLength', 'maxLength'] as const) : (['minimum', 'maximum'] as const);
  if (!['string', 'integer', 'number'].includes(type)) return {};
  const min = schema[low];
  const max = schema[high];
  return {
    ...(typeof min === 'number' ? { min } : {}),
    ...(typeof max === 'number' ? { max } : {}),
  };
}
