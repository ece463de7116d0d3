import { asText } from './json-text.ts';
import type { JsonObject } from '../model/json.ts';
import { jsonOf, routeParameters } from './api-operations.ts';
import { childName } from './names.ts';
import type { Placement, PlacedOperation } from './resources.ts';
import { collectionOf, isItemRoute, namesResource } from './resources.ts';
import type { ObjectShape, Shapes } from './shapes.ts';
import type { TableEntity } from './table-entities.ts';

export type TableAction =
  | {
      readonly action: string;
      readonly entity: string;
      readonly keys: JsonObject;
      /** Why nobody does it. */
      readonly reason: string | undefined;
      /** Properties of its body that are not carried. */
      readonly lost: readonly string[];
    }
  | { readonly problem: string };

/** What each operation does, in the words of the domain model. */
export class TableActions {
  readonly #itemCollections: ReadonlySet<string>;
  readonly #entities: readonly TableEntity[];
  readonly #shapes: Shapes;

  constructor(placement: Placement, entities: readonly TableEntity[], shapes: Shapes) {
    const items = placement.operations.filter(({ api }) => isItemRoute(api.route));
    this.#itemCollections = new Set(items.map(({ api }) => collectionOf(api.route)));
    this.#entities = entities;
    this.#shapes = shapes;
  }

  find(operation: PlacedOperation): TableAction {
    const { api, resource, answer } = operation;
    const entity = this.#entities.find(({ component }) => component === resource.component);
    if (entity === undefined) return { problem: 'it is about nothing that is kept' };
    const successes = api.answers.filter(({ status }) => status.startsWith('2'));
    const [success] = successes;
    const isOwn = answer?.component === resource.component && answer?.inside === undefined;
    const body = this.#bodyOf(operation);
    const known = this.#crud(operation, entity, success?.status ?? '', body, isOwn, successes.length);
    if (known !== undefined) return known;
    if (api.parameters.some((one) => one.in === 'query')) return { problem: 'its query parameters' };
    if (!isOwn || answer?.list === true) return { problem: `its answer is no \`${entity.name}\`` };
    const input = this.#input(body, entity);
    const what = successes.length > 1 ? `it has ${successes.length} successes` : 'its effect is not said';
    return {
      action: 'unanswered',
      entity: entity.name,
      keys: input === undefined || input.length === 0 ? {} : { input },
      reason: what,
      lost: input === undefined ? [...(body?.properties.keys() ?? [])].map((one) => `\`${one}\``) : [],
    };
  }

  #crud(
    operation: PlacedOperation,
    entity: TableEntity,
    status: string,
    body: ObjectShape | undefined,
    isOwn: boolean,
    successes: number,
  ): TableAction | undefined {
    const { api, answer, resource } = operation;
    if (successes !== 1) return undefined;
    const names = routeParameters(api.route);
    const isItem = isItemRoute(api.route) && names.length === 1;
    const done = (action: string, keys: JsonObject = {}): TableAction => ({
      action,
      entity: entity.name,
      keys,
      reason: undefined,
      lost: [],
    });
    const isCollection =
      names.length === 0 && (namesResource(api.route, resource) || this.#hasItems(api.route));
    if (api.method === 'GET' && isItem && isOwn && answer?.list === false && status === '200')
      return done('get');
    if (api.method === 'GET' && isCollection && isOwn && answer?.list === true)
      return this.#list(operation, entity);
    if (api.method === 'DELETE' && isItem && status === '204' && answer === undefined) return done('delete');
    if (!isOwn || answer?.list !== false) return undefined;
    if (api.method === 'POST' && isCollection && status === '201') {
      const input = this.#input(body, entity);
      return input === undefined || !this.#isComplete(input, entity)
        ? undefined
        : done('create', sameAsAll(input, entity));
    }
    if ((api.method === 'PUT' || api.method === 'PATCH') && isItem && status === '200') {
      const input = this.#input(body, entity);
      if (input === undefined || body === undefined || body.required.size > 0) return undefined;
      return done('update', sameAsAll(input, entity));
    }
    return this.#child(operation, entity, status, body);
  }

  /** Operations on the children of an entity, which answer with the parent. */
  #child(
    { api }: PlacedOperation,
    entity: TableEntity,
    status: string,
    body: ObjectShape | undefined,
  ): TableAction | undefined {
    const parts = api.route.split('/');
    const child = this.#entities.find(
      ({ parent }) => parent?.entity === entity.name && parts.includes(parent.children),
    );
    const children = child?.parent?.children;
    if (child === undefined || children === undefined) return undefined;
    const names = routeParameters(api.route);
    const keys = { children };
    const done = (action: string, more: JsonObject = {}): TableAction => ({
      action,
      entity: entity.name,
      keys: { ...keys, ...more },
      reason: undefined,
      lost: [],
    });
    const isOne = names.length === 2 && names[1] === `${childName(children)}_id` && isItemRoute(api.route);
    const input = this.#input(body, child);
    if (isOne && (api.method === 'PUT' || api.method === 'PATCH') && status === '200' && input !== undefined)
      return this.#isLoose(body, child) ? undefined : done('update_child', { input });
    if (isOne && api.method === 'DELETE' && status === '200') return done('remove_child');
    if (names.length !== 1 || parts.at(-1) !== children) return undefined;
    if (api.method === 'DELETE' && status === '200') return done('clear_children');
    if (api.method !== 'POST' || status !== '201' || input === undefined) return undefined;
    return this.#isComplete(input, child) ? done('add_child', { input }) : undefined;
  }

  /** A body that admits more than the field does, such as a quantity of 0: it may do something else then. */
  #isLoose(body: ObjectShape | undefined, child: TableEntity): boolean {
    return [...(body?.properties ?? [])].some(([name, property]) => {
      const field = child.fields.find((one) => one['name'] === name);
      const alternatives = this.#shapes.node(property)?.value['anyOf'];
      return field?.['type'] === 'integer' && Array.isArray(alternatives);
    });
  }

  #list({ api }: PlacedOperation, entity: TableEntity): TableAction | undefined {
    const filters: string[] = [];
    let paging: JsonObject | undefined;
    let skips = false;
    for (const { name, in: place, schema, required } of api.parameters) {
      if (place !== 'query') continue;
      const { default: usual, maximum } = schema?.value ?? {};
      const field = entity.fields.find((one) => apiName(one) === name);
      if (name === 'skip') skips = true;
      else if (name === 'limit' && typeof usual === 'number' && typeof maximum === 'number')
        paging = { default: usual, max: maximum };
      else if (field !== undefined && !required && field['type'] !== 'children')
        filters.push(asText(field['name']));
      else return { problem: `its query parameter \`${name}\`` };
    }
    if (paging === undefined || !skips) return { problem: 'its pages are not by `skip` and `limit`' };
    return {
      action: 'list',
      entity: entity.name,
      keys: { ...(filters.length === 0 ? {} : { filters }), paging },
      reason: undefined,
      lost: [],
    };
  }

  #hasItems(route: string): boolean {
    return this.#itemCollections.has(route);
  }

  /** The fields that a body has; undefined where it has others. */
  #input(body: ObjectShape | undefined, entity: TableEntity): readonly string[] | undefined {
    const names = [...(body?.properties.keys() ?? [])];
    const fields = names.map((name) =>
      entity.fields.find((one) => apiName(one) === name && one['readonly'] !== true),
    );
    return fields.every((one) => one !== undefined) ? fields.map((one) => asText(one['name'])) : undefined;
  }

  /** Whether a row can be made of nothing but these. */
  #isComplete(input: readonly string[], entity: TableEntity): boolean {
    return entity.fields.every(
      ({ name, type, optional, default: usual }) =>
        input.includes(asText(name)) || type === 'children' || optional === true || usual !== undefined,
    );
  }

  #bodyOf({ api }: PlacedOperation): ObjectShape | undefined {
    return this.#shapes.object(jsonOf(api.body?.content ?? [])?.schema);
  }
}

/** The name in requests and answers. */
function apiName(field: JsonObject): string {
  const name = asText(field['name']);
  return field['type'] === 'reference' ? `${name}_id` : name;
}

/** Without `input` an operation takes all fields that a request may set. */
function sameAsAll(input: readonly string[], entity: TableEntity): JsonObject {
  const all = entity.fields.filter((one) => one['readonly'] !== true && one['type'] !== 'children');
  return all.length === input.length ? {} : { input };
}
