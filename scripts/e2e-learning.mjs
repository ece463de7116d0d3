// The learning loop on the whole shop: a fault is planted in a new version of one pattern; the smoke test fails, feedback
// blames that version and no other until a fresh resolution avoids it, the locked shop does not move; then a repair pattern
// of the bank mends the faulty build, and the mended build replays.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';

const FAULTY_ID = 'service_add_child';

const expect = (/** @type {string} */ what, /** @type {boolean} */ holds) => {
  if (!holds) throw new Error(`the learning loop: not so: ${what}`);
  console.log(`ok     ${what}`);
};

/**
 * @param {{
 *   repository: string,
 *   scratch: string,
 *   patterns: (args: string[], options: { cwd: string, env?: Record<string, string>, fails?: boolean }) => string,
 *   createDatabase: (name: string) => string,
 *   step: (title: string) => void,
 * }} tools
 */
export function learning({ repository, scratch, patterns, createDatabase, step }) {
  const cwd = join(scratch, 'learning');
  mkdirSync(join(cwd, 'golden'), { recursive: true });
  cpSync(join(repository, 'manifests'), join(cwd, 'manifests'), { recursive: true });
  const spec = 'manifests/shop/app.yaml';
  let databases = 0;
  const smoke = (/** @type {string} */ tree) => {
    const env = { DATABASE_URL: createDatabase(`learning_${++databases}`) };
    patterns(['smoke', tree, '--report', `report-${databases}.json`], { cwd, env, fails: true });
    return JSON.parse(readFileSync(join(cwd, `report-${databases}.json`), 'utf8'));
  };
  const json = (/** @type {string[]} */ args) => JSON.parse(patterns([...args, '--json'], { cwd }));

  step('learning: a fault in a new version');
  json(['migrate']);
  const locked = json(['build', spec, '-o', 'locked']).output_digest;
  expect('the shop passes its smoke test', smoke('locked').verdict === 'passed');
  json(['feedback', 'report-1.json', '--tree', 'locked']);
  const source = join(repository, `templates/${FAULTY_ID}/1.0.0`);
  const body = 'add_child.py.liquid';
  const good = readFileSync(join(source, body), 'utf8');
  const marker = '    await self.session.commit()\n';
  const faulty = good.replace(marker, `    _ = 1 / 0\n${marker}`);
  const folder = join(cwd, 'next');
  cpSync(source, folder, { recursive: true });
  const document = readFileSync(join(folder, 'pattern.yaml'), 'utf8');
  writeFileSync(
    join(folder, 'pattern.yaml'),
    `${document.replace('version: 1.0.0', 'version: 1.1.0')}derived_from: ["${FAULTY_ID}@1.0.0"]\n`,
  );
  writeFileSync(join(folder, body), faulty);
  json(['publish', 'next']);
  json(['build', spec, '-o', 'faulty', '--golden', 'faulty-golden']);
  let reports = 0;
  let changed = [];
  while (changed.length === 0 && reports < 5) {
    reports += 1;
    const report = smoke('faulty');
    expect(`smoke test ${reports} of the faulty shop fails`, report.verdict === 'failed');
    const answer = json(['feedback', `report-${databases}.json`, '--tree', 'faulty']);
    const blamed = answer.reports.flatMap((/** @type {any} */ one) =>
      one.failed.map((/** @type {any} */ each) => each.pattern),
    );
    expect(
      'it blames that version and no other',
      blamed.every((/** @type {string} */ one) => one === `${FAULTY_ID}@1.1.0`) && blamed.length > 0,
    );
    changed = answer.changed;
  }
  expect(`after ${reports} failures it is ${changed[0]?.to}`, changed[0]?.to === 'quarantined');
  const fresh = json(['build', spec, '-o', 'fresh', '--golden', 'fresh-golden']);
  const pin = fresh.pins.find((/** @type {{ pattern_id: string }} */ one) => one.pattern_id === FAULTY_ID);
  expect('a fresh resolution avoids it', pin.version === '1.0.0');
  expect(
    'the locked shop did not move',
    json(['build', spec, '-o', 'locked', '--locked']).output_digest === locked,
  );

  step('learning: a repair pattern mends the faulty shop');
  const patch = createTwoFilesPatch('a', 'b', faulty, good);
  mkdirSync(join(cwd, 'repair'));
  writeFileSync(
    join(cwd, 'repair/pattern.yaml'),
    `pattern_id: mend_${FAULTY_ID}\nversion: 1.0.0\nengine: none\nbody: repair.yaml\nsignature: { purpose: Mend a ZeroDivisionError of a service that adds a child, intent: repair, domain: business_logic }\nquality: { success_rate: 0.9, test_coverage: 0.9, security_level: STANDARD, observability_complete: true, docker_ready: false }\n`,
  );
  writeFileSync(
    join(cwd, 'repair/repair.yaml'),
    `applies_to: { pattern_id: ${FAULTY_ID}, versions: ^1 }\nerror: { class: ZeroDivisionError, message: division }\npatch: ${JSON.stringify(patch.slice(patch.indexOf('--- ')))}\n`,
  );
  json(['publish', 'repair']);
  const env = { DATABASE_URL: createDatabase('learning_repair') };
  const repaired = JSON.parse(
    patterns(
      ['repair', 'faulty', '--report', `report-${databases}.json`, '--golden', 'faulty-golden', '--json'],
      { cwd, env },
    ),
  );
  expect('the repair is kept', repaired.repaired === true);
  expect('the repaired shop passes its smoke test', smoke('faulty').verdict === 'passed');
  const replayed = json(['replay', 'faulty/generation_manifest.json', '--golden', 'faulty-golden']);
  expect('the repaired shop replays', replayed.identical === true);
}
