import type { JsonObject } from '../model/json.ts';
import { type ApiOperation, type ApiParameter, jsonOf, routeParameters } from './api-operations.ts';
import { admitsNull, fieldType } from './document-fields.ts';
import { plainName } from './names.ts';
import {
  answerOf,
  collectionOf,
  familyOf,
  isItemRoute,
  namesResource,
  type PlacedOperation,
  type Resource,
} from './resources.ts';
import type { Payload, Shapes } from './shapes.ts';

export interface DocumentKey {
  readonly name: string;
  readonly type: 'integer' | 'uuid' | 'string';
}

export interface DocumentPaging {
  readonly limit?: string;
  readonly skip?: string;
  readonly page?: string;
  readonly default?: number;
  readonly max?: number;
}

/** What an operation on kept documents does, or why that cannot be told. */
export type DocumentAction =
  | { readonly action: 'unanswered'; readonly reason: string }
  | {
      readonly action: 'create' | 'list' | 'get' | 'replace' | 'update' | 'delete';
      /** The parameter of the path that holds the key; the body holds it where there is none. */
      readonly key: string | undefined;
      /** Parameters of the path that tell the collection. */
      readonly within: readonly string[];
      /** Query parameter → field. */
      readonly filters: Readonly<Record<string, string>>;
      readonly paging: DocumentPaging | undefined;
      readonly inside: string | undefined;
      /** Properties of the envelope that count the rows. */
      readonly counts: readonly string[];
      readonly success: number;
      /** The answer is what was made or changed. */
      readonly answers: boolean;
      /** Parameters whose effect nobody has told. */
      readonly ignored: readonly ApiParameter[];
    };

/** How the rows of a resource are found: by the parameter that most of its operations name. */
export function keyOf(
  resource: Resource,
  operations: readonly PlacedOperation[],
  shapes: Shapes,
): DocumentKey | undefined {
  const votes = new Map<string, number>();
  for (const { api } of operations) {
    const parameter = isItemRoute(api.route) ? routeParameters(api.route).at(-1) : undefined;
    const name = parameter === undefined ? undefined : keyField(parameter, resource);
    if (name !== undefined) votes.set(name, (votes.get(name) ?? 0) + 1);
  }
  const [best] = [...votes].toSorted(([, a], [, b]) => b - a);
  const name = best?.[0] ?? (resource.shape?.properties.has('id') === true ? 'id' : undefined);
  const schema = name === undefined ? undefined : shapes.node(resource.shape?.properties.get(name))?.value;
  if (name === undefined || schema === undefined) return undefined;
  const type = fieldType(schema);
  if (type !== 'integer' && type !== 'uuid' && type !== 'string') return undefined;
  return { name, type };
}

/** The property that a parameter such as `petId` names. */
function keyField(parameter: string, { name, shape }: Resource): string | undefined {
  if (shape === undefined) return undefined;
  if (shape.properties.has(parameter)) return parameter;
  const plain = plainName(parameter);
  const same = [...shape.properties.keys()].find((one) => plainName(one) === plain);
  if (same !== undefined) return same;
  const own = plainName(name);
  const names = [...shape.properties.keys()];
  const bare = plain.startsWith(own) ? plain.slice(own.length) : plain;
  const ofBare = names.find((one) => plainName(one) === bare);
  if (ofBare !== undefined) return ofBare;
  return plain.endsWith('id') && shape.properties.has('id') ? 'id' : undefined;
}

export class ActionFinder {
  readonly #shapes: Shapes;
  /** Routes below which there are operations on one thing. */
  readonly #itemCollections: ReadonlySet<string>;
  readonly #keys: ReadonlyMap<Resource, DocumentKey | undefined>;

  constructor(
    operations: readonly PlacedOperation[],
    keys: ReadonlyMap<Resource, DocumentKey | undefined>,
    shapes: Shapes,
  ) {
    const items = operations.filter(({ api }) => isItemRoute(api.route));
    this.#itemCollections = new Set(items.map(({ api }) => collectionOf(api.route)));
    this.#keys = keys;
    this.#shapes = shapes;
  }

  find(operation: PlacedOperation): DocumentAction {
    const { api, resource } = operation;
    const problem = this.#problem(operation);
    if (problem !== undefined) return unanswered(problem);
    const isItem = isItemRoute(api.route);
    switch (api.method) {
      case 'GET':
        return isItem ? this.#get(operation) : this.#list(operation);
      case 'POST':
        return isItem ? unanswered('what a POST to one thing does is not said') : this.#create(operation);
      case 'PUT':
      case 'PATCH':
        return this.#write(operation);
      case 'DELETE':
        return isItem
          ? this.#delete(operation)
          : unanswered(`a DELETE without a key of \`${resource.name}\` is not understood`);
      default:
        return unanswered(`nothing is known of ${api.method}`);
    }
  }

  #problem({ api, resource }: PlacedOperation): string | undefined {
    if (resource.shape === undefined) return 'nothing that is kept is read or written by it';
    const successes = api.answers.filter(({ status }) => status.startsWith('2'));
    if (successes.length > 1)
      return `it has ${successes.length} successes (${successes.map((one) => one.status).join(', ')})`;
    const media = successes[0]?.content ?? [];
    if (media.length > 0 && jsonOf(media) === undefined)
      return `it answers with ${media.map((one) => one.media).join(', ')}, which is no JSON`;
    const body = api.body?.content ?? [];
    if (body.length > 0 && jsonOf(body) === undefined)
      return `it takes ${body.map((one) => one.media).join(', ')}, which is no JSON`;
    const demanded = api.parameters.find(
      (one) => one.required && (one.in === 'header' || one.in === 'cookie'),
    );
    if (demanded !== undefined) return `it demands the ${demanded.in} \`${demanded.name}\``;
    return undefined;
  }

  #get(operation: PlacedOperation): DocumentAction {
    const { api, answer, resource } = operation;
    const at = this.#key(operation);
    if (typeof at === 'string') return unanswered(at);
    if (answer === undefined || answer.list || !isOf(answer, resource))
      return unanswered(`its answer is no \`${resource.name}\``);
    if (answer.beside.length > 0) return unanswered(envelope(answer));
    const rest = this.#query(api);
    if (typeof rest === 'string') return unanswered(rest);
    return { action: 'get', ...at, ...this.#answering(api, answer, 200), ...rest };
  }

  #list(operation: PlacedOperation): DocumentAction {
    const { api, answer, resource } = operation;
    if (answer === undefined || !answer.list || !isOf(answer, resource))
      return unanswered(`its answer is no list of \`${resource.name}\``);
    if (this.#keys.get(resource) === undefined)
      return unanswered(`what identifies a \`${resource.name}\` is not said`);
    if (!this.#isCollection(operation)) return unanswered('what it selects is not said');
    const counts = answer.beside.filter((name) => COUNT.test(name));
    if (counts.length !== answer.beside.length) return unanswered(envelope(answer));
    const query = this.#query(api, resource);
    if (typeof query === 'string') return unanswered(query);
    return {
      action: 'list',
      key: undefined,
      within: routeParameters(api.route),
      ...this.#answering(api, answer, 200),
      ...query,
      counts,
    };
  }

  /** `/pets`, or a route that selects by nothing but filters, such as `/pets/findByStatus?status=`. */
  #isCollection({ api, resource }: PlacedOperation): boolean {
    if (namesResource(api.route, resource) || this.#hasItems(api.route)) return true;
    const query = api.parameters.filter((one) => one.in === 'query' && one.required);
    return (
      query.length > 0 && /(?:^|[^a-z])(?:find|search|list|filter|by)/i.test(api.route.replaceAll('/', ' '))
    );
  }

  #hasItems(route: string): boolean {
    return this.#itemCollections.has(route.replace(/\/$/, ''));
  }

  #create(operation: PlacedOperation): DocumentAction {
    const { api, body, answer, resource } = operation;
    if (body === undefined || body.list || body.inside !== undefined)
      return unanswered(`its body is no \`${resource.name}\``);
    if (!namesResource(api.route, resource) && !this.#hasItems(api.route))
      return unanswered(`\`${api.route}\` is no collection of \`${resource.name}\``);
    const foreign = this.#foreign(body, resource);
    if (foreign !== undefined)
      return unanswered(`\`${foreign}\` of its body is no property of \`${resource.name}\``);
    if (answer !== undefined && (answer.list || !isOf(answer, resource)))
      return unanswered(`its answer is no \`${resource.name}\``);
    if (answer !== undefined && answer.beside.length > 0) return unanswered(envelope(answer));
    if (answer === undefined && answerOf(api) !== undefined)
      return unanswered(`its answer is no \`${resource.name}\``);
    const key = this.#keys.get(resource);
    if (key === undefined) return unanswered(`what identifies a \`${resource.name}\` is not said`);
    const unset = answer === undefined ? undefined : this.#unset(body, answer, key);
    if (unset !== undefined)
      return unanswered(`nothing gives \`${unset}\` of the new \`${resource.name}\` its value`);
    const rest = this.#query(api);
    if (typeof rest === 'string') return unanswered(rest);
    const within = routeParameters(api.route);
    return { action: 'create', key: undefined, within, ...this.#answering(api, answer, 201), ...rest };
  }

  #write(operation: PlacedOperation): DocumentAction {
    const { api, body, answer, resource } = operation;
    if (body === undefined || body.list || body.inside !== undefined)
      return unanswered(`its body is no \`${resource.name}\``);
    const foreign = this.#foreign(body, resource);
    if (foreign !== undefined)
      return unanswered(`\`${foreign}\` of its body is no property of \`${resource.name}\``);
    if (answer !== undefined && (answer.list || !isOf(answer, resource)))
      return unanswered(`its answer is no \`${resource.name}\``);
    if (answer !== undefined && answer.beside.length > 0) return unanswered(envelope(answer));
    const at = isItemRoute(api.route) ? this.#key(operation) : this.#keyInBody(operation, body);
    if (typeof at === 'string') return unanswered(at);
    const rest = this.#query(api);
    if (typeof rest === 'string') return unanswered(rest);
    const required = this.#shapes.object(body.schema)?.required.size ?? 0;
    const action = api.method === 'PATCH' || required === 0 ? 'update' : 'replace';
    return { action, ...at, ...this.#answering(api, answer, 200), ...rest };
  }

  #delete(operation: PlacedOperation): DocumentAction {
    const { api, answer, resource } = operation;
    const at = this.#key(operation);
    if (typeof at === 'string') return unanswered(at);
    if (answer !== undefined && isOf(answer, resource))
      return unanswered(
        `it answers with a \`${resource.name}\`, so that it may change rather than remove one`,
      );
    if (answerOf(api) !== undefined) return unanswered('what its answer holds is not said');
    const rest = this.#query(api);
    if (typeof rest === 'string') return unanswered(rest);
    return { action: 'delete', ...at, ...this.#answering(api, undefined, 204), ...rest };
  }

  /** The parameter that holds the key, and those before it; or why there is none. */
  #key({ api, resource }: PlacedOperation): { key: string; within: readonly string[] } | string {
    const names = routeParameters(api.route);
    const last = names.at(-1);
    const key = this.#keys.get(resource);
    if (last === undefined || key === undefined) return `what identifies a \`${resource.name}\` is not said`;
    if (keyField(last, resource) !== key.name)
      return `\`{${last}}\` is not \`${key.name}\`, which identifies a \`${resource.name}\``;
    return { key: last, within: names.slice(0, -1) };
  }

  #keyInBody(
    { api, resource }: PlacedOperation,
    body: Payload,
  ): { key: undefined; within: readonly string[] } | string {
    const key = this.#keys.get(resource);
    const names = this.#shapes.object(body.schema)?.properties;
    if (key === undefined || names?.has(key.name) !== true)
      return `neither its path nor its body says which \`${resource.name}\` it is about`;
    if (!namesResource(api.route, resource) && !this.#hasItems(api.route))
      return `\`${api.route}\` is no collection of \`${resource.name}\``;
    return { key: undefined, within: routeParameters(api.route) };
  }

  #answering(
    api: ApiOperation,
    answer: Payload | undefined,
    usual: number,
  ): { inside: string | undefined; counts: readonly string[]; success: number; answers: boolean } {
    const status = api.answers.find((one) => one.status.startsWith('2'))?.status;
    const success = status !== undefined && /^\d{3}$/.test(status) ? Number(status) : usual;
    return { inside: answer?.inside, counts: [], success, answers: answer !== undefined };
  }

  /** What the query selects; or the parameter that nobody has told the meaning of. */
  #query(
    api: ApiOperation,
    resource?: Resource,
  ):
    | { filters: Record<string, string>; paging: DocumentPaging | undefined; ignored: ApiParameter[] }
    | string {
    const filters: Record<string, string> = {};
    const ignored: ApiParameter[] = api.parameters.filter(
      (one) => one.in === 'header' || one.in === 'cookie',
    );
    let paging: DocumentPaging | undefined;
    for (const one of api.parameters.filter(({ in: place }) => place === 'query')) {
      const field = resource === undefined ? undefined : this.#filterField(one, resource);
      const kind = resource === undefined ? undefined : pagingKind(one);
      if (field !== undefined) filters[one.name] = field;
      else if (kind !== undefined && paging?.[kind] === undefined)
        paging = { ...paging, [kind]: one.name, ...(kind === 'limit' ? pageSizes(one) : {}) };
      else if (one.required) return `what its query parameter \`${one.name}\` does is not said`;
      else ignored.push(one);
    }
    return { filters, paging, ignored };
  }

  /** A property of the same name and a comparable type. */
  #filterField({ name, schema }: ApiParameter, resource: Resource): string | undefined {
    const field = [...(resource.shape?.properties.keys() ?? [])].find(
      (one) => plainName(one) === plainName(name),
    );
    const own =
      field === undefined ? undefined : this.#shapes.node(resource.shape?.properties.get(field))?.value;
    if (field === undefined || own === undefined || schema === undefined) return undefined;
    const items = this.#shapes.node(this.#shapes.items(schema))?.value;
    const asked = family(items ?? schema.value);
    return asked !== undefined && asked === family(own) ? field : undefined;
  }

  /** A property of the body that the resource does not have. */
  #foreign(body: Payload, resource: Resource): string | undefined {
    const own = this.#shapes.object(body.schema);
    return [...(own?.properties.keys() ?? [])].find((name) => resource.shape?.properties.has(name) !== true);
  }

  /** A property that the answer must have and the body need not. */
  #unset(body: Payload, answer: Payload, key: DocumentKey): string | undefined {
    const given = this.#shapes.object(body.schema);
    const promised = this.#shapes.object(answer.schema);
    for (const name of promised?.required ?? []) {
      if (name === key.name || given?.required.has(name) === true) continue;
      const schema = this.#shapes.node(promised?.properties.get(name))?.value;
      const own = this.#shapes.node(given?.properties.get(name))?.value;
      if (schema === undefined || own?.['default'] !== undefined || schema['default'] !== undefined) continue;
      if (admitsNull(schema) || fieldType(schema) === 'datetime') continue;
      return name;
    }
    return undefined;
  }
}

function unanswered(reason: string): DocumentAction {
  return { action: 'unanswered', reason };
}

function isOf(payload: Payload, resource: Resource): boolean {
  if (payload.component !== undefined && resource.component !== undefined)
    return (
      payload.component === resource.component || familyOf(payload.component) === familyOf(resource.component)
    );
  return (
    payload.schema.path.join('/') === resource.schema?.path.join('/') ||
    payload.component === resource.component
  );
}

function envelope(answer: Payload): string {
  return `what goes into ${answer.beside.map((name) => `\`${name}\``).join(', ')} of its answer is not said`;
}

const COUNT = /^(?:total|count|total_?(?:count|items|results))$/i;
const PAGING: readonly (readonly ['limit' | 'skip' | 'page', RegExp])[] = [
  ['limit', /^(?:\$?limit|per_?page|\$?top|(?:page_?)?size|max_?results|take|count)$/i],
  ['skip', /^(?:\$?offset|\$?skip|start)$/i],
  ['page', /^(?:page|page_?(?:number|no|index)|p)$/i],
];

function pagingKind({ name, schema }: ApiParameter): 'limit' | 'skip' | 'page' | undefined {
  if (schema === undefined || family(schema.value) !== 'number') return undefined;
  return PAGING.find(([, pattern]) => pattern.test(name))?.[0];
}

function pageSizes({ schema }: ApiParameter): { default?: number; max?: number } {
  const { default: size, maximum } = schema?.value ?? {};
  return {
    ...(typeof size === 'number' && size > 0 ? { default: size } : {}),
    ...(typeof maximum === 'number' && maximum > 0 ? { max: maximum } : {}),
  };
}

/** Types whose values can be compared with each other. */
function family(schema: JsonObject): string | undefined {
  switch (fieldType(schema)) {
    case 'string':
    case 'uuid':
    case 'email':
    case 'date':
    case 'datetime':
    case 'enum':
      return 'text';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return undefined;
  }
}
