#!/usr/bin/env node
// Tests a tree like the smoke test would, by running its Python: `judge <tree> <report>`. Two operations: `POST /load` calls
// src.store.load(), `GET /name` calls src.store.name().
const { createHash } = require('node:crypto');
const { spawnSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const [, , tree, target] = process.argv;
const manifest = JSON.parse(readFileSync(join(tree, 'generation_manifest.json'), 'utf8'));

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${entries.join(',')}}`;
}

function call(name) {
  const run = spawnSync('python3', ['-B', '-c', `from src import store\nstore.${name}()`], {
    cwd: tree,
    encoding: 'utf8',
  });
  const status = run.status === 0 ? 200 : 500;
  const passed = { case: 'valid', status, expected: [200], verdict: 'passed', duration_ms: 1 };
  if (run.status === 0) return passed;
  const frames = [...run.stderr.matchAll(/File "([^"]+)", line (\d+)/g)].flatMap(([, file, line]) => {
    const path = file.includes('src/') ? file.slice(file.indexOf('src/')) : undefined;
    return path === undefined ? [] : [{ path, line: Number(line) }];
  });
  const [, kind = 'Error', message = ''] =
    /^(\w+)(?:: (.*))?$/.exec(run.stderr.trim().split('\n').at(-1)) ?? [];
  return { ...passed, verdict: 'failed', error: { class: kind, message, frames } };
}

const operations = [
  { name: 'load', method: 'POST', path: '/load', calls: [call('load')] },
  { name: 'name', method: 'GET', path: '/name', calls: [call('name')] },
];
const failed = operations.some((one) => one.calls.some((each) => each.verdict === 'failed'));
const body = {
  kind: 'smoke-report',
  formatVersion: 1,
  generation: manifest.manifest_digest,
  output_digest: manifest.output_digest,
  started_at: '2026-01-01T00:00:00.000Z',
  finished_at: '2026-01-01T00:00:01.000Z',
  environment: 'test',
  verdict: failed ? 'failed' : 'passed',
  phases: [],
  operations,
  executed: ['src/store.py'],
};
const digest = `sha256:${createHash('sha256').update(canonical(body)).digest('hex')}`;
writeFileSync(target, JSON.stringify({ ...body, report_digest: digest }));
