import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import * as v from 'valibot';
import { ApiShape } from '../../src/documents/api-document.ts';
import { ConfigShape } from '../../src/documents/config-document.ts';
import { HeaderLineShape, PatternLineShape, PinLineShape } from '../../src/documents/lockfile-document.ts';
import { DomainShape } from '../../src/documents/domain-document.ts';
import { ManifestShape } from '../../src/documents/manifest-document.ts';
import { PatternDocumentShape } from '../../src/documents/pattern-document.ts';
import { ChecksPlanShape, SeedPlanShape, ServicePlanShape } from '../../src/documents/smoke-plan-document.ts';
import { SmokeReportShape } from '../../src/documents/smoke-report-document.ts';
import { StatementShape } from '../../src/evidence/statement.ts';
import { BlueprintShape, SpecShape } from '../../src/documents/spec-document.ts';

const SHAPES: Readonly<Record<string, readonly [GenericSchema, string, string]>> = {
  api: [
    ApiShape,
    'API model of a spec',
    'Entities and operations, where a blueprint asks for an API that is described elsewhere.',
  ],
  blueprint: [
    BlueprintShape,
    'Body of a blueprint pattern',
    'A reusable list of files, in the grammar of a spec.',
  ],
  config: [ConfigShape, 'patterns.config.yaml', 'What holds for every spec of a project.'],
  domain: [
    DomainShape,
    'Domain model of a spec',
    'Entities and operations, where a blueprint asks for a domain model.',
  ],
  'generation-manifest': [
    ManifestShape,
    'generation_manifest.json',
    'What a generation was made of and what it made.',
  ],
  'lockfile-line': [
    v.variant('kind', [HeaderLineShape, PinLineShape, PatternLineShape]),
    'A line of golden/<name>.lock',
    'A lockfile is JSON Lines; each line is one of these objects.',
  ],
  pattern: [
    PatternDocumentShape,
    'pattern.yaml',
    'A pattern version: signature, quality, and how its body is rendered.',
  ],
  'smoke-checks': [
    ChecksPlanShape,
    'smoke/checks.yaml',
    'What each operation of a generated service is called with, and has to answer.',
  ],
  'smoke-seed': [SeedPlanShape, 'smoke/seed.yaml', 'How the rows of each entity are made.'],
  'smoke-service': [
    ServicePlanShape,
    'smoke/service.yaml',
    'How a generated service is installed, migrated, seeded, started and read.',
  ],
  'smoke-report': [
    SmokeReportShape,
    'smoke_report.json',
    'What happened when a generated app was started and each of its operations called.',
  ],
  spec: [SpecShape, 'Spec', 'What to build.'],
  statement: [
    StatementShape,
    'data/statement.json of an evidence package',
    'An in-toto statement with SLSA provenance of a generation.',
  ],
};

/** The JSON Schemas (draft 2020-12) of the shapes that the readers use, as text by name. */
export function schemas(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(SHAPES).map(([name, [shape, title, description]]) => {
      const schema = toJsonSchema(shape, {
        target: 'draft-2020-12',
        typeMode: 'input',
        errorMode: 'ignore',
      });
      return [
        name,
        `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', $id: `urn:patternbank:${name}`, title, description, ...schema }, null, 2)}\n`,
      ];
    }),
  );
}
