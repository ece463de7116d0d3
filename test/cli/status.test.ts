import { expect, test } from 'vitest';
import { emptyProject, type TestProject } from '../support/project.ts';

const SPEC = 'app.yaml';

function project(): TestProject {
  const app = emptyProject();
  for (const version of ['1.0.0', '1.1.0']) app.publish('a', version, `a ${version}\n`);
  app.write(SPEC, 'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a.txt, pattern: a@^1 }]\n');
  return app;
}

function fresh(app: TestProject): unknown {
  const pins = app.json(['lock', SPEC, '--golden', `golden-${Math.random().toString(36).slice(2)}`])['pins'];
  return (pins as readonly { version: string }[])[0]?.version;
}

test.each([
  ['quarantine', '1.0.0'],
  ['yank', '1.0.0'],
  ['deprecate', '1.0.0'],
])('%s takes a version out of new resolutions, and no lock moves', (verb, next) => {
  const app = project();
  app.json(['build', SPEC, '-o', 'out']);
  expect(app.json([verb, 'a@1.1.0', '--reason', 'it broke'])).toMatchObject({
    from: 'production',
    reason: 'it broke',
  });
  expect(fresh(app)).toBe(next);
  expect(app.json(['build', SPEC, '-o', 'out', '--locked'])['pins']).toMatchObject([{ version: '1.1.0' }]);
  expect(app.json(['show', 'a@1.1.0'])['history']).toMatchObject([
    { from: null, to: 'production' },
    { from: 'production', reason: 'it broke' },
  ]);
});

test('a deprecated version answers where no other is left', () => {
  const app = project();
  app.json(['deprecate', 'a@1.1.0', '--reason', 'old']);
  app.json(['yank', 'a@1.0.0', '--reason', 'broken']);
  expect(fresh(app)).toBe('1.1.0');
});

test('a candidate is promoted, and what is quarantined comes back', () => {
  const app = project();
  app.writePattern('a', '1.2.0', 'a 1.2.0\n');
  app.json(['publish', 'patterns/a/1.2.0', '--candidate']);
  expect(fresh(app)).toBe('1.1.0');
  app.json(['promote', 'a@1.2.0', '--reason', 'tested']);
  expect(fresh(app)).toBe('1.2.0');
  app.json(['quarantine', 'a@1.2.0', '--reason', 'fails']);
  app.json(['promote', 'a@1.2.0', '--reason', 'mended']);
  expect(fresh(app)).toBe('1.2.0');
});

test('doctor warns of a withdrawn pin, and the build stands', () => {
  const app = project();
  app.json(['build', SPEC, '-o', 'out']);
  app.json(['yank', 'a@1.1.0', '--reason', 'leaks']);
  const checks = app.json(['doctor'])['checks'];
  expect(checks).toContainEqual(expect.objectContaining({ check: 'a@1.1.0', status: 'warning' }));
});

test('what is no exact version, no reason, or no allowed change is refused', () => {
  const app = project();
  expect(app.failure(['yank', 'a@^1', '--reason', 'x'])).toMatchObject({ status: 2, code: 'USAGE' });
  expect(app.failure(['yank', 'a@1.1.0', '--reason', ' '])).toMatchObject({ status: 2, code: 'USAGE' });
  expect(app.failure(['yank', 'a@1.1.0'])).toMatchObject({ status: 2, code: 'USAGE' });
  expect(app.failure(['promote', 'a@1.1.0', '--reason', 'x'])).toMatchObject({
    status: 2,
    code: 'STATUS_INVALID',
  });
  app.json(['yank', 'a@1.1.0', '--reason', 'x']);
  expect(app.failure(['promote', 'a@1.1.0', '--reason', 'x'])).toMatchObject({
    status: 2,
    code: 'STATUS_INVALID',
  });
});
