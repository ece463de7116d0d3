import { type ApiOperation, jsonOf, type Unresolved } from './api-operations.ts';
import { entityName, NamePool, plainName, pluralOf, readName, variantOf } from './names.ts';
import type { ObjectShape, Payload, Shapes } from './shapes.ts';

/** Something that the operations of a document are about. */
export interface Resource {
  readonly name: string;
  /** What its schema is; undefined for one that only groups operations. */
  readonly schema: Unresolved | undefined;
  readonly shape: ObjectShape | undefined;
  readonly component: string | undefined;
  /** Components that describe the same thing for requests, such as `CreatePet`. */
  readonly variants: readonly string[];
}

/** An operation with what it takes and gives, and the resource that it belongs to. */
export interface PlacedOperation {
  readonly api: ApiOperation;
  readonly body: Payload | undefined;
  readonly answer: Payload | undefined;
  readonly resource: Resource;
}

export interface Placement {
  readonly resources: readonly Resource[];
  readonly operations: readonly PlacedOperation[];
}

interface Seen {
  readonly api: ApiOperation;
  readonly body: Payload | undefined;
  readonly answer: Payload | undefined;
}

/** Finds what the operations are about: what is read by key or listed, and what groups the rest. */
export function placeOperations(
  operations: readonly ApiOperation[],
  shapes: Shapes,
  reserved: Iterable<string>,
): Placement {
  return new Placer(operations, shapes, reserved).place();
}

class Placer {
  readonly #seen: readonly Seen[];
  readonly #shapes: Shapes;
  readonly #pool: NamePool;
  /** Family of schemas → its resource. */
  readonly #families = new Map<string, Resource>();
  /** Route of a collection → its resource. */
  readonly #collections = new Map<string, Resource>();
  readonly #groups = new Map<string, Resource>();
  /** Routes below which single things are read. */
  readonly #readByKey: ReadonlySet<string>;

  constructor(operations: readonly ApiOperation[], shapes: Shapes, reserved: Iterable<string>) {
    this.#shapes = shapes;
    this.#pool = new NamePool(reserved);
    const reads = operations.filter(({ method, route }) => method === 'GET' && isItemRoute(route));
    this.#readByKey = new Set(reads.map(({ route }) => collectionOf(route)));
    this.#seen = operations.map((api) => ({
      api,
      body: shapes.payload(jsonOf(api.body?.content ?? [])?.schema),
      answer: shapes.payload(answerOf(api)),
    }));
  }

  place(): Placement {
    for (const seen of this.#seen) this.#learn(seen);
    const operations = this.#seen.map((seen) => ({ ...seen, resource: this.#ownerOf(seen) }));
    const used = new Set(operations.map(({ resource }) => resource));
    return { resources: [...used], operations };
  }

  /** An operation that reads by key, lists, or makes what it answers with, shows what is kept. */
  #learn({ api, body, answer }: Seen): void {
    const kept = this.#kept(api, body, answer);
    if (kept === undefined) return;
    const family = familyOf(kept.component) ?? this.#inlineFamily(api);
    const resource = this.#families.get(family) ?? this.#resource(kept, family);
    this.#families.set(family, resource);
    const collection = collectionOf(api.route);
    if (!this.#collections.has(collection)) this.#collections.set(collection, resource);
  }

  #kept(api: ApiOperation, body: Payload | undefined, answer: Payload | undefined): Payload | undefined {
    const isItem = isItemRoute(api.route);
    switch (api.method) {
      case 'GET':
        return answer !== undefined && (answer.list || isItem) ? answer : undefined;
      case 'PUT':
      case 'PATCH':
        return isItem && answer?.list !== true ? (answer ?? named(body)) : undefined;
      case 'POST': {
        if (isItem || answer?.list === true || body?.list === true) return undefined;
        const sameFamily =
          answer?.component !== undefined && familyOf(answer.component) === familyOf(body?.component);
        const read = this.#readByKey.has(api.route);
        if (sameFamily || read) return answer ?? named(body);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  #resource(payload: Payload, family: string): Resource {
    const { component, schema } = payload;
    return {
      name: this.#pool.take(entityName(readName(component ?? family)), entityName(`${family} Entity`), ''),
      schema,
      shape: this.#shapes.object(schema),
      component,
      variants: [],
    };
  }

  #inlineFamily(api: ApiOperation): string {
    return entityName(lastWord(collectionOf(api.route)) ?? 'resource');
  }

  #ownerOf({ api, body, answer }: Seen): Resource {
    for (let route = collectionOf(api.route); route !== ''; route = route.slice(0, route.lastIndexOf('/'))) {
      const found = this.#collections.get(route);
      if (found !== undefined) return found;
    }
    for (const payload of [answer, body]) {
      const family = familyOf(payload?.component);
      const found = family === undefined ? undefined : this.#families.get(family);
      if (found !== undefined) return found;
    }
    return this.#group(api.tags[0] ?? firstWord(api.route) ?? 'resource');
  }

  #group(text: string): Resource {
    const name = entityName(text);
    const known = [...this.#families.values()].find((one) => plainName(one.name) === plainName(name));
    const found = known ?? this.#groups.get(name);
    if (found !== undefined) return found;
    const made: Resource = {
      name: this.#pool.take(name, `${name}Api`, ''),
      schema: undefined,
      shape: undefined,
      component: undefined,
      variants: [],
    };
    this.#groups.set(name, made);
    return made;
  }
}

/** The schema of the first success that answers with JSON. */
export function answerOf(api: ApiOperation): Unresolved | undefined {
  const success = api.answers.find(({ status }) => status.startsWith('2'));
  return jsonOf(success?.content ?? [])?.schema;
}

export function isItemRoute(route: string): boolean {
  return /\/\{[^{}/]+\}\/?$/.test(route);
}

/** The route without its last parameter, and without a slash at its end. */
export function collectionOf(route: string): string {
  return route.replace(/\/$/, '').replace(/\/\{[^{}/]+\}$/, '');
}

/** The name that variants of a schema share, in letters and digits. */
export function familyOf(component: string | undefined): string | undefined {
  return component === undefined ? undefined : plainName(variantOf(component));
}

function named(payload: Payload | undefined): Payload | undefined {
  return payload?.component === undefined ? undefined : payload;
}

function words(route: string): readonly string[] {
  return route
    .split('/')
    .filter((part) => part !== '' && !part.includes('{') && !/^(?:api|v\d+(?:\.\d+)*)$/i.test(part));
}

function lastWord(route: string): string | undefined {
  return words(route).at(-1);
}

function firstWord(route: string): string | undefined {
  return words(route)[0];
}

/** The components that operations take for a resource, other than the one that describes it. */
export function withVariants(placement: Placement): Placement {
  const variants = new Map<Resource, Set<string>>();
  for (const { resource, body } of placement.operations) {
    const name = body?.component;
    if (name === undefined || name === resource.component || familyOf(name) !== familyOf(resource.component))
      continue;
    variants.set(resource, (variants.get(resource) ?? new Set()).add(name));
  }
  const renewed = new Map(
    placement.resources.map((one) => [one, { ...one, variants: [...(variants.get(one) ?? [])] }]),
  );
  return {
    resources: [...renewed.values()],
    operations: placement.operations.map((one) => ({
      ...one,
      resource: renewed.get(one.resource) ?? one.resource,
    })),
  };
}

/** What the schema says of itself. */
export function descriptionOf(resource: Resource, shapes: Shapes): string | undefined {
  const text = shapes.node(resource.schema)?.value['description'];
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

/** `/pets` and `/pet-list` are collections of pets: whether a word of a route names the resource. */
export function namesResource(route: string, { name }: Resource): boolean {
  const word = plainName(lastWord(route) ?? '');
  return word === plainName(name) || word === plainName(pluralOf(name));
}
