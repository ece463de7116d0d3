import { snakeCase } from '../canon/letter-case.ts';
import { type ApiOperation, jsonOf, operationsOf, routeParameters } from './api-operations.ts';
import type { OpenApiDocument } from './document.ts';
import { infoOf } from './document-info.ts';
import type { ImportedEntity, ImportedOperation, ImportedSpec } from './imported-spec.ts';
import type { TakenNames } from './import-documents.ts';
import { leftOut } from './left-out.ts';
import { NamePool, snakeName } from './names.ts';
import { isServedAnyway } from './own-routes.ts';
import { inOrder, type Remark } from './remark.ts';
import { type PlacedOperation, placeOperations, withVariants } from './resources.ts';
import { Shapes } from './shapes.ts';
import { TableActions } from './table-actions.ts';
import { type TableEntity, TableEntities } from './table-entities.ts';

/** The blueprint whose services keep entities in tables. */
export const TABLE_BLUEPRINT = 'fastapi-service';

/** A spec, or the first reason why the document has more than the domain model can say. */
export type TableImport =
  | { readonly fits: true; readonly spec: ImportedSpec }
  | { readonly fits: false; readonly reason: Remark };

/**
 * Makes a spec of entities in tables, where the domain model can say all that the document promises.
 * @throws PatternsError OPENAPI_INVALID, OPENAPI_REFERENCE with the place
 */
export function importTables(document: OpenApiDocument, taken: TakenNames): TableImport {
  const shapes = new Shapes(document);
  const operations = operationsOf(document).filter((one) => !isServedAnyway(one));
  const info = infoOf(document);
  const placement = withVariants(placeOperations(operations, shapes, []));
  const unfit = (subject: string, message: string, path: ApiOperation['path']): TableImport => ({
    fits: false,
    reason: { kind: 'note', subject, message, place: document.place(path, 'key') },
  });
  for (const { api, resource } of placement.operations) {
    const problem = beyondTables(api);
    if (problem !== undefined) return unfit(api.route, problem, api.path);
    if (resource.shape === undefined || resource.component === undefined)
      return unfit(api.route, 'it is about nothing that is kept', api.path);
  }
  const found = new TableEntities(shapes, placement).find();
  if ('problem' in found) return unfit(found.subject, found.problem, found.path);
  const actions = new TableActions(placement, found.entities, shapes);
  const pool = new NamePool(taken.operations);
  const remarks: Remark[] = [...info.remarks, ...leftOut(document, operations), ...found.remarks(document)];
  const imported: ImportedOperation[] = [];
  for (const placed of placement.operations) {
    const made = operationOf(placed, actions, pool);
    if ('problem' in made) return unfit(placed.api.route, made.problem, placed.api.path);
    imported.push(made.operation);
    if (made.reason !== undefined)
      remarks.push({
        kind: 'unanswered',
        subject: made.operation.value.name,
        message: made.reason,
        place: document.place(placed.api.path, 'key'),
      });
    if (made.lost.length > 0)
      remarks.push({
        kind: 'not_carried',
        subject: made.operation.value.name,
        message: `until it is answered it takes no ${made.lost.join(', ')}`,
        place: document.place([...placed.api.path, 'requestBody'], 'key'),
      });
  }
  const reserved = found.entities.find(({ name }) => taken.entities.includes(snakeCase(name)));
  if (reserved !== undefined)
    return unfit(reserved.name, 'the blueprint has that name for itself', reserved.path);
  return {
    fits: true,
    spec: {
      name: info.name,
      version: info.version,
      description: info.description,
      extends: `${TABLE_BLUEPRINT}@^1`,
      variables: {},
      entities: found.entities.map(entityOf),
      operations: imported,
      remarks: inOrder(remarks),
    },
  };
}

function entityOf({ name, description, fields, guessed }: TableEntity): ImportedEntity {
  const told = description === undefined ? {} : { description };
  return {
    value: { name, ...told, fields: [...fields] },
    comment:
      guessed.length === 0
        ? undefined
        : `patterns: answer this: no request sets ${guessed.join(', ')}; say what gives the value`,
  };
}

type MadeOperation =
  | {
      readonly operation: ImportedOperation;
      readonly reason: string | undefined;
      /** Properties of its body that the entity does not have. */
      readonly lost: readonly string[];
    }
  | { readonly problem: string };

function operationOf(
  { api, ...placed }: PlacedOperation,
  actions: TableActions,
  pool: NamePool,
): MadeOperation {
  const found = actions.find({ api, ...placed });
  if ('problem' in found) return found;
  const name = pool.take(snakeName(api.id ?? `${api.method} ${api.route}`));
  const { action, reason, keys } = found;
  const value = {
    name,
    action,
    entity: found.entity,
    method: api.method,
    path: api.route,
    ...(api.summary === undefined ? {} : { summary: api.summary.replaceAll(/\s+/g, ' ').slice(0, 300) }),
    ...keys,
  };
  const comment = reason === undefined ? undefined : `patterns: answer this: ${reason}`;
  return { operation: { value, comment }, reason, lost: found.lost };
}

const TABLE_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** What an operation has that no operation of the domain model can have. */
function beyondTables(api: ApiOperation): string | undefined {
  if (!TABLE_METHODS.has(api.method)) return `the method ${api.method}`;
  const outside = api.parameters.find((one) => one.in === 'header' || one.in === 'cookie');
  if (outside !== undefined) return `the ${outside.in} parameter \`${outside.name}\``;
  const body = api.body?.content ?? [];
  if (body.some(({ media }) => media !== 'application/json')) return 'a body that is no JSON';
  const successes = api.answers.filter(({ status }) => status.startsWith('2'));
  if (successes.length === 0) return 'no success is described';
  if (successes.some(({ content }) => content.length > 0 && jsonOf(content) === undefined))
    return 'an answer that is no JSON';
  for (const parameter of api.parameters.filter((one) => one.in === 'path')) {
    const { type, format } = parameter.schema?.value ?? {};
    if (type !== 'string' || format !== 'uuid') return `\`{${parameter.name}}\` is no UUID`;
  }
  const [first, second, third] = routeParameters(api.route);
  if (first !== undefined && first !== 'id') return `\`{${first}}\` where the domain model has \`{id}\``;
  if (third !== undefined) return 'three parameters in its path';
  if (second !== undefined && !/^[a-z][a-z0-9_]*_id$/.test(second)) return `\`{${second}}\` names no child`;
  if (!/^(?:\/(?:[A-Za-z0-9._~-]+|\{[a-z][a-z0-9_]*\}))+$/.test(api.route))
    return 'a path of an unusual form';
  return undefined;
}
