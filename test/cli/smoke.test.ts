import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { emptyProject, shopProject, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';

// A service of a few lines, run by Node, stands for what the patterns of a language write: what `smoke` does with it is the
// same. The end-to-end run smoke-tests the generated shop and clinic.

const SERVER = `
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
const rows = JSON.parse(readFileSync(process.env.ROWS, 'utf8')).Thing;
const schema = { type: 'object', required: ['id', 'name'], properties: { id: { type: 'string', format: 'uuid' }, name: { type: 'string' } } };
const responses = { 200: { description: 'ok', content: { 'application/json': { schema } } }, 404: { description: 'none' } };
const document = { openapi: '3.1.0', info: { title: 't', version: '1' }, paths: { '/things/{id}': { get: { responses } } } };
function find(id) {
  const row = rows.find((one) => one.id === id);
  return row;
}
createServer((request, response) => {
  const send = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  if (request.url === '/ready') return send(200, '{}');
  if (request.url === '/openapi.json') return send(200, JSON.stringify(document));
  try {
    const row = find(request.url.split('/').at(-1));
    return row === undefined ? send(404, '') : send(200, JSON.stringify(row));
  } catch (error) {
    console.error(error.stack);
    return send(500, '{}');
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const SERVICE = `
formatVersion: 1
environment: { PORT: "{port}", ROWS: "{seed}" }
install: { key: [server.mjs], run: [] }
migrate: []
seed: []
start: [node, server.mjs]
ready: { path: /ready, seconds: 5 }
openapi: /openapi.json
deepest: first
frame: 'at (?<function>\\S+) \\(file://(?<path>[^:\\n]+):(?<line>\\d+):'
error: '^(?<class>[A-Z]\\w*Error): (?<message>[^\\n]*)'
versions: [[node, --version]]
executed: [server.mjs]
`;

const SEED = `
formatVersion: 1
seed: app
rows: 3
entities: [{ name: Thing, fields: [{ name: name, make: full_name }] }]
`;

const CHECKS = `
formatVersion: 1
operations:
  - name: get_thing
    method: GET
    path: /things/{id}
    handler: { path: server.mjs, text: function find }
    calls:
      - { case: valid, path: { id: "@Thing.2.id" }, expect: [200] }
      - { case: unknown-id, path: { id: nobody }, expect: [404] }
`;

interface Files {
  readonly server?: string;
  readonly service?: string;
  readonly seed?: string;
  readonly checks?: string;
}

/** A generated tree whose patterns write these files. */
function service(files: Files = {}): TestProject {
  const project = emptyProject();
  const bodies = {
    'server.mjs': files.server ?? SERVER,
    'smoke/service.yaml': files.service ?? SERVICE,
    'smoke/seed.yaml': files.seed ?? SEED,
    'smoke/checks.yaml': files.checks ?? CHECKS,
  };
  const entries = Object.entries(bodies).map(([path, body], i) => {
    project.write(`p${i}/body`, body);
    project.write(
      `p${i}/pattern.yaml`,
      `pattern_id: p${i}\nversion: 1.0.0\nengine: none\nbody: body\nsignature: { purpose: file ${i}, intent: create, domain: test }\nquality: { success_rate: 1, test_coverage: 1, security_level: LOW, observability_complete: true, docker_ready: true }\n`,
    );
    return `  - { path: ${path}, pattern: p${i}@^1 }\n`;
  });
  project.json(['publish', ...entries.map((_, i) => `p${i}`)]);
  project.write('app.yaml', `apiVersion: patterns/v1\nname: app\nfiles:\n${entries.join('')}`);
  project.json(['build', 'app.yaml', '-o', 'out']);
  return project;
}

interface Report {
  readonly verdict: string;
  readonly phases: { name: string; verdict: string; error?: { message: string } }[];
  readonly operations: {
    handler?: { line: number };
    calls: {
      case: string;
      verdict: string;
      status: number;
      error?: { class: string; message: string; frames: { path: string; line: number }[] };
    }[];
  }[];
}

function smoke(project: TestProject): { status: number | null; report: Report } {
  const { status, stdout } = project.run(['smoke', 'out', '--json']);
  return { status, report: JSON.parse(stdout) as Report };
}

describe('patterns smoke', () => {
  test('passes a service that answers as its checks and its document say', () => {
    const project = service();
    const { status, report } = smoke(project);
    expect(status).toBe(0);
    expect(report).toMatchObject({
      verdict: 'passed',
      executed: ['server.mjs'],
      report: 'out/smoke_report.json',
    });
    expect(report.operations[0]?.calls.map((call) => [call.case, call.verdict, call.status])).toEqual([
      ['valid', 'passed', 200],
      ['unknown-id', 'passed', 404],
    ]);
    expect(project.read('out/smoke_report.json')).not.toContain(project.root);
  });

  test('maps an exception to the line of the tree, and tells the rest', () => {
    const project = service({ server: SERVER.replace('  return row;', '  return row.nothing.at.all;') });
    const { status, report } = smoke(project);
    expect([status, report.verdict]).toEqual([1, 'failed']);
    const [valid] = report.operations[0]?.calls ?? [];
    expect(valid).toMatchObject({
      verdict: 'failed',
      status: 500,
      error: { class: 'TypeError', frames: [{ path: 'server.mjs' }, { path: 'server.mjs' }] },
    });
    const line =
      project
        .read('out/server.mjs')
        .split('\n')
        .findIndex((one) => one.includes('row.nothing')) + 1;
    expect(valid?.error?.frames.at(-1)?.line).toBe(line);
  });

  test.each([
    [
      'a wrong status',
      { server: SERVER.replace('send(404', 'send(410') },
      'WrongStatus',
      '410 instead of 404',
    ],
    [
      'a body that does not fit its schema',
      { server: SERVER.replace('JSON.stringify(row))', '\'{"id": 1, "name": "x"}\')') },
      'WrongResponse',
      '/id',
    ],
    [
      'a status that is not documented',
      { server: SERVER.replace(", 404: { description: 'none' }", '') },
      'WrongResponse',
      'no response 404',
    ],
  ])('finds %s', (_what, files, name, said) => {
    const { status, report } = smoke(service(files));
    expect(status).toBe(1);
    const failed = report.operations[0]?.calls.filter((call) => call.verdict === 'failed') ?? [];
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]?.error?.class).toBe(name);
    expect(failed[0]?.error?.message).toContain(said);
    expect(report.operations[0]?.handler?.line).toBeGreaterThan(1);
  });

  test.each([
    ['a service that ends at once', { server: 'process.exit(3)' }, 'ready', 'ended with status 3'],
    [
      'a service that is never ready',
      { service: SERVICE.replace('/ready, seconds: 5', '/never, seconds: 1') },
      'ready',
      'not ready within 1 s',
    ],
    [
      'a step that fails',
      {
        service: SERVICE.replace(
          'migrate: []',
          'migrate: [[node, -e, "console.error(\'no table\'); process.exit(4)"]]',
        ),
      },
      'migrate',
      'no table',
    ],
    [
      'a program that is not there',
      { service: SERVICE.replace('start: [node', 'start: [no-such-program') },
      'ready',
      'ended',
    ],
  ])('skips the calls after %s', (_what, files, phase, said) => {
    const { status, report } = smoke(service(files));
    expect(status).toBe(1);
    const failed = report.phases.find((one) => one.verdict === 'failed');
    expect(failed?.name).toBe(phase);
    expect(failed?.error?.message).toContain(said);
    expect(report.operations[0]?.calls.map((call) => call.verdict)).toEqual(['skipped', 'skipped']);
  });

  test('refuses an edited tree, a tree without plans, bad plans, and a companion that is not here', () => {
    const project = service();
    project.write('out/server.mjs', '// mine\n');
    expect(project.failure(['smoke', 'out'])).toMatchObject({ status: 1, code: 'OUTPUT_EDITED' });
    expect(project.has('out/smoke_report.json')).toBe(false);
    const without = shopProject();
    without.json(['build', 'manifests/shop/core.yaml', '-o', 'out']);
    expect(without.failure(['smoke', 'out'])).toMatchObject({ status: 2, code: 'FILE_NOT_FOUND' });
    const bad = service({ checks: CHECKS.replace('expect: [404]', 'expect: [4040]') });
    expect(bad.failure(['smoke', 'out'])).toMatchObject({ status: 2, code: 'PATTERN_INVALID' });
    const row = service({ checks: CHECKS.replace('@Thing.2.id', '@Thing.99.id') });
    expect(row.failure(['smoke', 'out'])).toMatchObject({ status: 2, code: 'PATTERN_INVALID' });
    const companion =
      'companions: [{ name: database, program: no-such-server, start: [x], environment: { DB_URL: x } }]\n';
    const lacking = service({ service: SERVICE.replace('environment:', `${companion}environment:`) });
    expect(lacking.failure(['smoke', 'out'])).toMatchObject({ status: 3, code: 'SMOKE_UNAVAILABLE' });
  });
});

describe('patterns seed', () => {
  test('makes the same believable rows each time, in the order in which they can be inserted', () => {
    const project = shopProject();
    const first = project.json(['seed', 'manifests/shop/app.yaml']);
    expect(project.json(['seed', 'manifests/shop/app.yaml'])).toEqual(first);
    const entities = first['entities'] as Record<string, Record<string, unknown>[]>;
    expect(Object.keys(entities)).toEqual(['Product', 'Customer', 'Cart', 'Order']);
    const customers = new Set(entities['Customer']?.map((row) => row['id']));
    for (const cart of entities['Cart'] ?? []) expect(customers).toContain(cart['customer_id']);
    expect(new Set(entities['Customer']?.map((row) => row['email'])).size).toBe(40);
    expect(project.json(['seed', 'manifests/shop/app.yaml', '--rows', '2'])['rows']).toBe(2);
    expect(project.failure(['seed', 'manifests/shop/app.yaml', '--rows', '0'])).toMatchObject({
      status: 2,
      code: 'USAGE',
    });
  });

  test('follows a new version of the seed pattern in a fresh lock, and no locked one', () => {
    const project = shopProject();
    const before = project.json(['seed', 'manifests/shop/app.yaml']);
    const template = (name: string): string =>
      readFileSync(repository(`templates/seed_plan/1.0.0/${name}`), 'utf8');
    project.write('next/pattern.yaml', template('pattern.yaml').replace('version: 1.0.0', 'version: 1.1.0'));
    project.write(
      'next/seed.yaml.liquid',
      template('seed.yaml.liquid').replace('seed: {{ project.name | json }}', 'seed: another'),
    );
    project.json(['publish', 'next']);
    expect(project.json(['seed', 'manifests/shop/app.yaml'])).toEqual(before);
    project.remove('golden/shop.lock');
    expect(project.json(['seed', 'manifests/shop/app.yaml'])['entities']).not.toEqual(before['entities']);
  });
});

describe('a domain model', () => {
  test.each([
    ['a reference to a missing entity', 'to: Customer }', 'to: Custmer }', 'Did you mean `Customer`?'],
    ['a keyword of the language', 'name: stock,', 'name: lambda,', 'Choose another name.'],
    ['a reserved word of the database', 'name: stock,', 'name: user,', 'Choose another name.'],
    [
      'two operations with one method and path',
      'path: /customers }',
      'path: /products }',
      'Give one of the two another path.',
    ],
  ])('with %s is refused with line and column, and nothing is written', (_what, from, to, hint) => {
    const project = shopProject();
    project.write('manifests/shop/app.yaml', project.read('manifests/shop/app.yaml').replace(from, to));
    const failure = project.failure(['build', 'manifests/shop/app.yaml', '-o', 'out']);
    expect(failure).toMatchObject({ status: 2, code: 'SPEC_INVALID', hint });
    const { stderr } = project.run(['build', 'manifests/shop/app.yaml', '-o', 'out']);
    expect(stderr).toMatch(/manifests\/shop\/app\.yaml:\d+:\d+: /);
    expect(project.has('out')).toBe(false);
    expect(project.has('golden/shop.lock')).toBe(false);
  });

  test('with one more field changes only files that speak of its entity', () => {
    const project = shopProject();
    project.json(['build', 'manifests/shop/app.yaml', '-o', 'out']);
    const spec = project.read('manifests/shop/app.yaml');
    project.write(
      'manifests/shop/app.yaml',
      spec.replace(
        '      - { name: full_name,',
        '      - { name: phone, type: string, max: 30, optional: true }\n      - { name: full_name,',
      ),
    );
    const report = project.json(['build', 'manifests/shop/app.yaml', '-o', 'out']);
    expect(report['created']).toEqual([]);
    const updated = report['updated'] as readonly string[];
    expect(updated.length).toBeGreaterThan(4);
    for (const path of updated) expect(project.read(`out/${path}`), path).toContain('phone');
  });

  test('of five hundred entities builds', () => {
    const project = shopProject();
    const entities = Array.from(
      { length: 500 },
      (_, i) => `  - name: Thing${i}\n    fields: [{ name: label, type: string }]\n`,
    );
    const operations = Array.from(
      { length: 500 },
      (_, i) =>
        `  - { name: add_thing_${i}, action: create, entity: Thing${i}, method: POST, path: /things-${i} }\n`,
    );
    project.write(
      'large.yaml',
      `apiVersion: patterns/v1\nname: large\nextends: fastapi-service@^1\nentities:\n${entities.join('')}operations:\n${operations.join('')}`,
    );
    const report = project.json(['build', 'large.yaml', '-o', 'out']);
    expect(Number(report['files'])).toBeGreaterThan(3500);
  }, 60_000);

  test('may name a pattern of its own for an operation, and leave one unanswered', () => {
    const project = shopProject();
    project.write(
      'own/pattern.yaml',
      'pattern_id: acme/refund\nversion: 1.0.0\nengine: liquid\nbody: refund.py.liquid\nsignature: { purpose: Refund of an order, intent: update, domain: business_logic }\nvariables: { percent: { type: integer } }\nquality: { success_rate: 0.9, test_coverage: 0.9, security_level: HIGH, observability_complete: true, docker_ready: true }\n',
    );
    project.write(
      'own/refund.py.liquid',
      '{% contribute imports_third %}\nfrom sqlalchemy.ext.asyncio import AsyncSession\n{% endcontribute %}\nasync def {{ operation.name }}(self, order_id: UUID) -> Order:\n    """Give {{ percent }} percent back."""\n    return found(await self.orders.get(order_id), "Order")\n',
    );
    project.json(['publish', 'own']);
    project.write(
      'manifests/shop/app.yaml',
      `${project.read('manifests/shop/app.yaml')}
  - { name: refund_order, action: custom, pattern: acme/refund@^1, with: { percent: 50 }, entity: Order, method: POST, path: "/orders/{id}/refund" }
  - { name: gift_order, action: unanswered, entity: Order, method: POST, path: "/orders/{id}/gift" }
`,
    );
    project.json(['build', 'manifests/shop/app.yaml', '-o', 'out']);
    const service_ = project.read('out/src/services/order.py');
    expect(service_).toContain('"""Give 50 percent back."""');
    expect(service_).toContain('Nobody has said yet what gift_order does');
    expect(project.json(['verify', 'out'])['verified']).toBe(true);
  });
});
