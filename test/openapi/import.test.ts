import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PatternsError } from '../../src/model/error.ts';
import { repository } from '../support/repository.ts';
import { ImportProject } from './workspace.ts';

const PETS = `openapi: 3.0.3
info: { title: Pets, version: "1.0" }
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - { name: status, in: query, schema: { type: string } }
        - { name: limit, in: query, schema: { type: integer, maximum: 50 } }
      responses:
        200: { description: ok, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Pet" } } } } }
    post:
      operationId: addPet
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/NewPet" } } } }
      responses:
        "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
  /pets/{petId}:
    parameters:
      - { name: petId, in: path, required: true, schema: { type: integer } }
    get:
      operationId: getPet
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
    delete:
      operationId: deletePet
      responses: { "204": { description: gone } }
  /pets/{petId}/vaccinate:
    post:
      operationId: vaccinatePet
      parameters:
        - { name: petId, in: path, required: true, schema: { type: integer } }
      responses: { "204": { description: done } }
components:
  schemas:
    NewPet:
      type: object
      required: [name]
      properties: { name: { type: string }, status: { type: string } }
    Pet:
      allOf:
        - $ref: "#/components/schemas/NewPet"
        - { type: object, required: [id], properties: { id: { type: integer }, friend: { $ref: "#/components/schemas/Pet" } } }
`;

function refusal(act: () => unknown): PatternsError {
  try {
    act();
  } catch (cause) {
    if (cause instanceof PatternsError) return cause;
    throw cause;
  }
  throw new Error('it was not refused');
}

function pets(text = PETS): ImportProject {
  const project = new ImportProject();
  project.write('api.yaml', text);
  return project;
}

function specOf(project: ImportProject): string {
  return readFileSync(join(project.root, 'spec.yaml'), 'utf8');
}

describe('the shop, out of its own live document', () => {
  test('has 6 entities and 17 operations, and builds', async () => {
    const project = new ImportProject();
    copyFileSync(repository('test/e2e/reference/shop.openapi.json'), join(project.root, 'api.json'));
    const report = project.import('api.json');
    expect(report).toMatchObject({
      extends: 'fastapi-service@^1',
      entities: ['Product', 'Customer', 'Cart', 'CartItem', 'Order', 'OrderItem'],
      operations: 17,
      answered: 9,
    });
    expect(specOf(project)).toContain('- { name: price, type: decimal, digits: 12, places: 2, above: 0 }');
    expect(await project.files()).toBeGreaterThan(80);
  });
});

describe('what is inferred', () => {
  test('entities with keys, actions, filters, pages; variants are folded', async () => {
    const project = pets();
    const report = project.import('api.yaml');
    expect(report).toMatchObject({ entities: ['Pet'], operations: 5, answered: 4, unanswered: 1 });
    const spec = specOf(project);
    expect(spec).toContain('variants:\n      - NewPet');
    expect(spec).toContain('filters:\n      status: status');
    expect(spec).toContain('paging:\n      limit: limit\n      max: 50');
    expect(spec).toMatch(/name: vaccinate_pet\n {4}# patterns: answer this: .*\n {4}action: unanswered/);
    expect(report.remarks).toContainEqual(
      expect.objectContaining({ kind: 'unanswered', subject: 'vaccinate_pet', line: 28 }),
    );
    expect(await project.files()).toBeGreaterThan(30);
    expect(readFileSync(join(project.root, 'out/src/services/pet.py'), 'utf8')).toContain(
      'async def get_pet(',
    );
  });

  test('the same bytes make the same spec, and its digest is in it', () => {
    const [a, b] = [pets(), pets()];
    const digest = a.import('api.yaml').digest;
    b.import('api.yaml');
    expect(specOf(a)).toBe(specOf(b));
    expect(specOf(a)).toContain(`digest: ${digest}`);
  });
});

describe('bad input is refused with its place', () => {
  const missing = PETS.replace(
    'items: { $ref: "#/components/schemas/Pet" }',
    'items: { $ref: "#/components/schemas/Pat" }',
  );
  test.each([
    ['a missing target', missing, 'OPENAPI_REFERENCE', 11],
    [
      'a URL',
      PETS.replace('"#/components/schemas/NewPet" } } } }', '"https://example.com/a.yaml#/Pet" } } } }'),
      'OPENAPI_REFERENCE',
      14,
    ],
    [
      'a missing file',
      PETS.replace('"#/components/schemas/NewPet" } } } }', '"other.yaml#/Pet" } } } }'),
      'OPENAPI_REFERENCE',
      14,
    ],
    [
      'two operations of one id',
      PETS.replace('operationId: addPet', 'operationId: listPets'),
      'OPENAPI_INVALID',
      13,
    ],
    [
      'a circle of references',
      `${PETS}    A: { $ref: "#/components/schemas/B" }\n    B: { $ref: "#/components/schemas/A" }\n`.replace(
        'content: { application/json: { schema: { $ref: "#/components/schemas/NewPet" } } }',
        'content: { application/json: { schema: { $ref: "#/components/schemas/A" } } }',
      ),
      'OPENAPI_REFERENCE',
      14,
    ],
    ['a version that is not read', PETS.replace('3.0.3', '3.9.0'), 'OPENAPI_UNSUPPORTED', 1],
    ['no OpenAPI document', 'a: 1\n', 'OPENAPI_INVALID', 1],
    ['a list', '- 1\n', 'OPENAPI_INVALID', 1],
    ['a path that is none', PETS.replace('  /pets:\n', '  pets:\n'), 'OPENAPI_INVALID', 4],
    [
      'an operation that is no map',
      PETS.replace('    get:\n      operationId: getPet', '    head: 1\n    get:\n      operationId: getPet'),
      'OPENAPI_INVALID',
      20,
    ],
    ['a duplicate key', PETS.replace('  /pets/{petId}:', '  /pets:'), 'YAML_INVALID', 17],
  ])('%s', (_, text, code, line) => {
    const error = refusal(() => pets(text).import('api.yaml'));
    expect([error.code, error.place?.line]).toEqual([code, line]);
  });

  test('a YAML bomb', () => {
    const rows = Array.from(
      { length: 12 },
      (_, i) =>
        `x-${i}: &a${i} [${Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*a${i - 1}`)).join(', ')}]`,
    );
    const error = refusal(() => pets(`openapi: 3.0.0\n${rows.join('\n')}\n`).import('api.yaml'));
    expect(error.code).toBe('LIMIT_EXCEEDED');
  });

  test('a file outside of the project', () => {
    const project = pets(
      PETS.replace('"#/components/schemas/NewPet" } } } }', '"../../../../../../etc/hostname" } } } }'),
    );
    expect(refusal(() => project.import('api.yaml'))).toMatchObject({
      code: 'OPENAPI_REFERENCE',
      place: { line: 14 },
    });
  });

  test('a spec that no import has made is left alone', () => {
    const project = pets();
    project.write(
      'spec.yaml',
      'apiVersion: patterns/v1\nname: own\nfiles: [{ path: a, pattern: dockerfile }]\n',
    );
    expect(refusal(() => project.import('api.yaml')).code).toBe('USAGE');
  });
});

describe('unusual, and legal', () => {
  test('references into other files, into operations, and by anchor', async () => {
    const project = pets(`openapi: 3.1.0
info: { title: Files, version: 1.0.0 }
paths:
  /a: { $ref: "parts/paths.yaml#/a" }
  /b:
    get:
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#/paths/~1a/get/responses/200/content/application~1json/schema" } } } }
  /c:
    get:
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#node" } } } }
components:
  schemas:
    Node: { $anchor: node, type: object, properties: { next: { $ref: "#node" } } }
`);
    project.write(
      'parts/paths.yaml',
      'a:\n  get:\n    responses:\n      200:\n        description: ok\n        content: { application/json: { schema: { $ref: "schemas.yaml#/Tree" } } }\n',
    );
    project.write(
      'parts/schemas.yaml',
      'Tree:\n  type: object\n  properties: { left: { $ref: "#/Tree" } }\n',
    );
    project.import('api.yaml');
    const spec = specOf(project);
    expect(spec).toContain('$ref: "#/components/schemas/Tree"');
    expect(spec).toContain('parts/schemas.yaml: sha256:');
    expect(await project.files()).toBeGreaterThan(30);
  });

  test('names that are no identifiers, of operations, entities and parameters', async () => {
    const project = pets(
      PETS.replace('operationId: getPet', 'operationId: import')
        .replaceAll('petId', 'pet-id')
        .replace('operationId: addPet', 'operationId: "加 pet/1"')
        .replace('operationId: deletePet', 'operationId: "2delete"'),
    );
    const report = project.import('api.yaml');
    expect(report.operations).toBe(5);
    expect(specOf(project)).toMatch(/name: import_pet\n/);
    expect(specOf(project)).toMatch(/name: n_2_?delete\n/);
    await project.files();
    expect(readFileSync(join(project.root, 'out/src/api/table.py'), 'utf8')).toContain('"/pets/{pet_id}"');
  });

  test('integers beyond 2^53, keys that are numbers, a byte order mark', () => {
    const project = new ImportProject();
    const text = PETS.replace('maximum: 50', 'maximum: 9223372036854775807');
    project.write('api.yaml', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]));
    expect(project.import('api.yaml').operations).toBe(5);
  });

  test('an operation without anything, a schema that is `true`, an empty document', async () => {
    const project = pets(
      'openapi: 3.1.0\ninfo: { title: x, version: "1" }\npaths: { /: { get: {} }, /a: { post: { requestBody: { content: { application/json: { schema: true } } } } } }\n',
    );
    expect(project.import('api.yaml').unanswered).toBe(2);
    expect(await project.files()).toBeGreaterThan(30);
  });
});

describe('importing again', () => {
  test('follows the document, and keeps what a person wrote', async () => {
    const project = pets();
    project.import('api.yaml');
    const path = join(project.root, 'spec.yaml');
    const answered = specOf(project)
      .replace(
        /# patterns: answer this: .*\n {4}action: unanswered/,
        '# we do it ourselves\n    action: custom\n    need: { purpose: vaccinate a pet }',
      )
      .replace('name: pets\n', 'name: my-pets\n');
    expect(answered).toContain('action: custom');
    writeFileSync(path, answered);
    const changed = PETS.replace('operationId: deletePet', 'operationId: deletePet\n      deprecated: true')
      .replace('"204": { description: done }', '"200": { description: done }')
      .replace(
        / {4}post:\n {6}operationId: addPet[\s\S]*?(?= {2}\/pets\/\{petId\}:)/,
        '    head:\n      operationId: headPets\n      responses: { "200": { description: ok } }\n',
      );
    project.write('api.yaml', changed);
    const report = project.import('api.yaml');
    expect(report.changes?.map((one) => `${one.change} ${one.name}`).sort()).toEqual(
      [
        'added head_pets',
        'changed Pet',
        'changed delete_pet',
        'changed vaccinate_pet',
        'removed add_pet',
      ].sort(),
    );
    const spec = specOf(project);
    expect(spec).toContain('name: my-pets');
    expect(spec).toContain('# we do it ourselves\n    action: custom');
    expect(spec).toContain('deprecated: true');
    expect(spec).not.toContain('name: add_pet\n');
    expect(project.import('api.yaml')).toMatchObject({ written: false, changes: [] });
  });

  test('an operation that a person answered stays when the document drops it', () => {
    const project = pets();
    project.import('api.yaml');
    writeFileSync(
      join(project.root, 'spec.yaml'),
      specOf(project).replace('name: vaccinate_pet', 'name: vaccinate_it'),
    );
    project.write('api.yaml', PETS.replace(/ {2}\/pets\/\{petId\}\/vaccinate:[\s\S]*?(?=components:)/, ''));
    project.import('api.yaml');
    expect(specOf(project)).toContain('name: vaccinate_it');
  });
});

describe('an unanswered operation is answered', () => {
  const PATTERN = `pattern_id: vaccinate
version: 1.0.0
signature: { purpose: Vaccination of a pet, intent: update, domain: business }
facets: { language: python, framework: fastapi }
body: v.liquid
variables: { vaccine: { type: string, default: rabies } }
`;
  const BODY =
    '{% contribute imports_first %}\nfrom src.api.contract import Answer\nfrom src.api.contract import Call\n{% endcontribute %}\nasync def {{ operation.name }}(self, call: Call) -> Answer:\n    """Vaccinate against {{ vaccine }}."""\n    return Answer(204, has_body=False)\n';

  test.each([
    [
      'a named pattern',
      'action: custom\n    pattern: vaccinate@^1\n    with: { vaccine: flu }',
      'Vaccinate against flu.',
    ],
    ['an action by hand', 'action: delete\n    key: petId', 'await self.documents.delete(row)'],
    ['nobody yet', 'action: unanswered', 'raise UnansweredError('],
  ])('by %s', async (_, answer, expected) => {
    const project = pets();
    project.import('api.yaml');
    const { publish } = await import('../../src/commands/publish.ts');
    project.write('patterns/vaccinate/1.0.0/pattern.yaml', PATTERN);
    project.write('patterns/vaccinate/1.0.0/v.liquid', BODY);
    const path = join(project.root, 'spec.yaml');
    writeFileSync(path, specOf(project).replace('action: unanswered', answer));
    const banked = project.banked();
    await publish(banked.workspace, [join(project.root, 'patterns/vaccinate/1.0.0')], 'production');
    await banked.files();
    await banked.workspace.bank.close();
    expect(readFileSync(join(project.root, 'out/src/services/pet.py'), 'utf8')).toContain(expected);
  });

  test('by a need', async () => {
    const project = pets();
    project.import('api.yaml');
    const { publish } = await import('../../src/commands/publish.ts');
    project.write('patterns/vaccinate/1.0.0/pattern.yaml', PATTERN);
    project.write('patterns/vaccinate/1.0.0/v.liquid', BODY);
    writeFileSync(
      join(project.root, 'spec.yaml'),
      specOf(project).replace(
        'action: unanswered',
        'action: custom\n    need: { purpose: Vaccination of a pet, intent: update, domain: business }',
      ),
    );
    const banked = project.banked();
    await publish(banked.workspace, [join(project.root, 'patterns/vaccinate/1.0.0')], 'production');
    await banked.files();
    await banked.workspace.bank.close();
    expect(readFileSync(join(project.root, 'out/src/services/pet.py'), 'utf8')).toContain(
      'Vaccinate against rabies.',
    );
  });

  test('a custom operation must say by what', async () => {
    const project = pets();
    project.import('api.yaml');
    writeFileSync(
      join(project.root, 'spec.yaml'),
      specOf(project).replace('action: unanswered', 'action: custom'),
    );
    await expect(project.files()).rejects.toMatchObject({ code: 'SPEC_INVALID' });
  });
});
