import type { ApiOperationInput, SampleRequest } from '../model/api.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import { type ApiOperation, jsonOf, routeParameters } from './api-operations.ts';
import { isJsonList } from './json-pointer.ts';
import type { Sampler } from './sample.ts';

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
  contract: ApiOperation | undefined,
  sampler: Sampler,
  key: SampleKey | undefined,
): SampleRequest {
  const path: Record<string, string> = {};
  const query: Record<string, JsonValue> = {};
  let fits = true;
  for (const name of routeParameters(operation.path)) path[name] = '1';
  for (const { name, in: place, required, schema } of contract?.parameters ?? []) {
    const made = sampler.make(schema);
    const isPlain = typeof made?.value !== 'object';
    if (place === 'path') {
      path[name] = isPlain ? String(made?.value ?? '1') : '1';
      fits &&= made?.fits === true && isPlain;
    } else if (required && place === 'query') {
      query[name] = plainQuery(made?.value);
      fits &&= made?.fits === true && (isPlain || isJsonList(made?.value));
    } else if (required && !isDescribedElsewhere(place, name)) fits = false;
  }
  if (key?.parameter !== undefined) {
    path[key.parameter] = key.row;
    const bounds =
      contract?.parameters.find((one) => one.in === 'path' && one.name === key.parameter)?.schema?.value ??
      {};
    // Nobody knows whether the key of that row is within them.
    if (BOUNDS.some((one) => bounds[one] !== undefined)) fits = false;
  }
  const content = contract?.body?.content ?? [];
  const schema = jsonOf(content)?.schema;
  const made = schema === undefined ? undefined : sampler.make(schema);
  const sent = made !== undefined;
  if (content.length > 0) fits &&= made?.fits === true;
  const body = escaped(made?.value ?? null);
  return { path, query, body: key === undefined ? body : withKey(body, key), has_body: sent, fits };
}

/** Headers that media types and security schemes describe. */
function isDescribedElsewhere(place: string, name: string): boolean {
  return place === 'header' && ['accept', 'content-type', 'authorization'].includes(name.toLowerCase());
}

const BOUNDS = ['minimum', 'maximum', 'pattern', 'enum', 'minLength', 'maxLength'] as const;

function withKey(body: JsonValue, { parameter, property, row, fresh }: SampleKey): JsonValue {
  if (!isJsonObject(body)) return body;
  if (fresh)
    return Object.fromEntries(
      Object.entries(body).filter(([name]) => name !== property || typeof body[name] === 'string'),
    );
  return property in body || parameter === undefined ? { ...body, [property]: row } : body;
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
