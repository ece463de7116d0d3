import type { ApiOperationInput, SampleRequest } from '../model/api.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import { jsonOf, routeParameters, type Unresolved } from './api-operations.ts';
import { isJsonList } from './json-pointer.ts';
import type { Sampler } from './sample.ts';
import type { Shapes } from './shapes.ts';

/** Where the key stands in a request, and the value that stands for it. */
export interface SampleKey {
  readonly parameter: string | undefined;
  readonly property: string;
  readonly row: string;
  /** The row is new: its key is left to the service where the body need not have it. */
  readonly fresh: boolean;
}

/** A request that an operation should take. Texts that start with `@` name values of seed rows. */
export function requestSample(
  operation: ApiOperationInput,
  shapes: Shapes,
  sampler: Sampler,
  key: SampleKey | undefined,
): SampleRequest {
  const at = ['paths', operation.name];
  const path: Record<string, string> = {};
  const query: Record<string, JsonValue> = {};
  let fits = true;
  for (const name of routeParameters(operation.path)) path[name] = '1';
  const { parameters, requestBody } = operation.contract;
  for (const [i, raw] of (isJsonList(parameters) ? parameters : []).entries()) {
    const node = shapes.node({ value: raw, path: [...at, 'parameters', i] });
    const { name, in: place, required, schema } = node?.value ?? {};
    if (typeof name !== 'string' || node === undefined) continue;
    const made = sampler.make(schema === undefined ? undefined : { value: schema, path: [...node.path, 'schema'] });
    const isPlain = typeof made?.value !== 'object';
    if (place === 'path') {
      path[name] = isPlain ? String(made?.value ?? '1') : '1';
      fits &&= made?.fits === true && isPlain;
    } else if (required === true && place === 'query') {
      query[name] = plainQuery(made?.value);
      fits &&= made?.fits === true && (isPlain || isJsonList(made?.value));
    } else if (required === true) fits = false;
  }
  if (key?.parameter !== undefined) path[key.parameter] = key.row;
  const body = bodySample(requestBody, shapes, sampler, [...at, 'requestBody']);
  fits &&= body.fits;
  return {
    path,
    query,
    body: key === undefined ? escaped(body.value) : withKey(escaped(body.value), key),
    has_body: body.sent,
    fits,
  };
}

function bodySample(
  requestBody: JsonValue | undefined,
  shapes: Shapes,
  sampler: Sampler,
  path: Unresolved['path'],
): { readonly value: JsonValue; readonly sent: boolean; readonly fits: boolean } {
  const node = shapes.node({ value: requestBody, path });
  if (node === undefined) return { value: null, sent: false, fits: true };
  const { content } = node.value;
  const media = Object.entries(isJsonObject(content) ? content : {}).map(([name, one]) => ({
    media: name,
    schema: {
      value: isJsonObject(one) ? one['schema'] : undefined,
      path: [...node.path, 'content', name, 'schema'],
    },
  }));
  const found = jsonOf(media)?.schema;
  const made = found === undefined ? undefined : sampler.make(found);
  if (made === undefined) return { value: null, sent: false, fits: false };
  return { value: made.value, sent: true, fits: made.fits };
}

function withKey(body: JsonValue, { property, row, fresh }: SampleKey): JsonValue {
  if (!isJsonObject(body)) return body;
  if (fresh) return Object.fromEntries(Object.entries(body).filter(([name]) => name !== property || typeof body[name] === 'string'));
  return property in body ? { ...body, [property]: row } : body;
}

/** A list is sent as one of its items. */
function plainQuery(value: JsonValue | undefined): JsonValue {
  const one = isJsonList(value) ? (value[0] ?? '') : (value ?? '');
  return escaped(one);
}

/** A text that starts with `@` would be taken for a row. */
function escaped(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.startsWith('@') ? `@${value}` : value;
  if (isJsonList(value)) return value.map(escaped);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, escaped(item)]));
}
