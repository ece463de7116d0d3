import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort, QdrantServer, qdrantProgram } from '../bank/qdrant-server.ts';
import { repository } from '../support/repository.ts';

interface Service {
  readonly image: string;
  readonly ports: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

const compose = parse(readFileSync(repository('docs/docker-compose.yml'), 'utf8')) as {
  services: { qdrant: Service };
  volumes: Readonly<Record<string, unknown>>;
};
const { image, ports, environment, volumes, healthcheck } = compose.services.qdrant;

describe('docs/docker-compose.yml', () => {
  test('runs the server that the tests run, on the loopback interface, with a key that somebody has to set', () => {
    const harness = readFileSync(repository('test/bank/qdrant-server.ts'), 'utf8');
    const tested = /const VERSION = '(.+)'/.exec(harness)?.[1];
    expect(image).toBe(`qdrant/qdrant:v${tested}`);
    expect(ports).toEqual(['127.0.0.1:6333:6333']);
    expect(environment['QDRANT__SERVICE__API_KEY']).toMatch(/^\$\{QDRANT_API_KEY:\?/);
    expect(volumes.map((volume) => volume.split(':')[0])).toEqual(Object.keys(compose.volumes));
  });

  const found = qdrantProgram();
  describe.skipIf(found.kind !== 'program')('its health check', () => {
    let server: QdrantServer;
    beforeAll(async () => {
      if (found.kind === 'program') server = await QdrantServer.start(found.path, { apiKey: 'secret' });
    }, 40_000);
    afterAll(async () => {
      await server.stop();
    });

    const check = (port: string | number): number | null => {
      const [kind, program = '', ...args] = healthcheck.test;
      expect(kind).toBe('CMD');
      const own = args.map((arg) => arg.replace('127.0.0.1/6333', `127.0.0.1/${port}`));
      return spawnSync(program, own, { stdio: 'ignore', timeout: 10_000 }).status;
    };

    test('passes for a server with a key, and fails where none listens', async () => {
      expect(check(new URL(server.url).port)).toBe(0);
      expect(check(await freePort())).toBe(1);
    });
  });
});
