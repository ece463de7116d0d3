import { spawnSync } from 'node:child_process';
import { createTwoFilesPatch } from 'diff';
import { describe, expect, test } from 'vitest';
import { fakeModel, modelEnv } from '../support/fake-model.ts';
import { emptyProject, snapshot, type TestProject } from '../support/project.ts';
import { repository } from '../support/repository.ts';

const JUDGE = repository('test/support/judge.cjs');
const WORDS = { PATTERNS_EMBEDDER: 'none' };
const FAULTY = 'def load():\n    return 1 / 0\n\n\ndef name():\n    return "store"\n';
/** The body of a repair pattern whose patch makes another body of the faulty one. */
function repairTo(body: string): string {
  const patch = createTwoFilesPatch('a', 'b', FAULTY, body);
  return `${CONDITIONS}patch: ${JSON.stringify(patch.slice(patch.indexOf('--- ')))}\n`;
}

const CONDITIONS = `applies_to: { pattern_id: store, versions: ^1 }
error: { class: ZeroDivisionError, message: division }
`;
const REPAIR = repairTo(FAULTY.replace('1 / 0', '1 / 1'));
const SIGNATURE =
  'engine: none\nsignature: { purpose: Mend a ZeroDivisionError of the store, intent: repair, domain: test }\n';

/** A built app whose one pattern fails, and the report that says so. */
function failingApp(requirement = 'store@^1'): TestProject {
  const project = emptyProject();
  project.write(
    'app.yaml',
    `apiVersion: patterns/v1\nname: app\nfiles:\n  - { path: src/store.py, pattern: ${requirement} }\n`,
  );
  project.publish('store', '1.0.0', FAULTY);
  project.json(['build', 'app.yaml', '-o', 'out'], { env: WORDS });
  const run = spawnSync(JUDGE, [project.path('out'), project.path('report.json')], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return project;
}

const ARGS = ['repair', 'out', '--report', 'report.json', '--judge', JUDGE];

/** Everything but what is a log. */
function state(project: TestProject): Record<string, string> {
  const all = snapshot(project.root);
  return Object.fromEntries(
    Object.entries(all).filter(
      ([path]) => !/refused-answers|model-(?:answers|requests)|\.patterns\/cache/.test(path),
    ),
  );
}

describe('patterns repair', () => {
  test('mends by a repair pattern; the repaired build replays, and the candidate is published', () => {
    const project = failingApp();
    expect(project.publish('mend_store', '1.0.0', REPAIR, SIGNATURE).status).toBe(0);
    const report = project.json(ARGS, { env: WORDS });
    expect(report).toMatchObject({
      repaired: true,
      attempts: [
        {
          pattern: 'store@1.0.0',
          place: 'src/store.py:2',
          tried: [{ by: 'mend_store@1.0.0', candidate: 'store@1.0.1', outcome: 'kept' }],
          repaired: 'store@1.0.1',
        },
      ],
    });
    expect(project.read('out/src/store.py')).toContain('return 1 / 1');
    expect(project.json(['replay', 'out/generation_manifest.json'])).toMatchObject({ identical: true });
    expect(project.run(['verify', 'out', '--strict']).status).toBe(0);
    expect(project.run(['build', 'app.yaml', '-o', 'out', '--locked']).status).toBe(0);
    expect(project.json(['show', 'store@1.0.1'])).toMatchObject({
      status: 'candidate',
      derived_from: ['store@1.0.0', 'mend_store@1.0.0'],
    });
    expect(JSON.stringify(project.json(['why', 'out/src/store.py:2']))).toContain(
      'repaired: mend_store@1.0.0',
    );
    expect(project.run(['graph', 'store']).stdout).toMatch(/^mend_store@1\.0\.0.*\n {2}store@1\.0\.1/m);
    expect(project.has('.patterns/repair')).toBe(false);
  });

  test('--dry-run shows the patch and changes nothing', () => {
    const project = failingApp();
    project.publish('mend_store', '1.0.0', REPAIR, SIGNATURE);
    const before = state(project);
    const { stdout, status } = project.run([...ARGS, '--dry-run'], { env: WORDS });
    expect(status).toBe(0);
    expect(stdout).toContain('planned store@1.0.1 (by mend_store@1.0.0)');
    expect(stdout).toContain('+    return 1 / 1');
    expect(state(project)).toEqual(before);
  });

  const UNFIT: readonly (readonly [string, string])[] = [
    ['breaks something else', repairTo(FAULTY.replace('1 / 0', '1').replace('"store"', '1 / 0'))],
    ['does not help', repairTo(FAULTY.replace('1 / 0', '2 / 0'))],
    ['cannot be parsed', repairTo(FAULTY.replace('1 / 0', '{% nothing %}'))],
    ['does not apply', REPAIR.replace('return 1 / 0', 'return 7')],
    ['is for another error', REPAIR.replace('class: ZeroDivisionError', 'class: KeyError')],
    ['is for another version', REPAIR.replace('versions: ^1', 'versions: ^2')],
    ['is no repair', 'mend: it\n'],
    ['names a version that is not there', 'applies_to: { pattern_id: store }\nuse: 9.9.9\n'],
  ];

  test.each(UNFIT)('a repair that %s leaves everything as it was', (_, body) => {
    const project = failingApp();
    expect(project.publish('mend_store', '1.0.0', body, SIGNATURE).status).toBe(0);
    const before = state(project);
    const run = project.runHere([...ARGS, '--json'], { env: WORDS });
    expect([run.status, run.stderr.includes('bug')]).toEqual([1, false]);
    expect(JSON.parse(run.stdout)).toMatchObject({ repaired: false, repaired_generation: null });
    expect(state(project)).toEqual(before);
  });

  test('takes another version where a repair pattern says so', () => {
    const project = failingApp();
    project.publish('store', '1.0.5', FAULTY.replace('1 / 0', '5'));
    project.publish(
      'use_newer',
      '1.0.0',
      'applies_to: { pattern_id: store, versions: <1.0.5 }\nuse: 1.0.5\n',
      SIGNATURE,
    );
    expect(project.json(ARGS, { env: WORDS })).toMatchObject({ attempts: [{ repaired: 'store@1.0.5' }] });
    expect(project.read('golden/app.lock')).toContain('"version":"1.0.5"');
    expect(project.json(['show', 'store@1.0.5'])).toMatchObject({ status: 'production' });
  });

  test('by a language model, which is told what the judge found; the result replays with no call', async () => {
    const project = failingApp();
    const mended = FAULTY.replace('1 / 0', '1');
    const answers = [FAULTY.replace('1 / 0', '2 / 0'), mended].map((body) => JSON.stringify({ body }));
    const model = await fakeModel(project, answers);
    const env = modelEnv(model);
    expect(project.json(ARGS, { env })).toMatchObject({
      repaired: true,
      attempts: [{ tried: [{ by: 'openai fake', candidate: 'store@1.0.1', outcome: 'kept' }] }],
    });
    expect(JSON.stringify(model.requests()[1]?.body)).toContain('POST /load (valid) is failed still');
    await model.stop();
    expect(project.json(['replay', 'out/generation_manifest.json'], { env })).toMatchObject({
      identical: true,
      tiers: { llm: 1 },
    });
    expect(project.run(['build', 'app.yaml', '-o', 'out', '--locked'], { env }).status).toBe(0);
    expect(model.requests()).toHaveLength(2);
    expect(project.json(['show', 'store@1.0.1'])).toMatchObject({
      derived_from: ['store@1.0.0'],
      status: 'candidate',
    });
  });

  test('a model that never mends it leaves everything as it was', async () => {
    const project = failingApp();
    const model = await fakeModel(project, [JSON.stringify({ body: FAULTY }), 'no']);
    const before = state(project);
    const run = project.run([...ARGS, '--json'], { env: modelEnv(model) });
    expect(run.status).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({
      attempts: [{ tried: [{ outcome: 'refused' }], repaired: null }],
    });
    expect(state(project)).toEqual(before);
  });

  test('refuses an exact requirement, a lock that moved on, an edited tree, and a judge that is none', () => {
    const exact = failingApp('store@1.0.0');
    exact.publish('mend_store', '1.0.0', REPAIR, SIGNATURE);
    expect(JSON.parse(exact.run([...ARGS, '--json'], { env: WORDS }).stdout)).toMatchObject({
      attempts: [{ tried: [{ outcome: 'refused', reason: expect.stringContaining('does not let') }] }],
    });
    const project = failingApp();
    project.publish('mend_store', '1.0.0', REPAIR, SIGNATURE);
    expect(project.failure(['repair', 'out', '--report', 'report.json'])).toMatchObject({
      status: 2,
      code: 'FILE_NOT_FOUND',
    });
    const judge = (program: string) => ['repair', 'out', '--report', 'report.json', '--judge', program];
    expect(project.failure(judge('nothing-here'), { env: WORDS })).toMatchObject({
      status: 3,
      code: 'IO_FAILED',
    });
    expect(project.run(judge('/bin/true'), { env: WORDS }).status).toBe(1);
    const lock = project.read('golden/app.lock');
    project.publish('store', '1.2.0', FAULTY);
    project.json(['lock', 'app.yaml', '--update'], { env: WORDS });
    expect(project.failure(ARGS, { env: WORDS })).toMatchObject({ status: 1, code: 'LOCK_STALE' });
    project.write('golden/app.lock', lock);
    project.write('out/src/store.py', `${FAULTY}# mine\n`);
    expect(project.failure(ARGS, { env: WORDS })).toMatchObject({ status: 1, code: 'OUTPUT_EDITED' });
    expect(project.read('golden/app.lock')).toBe(lock);
  });
});
