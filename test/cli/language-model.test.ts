import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { emptyProject, snapshot, type TestProject } from '../support/project.ts';
import { fakeModel, modelEnv } from '../support/fake-model.ts';

const SPEC = `apiVersion: patterns/v1
name: app
files:
  - path: src/retry.py
    need: { purpose: Retry a coroutine with exponential backoff, domain: resilience, facets: { language: python } }
    with: { attempts: 3 }
`;
const BODY = 'ATTEMPTS = {{ attempts }}\n\n\nasync def retry(call):\n    return await call()\n';
const ATTEMPTS = { attempts: { type: 'integer', default: 5 } };
const GOOD = JSON.stringify({ body: BODY, variables: ATTEMPTS });

function project(spec = SPEC): TestProject {
  const made = emptyProject();
  made.write('app.yaml', spec);
  made.publish(
    'logging',
    '1.0.0',
    'import logging\n',
    'signature: { purpose: Structured logging, intent: create, domain: core }\n',
  );
  return made;
}

describe('the tier of the language model', () => {
  test.each(['openai', 'anthropic'] as const)(
    'by %s: asked once, frozen, and replayed with the server stopped and no call made',
    async (provider) => {
      const app = project();
      const model = await fakeModel(app, ['```json\n' + GOOD + '\n```']);
      const env = modelEnv(model, provider);
      const built = app.json(['build', 'app.yaml', '-o', 'out'], { env });
      expect(built).toMatchObject({ tiers: { llm: 1, bank: 0 } });
      expect(app.read('out/src/retry.py')).toContain('ATTEMPTS = 3\n');
      const [pin] = built['pins'] as { pattern_id: string; version: string }[];
      expect(pin?.pattern_id).toMatch(/^retry-a-coroutine-with-exponential-backoff-[0-9a-f]{8}$/);
      expect(pin?.version).toBe('0.1.0');
      const [request] = model.requests();
      expect(JSON.stringify(request?.body)).toContain('Retry a coroutine with exponential backoff');
      await model.stop();
      const before = snapshot(app.path('out'));
      expect(app.run(['build', 'app.yaml', '-o', 'out', '--locked'], { env }).status).toBe(0);
      expect(app.json(['replay', 'out/generation_manifest.json'], { env })).toMatchObject({
        identical: true,
      });
      app.write('other.yaml', SPEC.replace('name: app', 'name: other'));
      expect(app.json(['build', 'other.yaml', '-o', 'other'], { env })).toMatchObject({ tiers: { llm: 1 } });
      expect(snapshot(app.path('out'))).toEqual(before);
      expect(model.requests()).toHaveLength(1);
      const why = JSON.stringify(app.json(['why', 'out/src/retry.py:1']));
      expect(why).toContain(`${provider} fake wrote it, in 1 attempts`);
      app.remove('model-requests.jsonl');
      const holding = Object.entries(snapshot(app.root)).filter(([, hex]) =>
        Buffer.from(hex, 'hex').includes('a-key-that-nobody-may-see'),
      );
      expect(holding).toEqual([]);
    },
  );

  test('keeps model, parameters, and the digests of prompt and answer beside the frozen pattern, and both texts', async () => {
    const app = project();
    const model = await fakeModel(app, [GOOD]);
    app.json(['build', 'app.yaml', '-o', 'out'], { env: modelEnv(model) });
    const blobs = Object.values(snapshot(app.path('golden/blobs'))).map((hex) =>
      Buffer.from(hex, 'hex').toString(),
    );
    const record = blobs.find((text) => text.includes('"origin"'));
    expect(JSON.parse(record ?? '')).toMatchObject({
      origin: {
        kind: 'llm',
        provider: 'openai',
        model: 'fake',
        parameters: { max_tokens: 8000 },
        attempts: 1,
      },
    });
    expect(blobs).toContain(GOOD);
    expect(blobs.filter((text) => text.startsWith('{"instructions"'))).toHaveLength(1);
  });

  test('is offered to the bank as a candidate, at once or when the bank is back', async () => {
    const app = project();
    const model = await fakeModel(app, [GOOD]);
    const env = modelEnv(model);
    app.json(['lock', 'app.yaml'], { env: { ...env, USE_PATTERN_BANK_TEMPLATES: 'false' } });
    const [waiting = ''] = readdirSync(app.path('.patterns/outbox/candidates'));
    expect(waiting).toMatch(/^retry-.*@0\.1\.0\.json$/);
    expect(JSON.stringify(app.json(['list']))).not.toContain('retry-');
    app.write('other.yaml', SPEC.replace('name: app', 'name: other'));
    app.json(['lock', 'other.yaml'], { env });
    expect(readdirSync(app.path('.patterns/outbox/candidates'))).toEqual([]);
    const { patterns } = app.json(['list']) as { patterns: { pattern_id: string; status: string }[] };
    expect(patterns.filter((one) => one.status === 'candidate').map((one) => one.pattern_id)).toHaveLength(1);
  });

  test('is told what was wrong, and may try again', async () => {
    const app = project();
    const model = await fakeModel(app, [
      'I would rather talk.',
      JSON.stringify({ body: '{{ nothing }}\n', variables: ATTEMPTS }),
      GOOD,
    ]);
    expect(app.json(['lock', 'app.yaml'], { env: modelEnv(model) })).toMatchObject({ tiers: { llm: 1 } });
    const last = JSON.stringify(model.requests().at(-1)?.body);
    expect(last).toContain('no JSON object');
    expect(last).toContain('undefined variable: nothing');
  });

  const HOSTILE: readonly (readonly [string, string, RegExp])[] = [
    ['a path of its own', JSON.stringify({ body: 'x = 1\n', path: '../../.bashrc' }), /unknown key `path`/],
    ['a file from the disk', JSON.stringify({ body: "{% include '../../../etc/passwd' %}" }), /include/],
    [
      'an endless loop',
      JSON.stringify({
        body: '{% for i in (1..100000000) %}{% for j in (1..100000000) %}x{% endfor %}{% endfor %}',
        variables: ATTEMPTS,
      }),
      /limit|too many|too much|steps/i,
    ],
    ['ten megabytes', 'REPEAT 10000000', /more than 1048576 bytes/],
    ['half a megabyte', 'REPEAT 500000', /has 500000 characters/],
    [
      'another language',
      JSON.stringify({
        body: 'function f() { return 1; }\n',
        variables: { attempts: { type: 'integer', default: 1 } },
      }),
      /no Python/,
    ],
    ['its instructions', 'LEAK', /repeats the instructions|no JSON object|unknown key|must be/],
    ['a key', JSON.stringify({ body: `KEY = "AKIA${'A'.repeat(16)}"\n` }), /looks like a secret/],
    ['nothing', '', /no JSON object/],
  ];

  test.each(HOSTILE)(
    '%s is refused and recorded, and nothing is frozen',
    async (_, answer, reason) => {
      const app = project();
      const model = await fakeModel(app, [answer]);
      const failed = app.failure(['build', 'app.yaml', '-o', 'out'], { env: modelEnv(model) });
      expect(failed).toMatchObject({ status: 2, code: 'MODEL_REFUSED' });
      expect(failed.message).toMatch(reason);
      const lines = app.read('.patterns/refused-answers.jsonl').trim().split('\n');
      expect(lines).toHaveLength(3);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ provider: 'openai', model: 'fake' });
      expect(app.has('golden/app.lock')).toBe(false);
      expect(app.has('out')).toBe(false);
    },
    60_000,
  );

  test('a leak of the mark inside of a body that would pass', async () => {
    const app = project();
    // The mark is in the request, so the server can repeat it: here by echoing the whole request as a comment.
    const model = await fakeModel(app, [GOOD]);
    app.json(['lock', 'app.yaml'], { env: modelEnv(model) });
    const mark = /never to be repeated: (k[0-9a-f]{20})/.exec(JSON.stringify(model.requests()[0]?.body))?.[1];
    const other = project();
    const leaking = await fakeModel(other, [GOOD.replace('ATTEMPTS =', `# ${mark}\\nATTEMPTS =`)]);
    expect(other.failure(['lock', 'app.yaml'], { env: modelEnv(leaking) }).message).toContain(
      'repeats the instructions',
    );
  });

  test('is off unless configured and allowed, and errors of the environment are told apart', async () => {
    const app = project();
    const model = await fakeModel(app, ['STATUS 500']);
    const env = modelEnv(model);
    const refusal = (settings: Record<string, string>, ...args: string[]) =>
      app.failure(['build', 'app.yaml', '-o', 'out', ...args], { env: settings });
    expect(refusal({ PATTERNS_EMBEDDER: 'none' })).toMatchObject({ code: 'NEED_UNANSWERED' });
    expect(refusal({ PATTERNS_EMBEDDER: 'none' }).hint).toContain('no language model is configured');
    expect(refusal({ ...env, PATTERNS_LLM: 'off' }).hint).toContain('PATTERNS_LLM is off');
    expect(refusal(env, '--offline').hint).toContain('--offline was given');
    app.write('patterns.config.yaml', 'policy: { tiers: [golden, bank, static] }\n');
    expect(refusal(env).hint).toContain('the policy leaves the tier out');
    app.write('patterns.config.yaml', 'policy: { min_test_coverage: 0.5 }\n');
    expect(refusal(env).hint).toContain('a test coverage');
    expect(model.requests()).toHaveLength(0);
    app.write(
      'patterns.config.yaml',
      'llm: { provider: openai, model: fake, attempts: 1, timeout_ms: 5000 }\n',
    );
    expect(refusal(env)).toMatchObject({ status: 3, code: 'MODEL_UNAVAILABLE' });
    await model.stop();
    expect(refusal(env)).toMatchObject({ status: 3, code: 'MODEL_UNAVAILABLE' });
    expect(refusal({ ...env, PATTERNS_LLM: 'clippy:1' })).toMatchObject({ status: 2, code: 'USAGE' });
    app.write('patterns.config.yaml', 'lmm: {}\n');
    expect(refusal(env)).toMatchObject({ status: 2, code: 'CONFIG_INVALID' });
  }, 60_000);
});
