import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { readYaml } from '../../src/documents/yaml-text.ts';
import { expectGolden } from '../support/golden.ts';
import { repository } from '../support/repository.ts';
import { schemas } from './schemas.ts';

describe('schemas/', () => {
  test.each(Object.entries(schemas()))('%s.schema.json is what the code reads', (name, text) => {
    expectGolden(repository(`schemas/${name}.schema.json`), text);
  });

  test('holds nothing else', () => {
    const names = Object.keys(schemas()).map((name) => `${name}.schema.json`);
    expect(readdirSync(repository('schemas')).sort()).toEqual(names.sort());
  });

  test('every built-in pattern and the shop satisfy theirs, by another validator', () => {
    const ajv = new Ajv2020({ allErrors: true, strict: false });
    const pattern = ajv.compile(JSON.parse(readFileSync(repository('schemas/pattern.schema.json'), 'utf8')));
    const spec = ajv.compile(JSON.parse(readFileSync(repository('schemas/spec.schema.json'), 'utf8')));
    const folders = readdirSync(repository('templates'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const documents = folders.flatMap(({ name: id }) =>
      readdirSync(repository(`templates/${id}`)).map((version) => `templates/${id}/${version}/pattern.yaml`),
    );
    expect(documents.length).toBeGreaterThanOrEqual(14);
    for (const path of documents) {
      const valid = pattern(readYaml(readFileSync(repository(path)), path).value);
      expect(pattern.errors ?? [], path).toEqual([]);
      expect(valid).toBe(true);
    }
    expect(
      spec(readYaml(readFileSync(repository('manifests/shop/app.yaml')), 'app.yaml').value),
      JSON.stringify(spec.errors),
    ).toBe(true);
    const domain = ajv.compile(JSON.parse(readFileSync(repository('schemas/domain.schema.json'), 'utf8')));
    for (const name of ['shop', 'clinic']) {
      const path = `manifests/${name}/app.yaml`;
      domain(readYaml(readFileSync(repository(path)), path).value);
      expect(domain.errors ?? [], path).toEqual([]);
    }
  });

  test('another validator refuses what the readers refuse', () => {
    const ajv = new Ajv2020({ strict: false });
    const spec = ajv.compile(JSON.parse(readFileSync(repository('schemas/spec.schema.json'), 'utf8')));
    const good = { apiVersion: 'patterns/v1', name: 'a', files: [{ path: 'a', pattern: 'a' }] };
    expect(spec(good)).toBe(true);
    for (const bad of [
      { ...good, fiels: [] },
      { ...good, apiVersion: 'patterns/v2' },
      { ...good, name: 'A B' },
      { ...good, files: [{ pattern: 'a' }] },
    ]) {
      expect(spec(bad), JSON.stringify(bad)).toBe(false);
    }
  });
});
