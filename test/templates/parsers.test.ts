import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { shopProject, SHOP_SPEC } from '../support/project.ts';
import { repository } from '../support/repository.ts';

/** Reads a file with a parser of Python's standard library; the error is what Python says. */
function python(script: string, path: string): string {
  const run = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' });
  if (run.error !== undefined) throw run.error;
  return run.status === 0 ? '' : run.stderr;
}

const PYTHON = 'import ast,sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])';
const TOML = 'import tomllib,sys; tomllib.load(open(sys.argv[1], "rb"))';
const INI = 'import configparser,sys; configparser.ConfigParser().read_file(open(sys.argv[1]))';

describe('the files of the shop', () => {
  test('are read by the parsers of their languages', () => {
    const project = shopProject();
    const report = project.json(['build', SHOP_SPEC, '-o', 'out']);
    const created = report['created'] as readonly string[];
    const checked = created.filter((path) => {
      const file = project.path(`out/${path}`);
      if (path.endsWith('.py')) expect(python(PYTHON, file), path).toBe('');
      else if (path.endsWith('.toml')) expect(python(TOML, file), path).toBe('');
      else if (path.endsWith('.ini')) expect(python(INI, file), path).toBe('');
      else if (/\.ya?ml$/.test(path)) {
        const documents = parseAllDocuments(readFileSync(file, 'utf8'));
        for (const document of documents)
          expect('errors' in document ? document.errors : [], path).toEqual([]);
      } else return false;
      return true;
    });
    expect(checked.length).toBeGreaterThanOrEqual(10);
  });

  test('the Mako template of Alembic comes through byte for byte', () => {
    const project = shopProject();
    project.json(['build', SHOP_SPEC, '-o', 'out']);
    const body = project.json(['show', 'alembic_script@1.0.0'])['body'];
    expect(String(body)).toContain('${');
    expect(project.read('out/alembic/script.py.mako')).toBe(body);
  });

  test('hold no secret and run as no root', () => {
    const project = shopProject();
    project.json(['build', SHOP_SPEC, '-o', 'out']);
    expect(project.read('out/Dockerfile')).toMatch(/^USER (?!root|0\b)/m);
    expect(project.read('out/docker-compose.yml')).toMatch(/\$\{POSTGRES_PASSWORD:\?/);
    expect(
      project
        .read('out/requirements.txt')
        .split('\n')
        .filter((line) => /^[a-z]/i.test(line) && !line.includes('==')),
    ).toEqual([]);
  });
});

test('the patterns are those that the shop starts with, by their purposes', () => {
  const text = readFileSync(repository('manifests/shop/app.yaml'), 'utf8');
  const project = shopProject();
  const list = project.json(['list'])['patterns'] as readonly {
    pattern_id: string;
    purpose: string;
    domain: string;
  }[];
  const purposes = Object.fromEntries(list.map((one) => [one.pattern_id, `${one.domain}: ${one.purpose}`]));
  expect(purposes).toMatchObject({
    dockerfile: 'infrastructure: Multi-stage Dockerfile for FastAPI Python apps',
    docker_compose: 'infrastructure: Full stack docker-compose with PostgreSQL',
    prometheus: 'infrastructure: Prometheus configuration for API metrics',
    requirements: 'infrastructure: Standard Python dependencies for FastAPI project',
    pyproject: 'infrastructure: Standard pyproject.toml configuration',
    env_example: 'infrastructure: Environment variables template',
    alembic_ini: 'infrastructure: Alembic configuration',
    config: 'configuration: Pydantic settings configuration',
    database: 'data_access: Async SQLAlchemy database setup',
    main: 'api: FastAPI application entry point',
    health_routes: 'api: Health check endpoints',
    base_repository: 'data_access: Generic async repository base class',
    alembic_env: 'data_access: Alembic migrations environment',
    alembic_script: 'data_access: Alembic migration script template',
  });
  expect(text).toContain('apiVersion: patterns/v1');
});
