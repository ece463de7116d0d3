import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQdrant } from '../../src/bank/qdrant/open-qdrant.ts';
import type { PatternBank } from '../../src/bank/pattern-bank.ts';
import { SERVER_VECTORS, serverIndex } from '../../src/commands/server-index.ts';
import { shopProject, SHOP_SPEC } from '../support/project.ts';
import { bankContract, entriesOf } from './contract.ts';
import { AT, testPattern } from './patterns.ts';
import { QdrantServer, qdrantProgram } from './qdrant-server.ts';

// The real server. Where it cannot be had, CI fails and elsewhere the tests say that they were skipped.

const found = qdrantProgram();

const title = found.kind === 'program' ? 'on a real Qdrant' : `on a real Qdrant, skipped: ${found.reason}`;

describe.skipIf(found.kind !== 'program')(title, () => {
  let server: QdrantServer;
  let banks = 0;
  const open = (name: string, url = server.url): Promise<PatternBank> =>
    openQdrant({
      address: `qdrant+${url}?bank=${name}`,
      apiKey: undefined,
      insecureKey: 'refuse',
      identity: SERVER_VECTORS,
      indexOf: serverIndex,
    });

  beforeAll(async () => {
    if (found.kind === 'program') server = await QdrantServer.start(found.path);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });

  bankContract('Qdrant', async () => {
    const name = `bank-${++banks}`;
    return { bank: await open(name), reopen: () => open(name) };
  });

  test('of two publishers of one version with other content exactly one wins', async () => {
    const one = await open('race');
    const two = await open('race');
    for (let round = 0; round < 10; round++) {
      const version = `1.${round}.0`;
      const results = await Promise.all([
        one.publish([testPattern('alpha', version, 'one')], { status: 'production', at: AT }),
        two.publish([testPattern('alpha', version, 'two')], { status: 'production', at: AT }),
      ]);
      expect(
        results
          .flat()
          .map(({ kind }) => kind)
          .sort(),
      ).toEqual(['conflict', 'published']);
    }
  });

  test('what was acknowledged is there after the server was killed', async () => {
    const bank = await open('killed');
    const patterns = Array.from({ length: 30 }, (_, i) => testPattern('alpha', `1.0.${i}`));
    await bank.publish(patterns, { status: 'production', at: AT });
    await server.kill();
    await expect(bank.versionsOf(['alpha'])).rejects.toMatchObject({ code: 'BANK_UNREACHABLE' });
    await server.start();
    expect(await entriesOf(await open('killed'))).toHaveLength(30);
  }, 60_000);

  test('the shop builds with it as with the embedded bank, and its lock stands when the server is gone', async () => {
    const project = shopProject();
    const embedded = project.json(['build', SHOP_SPEC, '-o', 'embedded']);
    const env = { PATTERNS_BANK_URL: `qdrant+${server.url}?bank=shop` };
    expect(project.json(['migrate'], { env })['failed']).toEqual([]);
    expect(project.json(['migrate'], { env })['migrated']).toEqual([]);
    const args = ['build', SHOP_SPEC, '-o', 'remote', '--golden', 'other-golden'];
    const remote = project.json(args, { env });
    expect(remote['output_digest']).toBe(embedded['output_digest']);
    expect(remote['tiers']).toMatchObject({ bank: 14, static: 0 });
    const order = (bank: Readonly<Record<string, string>>) =>
      (
        project.json(['search', 'Dockerfile for a service', '--top-k', '10'], { env: bank })['matches'] as {
          pattern_id: string;
          score: number;
        }[]
      ).map(({ pattern_id, score }) => [pattern_id, score]);
    expect(order(env)).toEqual(order({}));
    const gone = { PATTERNS_BANK_URL: 'qdrant+http://127.0.0.1:1' };
    expect(project.json([...args, '--locked'], { env: gone })['output_digest']).toBe(
      embedded['output_digest'],
    );
    expect(
      spawnSync('grep', ['-r', server.url, project.path('other-golden'), project.path('remote')]).status,
    ).toBe(1);
  }, 60_000);
});
