import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shopProject, SHOP_SPEC } from '../support/project.ts';
import { repository } from '../support/repository.ts';

/** Written for the whole shop: `main` has its slots filled, `pyproject` other settings. */
const OWN = ['src/main.py', 'pyproject.toml'];

test('the core of the reference service is what the compiler generates', () => {
  const shop = shopProject();
  const created = shop.json(['build', SHOP_SPEC, '-o', 'out'])['created'] as readonly string[];
  const core = created.filter((path) => !OWN.includes(path));
  expect(core.length).toBe(12);
  for (const path of core) {
    expect(readFileSync(repository(`test/e2e/reference/shop/${path}`), 'utf8'), path).toBe(
      shop.read(`out/${path}`),
    );
  }
});
