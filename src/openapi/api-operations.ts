import { API_METHODS, type ApiMethod } from '../model/api.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Node, OpenApiDocument } from './document.ts';
import { isJsonList } from './json-pointer.ts';

export interface ApiParameter extends Node {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  /** Its schema, where it has one rather than a media type. */
  readonly schema: Node | undefined;
  /** As the document has it: perhaps a reference. */
  readonly raw: JsonValue;
}

/** A media type of a body or an answer, and its schema as it stands there: perhaps a reference. */
export interface ApiContent {
  readonly media: string;
  readonly schema: Unresolved | undefined;
}

export interface Unresolved {
  readonly value: JsonValue | undefined;
  readonly path: readonly (string | number)[];
}

export interface ApiAnswer {
  readonly status: string;
  readonly content: readonly ApiContent[];
}

export interface ApiOperation extends Node {
  readonly id: string | undefined;
  readonly method: ApiMethod;
  readonly route: string;
  readonly parameters: readonly ApiParameter[];
  readonly body: { readonly required: boolean; readonly content: readonly ApiContent[] } | undefined;
  readonly answers: readonly ApiAnswer[];
  readonly tags: readonly string[];
  readonly summary: string | undefined;
}

/**
 * The operations of a document, in its order.
 * @throws PatternsError OPENAPI_INVALID for what is no operation, and for two of one id or of one method and path
 */
export function operationsOf(document: OpenApiDocument): readonly ApiOperation[] {
  const root: Node = { value: document.value, path: [] };
  const operations: ApiOperation[] = [];
  for (const [route, item] of document.entries(root, 'paths')) {
    if (!route.startsWith('/'))
      throw document.refuse(
        ['paths', route],
        `the path \`${route}\` does not start with /`,
        undefined,
        'key',
      );
    const shared = parametersOf(document, item);
    for (const method of API_METHODS) {
      const key = method.toLowerCase();
      if (item.value[key] === undefined) continue;
      const node = document.node(item.value[key], [...item.path, key]);
      operations.push(readOperation(document, node, method, route, shared));
    }
  }
  refuseTwice(document, operations);
  return operations;
}

function readOperation(
  document: OpenApiDocument,
  node: Node,
  method: ApiMethod,
  route: string,
  shared: readonly ApiParameter[],
): ApiOperation {
  const own = parametersOf(document, node);
  const inherited = shared.filter(
    (one) => !own.some((other) => other.name === one.name && other.in === one.in),
  );
  const { operationId, tags, summary, requestBody } = node.value;
  if (operationId !== undefined && typeof operationId !== 'string')
    throw document.refuse([...node.path, 'operationId'], '`operationId` must be text');
  return {
    ...node,
    id: operationId,
    method,
    route,
    parameters: [...inherited, ...own],
    body:
      requestBody === undefined
        ? undefined
        : bodyOf(document, document.node(requestBody, [...node.path, 'requestBody'])),
    answers: document
      .entries(node, 'responses')
      .map(([status, answer]) => ({ status: status.toUpperCase(), content: contentOf(document, answer) })),
    tags: isJsonList(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    summary: typeof summary === 'string' && summary.trim() !== '' ? summary.trim() : undefined,
  };
}

function bodyOf(document: OpenApiDocument, node: Node): ApiOperation['body'] {
  return { required: node.value['required'] === true, content: contentOf(document, node) };
}

function contentOf(document: OpenApiDocument, node: Node): readonly ApiContent[] {
  return document.entries(node, 'content').map(([media, { value, path }]) => ({
    media,
    schema: value['schema'] === undefined ? undefined : { value: value['schema'], path: [...path, 'schema'] },
  }));
}

function parametersOf(document: OpenApiDocument, node: Node): readonly ApiParameter[] {
  const raw = node.value['parameters'];
  return document.items(node, 'parameters').map((item, i) => {
    const { name, in: place, required, schema } = item.value;
    if (typeof name !== 'string')
      throw document.refuse([...node.path, 'parameters', i], 'a parameter has no `name`');
    if (place !== 'path' && place !== 'query' && place !== 'header' && place !== 'cookie')
      throw document.refuse(
        [...item.path, 'in'],
        `\`in\` of the parameter \`${name}\` must be path, query, header or cookie`,
      );
    return {
      ...item,
      name,
      in: place,
      required: required === true || place === 'path',
      schema: schema === undefined ? undefined : schemaNode(document, schema, [...item.path, 'schema']),
      raw: isJsonList(raw) ? (raw[i] ?? null) : null,
    };
  });
}

/** A schema of 3.1 may be `true` or `false`, which describe nothing here. */
function schemaNode(document: OpenApiDocument, value: JsonValue, path: Node['path']): Node | undefined {
  return typeof value === 'boolean' ? undefined : document.node(value, path);
}

function refuseTwice(document: OpenApiDocument, operations: readonly ApiOperation[]): void {
  const ids = new Map<string, ApiOperation>();
  for (const operation of operations) {
    if (operation.id === undefined) continue;
    const other = ids.get(operation.id);
    if (other !== undefined) {
      throw document.refuse(
        [...operation.path, 'operationId'],
        `\`${operation.id}\` is the operationId of ${other.method} ${other.route} as well as of ${operation.method} ${operation.route}`,
        'Give one of the two another id.',
      );
    }
    ids.set(operation.id, operation);
  }
}

/** What the document promises of an operation, with the parameters that its path gives to all of its operations. */
export function contractOf(operation: ApiOperation): JsonObject {
  const { parameters, ...rest } = operation.value;
  const raw = operation.parameters.map((one) => one.raw);
  return raw.length === 0 && !isJsonList(parameters) ? rest : { ...rest, parameters: raw };
}

/** The names of the parameters in a path, in their order. */
export function routeParameters(route: string): readonly string[] {
  return [...route.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '');
}

/** The JSON among media types: what a schema and an entity can be found in. */
export function jsonOf(content: readonly ApiContent[]): ApiContent | undefined {
  const exact = content.find(({ media }) => /^application\/json(?:;|$)/i.test(media));
  return (
    exact ?? content.find(({ media }) => /^application\/[^;]*\+json(?:;|$)/i.test(media) || media === '*/*')
  );
}

export function isReference(value: JsonValue | undefined): value is JsonObject & { readonly $ref: string } {
  return isJsonObject(value) && typeof value['$ref'] === 'string';
}
