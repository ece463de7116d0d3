// Time and memory of `patterns import openapi` on a document of 10 MB, against parsing it with the `yaml` package alone.
// `node bench/import.mjs [megabytes]`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../dist/bin/patterns.js', import.meta.url));
const megabytes = Number(process.argv[2] ?? 10);
const folder = mkdtempSync(join(tmpdir(), 'patterns-bench-import-'));

/** @param {unknown} schema */
const json = (schema) => ({ 'application/json': { schema } });

/** @param {number} resources */
function document(resources) {
  /** @type {Record<string, unknown>} */
  const paths = {};
  /** @type {Record<string, unknown>} */
  const schemas = {};
  for (let i = 0; i < resources; i++) {
    const name = `Thing${i}`;
    const one = { $ref: `#/components/schemas/${name}` };
    const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } };
    schemas[name] = {
      type: 'object',
      required: ['id', 'name'],
      properties: {
        id: { type: 'integer' },
        name: { type: 'string', maxLength: 100, description: `The name of thing ${i}, as people call it.` },
        next: { $ref: `#/components/schemas/Thing${(i + 1) % resources}` },
        tags: { type: 'array', items: { type: 'string' } },
      },
    };
    paths[`/things${i}`] = {
      get: {
        operationId: `list${i}`,
        responses: { 200: { description: 'ok', content: json({ type: 'array', items: one }) } },
      },
      post: {
        operationId: `add${i}`,
        requestBody: { content: json(one) },
        responses: { 201: { description: 'made', content: json(one) } },
      },
    };
    paths[`/things${i}/{id}`] = {
      parameters: [id],
      get: { operationId: `get${i}`, responses: { 200: { description: 'ok', content: json(one) } } },
      delete: { operationId: `delete${i}`, responses: { 204: { description: 'gone' } } },
    };
  }
  return JSON.stringify(
    { openapi: '3.0.3', info: { title: 'Large', version: '1.0.0' }, paths, components: { schemas } },
    null,
    2,
  );
}

/**
 * Seconds and the peak of memory in megabytes.
 * @param {string[]} args
 */
async function measured(args) {
  const started = process.hrtime.bigint();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: folder });
  let peak = 0;
  const timer = setInterval(() => {
    const status = existsSync(`/proc/${child.pid}/status`)
      ? readFileSync(`/proc/${child.pid}/status`, 'utf8')
      : '';
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 50);
  const [code] = await once(child, 'exit');
  clearInterval(timer);
  if (code !== 0) throw new Error(`exited ${code}`);
  return { seconds: Number(process.hrtime.bigint() - started) / 1e9, megabytes: peak / 1024 };
}

try {
  const probe = document(100).length / 100;
  const text = document(Math.round((megabytes * 1e6) / probe));
  const file = join(folder, 'large.json');
  writeFileSync(file, text);
  const parse = `const { parseDocument } = require(${JSON.stringify(fileURLToPath(new URL('../node_modules/yaml/dist/index.js', import.meta.url)))}); parseDocument(require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8'))`;
  const alone = await measured(['-e', parse]);
  const whole = await measured([cli, 'import', 'openapi', file, '-o', join(folder, 'spec.yaml')]);
  const size = (statSync(file).size / 1e6).toFixed(1);
  console.log(`\n## Import of an OpenAPI document of ${size} MB (yardstick: the yaml package reads it)\n`);
  console.log('| | seconds | peak MB |\n|---|---|---|');
  for (const [what, { seconds, megabytes: peak }] of Object.entries({ 'yaml alone': alone, import: whole }))
    console.log(`| ${what} | ${seconds.toFixed(1)} | ${peak.toFixed(0)} |`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
