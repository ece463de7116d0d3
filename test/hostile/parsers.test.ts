import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Journal } from '../../src/bank/journal.ts';
import { canonicalJson } from '../../src/canon/canonical-json.ts';
import { importOpenApi } from '../../src/commands/import-openapi.ts';
import { readAnswer } from '../../src/documents/answer-document.ts';
import { readBankDocument } from '../../src/documents/bank-document.ts';
import { OutcomeShape } from '../../src/documents/bank-rows.ts';
import { readConfig } from '../../src/documents/config-document.ts';
import { readDomainDocument } from '../../src/documents/domain-document.ts';
import { readExportDocument } from '../../src/documents/export-document.ts';
import { decodeText, parseJson } from '../../src/documents/json-text.ts';
import { parseJunit } from '../../src/documents/junit-document.ts';
import { parseMypy, parseRuff } from '../../src/documents/lint-report-document.ts';
import { readLockfile, writeLockfile } from '../../src/documents/lockfile-document.ts';
import { readManifest } from '../../src/documents/manifest-document.ts';
import {
  readFrozenPattern,
  readPatternDocument,
  readPatternRecord,
} from '../../src/documents/pattern-document.ts';
import { jsonSource } from '../../src/documents/plain-source.ts';
import { parseReference } from '../../src/documents/reference.ts';
import { readRepair } from '../../src/documents/repair-document.ts';
import { readResolutions } from '../../src/documents/resolutions-document.ts';
import { readChecksPlan, readSeedPlan, readServicePlan } from '../../src/documents/smoke-plan-document.ts';
import { readSmokeReport } from '../../src/documents/smoke-report-document.ts';
import { readBlueprint, readSpec, writeSpec } from '../../src/documents/spec-document.ts';
import { readYaml } from '../../src/documents/yaml-text.ts';
import {
  parseArithmetic,
  parseCall,
  parseComparison,
  parseNumber,
  parsePath,
  parseText,
} from '../../src/domain/expression.ts';
import { readDomain } from '../../src/domain/read-domain.ts';
import { readBagInfo } from '../../src/evidence/bag.ts';
import { readBundle } from '../../src/evidence/signature.ts';
import { readStatement } from '../../src/evidence/statement.ts';
import { createHost } from '../../src/host/host.ts';
import { readVerifier } from '../../src/host/p256.ts';
import { PatternsError } from '../../src/model/error.ts';
import type { FrozenPattern } from '../../src/model/pattern.ts';
import { parseBody } from '../../src/render/parsed-body.ts';
import { TestProject } from '../support/project.ts';
import { workspaceOf } from '../support/workspace.ts';
import { SEEDS } from './seeds.ts';
import { mutated } from './mutated.ts';

// Whatever a parser is given, it reads it or refuses it with a code, within a bounded time. PATTERNS_FUZZ sets how many
// inputs each is given, PATTERNS_SEED repeats a run.
const RUNS = Number(process.env['PATTERNS_FUZZ'] ?? '150');
const SEED = Number(process.env['PATTERNS_SEED'] ?? String(Date.now() % 2 ** 31));
const PATIENCE_MS = 2000;

const yaml = (text: string) => readYaml(Buffer.from(text), 'f');
const json = (text: string) => jsonSource(Buffer.from(text), 'f');
const bytes = (text: string) => Buffer.from(text);
const liquid: FrozenPattern = {
  pattern_id: 'a',
  version: '1.0.0',
  kind: 'file',
  engine: 'liquid',
  delimiters: undefined,
  variables: {},
  slots: {},
  body: `sha256:${'0'.repeat(64)}`,
};
const anyPath = (path: string) => path;

interface Parser {
  /** The seed that its inputs are made from. */
  readonly of: keyof typeof SEEDS;
  readonly read: (text: string) => unknown;
}

const PARSERS: Readonly<Record<string, Parser>> = {
  YAML: { of: 'spec', read: (text) => yaml(text).value },
  JSON: { of: 'manifest', read: (text) => parseJson(decodeText(bytes(text), 'f'), 'f') },
  spec: { of: 'spec', read: (text) => requireStable(text) },
  blueprint: { of: 'blueprint', read: (text) => readBlueprint(yaml(text)) },
  'pattern document': { of: 'pattern', read: (text) => readPatternDocument(yaml(text)).withBody(bytes('x')) },
  'frozen pattern': { of: 'frozen', read: (text) => readFrozenPattern(json(text)) },
  lockfile: { of: 'lock', read: (text) => requireStableLock(text) },
  manifest: { of: 'manifest', read: (text) => readManifest(bytes(text), 'f') },
  resolutions: { of: 'resolutions', read: (text) => readResolutions(bytes(text), 'f') },
  config: { of: 'config', read: (text) => readConfig(yaml(text)) },
  'domain model': { of: 'domain', read: (text) => requireDomain(text) },
  repair: { of: 'repair', read: (text) => readRepair(yaml(text)) },
  'bank document': {
    of: 'bank',
    read: (text) => readBankDocument(bytes(text), 'f', { pattern_id: 'a', version: '1.0.0' }),
  },
  'pattern record': { of: 'record', read: (text) => readPatternRecord(json(text)) },
  export: { of: 'export', read: (text) => readExportDocument(bytes(text), 'f') },
  journal: { of: 'journal', read: (text) => readJournal(text) },
  'signature bundle': { of: 'bundle', read: (text) => readBundle(bytes(text), 'f') },
  statement: { of: 'statement', read: (text) => readStatement(bytes(text), 'f') },
  'bag info': { of: 'bagInfo', read: (text) => readBagInfo(text, 'f') },
  'public key': { of: 'publicKey', read: (text) => readVerifier(bytes(text), 'f') },
  OpenAPI: { of: 'api', read: (text) => importApi(text) },
  'smoke report': { of: 'report', read: (text) => readSmokeReport(bytes(text), 'f') },
  'service plan': { of: 'service', read: (text) => readServicePlan(bytes(text), 'f') },
  'seed plan': { of: 'seed', read: (text) => readSeedPlan(bytes(text), 'f') },
  'checks plan': { of: 'checks', read: (text) => readChecksPlan(bytes(text), 'f') },
  JUnit: { of: 'junit', read: (text) => parseJunit(text, 'f', anyPath) },
  ruff: { of: 'ruff', read: (text) => parseRuff(text, 'f', anyPath) },
  mypy: { of: 'mypy', read: (text) => parseMypy(text, 'f', anyPath) },
  'model answer': { of: 'answer', read: (text) => readAnswer(text) },
  body: { of: 'body', read: (text) => parseBody(liquid, bytes(text)) },
  reference: {
    of: 'reference',
    read: (text) => {
      const found = parseReference(text);
      if (found !== undefined) expect(parseReference(`${found.pattern_id}@${found.range}`)).toEqual(found);
    },
  },
  expression: {
    of: 'expression',
    read: (text) =>
      [parseComparison, parseArithmetic, parsePath, parseText, parseNumber]
        .map((parse) => parse(text))
        .concat(parseCall(text, 'sum')),
  },
};

const scratch = mkdtempSync(join(tmpdir(), 'patterns-fuzz-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});
const project = new TestProject(scratch);
const host = createHost('0');

function readJournal(text: string): void {
  project.write('journal.jsonl', text);
  new Journal(host, project.path('journal.jsonl'), 'f', OutcomeShape).rows();
}

/** Imports a document, and reads the spec that it makes. */
function importApi(text: string): void {
  project.remove('spec.yaml');
  project.write('api.yaml', text);
  importOpenApi(workspaceOf(project, host, 'offline'), project.path('api.yaml'), project.path('spec.yaml'));
  readSpec(yaml(project.read('spec.yaml')));
}

/** Canonical, read, canonical again: the same bytes. */
function requireStable(text: string): void {
  const canonical = writeSpec(readSpec(yaml(text)).spec);
  expect(writeSpec(readSpec(json(canonical)).spec)).toBe(canonical);
}

function requireStableLock(text: string): void {
  const { lockfile, conflicts } = readLockfile(bytes(text), 'f');
  if (conflicts.length > 0) return;
  const canonical = writeLockfile(lockfile);
  expect(writeLockfile(readLockfile(bytes(canonical), 'f').lockfile)).toBe(canonical);
}

function requireDomain(text: string): void {
  const source = yaml(text);
  readDomain(readDomainDocument(source), {
    reserved: { entities: ['class'], fields: ['from'], operations: ['import'] },
    place: source.place,
    requirementOf: ({ pattern }) => pattern ?? null,
  });
}

async function tryRead(parser: Parser, text: string): Promise<void> {
  const start = performance.now();
  try {
    await parser.read(text);
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    expect(cause.code).not.toBe('INTERNAL');
    expect(cause.message.length).toBeGreaterThan(0);
  }
  expect(performance.now() - start).toBeLessThan(PATIENCE_MS);
}

describe(`every parser reads or refuses (PATTERNS_FUZZ=${RUNS} PATTERNS_SEED=${SEED})`, () => {
  test.each(Object.entries(PARSERS))(
    '%s',
    async (_, parser) => {
      // What the mutations start from is itself in the language, or they would test the first check only.
      await parser.read(SEEDS[parser.of]);
      await fc.assert(
        fc.asyncProperty(mutated(SEEDS[parser.of]), (text) => tryRead(parser, text)),
        { numRuns: RUNS, seed: SEED },
      );
    },
    600_000,
  );

  test('bytes that are no text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
        try {
          expect(Buffer.from(decodeText(input, 'f'), 'utf8').equals(input)).toBe(true);
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'ENCODING_INVALID' });
        }
      }),
      { numRuns: RUNS * 10, seed: SEED },
    );
  });

  test('canonical JSON is read back as what it was written from', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        let text: string;
        try {
          text = canonicalJson(value);
        } catch (cause) {
          // Integers beyond 2^53 and lone surrogates have no exact form.
          expect(cause).toMatchObject({ code: 'INTERNAL' });
          return;
        }
        expect(canonicalJson(parseJson(text, 'f'))).toBe(text);
        const read = () => canonicalJson(yaml(`a: ${text}`).value);
        // Keys that YAML refuses. Within a string the quote behind one is escaped.
        if (/"(?:__proto__|constructor|prototype)":/.test(text))
          expect(read).toThrow(expect.objectContaining({ code: 'YAML_INVALID' }));
        else expect(read()).toBe(`{"a":${text}}`);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
