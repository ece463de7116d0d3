import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLI, emptyProject, type TestProject } from '../support/project.ts';
import { QdrantServer, qdrantProgram } from './qdrant-server.ts';

// The server is killed at random moments while a thousand patterns are published by the CLI; what the CLI has seen accepted
// has to be there after the restart, and publishing again completes the rest. PATTERNS_KILLS=50 is the long form;
// PATTERNS_SEED repeats a run.

const KILLS = Math.max(2, Math.round(Number(process.env['PATTERNS_KILLS'] ?? '2')));
const SEED = Number(process.env['PATTERNS_SEED'] ?? String(Date.now() % 1_000_000));
const COUNT = 1000;

const found = qdrantProgram();
const title = found.kind === 'program' ? 'a Qdrant' : `a Qdrant, skipped: ${found.reason}`;

let state = SEED >>> 0;
function random(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

describe.skipIf(found.kind !== 'program')(title, () => {
  let server: QdrantServer;
  beforeAll(async () => {
    if (found.kind === 'program') server = await QdrantServer.start(found.path);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });

  function publishing(project: TestProject, env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [CLI, 'publish', 'patterns', '--json'], {
      cwd: project.root,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString();
    });
    return new Promise<{ status: number | null; text: string }>((resolve) => {
      child.once('close', (status) => {
        resolve({ status, text });
      });
    });
  }

  test(`that is killed ${KILLS} times during a publication of ${COUNT} loses nothing (seed ${SEED})`, async () => {
    const project = emptyProject();
    for (let i = 0; i < COUNT; i++) project.writePattern(`p${i}`, '1.0.0', `body ${i}\n`);
    let longest = 3000;
    for (let round = 0; round < KILLS; round++) {
      const env = {
        PATTERNS_BANK_URL: `qdrant+${server.url}?bank=round-${round}`,
        PATTERNS_EMBEDDER: 'none',
        PATTERNS_BANK_TIMEOUT: '30',
      };
      const started = Date.now();
      const run = publishing(project, env);
      await new Promise((resolve) => {
        setTimeout(resolve, 200 + random(longest));
      });
      const before = await present(server, `round-${round}`);
      await server.kill();
      const first = await run;
      await server.start();
      const after = await present(server, `round-${round}`);
      for (const name of before) expect(after.has(name), `${name} in round ${round}`).toBe(true);
      if (first.status === 0) {
        expect(after.size).toBe(COUNT);
        longest = Math.max(500, Math.min(longest, Date.now() - started));
      } else expect([3]).toContain(first.status);
      const again = await publishing(project, env);
      expect(again.status, again.text).toBe(0);
      const report = JSON.parse(again.text) as { published: string[]; unchanged: string[] };
      expect(report.published.length + report.unchanged.length).toBe(COUNT);
      expect(report.unchanged.length).toBeGreaterThanOrEqual(before.size);
      expect((await present(server, `round-${round}`)).size).toBe(COUNT);
      await forget(server);
    }
  }, 1_800_000);
});

/** The versions that the server has acknowledged: a reader sees them. */
async function present(server: QdrantServer, bank: string): Promise<ReadonlySet<string>> {
  const response = await fetch(`${server.url}/collections/${bank}/points/scroll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ limit: 10_000, with_payload: ['pattern_id'], with_vector: false }),
  }).catch(() => undefined);
  if (response?.ok !== true) return new Set();
  const { result } = (await response.json()) as { result: { points: { payload: { pattern_id: string } }[] } };
  return new Set(result.points.map(({ payload }) => payload.pattern_id));
}

/** Removes every collection, or a server with those of many rounds takes long to start. */
async function forget(server: QdrantServer): Promise<void> {
  const { result } = (await (await fetch(`${server.url}/collections`)).json()) as {
    result: { collections: { name: string }[] };
  };
  for (const { name } of result.collections)
    await fetch(`${server.url}/collections/${name}`, { method: 'DELETE' });
}
