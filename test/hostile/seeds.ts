import { readFileSync } from 'node:fs';
import { canonicalJson } from '../../src/canon/canonical-json.ts';
import { writeBankDocument } from '../../src/documents/bank-document.ts';
import { writeExportDocument } from '../../src/documents/export-document.ts';
import { readManifest } from '../../src/documents/manifest-document.ts';
import { writeLockfile } from '../../src/documents/lockfile-document.ts';
import {
  readPatternDocument,
  writeFrozenPattern,
  writePatternRecord,
} from '../../src/documents/pattern-document.ts';
import { writeSmokeReport } from '../../src/documents/smoke-report-document.ts';
import { readYaml } from '../../src/documents/yaml-text.ts';
import { writeBundle } from '../../src/evidence/signature.ts';
import { archiveStatement, buildDefinition, writeStatement } from '../../src/evidence/statement.ts';
import { generateKeyPair } from '../../src/host/p256.ts';
import type { Policy } from '../../src/model/spec.ts';
import { repository } from '../support/repository.ts';

const file = (path: string) => readFileSync(repository(path), 'utf8');

const PATTERN = `pattern_id: a
version: 1.0.0
kind: file
engine: liquid
delimiters: { output: ["<<", ">>"], tag: ["<%", "%>"] }
signature: { purpose: A test, intent: create, domain: test, inputs: [], outputs: [x], constraints: [] }
facets: { language: python }
quality: { success_rate: 0.9, test_coverage: 0.5, security_level: HIGH, observability_complete: true, docker_ready: true }
derived_from: []
variables:
  port: { type: integer, default: 8000, description: A port }
  names: { type: list, default: [a, b] }
slots:
  body: { separator: ",", unique: true, sort: true, required: false }
body: body.txt
`;

const pattern = readPatternDocument(readYaml(Buffer.from(PATTERN), 'pattern.yaml')).withBody(
  Buffer.from('<< port >>\n'),
);
const zeros = `sha256:${'0'.repeat(64)}` as const;
const policy: Policy = {
  statuses: ['production'],
  prereleases: false,
  tiers: ['golden', 'bank'],
  min_success_rate: 0,
  min_test_coverage: 0,
  min_security_level: 'LOW',
  min_production_readiness: 0,
  min_age_days: 0,
};
const stamp = '2026-01-01T00:00:00.000Z';

/** One text of each language, whole, that mutations start from. */
export const SEEDS = {
  spec: file('manifests/shop/core.yaml'),
  domain: /(?:^entities:|^operations:)[\s\S]*/m.exec(file('manifests/shop/app.yaml'))?.[0] ?? '',
  blueprint: `model: domain/v1
reserved: { entities: [class], fields: [from], operations: [import] }
files:
  - { path: "{{ item }}.txt", each: variables.a, pattern: a@^1, when: "variables.a == 1", with: { b: "{{ item }}" } }
  - { path: b.txt, need: { purpose: A thing, facets: { language: python } } }
`,
  pattern: PATTERN,
  frozen: writeFrozenPattern(pattern.frozen),
  lock: writeLockfile({
    renderContract: 1,
    pins: [{ requirement: 'a@^1', pattern_id: 'a', version: '1.0.0' }],
    patterns: [
      { pattern_id: 'a', version: '1.0.0', digest: zeros, quality: zeros, frozen_at: stamp, source: 'bank' },
    ],
  }),
  manifest: file('test/contract-locks/0.1.0-features/generation_manifest.json'),
  resolutions:
    '{"considered":[{"pattern_id":"a","version":"1.0.0"}],"pattern_id":"a","reason":"r","requirement":"a@^1","tier":"bank","tiers":[{"outcome":"answered","reason":"r","tier":"bank"}],"version":"1.0.0"}\n',
  config: `policy: { min_success_rate: 0.5 }
learning: { promote: { rate: 0.9, runs: 20 }, quarantine: { floor: 0.5, failures: 3 } }
go_live: { min_templates: 3 }
llm: { provider: openai, model: m, base_url: "http://127.0.0.1:1", temperature: 0.5, max_tokens: 100, attempts: 2 }
`,
  repair:
    'applies_to: { pattern_id: store, versions: ^1 }\nerror: { class: ValueError, message: bad }\nuse: 1.0.1\n',
  bank: writeBankDocument(pattern, { status: 'production', at: stamp }),
  report: writeSmokeReport({
    generation: zeros,
    output_digest: zeros,
    started_at: stamp,
    finished_at: stamp,
    environment: 'test',
    phases: [],
    operations: [
      {
        name: 'load',
        method: 'POST',
        path: '/load',
        calls: [{ case: 'valid', status: 200, expected: [200], duration_ms: 1, verdict: 'passed' }],
      },
    ],
    executed: ['src/store.py'],
  }),
  service: file('templates/smoke_service/1.0.0/service.yaml'),
  seed: `formatVersion: 1
seed: shop
rows: 4
spare: 2
entities:
  - name: Product
    fields: [{ name: name, make: product_name, min: 1, max: 200 }, { name: of, make: reference, to: Product }]
`,
  checks: `formatVersion: 1
operations:
  - { name: a, method: GET, path: /a, handler: { path: a.py, text: "def a(" }, calls: [{ case: valid, expect: [200], query: { skip: 0 } }] }
`,
  junit: `<?xml version="1.0"?><testsuites><testsuite tests="2" failures="1" errors="0"><testcase classname="t" name="a"/><testcase classname="t" name="b"><failure message="ValueError: x">src/a.py:12: ValueError</failure></testcase></testsuite></testsuites>`,
  ruff: '[{"filename":"src/a.py","code":"F401","message":"unused","location":{"row":1,"column":1}}]',
  mypy: '{"file":"src/a.py","line":1,"message":"bad","code":"attr-defined","severity":"error"}\n',
  answer: '```json\n{"body":"x = {{ n }}\\n","variables":{"n":{"type":"integer","default":1}}}\n```',
  body: `{% for e in entities %}{% if e.name == "A" and e.size > 1 %}{{ e.name | snake | default: "x" }}{% elsif true %}b{% else %}c{% endif %}{% endfor %}
{% assign x = "a" | append: "b" %}{% capture y %}{{ x }}{% endcapture %}{% case x %}{% when "a" %}1{% endcase %}{% comment %}c{% endcomment %}
`,
  record: writePatternRecord(pattern.record),
  export: writeExportDocument({
    content_digest: zeros,
    counts: { versions: 1, changes: 0, outcomes: 2, releases: 0 },
  }),
  journal: `${canonicalJson({ id: '0'.repeat(64), pattern_id: 'a', version: '1.0.0', kind: 'usage', count: 1, at: stamp, generation: zeros, report: null, environment: 'build', evidence: 'x' })}\n`,
  bundle: writeBundle({ payload: Buffer.from('{}'), signature: Buffer.from('abc'), hint: 'aGludA==' }),
  statement: writeStatement(
    archiveStatement(
      buildDefinition(
        readManifest(Buffer.from(file('test/contract-locks/0.1.0-features/generation_manifest.json')), 'f'),
        policy,
        zeros,
      ),
      { name: 'a.tar', digest: zeros },
      { version: '0.1.0', finishedOn: stamp },
    ),
  ),
  bagInfo: 'Bag-Software-Agent: patternbank 0.1.0\nPatterns-Evidence-Version: 1\nPayload-Oxum: 10.2\n',
  publicKey: generateKeyPair(undefined).publicPem,
  api: `openapi: 3.0.3
info: { title: Pets, version: "1.0.0" }
paths:
  /pets/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get: { operationId: getPet, responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } } } }
  /pets:
    get: { operationId: listPets, parameters: [{ name: limit, in: query, schema: { type: integer, maximum: 50 } }], responses: { "200": { description: ok, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Pet" } } } } } } }
    post: { operationId: addPet, requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }, responses: { "201": { description: made } } }
components:
  schemas:
    Pet: { type: object, required: [id], properties: { id: { type: integer }, name: { type: string, enum: [a, b] }, of: { allOf: [{ $ref: "#/components/schemas/Pet" }] } } }
`,
  reference: 'acme/dockerfile@^1.2 || >=2.0.0-rc.1 <3',
  expression: 'items.total >= sum(items.subtotal)',
} as const;
