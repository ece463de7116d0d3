import { expect, test } from 'vitest';
import { shopProject, SHOP_SPEC } from '../support/project.ts';

// Most tests run commands in a thread that outlasts them. That shows what a process shows only if it says the same.

const OFF = { env: { PATTERNS_EMBEDDER: 'none' } };
const DOWN = { env: { ...OFF.env, PATTERNS_BANK_URL: 'qdrant+http://127.0.0.1:3' } };

test('a command in the thread says what a process says, and ends as it does, one after the other', () => {
  const shop = shopProject();
  shop.runHere(['build', SHOP_SPEC, '-o', 'out']);
  shop.runHere(['evidence', 'keygen', 'signer']);
  shop.write('out/notes.txt', 'mine');
  shop.write('queries.jsonl', '{"query": "Dockerfile", "expect": "dockerfile"}\n');
  const cases = [
    [['--help'], 0],
    [['build', SHOP_SPEC, '-o', 'out'], 0],
    [['build', SHOP_SPEC, '-o', 'out', '--json'], 0, DOWN],
    [['search', 'Dockerfile', '--json'], 0, OFF],
    [['search', 'Dockerfile', '--explain'], 0],
    [['verify', 'out', '--strict'], 1],
    [['build', 'none.yaml', '-o', 'out'], 2],
    [['search', 'x', '--top-k', 'many', '--json'], 2],
    [['frobnicate'], 2],
    [['lock', SHOP_SPEC, '--update', '--require-bank'], 3, DOWN],
    [['yank', 'dockerfile@1.0.0', '--reason', 'x'], 2, { env: { SOURCE_DATE_EPOCH: 'yesterday' } }],
    [['show', 'dockerfile'], 0, { cwd: shop.path('out') }],
    [['eval', 'queries.jsonl', '--json'], 0, OFF],
    [['seed', 'manifests/shop/app.yaml', '--json'], 0],
    [['import', 'openapi', 'none.yaml', '-o', 'app.yaml'], 2],
    [['quarantine', 'none@1.0.0', '--reason', 'x'], 2],
    [['promote', 'none@1.0.0', '--reason', 'x'], 2],
    [['deprecate', 'none@1.0.0', '--reason', 'x'], 2],
  ] as const;
  for (const [args, status, options] of cases) {
    const here = shop.runHere(args, options);
    expect(here, args.join(' ')).toEqual(shop.run(args, options));
    expect(here.status, args.join(' ')).toBe(status);
  }
}, 60_000);

test('a command that asks for a Node, a shell or a time zone of its own gets a process', () => {
  const shop = shopProject();
  const preload = ['--require', shop.path('told.cjs')];
  shop.write(
    'told.cjs',
    `require('node:fs').writeFileSync(${JSON.stringify(shop.path('told'))}, process.env.TZ ?? '')`,
  );
  shop.json(['list'], { through: [process.execPath, ...preload] });
  expect(shop.has('told')).toBe(true);
  shop.json(['list'], { env: { TZ: 'Asia/Kathmandu', NODE_OPTIONS: preload.join(' ') } });
  expect(shop.read('told')).toBe('Asia/Kathmandu');
});
