import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PatternsError } from '../../src/model/error.ts';
import { repository } from '../support/repository.ts';
import { LONG } from '../torture/form.ts';
import { ImportProject } from './workspace.ts';

const FOLDER = repository('node_modules/@readme/oas-examples');

function documents(version: string): readonly string[] {
  return readdirSync(join(FOLDER, version), { recursive: true })
    .map(String)
    .filter((name) => /\.(?:json|yaml)$/.test(name))
    .map((name) => `${version}/${name}`)
    .sort();
}

describe('documents of others', () => {
  const modern = [...documents('3.0'), ...documents('3.1')];

  test('are there', () => {
    expect(modern.length).toBeGreaterThan(100);
  });

  // One project for all: what is frozen once serves every build.
  const project = new ImportProject(undefined, 'flag-off', 'file');
  afterAll(() => {
    project.remove();
  });

  test.each(modern)('%s imports, and its spec builds', async (name) => {
    const [document, spec] = [`${name}.api`, `${name}.spec.yaml`];
    project.write(document, readFileSync(join(FOLDER, name)));
    const report = project.import(document, spec);
    expect(report.answered + report.unanswered).toBe(report.operations);
    for (const remark of report.remarks) expect(remark.line).toBeGreaterThan(0);
    // The other form of the same document has the same operations.
    const other = name.endsWith('.yaml');
    if (LONG || !other) expect(project.import(document, spec)).toMatchObject({ written: false, changes: [] });
    if (!other) expect(await project.files(spec, 'dry-run')).toBeGreaterThan(30);
  });

  test.each(documents('2.0'))('%s is refused, and a converter named', (name) => {
    project.write('api.yaml', readFileSync(join(FOLDER, name)));
    const error = refusal(() => project.import('api.yaml'));
    expect(error.code).toBe('OPENAPI_UNSUPPORTED');
    expect(error.place).toMatchObject({ file: 'api.yaml', column: expect.any(Number) });
    expect(error.hint).toContain('swagger2openapi');
  });
});

function refusal(act: () => unknown): PatternsError {
  try {
    act();
  } catch (cause) {
    if (cause instanceof PatternsError) return cause;
    throw cause;
  }
  throw new Error('it was not refused');
}
