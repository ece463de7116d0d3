import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQdrant } from '../../src/bank/qdrant/open-qdrant.ts';
import type { PatternBank, PublishOutcome } from '../../src/bank/pattern-bank.ts';
import { SERVER_VECTORS, serverIndex } from '../../src/commands/server-index.ts';
import { entriesOf } from './contract.ts';
import { AT, testPattern } from './patterns.ts';
import { freePort, QdrantServer, qdrantProgram } from './qdrant-server.ts';

// Three real nodes on the loopback interface, two replicas of everything: a node is killed while patterns are published and
// read. Nothing that was acknowledged may be lost, and reading and writing go on.

const found = qdrantProgram();
const title = found.kind === 'program' ? 'a cluster of three' : `a cluster, skipped: ${found.reason}`;

describe.skipIf(found.kind !== 'program')(title, () => {
  let nodes: readonly QdrantServer[] = [];

  beforeAll(async () => {
    if (found.kind !== 'program') return;
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const first = await QdrantServer.start(found.path, { cluster: { port: ports[0] } });
    const bootstrap = `http://127.0.0.1:${ports[0]}`;
    nodes = [first];
    for (const port of [ports[1], ports[2]])
      nodes = [...nodes, await QdrantServer.start(found.path, { cluster: { port, bootstrap } })];
    await peersKnown(first, 3);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  });

  const open = (node: number): Promise<PatternBank> =>
    openQdrant({
      address: `qdrant+${nodes[node]?.url}?bank=cluster`,
      apiKey: undefined,
      insecureKey: 'refuse',
      identity: SERVER_VECTORS,
      indexOf: serverIndex,
    });

  async function requireAll(node: number, acknowledged: ReadonlySet<string>): Promise<void> {
    await retried(async () => {
      const seen = new Set((await entriesOf(await open(node))).map(({ version }) => version));
      const lost = [...acknowledged].filter((version) => !seen.has(version));
      if (lost.length > 0) throw new Error(`node ${node} lacks ${lost.join(', ')}`);
    });
  }

  test('loses nothing that was acknowledged when a node is killed, goes on reading, and writes all when the node is back', async () => {
    const bank = await open(0);
    const acknowledged = new Set<string>();
    const publish = async (version: string): Promise<void> => {
      const outcomes: readonly PublishOutcome[] = await bank.publish([testPattern('alpha', version)], {
        status: 'production',
        at: AT,
      });
      if (outcomes.every(({ kind }) => kind !== 'conflict')) acknowledged.add(version);
    };
    for (let i = 0; i < 30; i++) await publish(`1.0.${i}`);
    const killed = nodes[2]?.kill();
    // Refusals are allowed while the cluster takes notice; what is acknowledged is not.
    let refused = 0;
    for (let i = 0; i < 12; i++) {
      await publish(`1.1.${i}`).catch((cause: unknown) => {
        expect(cause).toMatchObject({ code: 'BANK_UNREACHABLE' });
        refused += 1;
      });
    }
    await killed;
    expect(acknowledged.size).toBe(42 - refused);
    for (const node of [0, 1]) await requireAll(node, acknowledged);
    // Write-once needs the one leader of a shard, so what falls to the dead node's waits for it.
    await nodes[2]?.start();
    for (let i = 0; i < 12; i++) await retried(() => publish(`1.1.${i}`));
    expect(acknowledged.size).toBe(42);
    for (const node of [0, 1, 2]) await requireAll(node, acknowledged);
  }, 120_000);
});

async function peersKnown(node: QdrantServer, count: number): Promise<void> {
  await retried(async () => {
    const answer: unknown = await (await fetch(`${node.url}/cluster`)).json();
    const peers = JSON.stringify(answer).match(/"uri"/g)?.length ?? 0;
    if (peers < count) throw new Error(`${peers} of ${count} peers`);
  });
}

/** Tries for half a minute. */
async function retried<T>(act: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await act();
    } catch (cause) {
      if (Date.now() > deadline) throw cause;
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
  }
}
