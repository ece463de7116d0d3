import { snakeCase } from '../canon/letter-case.ts';
import { nameHint } from '../canon/nearest-name.ts';
import type { JsonPath, SourceDocument } from '../documents/yaml-text.ts';
import type {
  ApiEntityInput,
  ApiEntityView,
  ApiInput,
  ApiOperationInput,
  ApiOperationView,
} from '../model/api.ts';
import type { ReservedNames } from '../model/domain.ts';
import { PatternsError, type Place } from '../model/error.ts';
import { isJsonObject } from '../model/json.ts';
import { OpenApiDocument } from './document.ts';
import { snakeName } from './names.ts';
import { operationsOf, routeParameters } from './api-operations.ts';
import { valuesBeforehand } from './values-beforehand.ts';
import { Sampler } from './sample.ts';
import { requestSample, type SampleKey } from './sample-request.ts';
import { Shapes } from './shapes.ts';

export interface ApiReading {
  readonly reserved: ReservedNames;
  readonly source: SourceDocument;
  readonly place: (path: JsonPath) => Place;
  /** The requirement of a pattern or need that an operation names for itself. */
  readonly requirementOf: (operation: ApiOperationInput, at: JsonPath) => string | null;
}

export interface ApiView {
  readonly entities: readonly ApiEntityView[];
  readonly operations: readonly ApiOperationView[];
}

/**
 * Checks an API model and spells it out for templates.
 * @throws PatternsError SPEC_INVALID, OPENAPI_REFERENCE with line and column
 */
export function readApi(input: ApiInput, reading: ApiReading): ApiView {
  new ApiChecker(input, reading).check();
  const document = documentOf(input, reading.source);
  const shapes = new Shapes(document);
  const contracts = new Map(operationsOf(document).map((one) => [one.route.slice(1), one]));
  const order = routeOrder(input.operations);
  const sampler = new Sampler(shapes);
  const operations = input.operations.map((operation, i): ApiOperationView => {
    const entity = input.entities.find(({ name }) => name === operation.entity);
    return viewOf(operation, {
      requirement: reading.requirementOf(operation, ['operations', i]),
      order: order.indexOf(operation),
      sample: requestSample(
        operation,
        contracts.get(operation.name),
        sampler,
        keyPlace(operation, entity, i),
      ),
      beforehand: valuesBeforehand(contracts.get(operation.name), entity?.key, shapes),
    });
  });
  return {
    entities: input.entities.map((entity) => ({
      name: entity.name,
      description: entity.description ?? null,
      schema: entity.schema ?? null,
      key: entity.key ?? null,
      fields: (entity.fields ?? []).map((field) => ({
        ...field,
        optional: field.optional ?? false,
        readonly: field.readonly ?? false,
        values: field.values ?? null,
        min: field.min ?? null,
        max: field.max ?? null,
        schema: field.schema ?? null,
      })),
      operations: operations.filter((one) => one.entity === entity.name),
      sample:
        entity.schema === undefined
          ? {}
          : (sampler.make({
              value: { $ref: `#/components/schemas/${entity.schema}` },
              path: ['components', 'schemas', entity.schema],
            })?.value ?? {}),
    })),
    operations,
  };
}

/** Where the key of a sample stands: row `operation + 1` of the seed data. */
function keyPlace(
  { action, key }: ApiOperationInput,
  entity: ApiEntityInput | undefined,
  index: number,
): SampleKey | undefined {
  if (entity?.key === undefined || action === 'unanswered' || action === 'custom') return undefined;
  const { name } = entity.key;
  return {
    parameter: key,
    property: name,
    row: `@${entity.name}.${index + 1}.${name}`,
    fresh: action === 'create',
  };
}

/** The contracts as a document of their own, so that their references lead somewhere. */
function documentOf({ document, operations }: ApiInput, source: SourceDocument): OpenApiDocument {
  const paths = Object.fromEntries(
    operations.map(({ name, method, contract }) => [`/${name}`, { [method.toLowerCase()]: contract }]),
  );
  const place = (path: JsonPath): Place => {
    if (path[0] !== 'paths') return source.place(['variables', 'document', ...path]);
    const index = operations.findIndex(({ name }) => `/${name}` === path[1]);
    return source.place(['operations', index, 'contract', ...path.slice(3)]);
  };
  const read = (): never => {
    throw new PatternsError('OPENAPI_REFERENCE', 'a contract refers to something outside of the spec', {
      place: source.place(['operations']),
    });
  };
  return new OpenApiDocument({ file: source.file, value: { ...document, paths }, place }, read);
}

class ApiChecker {
  readonly #input: ApiInput;
  readonly #reading: ApiReading;

  constructor(input: ApiInput, reading: ApiReading) {
    this.#input = input;
    this.#reading = reading;
  }

  check(): void {
    const { entities, operations } = this.#input;
    const names = entities.map(({ name }) => name);
    const { reserved } = this.#reading;
    this.#distinct(names, 'entities', reserved.entities);
    this.#distinct(
      operations.map(({ name }) => name),
      'operations',
      reserved.operations,
    );
    for (const [i, operation] of operations.entries()) {
      const at: JsonPath = ['operations', i];
      const entity = entities.find(({ name }) => name === operation.entity);
      if (entity === undefined)
        throw this.#refuse(
          [...at, 'entity'],
          `there is no entity \`${operation.entity}\``,
          nameHint(operation.entity, names, 'Entities'),
        );
      this.#checkOperation(operation, entity, at);
    }
    this.#checkRoutes();
  }

  #distinct(names: readonly string[], list: string, reserved: readonly string[]): void {
    const seen = new Set<string>();
    for (const [i, name] of names.entries()) {
      const key = snakeCase(name);
      const at = [list, i, 'name'];
      if (seen.has(key))
        throw this.#refuse(at, `the name \`${name}\` is there twice`, 'Rename one of the two.');
      if (reserved.includes(key))
        throw this.#refuse(at, `the name \`${name}\` is reserved by the blueprint`, 'Choose another name.');
      seen.add(key);
    }
  }

  #checkOperation(operation: ApiOperationInput, entity: ApiEntityInput, at: JsonPath): void {
    const { action, name, key, within = [], filters = {} } = operation;
    if (action === 'custom' && operation.pattern === undefined && operation.need === undefined)
      throw this.#refuse(
        [...at, 'action'],
        `\`${name}\` names no pattern that does it`,
        'Add `pattern: <id>@<range>` or `need:`; an operation nobody answers yet has the action `unanswered`.',
      );
    if (action === 'custom' || action === 'unanswered') return;
    if (entity.key === undefined)
      throw this.#refuse(
        [...at, 'action'],
        `\`${name}\` is to ${action} a \`${entity.name}\`, which has no \`key\``,
        'Say which property identifies it: `key: { name: id, type: integer }`.',
      );
    const params = routeParameters(operation.path);
    for (const [path, parameter] of [
      ...(key === undefined ? [] : [[[...at, 'key'], key] as const]),
      ...within.map((one, i) => [[...at, 'within', i], one] as const),
    ]) {
      if (!params.includes(parameter))
        throw this.#refuse(
          path,
          `the path of \`${name}\` has no \`{${parameter}}\``,
          nameHint(parameter, params, 'It has'),
        );
    }
    if (['get', 'delete'].includes(action) && key === undefined)
      throw this.#refuse(
        at,
        `\`${name}\` does not say which parameter holds the key`,
        'Add `key: <parameter>`.',
      );
    const fields = (entity.fields ?? []).map((field) => field.name);
    for (const [parameter, field] of Object.entries(filters))
      if (!fields.includes(field))
        throw this.#refuse(
          [...at, 'filters', parameter],
          `\`${entity.name}\` has no field \`${field}\``,
          nameHint(field, fields, 'Fields'),
        );
  }

  #checkRoutes(): void {
    const seen = new Map<string, string>();
    for (const [i, { name, method, path }] of this.#input.operations.entries()) {
      const key = `${method} ${path.replace(/\{[^{}]*\}/g, '{}')}`;
      const other = seen.get(key);
      if (other !== undefined)
        throw this.#refuse(
          ['operations', i, 'path'],
          `\`${name}\` and \`${other}\` are both ${method} ${path}`,
          'Give one of the two another path.',
        );
      seen.set(key, name);
    }
  }

  #refuse(path: JsonPath, message: string, hint?: string): PatternsError {
    return new PatternsError('SPEC_INVALID', message, { place: this.#reading.place(path), hint });
  }
}

interface ViewFacts {
  readonly requirement: string | null;
  readonly order: number;
  readonly sample: ApiOperationView['sample'];
  readonly beforehand: ApiOperationView['beforehand'];
}

const SUCCESS: Readonly<Record<string, number>> = { create: 201, delete: 204 };

function viewOf(
  operation: ApiOperationInput,
  { requirement, order, sample, beforehand }: ViewFacts,
): ApiOperationView {
  const { paging, action } = operation;
  const params = variablesOf(operation.path);
  const max = paging?.max ?? Math.max(100, paging?.default ?? 0);
  return {
    name: operation.name,
    action,
    entity: operation.entity,
    method: operation.method,
    path: operation.path,
    route: routeOf(operation.path, params),
    params,
    summary: operation.summary ?? inWords(operation.name),
    requirement,
    with: operation.with ?? {},
    key: operation.key ?? null,
    within: operation.within ?? [],
    filters: Object.entries(operation.filters ?? {}).map(([parameter, field]) => ({ parameter, field })),
    paging:
      paging === undefined
        ? null
        : {
            limit: paging.limit ?? null,
            skip: paging.skip ?? null,
            page: paging.page ?? null,
            default: paging.default ?? Math.min(50, max),
            max,
          },
    inside: operation.inside ?? null,
    counts: operation.counts ?? [],
    success: operation.success ?? SUCCESS[action] ?? 200,
    answers: operation.answers ?? true,
    contract: isJsonObject(operation.contract) ? operation.contract : {},
    order,
    sample,
    beforehand,
  };
}

/** The parameters of a path, and the name of each that any router takes: `{pet-id}` is `pet_id`. */
function variablesOf(path: string): ApiOperationView['params'] {
  const taken = new Set<string>();
  return routeParameters(path).map((name) => {
    let variable = snakeName(name);
    while (taken.has(variable)) variable += '_2';
    taken.add(variable);
    return { name, variable };
  });
}

function routeOf(path: string, params: ApiOperationView['params']): string {
  let i = 0;
  return path.replace(/\{[^{}]*\}/g, () => `{${params[i++]?.variable ?? ''}}`);
}

/** What is more special comes first, so that no parameter hides a word. */
function routeOrder(operations: readonly ApiOperationInput[]): readonly ApiOperationInput[] {
  return operations.toSorted(
    (a, b) => Number(generality(a) > generality(b)) - Number(generality(a) < generality(b)),
  );
}

/** A digit for each part of the path: a word, a word with a parameter in it, a parameter. */
function generality({ path }: ApiOperationInput): string {
  return path
    .split('/')
    .map((part) => (!part.includes('{') ? '0' : part.startsWith('{') && part.endsWith('}') ? '2' : '1'))
    .join('');
}

/** `add_cart_item` in words: `Add cart item`. */
function inWords(name: string): string {
  const words = name.replaceAll('_', ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
