import { asText } from './json-text.ts';
import { snakeCase } from '../canon/letter-case.ts';
import type { JsonObject } from '../model/json.ts';
import { jsonOf, type Unresolved } from './api-operations.ts';
import type { OpenApiDocument } from './document.ts';
import { entityOfComponent } from './names.ts';
import type { Remark } from './remark.ts';
import { descriptionOf, type Placement, type PlacedOperation, type Resource } from './resources.ts';
import { componentOf, type ObjectShape, type Shapes } from './shapes.ts';
import { TableFields } from './table-fields.ts';

export interface TableEntity {
  readonly name: string;
  readonly description: string | undefined;
  readonly fields: readonly JsonObject[];
  /** Read-only fields whose first value is a guess. */
  readonly guessed: readonly string[];
  readonly component: string;
  /** The entity whose rows have these as children, and the name of the field. */
  readonly parent: { readonly entity: string; readonly children: string } | undefined;
  readonly path: Unresolved['path'];
}

type Found =
  | {
      readonly entities: readonly TableEntity[];
      readonly remarks: (document: OpenApiDocument) => readonly Remark[];
    }
  | { readonly problem: string; readonly subject: string; readonly path: Unresolved['path'] };

interface Part {
  readonly component: string;
  readonly shape: ObjectShape;
  readonly schema: Unresolved;
  readonly parent: TableEntity['parent'];
}

/** The entities of a document, in its order, children after their parents. */
export class TableEntities {
  readonly #shapes: Shapes;
  readonly #placement: Placement;
  readonly #parts: readonly Part[];

  constructor(shapes: Shapes, placement: Placement) {
    this.#shapes = shapes;
    this.#placement = placement;
    this.#parts = placement.resources.flatMap((resource) => this.#partsOf(resource));
  }

  find(): Found {
    const entities: TableEntity[] = [];
    for (const part of this.#parts) {
      const made = this.#entity(part);
      if ('problem' in made)
        return { problem: made.problem, subject: part.component, path: part.schema.path };
      if (entities.some(({ name }) => name === made.name))
        return { problem: 'two schemas have this name', subject: made.name, path: part.schema.path };
      entities.push(made);
    }
    return { entities, remarks: (document) => entities.flatMap((one) => remarksOn(one, document)) };
  }

  /** A resource, and what its lists hold. */
  #partsOf({ component, shape, schema }: Resource): readonly Part[] {
    if (component === undefined || shape === undefined || schema === undefined) return [];
    const children = [...shape.properties].flatMap(([name, property]): Part[] => {
      const items = this.#shapes.items(property);
      const inner = componentOf(items?.value);
      const own = this.#shapes.object(items);
      if (items === undefined || inner === undefined || own?.properties.has('id') !== true) return [];
      const parent = { entity: entityOfComponent(component), children: name };
      return [{ component: inner, shape: own, schema: items, parent }];
    });
    return [{ component, shape, schema, parent: undefined }, ...children];
  }

  #entity(part: Part): TableEntity | { readonly problem: string } {
    const key = this.#shapes.node(part.shape.properties.get('id'))?.value;
    if (key?.['type'] !== 'string' || key['format'] !== 'uuid') return { problem: 'its `id` is no UUID' };
    const name = entityOfComponent(part.component);
    const fields = new TableFields(
      this.#shapes,
      (component) =>
        this.#parts.find((one) => one.component === component && one.parent?.entity === name) &&
        entityOfComponent(component),
      (reference) => this.#referredBy(reference),
    );
    const bodies = this.#bodiesFor(part);
    const made: JsonObject[] = [];
    const guessed: string[] = [];
    for (const [property, read] of part.shape.properties) {
      if (property === 'id') continue;
      const written = bodies.map((body) => body.properties.get(property)).find((one) => one !== undefined);
      const found = fields.field({
        name: property,
        read,
        required: part.shape.required.has(property),
        written,
        writtenRequired: bodies.some((body) => body.required.has(property)),
      });
      if ('problem' in found) return found;
      made.push(part.parent === undefined ? settable(found.field) : withoutDefault(found.field));
      const isTold = written !== undefined || ['children', 'datetime'].includes(asText(found.field['type']));
      if (!isTold && found.field['optional'] !== true) guessed.push(`\`${property}\``);
    }
    if (made.length === 0) return { problem: 'it has no property but its `id`' };
    const description = part.parent === undefined ? this.#described(part) : undefined;
    return {
      name,
      description,
      fields: made,
      guessed,
      component: part.component,
      parent: part.parent,
      path: part.schema.path,
    };
  }

  #described({ component }: Part): string | undefined {
    const resource = this.#placement.resources.find((one) => one.component === component);
    return resource === undefined
      ? undefined
      : descriptionOf(resource, this.#shapes)?.replaceAll(/\s+/g, ' ').slice(0, 300).trim();
  }

  /** What requests say of an entity: bodies of its own routes, or of the routes of its parent's children. */
  #bodiesFor({ component, shape, parent }: Part): readonly ObjectShape[] {
    return this.#placement.operations.flatMap((operation): ObjectShape[] => {
      const owner = operation.resource.component;
      const isOwn =
        parent === undefined
          ? owner === component && operation.api.method === 'POST'
          : owner !== undefined &&
            entityOfComponent(owner) === parent.entity &&
            operation.api.route.split('/').includes(parent.children);
      const body = isOwn ? this.#bodyOf(operation) : undefined;
      const fits = [...(body?.properties.keys() ?? [])].every((name) => shape.properties.has(name));
      return body !== undefined && fits ? [body] : [];
    });
  }

  #bodyOf({ api }: PlacedOperation): ObjectShape | undefined {
    return this.#shapes.object(jsonOf(api.body?.content ?? [])?.schema);
  }

  #referredBy(reference: string): string | undefined {
    const names = this.#parts
      .filter(({ parent }) => parent === undefined)
      .map(({ component }) => entityOfComponent(component));
    return names.find((name) => snakeCase(name) === reference);
  }
}

/** A field that nothing gives a first value must be one that some operation can take. */
function settable(field: JsonObject): JsonObject {
  if (field['readonly'] !== true || field['optional'] === true || field['default'] !== undefined)
    return field;
  const { readonly: _, ...rest } = field;
  return rest;
}

/** The action that adds a child sets its read-only fields. */
function withoutDefault(field: JsonObject): JsonObject {
  if (field['readonly'] !== true) return field;
  const { default: _, ...rest } = field;
  return rest;
}

function remarksOn({ name, guessed, path }: TableEntity, document: OpenApiDocument): readonly Remark[] {
  return guessed.map((field) => ({
    kind: 'not_carried',
    subject: name,
    message: `no request sets ${field}; the document does not say what does`,
    place: document.place(path, 'key'),
  }));
}
