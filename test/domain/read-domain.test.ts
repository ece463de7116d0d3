import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readDomainDocument } from '../../src/documents/domain-document.ts';
import { readYaml } from '../../src/documents/yaml-text.ts';
import { readDomain } from '../../src/domain/read-domain.ts';
import type { DomainView } from '../../src/model/domain.ts';
import { PatternsError } from '../../src/model/error.ts';
import { repository } from '../support/repository.ts';

const RESERVED = { entities: ['class'], fields: ['from', 'metadata'], operations: ['import'] };

function read(text: string): DomainView {
  const source = readYaml(Buffer.from(text), 'app.yaml');
  return readDomain(readDomainDocument(source), {
    reserved: RESERVED,
    place: source.place,
    requirementOf: ({ pattern }) => pattern ?? null,
  });
}

function manifest(name: 'shop' | 'clinic'): string {
  return readFileSync(repository(`manifests/${name}/app.yaml`), 'utf8');
}

/** The error of the shop's model after one text in it was replaced by another. */
function errorAfter(from: string, to: string): PatternsError {
  const shop = manifest('shop');
  expect(shop, `the shop has no ${from}`).toContain(from);
  const broken = shop.replace(from, () => to);
  try {
    read(broken);
  } catch (cause) {
    if (cause instanceof PatternsError) return cause;
    throw cause;
  }
  throw new Error(`${to} was accepted`);
}

/** Line and column of a text of the shop's model. */
function placeOf(text: string, inner = ''): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(inner));
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

describe('the model of the shop', () => {
  const { entities, operations } = read(manifest('shop'));

  test('has its six entities and seventeen operations, in order', () => {
    expect(entities.map((entity) => entity.name)).toEqual([
      'Product',
      'Customer',
      'Cart',
      'CartItem',
      'Order',
      'OrderItem',
    ]);
    expect(operations).toHaveLength(17);
    expect(entities.map((entity) => entity.operations.length)).toEqual([5, 2, 5, 0, 5, 0]);
  });

  test('orders tables so that what refers comes after what it refers to', () => {
    for (const entity of entities) {
      for (const name of entity.references) {
        const target = entities.find((one) => one.name === name);
        expect(target?.rank, `${entity.name} -> ${name}`).toBeLessThan(entity.rank);
      }
    }
  });

  test('gives a child its parent first, which no request sets', () => {
    const item = entities.find((entity) => entity.name === 'CartItem');
    expect(item?.parent).toEqual({ entity: 'Cart', field: 'cart', children: 'items' });
    expect(item?.fields[0]).toMatchObject({ name: 'cart', api: 'cart_id', parent: true, writable: false });
  });

  test.each([
    ['create_product', 201, [400, 422]],
    ['list_products', 200, [422]],
    ['get_product', 200, [404, 422]],
    ['update_product', 200, [400, 404, 422]],
    ['deactivate_product', 200, [404, 422]],
    ['create_customer', 201, [400, 422]],
    ['open_cart', 201, [400, 404, 422]],
    ['add_cart_item', 201, [400, 404, 422]],
    ['place_order', 201, [400, 404, 422]],
    ['list_orders', 200, [422]],
  ])('%s answers %i, and %j when it fails', (name, success, errors) => {
    const operation = operations.find((one) => one.name === name);
    expect(operation?.success).toBe(success);
    expect(operation?.errors).toEqual(errors);
  });

  test('knows what each operation loads, and what of it to lock', () => {
    const loads = (name: string) =>
      operations
        .find((one) => one.name === name)
        ?.loads.map(({ name: what, of, lock, body }) => [what, of, lock, body]);
    expect(loads('open_cart')).toEqual([['customer', 'own', false, true]]);
    expect(loads('add_cart_item')).toEqual([['product', 'child', false, true]]);
    expect(loads('update_cart_item')).toEqual([['product', 'child', false, false]]);
    expect(loads('place_order')).toEqual([['product', 'children', true, false]]);
    expect(loads('cancel_order')).toEqual([['product', 'children', true, false]]);
  });

  test('says of each guard what it answers, and what breaks it', () => {
    const guards = operations.find((one) => one.name === 'add_cart_item')?.guards ?? [];
    expect(guards.map((guard) => guard.message)).toEqual([
      'status must be OPEN',
      'item.product.is_active must be true',
      'item.product.stock must be at least item.quantity',
    ]);
    expect(guards.map((guard) => guard.violation?.value ?? null)).toEqual(['CHECKED_OUT', false, null]);
    expect(guards.map((guard) => guard.passing?.value ?? null)).toEqual(['OPEN', true, null]);
  });
});

test('a second domain shares nothing with the first', () => {
  const { entities, operations } = read(manifest('clinic'));
  expect(entities.map((entity) => entity.name)).toContain('Treatment');
  const booking = operations.find((one) => one.name === 'book_appointment');
  expect(booking?.errors).toEqual([400, 404, 409, 422]);
  expect(booking?.loads.map(({ name, lock }) => [name, lock])).toEqual([
    ['patient', false],
    ['doctor', true],
  ]);
});

describe('bad input', () => {
  test.each([
    [
      'a reference to a missing entity',
      'to: Customer }',
      'to: Custommer }',
      'there is no entity `Custommer`',
      'Custommer',
    ],
    [
      'children of a missing entity',
      'of: CartItem',
      'of: CartItems',
      'there is no entity `CartItems`',
      'CartItems',
    ],
    [
      'an operation of a missing entity',
      'action: create, entity: Product',
      'action: create, entity: Prodct',
      'there is no entity `Prodct`',
      'Prodct',
    ],
    [
      'a child with operations',
      'action: create, entity: Customer',
      'action: create, entity: CartItem',
      '`CartItem` belongs to `Cart`',
      'CartItem, method: POST, path: /customers',
    ],
    [
      'an unknown field in a guard',
      'status == OPEN\n      - item.product.is_active',
      'stattus == OPEN\n      - item.product.is_active',
      'has no field `stattus`',
      'stattus == OPEN',
    ],
    [
      'an unknown value',
      'guards: [status == OPEN]',
      'guards: [status == OPENED]',
      '`OPENED` is no value of `status`: must be one of OPEN, CHECKED_OUT',
      'status == OPENED',
    ],
    [
      'an order of what has none',
      'guards: [status == OPEN]',
      'guards: [status > OPEN]',
      'a enum has no order',
      'status > OPEN',
    ],
    [
      'a transition to where it comes from',
      'to: PAID }',
      'to: PENDING_PAYMENT }',
      'where it comes from',
      'PENDING_PAYMENT }\n    set',
    ],
    [
      'a transition of a missing value',
      'to: PAID }',
      'to: PAYED }',
      '`status` has no value `PAYED`',
      'PAYED',
    ],
    [
      'a read-only field in the input',
      'input: [product, quantity]',
      'input: [product, unit_price, quantity]',
      'cannot be in a request',
      'unit_price, quantity]',
    ],
    [
      'a missing value of what is inserted',
      'action: create, entity: Customer',
      'action: create, entity: Customer, input: [email]',
      'without a value for `full_name`',
      '{ name: create_customer',
    ],
    [
      'an unknown unique',
      'match: open_per_customer',
      'match: open_per_custmer',
      'has no unique `open_per_custmer`',
      'open_per_custmer',
    ],
    [
      'two operations with one method and path',
      'path: /customers }',
      'path: /products }',
      'are both POST /products',
      '/products }\n\n  - { name: get_customer',
    ],
    [
      'a path without its parameter',
      'path: "/customers/{id}"',
      'path: "/customers/one"',
      'needs {id}',
      '"/customers/one"',
    ],
    [
      'an effect on a text',
      'decrement: items.product.stock',
      'decrement: items.product.name',
      'is no number',
      'items.product.name',
    ],
    [
      'an effect on the entity itself',
      'decrement: items.product.stock',
      'decrement: total',
      'no field of a referenced entity',
      'total, by',
    ],
    [
      'a computed field of what is no number',
      'computed: quantity * unit_price }\n    unique',
      'computed: quantity * product }\n    unique',
      '`product` is no number',
      'quantity * product',
    ],
    [
      'a computed field of children that are none',
      'computed: sum(items.subtotal) }',
      'computed: sum(item.subtotal) }',
      '`item` are no children',
      'sum(item.subtotal)',
    ],
    [
      'a default outside of the bounds',
      'min: 0 }\n      - { name: is_active',
      'min: 0, default: -1 }\n      - { name: is_active',
      'must be at least 0, found -1',
      '-1 }',
    ],
    [
      'bounds that admit nothing',
      'min: 1, max: 200 }\n      - { name: description',
      'min: 201, max: 200 }\n      - { name: description',
      'admits no value',
      '200 }\n      - { name: description',
    ],
    [
      'a field declared twice',
      'name: stock,',
      'name: price,',
      'the field name `price` is taken',
      'price, type: integer',
    ],
    [
      'an entity declared twice',
      'name: Customer\n',
      'name: Product\n',
      'the entity `Product` is declared twice',
      'Product\n    description: A person',
    ],
    ['a reserved field', 'name: stock,', 'name: metadata,', 'the name `metadata` is reserved', 'metadata'],
    ['a reserved entity', 'name: Product\n', 'name: Class\n', 'the name `Class` is reserved', 'Class\n'],
    [
      'a reserved operation',
      'name: create_customer',
      'name: import',
      'the name `import` is reserved',
      'import, action',
    ],
    [
      'a name in Unicode',
      'name: stock,',
      'name: lagerbestände,',
      'must be a name such as `unit_price`',
      'lagerbestände',
    ],
    ['an unknown key', 'type: email }', 'type: email, max: 3 }', 'unknown key `max`', 'max: 3'],
    ['an unknown type', 'type: email }', 'type: mail }', '`entities[1].fields[0].type` must be', 'mail }'],
    ['an unknown action', 'action: set\n', 'action: sett\n', '`operations[4].action` must be', 'sett'],
    [
      'an action without its guard',
      'transition: { field: status, from: [PENDING_PAYMENT], to: PAID }',
      'summary: Pay',
      '`operations[13].transition` is missing',
      'name: pay_order',
    ],
    [
      'a page larger than the maximum',
      'paging: { default: 100, max: 1000 }',
      'paging: { default: 2000, max: 1000 }',
      'larger than `max`',
      '2000, max: 1000 }\n\n  - { name: get_product',
    ],
    [
      'a copy of another type',
      'copy: [customer]',
      'copy: [status]',
      '`status` is not the same',
      'status]\n    copy_children',
    ],
    [
      'children that lose a field',
      'items: [product, quantity, unit_price]',
      'items: [product, quantity]',
      '`OrderItem.unit_price` would have no value',
      '[product, quantity] }\n    effects',
    ],
  ])('%s', (_what, from, to, message, at) => {
    const error = errorAfter(from, to);
    expect(error.message).toContain(message);
    expect(error.code).toBe('SPEC_INVALID');
    const broken = manifest('shop').replace(from, () => to);
    expect(error.place, error.message).toMatchObject({ file: 'app.yaml', ...placeOf(broken, at) });
  });

  test('a literal path behind a parameter of the same method', () => {
    const error = errorAfter(
      '  # customers\n',
      '  - { name: all, action: list, entity: Product, method: GET, path: /products/all }\n',
    );
    expect(error.message).toContain(
      'GET /products/all of `all` is hidden behind /products/{id} of `get_product`',
    );
    expect(error.hint).toBe('Move `all` before `get_product`.');
  });

  test('a cycle of required references shows its trail', () => {
    const error = errorAfter(
      '      - { name: email, type: email }\n',
      '      - { name: email, type: email }\n      - { name: order, type: reference, to: Order }\n',
    );
    expect(error.message).toBe('required references form a cycle: Customer -> Order -> Customer');
    expect(error.hint).toContain('optional: true');
  });

  test('an optional reference may close a cycle; its constraint waits for both tables', () => {
    const { entities } = read(
      manifest('shop').replace(
        '      - { name: email, type: email }\n',
        '      - { name: email, type: email }\n      - { name: favourite, type: reference, to: Order, optional: true }\n',
      ),
    );
    const customer = entities.find((entity) => entity.name === 'Customer');
    expect(customer?.fields.find((field) => field.name === 'favourite')?.deferred).toBe(true);
  });
});

test('five hundred entities take time in proportion to their number', () => {
  const model = (count: number): string => {
    const entities = Array.from(
      { length: count },
      (_, i) =>
        `  - name: Thing${i}\n    fields:\n      - { name: label, type: string }\n${i === 0 ? '' : `      - { name: before, type: reference, to: Thing${i - 1} }\n`}`,
    );
    const operations = Array.from(
      { length: count },
      (_, i) =>
        `  - { name: create_thing_${i}, action: create, entity: Thing${i}, method: POST, path: /things-${i} }\n`,
    );
    return `entities:\n${entities.join('')}operations:\n${operations.join('')}`;
  };
  const { entities } = read(model(500));
  expect(entities).toHaveLength(500);
  expect(entities.at(-1)?.rank).toBe(499);
});
