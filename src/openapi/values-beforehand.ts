import type { ApiKey, ApiOperationView } from '../model/api.ts';
import type { JsonValue } from '../model/json.ts';
import { type ApiOperation, jsonOf } from './api-operations.ts';
import { admitsNull, fieldType } from './document-fields.ts';
import { answerOf } from './resources.ts';
import type { Shapes } from './shapes.ts';

/** Defaults of the body, and what the answer must have though no request says it. */
export function valuesBeforehand(
  contract: ApiOperation | undefined,
  key: ApiKey | undefined,
  shapes: Shapes,
): ApiOperationView['beforehand'] {
  const values: Record<string, JsonValue> = {};
  const moments: string[] = [];
  if (contract === undefined) return { values, moments };
  const given = shapes.object(jsonOf(contract.body?.content ?? [])?.schema);
  for (const [name, property] of given?.properties ?? []) {
    const { default: value, readOnly } = shapes.node(property)?.value ?? {};
    if (value !== undefined && readOnly !== true && name !== key?.name) values[name] = value;
  }
  const promised = shapes.payload(answerOf(contract));
  const shape = shapes.object(promised?.schema);
  for (const name of shape?.required ?? []) {
    if (name === key?.name || name in values || given?.required.has(name) === true) continue;
    const schema = shapes.node(shape?.properties.get(name))?.value ?? {};
    if (schema['default'] !== undefined) values[name] = schema['default'];
    else if (fieldType(schema) === 'datetime') moments.push(name);
    else if (admitsNull(schema)) values[name] = null;
  }
  return { values, moments };
}
