import type { JsonObject, JsonValue } from '../model/json.ts';
import { contractOf, operationsOf, routeParameters } from './api-operations.ts';
import type { OpenApiDocument } from './document.ts';
import { documentFields } from './document-fields.ts';
import { infoOf } from './document-info.ts';
import type { ImportedEntity, ImportedOperation, ImportedSpec } from './imported-spec.ts';
import { ActionFinder, type DocumentAction, type DocumentKey, keyOf } from './infer-actions.ts';
import { leftOut } from './left-out.ts';
import { NamePool, snakeName } from './names.ts';
import { isServedAnyway } from './own-routes.ts';
import { inOrder, type Remark } from './remark.ts';
import {
  descriptionOf,
  type PlacedOperation,
  placeOperations,
  type Resource,
  withVariants,
} from './resources.ts';
import { Shapes } from './shapes.ts';

/** Names that the blueprint keeps for itself. */
export interface TakenNames {
  readonly entities: readonly string[];
  readonly operations: readonly string[];
}

/** The blueprint whose services keep what they are given as JSON documents. */
export const DOCUMENT_BLUEPRINT = 'openapi-service';

/** What is in the spec elsewhere, or says nothing about the API. */
const CARRIED_BY_OPERATIONS: ReadonlySet<string> = new Set(['paths', 'webhooks']);

/**
 * Makes a spec of a service that has exactly the API of the document: what its operations promise is carried as it is
 * written, and rows are kept as JSON documents.
 *
 * @throws PatternsError OPENAPI_INVALID, OPENAPI_REFERENCE with the place
 */
export function importDocuments(document: OpenApiDocument, taken: TakenNames): ImportedSpec {
  const shapes = new Shapes(document);
  const info = infoOf(document);
  const all = operationsOf(document);
  const operations = all.filter((one) => !isServedAnyway(one));
  const placement = withVariants(placeOperations(operations, shapes, taken.entities));
  const ofResource = new Map<Resource, PlacedOperation[]>();
  for (const one of placement.operations)
    ofResource.set(one.resource, [...(ofResource.get(one.resource) ?? []), one]);
  const keys = new Map(
    placement.resources.map((resource) => [
      resource,
      keyOf(resource, ofResource.get(resource) ?? [], shapes),
    ]),
  );
  const finder = new ActionFinder(placement.operations, keys, shapes);
  const names = new NamePool(taken.operations);
  const remarks: Remark[] = [...info.remarks, ...leftOut(document, operations)];
  for (const one of all.filter(isServedAnyway))
    remarks.push({
      kind: 'not_carried',
      subject: one.route,
      message: 'every generated service answers it in its own way',
      place: document.place(one.path, 'key'),
    });
  const imported = placement.operations.map((placed): ImportedOperation => {
    const action = finder.find(placed);
    const wanted = snakeName(placed.api.id ?? `${placed.api.method} ${placed.api.route}`);
    const name = names.take(wanted, snakeName(`${wanted}_${placed.resource.name}`));
    remarks.push(...remarksOn(document, placed, name, action));
    return operationOf(placed, name, action);
  });
  const { value } = document;
  const rest = Object.entries(value).filter(([key]) => !CARRIED_BY_OPERATIONS.has(key));
  return {
    name: info.name,
    version: info.version,
    description: info.description,
    extends: `${DOCUMENT_BLUEPRINT}@^1`,
    variables: { document: Object.fromEntries(rest) },
    entities: placement.resources.map((resource) => entityOf(resource, keys.get(resource), shapes)),
    operations: imported,
    remarks: inOrder(remarks),
  };
}

function entityOf(resource: Resource, key: DocumentKey | undefined, shapes: Shapes): ImportedEntity {
  const description = descriptionOf(resource, shapes)?.replaceAll(/\s+/g, ' ').slice(0, 300).trim();
  const fields = documentFields(resource.schema, shapes).map((field): JsonObject => ({ ...field }));
  return {
    value: {
      name: resource.name,
      ...(description === undefined ? {} : { description }),
      ...(resource.component === undefined ? {} : { schema: resource.component }),
      ...(resource.variants.length === 0 ? {} : { variants: resource.variants }),
      ...(key === undefined ? {} : { key: { ...key } }),
      ...(fields.length === 0 ? {} : { fields }),
    },
    comment: undefined,
  };
}

function operationOf(
  { api, resource }: PlacedOperation,
  name: string,
  found: DocumentAction,
): ImportedOperation {
  const head = {
    name,
    action: found.action,
    entity: resource.name,
    method: api.method,
    path: api.route,
    ...(api.summary === undefined
      ? {}
      : { summary: api.summary.replaceAll(/\s+/g, ' ').slice(0, 300).trim() }),
  };
  const contract = contractOf(api);
  if (found.action === 'unanswered')
    return { value: { ...head, contract }, comment: `patterns: answer this: ${found.reason}` };
  const { key, within, filters, paging, inside, counts, success, answers } = found;
  const ignored = found.ignored.map((one) => `${one.in} ${one.name}`);
  return {
    value: {
      ...head,
      ...(key === undefined ? {} : { key }),
      ...(within.length === 0 ? {} : { within }),
      ...(Object.keys(filters).length === 0 ? {} : { filters }),
      ...(paging === undefined ? {} : { paging: pagingJson(paging) }),
      ...(inside === undefined ? {} : { inside }),
      ...(counts.length === 0 ? {} : { counts }),
      success,
      ...(answers ? {} : { answers: false }),
      contract,
    },
    comment: ignored.length === 0 ? undefined : `patterns: without effect: ${ignored.join(', ')}`,
  };
}

function pagingJson(paging: object): JsonObject {
  return Object.fromEntries(
    Object.entries(paging).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

function remarksOn(
  document: OpenApiDocument,
  { api }: PlacedOperation,
  name: string,
  found: DocumentAction,
): readonly Remark[] {
  const at = document.place(api.path.slice(0, -1).length > 0 ? api.path : ['paths'], 'key');
  const remarks: Remark[] = [];
  if (found.action === 'unanswered') {
    remarks.push({ kind: 'unanswered', subject: name, message: found.reason, place: at });
  } else {
    for (const one of found.ignored)
      remarks.push({
        kind: 'not_carried',
        subject: name,
        message: `the ${one.in} parameter \`${one.name}\` is accepted and has no effect`,
        place: document.place(one.path),
      });
  }
  if (api.id !== undefined && name !== snakeName(api.id))
    remarks.push({ kind: 'note', subject: name, message: `\`${api.id}\` is called \`${name}\``, place: at });
  const declared = new Set(api.parameters.filter((one) => one.in === 'path').map((one) => one.name));
  for (const parameter of routeParameters(api.route))
    if (!declared.has(parameter))
      remarks.push({
        kind: 'note',
        subject: name,
        message: `the path has \`{${parameter}}\`, which no parameter describes; it is taken as text`,
        place: at,
      });
  for (const { status, content } of api.answers) {
    const others = content
      .filter(({ media }) => !/json/i.test(media) && media !== '*/*')
      .map(({ media }) => media);
    if (found.action !== 'unanswered' && others.length > 0 && others.length < content.length)
      remarks.push({
        kind: 'not_carried',
        subject: name,
        message: `${status} is answered as JSON only, not as ${others.join(', ')}`,
        place: at,
      });
  }
  return remarks;
}
