import { cpSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../../src/commands/build.ts';
import { workspaceOf } from '../support/workspace.ts';
import { packEvidence } from '../../src/commands/evidence-pack.ts';
import { importOpenApi } from '../../src/commands/import-openapi.ts';
import { lock } from '../../src/commands/lock.ts';
import { replay } from '../../src/commands/replay.ts';
import { seed } from '../../src/commands/seed.ts';
import type { Workspace } from '../../src/commands/workspace.ts';
import { createHost } from '../../src/host/host.ts';
import { inAnotherWorld } from '../support/poison.ts';
import { emptyProject, snapshot, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';

/** Locks, builds and replays a spec from nothing, and tells every byte of it. */
async function generation(spec: string, salt: number) {
  const project = emptyProject();
  cpSync(repository('manifests'), project.path('manifests'), { recursive: true });
  const { result, asked } = await inAnotherWorld(salt, async () => {
    const workspace = workspaceOf(project, createHost('1700000000'), 'offline');
    const locked = await lock(workspace, project.path(spec), {
      update: { kind: 'keep' },
      mode: 'write',
      bank: 'optional',
      release: undefined,
    });
    const output = project.path('out');
    const built = await build(workspace, {
      spec: project.path(spec),
      output,
      lock: 'locked',
      bank: 'optional',
      write: 'write',
      edits: 'keep',
      diff: 'none',
    });
    const replayed = replay(workspace, {
      source: project.path('out/generation_manifest.json'),
      spec: undefined,
      output: undefined,
      expect: undefined,
      edits: 'keep',
    });
    await workspace.bank.close();
    return { pins: locked.pins, digest: built.output_digest, identical: replayed.identical };
  });
  return {
    result,
    asked,
    bytes: { out: snapshot(project.path('out')), golden: snapshot(project.path('golden')) },
  };
}

/** LiquidJS looks at the time to stop a template that renders for too long, which is an error and never another output. */
function isOfNote(name: string): boolean {
  return !name.startsWith('env.') && name !== 'performance.now';
}

/** What a command makes in a project, in another world. */
async function made(
  salt: number,
  prepare: (project: TestProject) => void,
  act: (workspace: Workspace, project: TestProject) => unknown,
) {
  const project = emptyProject();
  prepare(project);
  const { asked } = await inAnotherWorld(salt, async () => {
    const workspace = workspaceOf(project, createHost('1700000000'), 'offline');
    await act(workspace, project);
    await workspace.bank.close();
  });
  return { asked: asked.filter(isOfNote), bytes: snapshot(project.root) };
}

const CONTRACT = repository('test/contract-locks/0.1.0-features');
const PETS = `openapi: 3.1.0
info: { title: Pets, version: 1.0.0 }
paths:
  /pets:
    get: { operationId: listPets, responses: { "200": { description: ok, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Pet" } } } } } } }
    post: { operationId: addPet, requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }, responses: { "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } } } }
components:
  schemas:
    Pet: { type: object, required: [id, name], properties: { id: { type: string, format: uuid }, name: { type: string }, born: { type: string, format: date } } }
`;

const CASES: readonly (readonly [
  string,
  (project: TestProject) => void,
  (workspace: Workspace, project: TestProject) => unknown,
])[] = [
  [
    'a lock of an earlier release, replayed',
    (project) => {
      cpSync(CONTRACT, project.root, { recursive: true });
    },
    (workspace, project) =>
      replay(workspace, {
        source: project.path('generation_manifest.json'),
        spec: undefined,
        output: project.path('out'),
        expect: undefined,
        edits: 'keep',
      }),
  ],
  [
    'an imported OpenAPI document, built',
    (project) => {
      project.write('api.yaml', PETS);
    },
    async (workspace, project) => {
      importOpenApi(workspace, project.path('api.yaml'), project.path('spec.yaml'));
      await build(workspace, {
        spec: project.path('spec.yaml'),
        output: project.path('out'),
        lock: 'complete',
        bank: 'optional',
        write: 'write',
        edits: 'keep',
        diff: 'none',
      });
    },
  ],
  [
    'the seed data of the clinic',
    (project) => {
      cpSync(repository('manifests'), project.path('manifests'), { recursive: true });
    },
    async (workspace, project) => {
      const { entities } = await seed(workspace, {
        spec: project.path('manifests/clinic/app.yaml'),
        rows: undefined,
      });
      project.write('seed.json', JSON.stringify(entities));
    },
  ],
  [
    'the evidence package of the shop core',
    (project) => {
      cpSync(repository('manifests'), project.path('manifests'), { recursive: true });
    },
    async (workspace, project) => {
      const spec = project.path('manifests/shop/core.yaml');
      const output = project.path('out');
      await build(workspace, {
        spec,
        output,
        lock: 'complete',
        bank: 'optional',
        write: 'write',
        edits: 'keep',
        diff: 'none',
      });
      packEvidence(workspace, {
        folder: output,
        archive: project.path('core.tar'),
        reports: [],
        key: undefined,
        privateTexts: [],
        version: '0.1.0',
      });
    },
  ],
];

// Draws a seed of its own when it is loaded, which the seed data do not use; a world begins later.
beforeAll(() => import('@faker-js/faker/locale/en'));

describe('what else is committed or handed on', () => {
  test.each(CASES)('%s has the same bytes', async (_, prepare, act) => {
    const one = await made(3, prepare, act);
    const other = await made(58, prepare, act);
    expect(Object.keys(one.bytes).length).toBeGreaterThan(2);
    expect(other.bytes).toEqual(one.bytes);
    expect([...one.asked, ...other.asked]).toEqual([]);
  });
});

describe('in worlds that differ in clock, randomness, locale, order of folders and answers, machine and environment', () => {
  test.each(['manifests/shop/core.yaml', 'manifests/shop/app.yaml', 'manifests/clinic/app.yaml'])(
    '%s has the same bytes',
    async (spec) => {
      const one = await generation(spec, 3);
      const other = await generation(spec, 58);
      expect(one.result.identical).toBe(true);
      expect(other.bytes).toEqual(one.bytes);
      expect(other.result).toEqual(one.result);
      // Neither is anything of it asked for, so that no rare path can let it in.
      expect([...one.asked, ...other.asked].filter(isOfNote)).toEqual([]);
      expect(one.asked.filter((name) => /LANG|LC_|TZ|HOME|USER|PATTERNS/.test(name))).toEqual([]);
    },
  );

  test('the harness sees who asks', async () => {
    const { result, asked } = await inAnotherWorld(3, async () => [
      Math.random(),
      new Date().getTime(),
      'a'.localeCompare('b'),
      [1234.5].toLocaleString(),
      performance.now(),
      process.env['TZ'],
      attempt(() => Intl.NumberFormat),
      await new Promise((resolve) => setImmediate(resolve)),
    ]);
    const locale = new Error('no locale is asked for');
    expect(result).toEqual([3 / 97, 3 * 86_400_000 * 400, -1, 'locale 3', 3, 'poison 3', locale, undefined]);
    expect(asked).toEqual([
      'Array.toLocaleString',
      'Intl.NumberFormat',
      'Math.random',
      'env.TZ',
      'localeCompare',
      'new Date()',
      'performance.now',
      'setImmediate',
    ]);
  });
});

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (cause) {
    return cause;
  }
}
