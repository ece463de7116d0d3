import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe } from 'vitest';
import type { TestProject } from '../support/project.ts';
import { QdrantServer, qdrantProgram } from './qdrant-server.ts';

/** A kind of bank that commands are tested on. */
export interface BankKind {
  readonly kind: 'embedded' | 'qdrant';
  /** The address of a bank that no other test has; empty. */
  readonly fresh: () => string;
  /** The environment that makes such a bank that of a project. */
  readonly env: () => Readonly<Record<string, string>>;
  /** How many versions such a bank has, past the command. */
  readonly count: (env: Readonly<Record<string, string>>, project: TestProject) => Promise<number>;
}

let count = 0;

/**
 * Runs a suite on an embedded bank, and on a real Qdrant where one can be had: CI has to have one.
 * @param suite `other` is a bank of the other kind, or of the same where there is no server
 */
export function onBothBanks(title: string, suite: (bank: BankKind, other: BankKind) => void): void {
  const found = qdrantProgram();
  let server: QdrantServer | undefined;
  const embedded = kindOf('embedded', () => `file:banks/${count}`);
  const qdrant = kindOf('qdrant', () => `qdrant+${server?.url}?bank=bank-${count}`);
  describe(title, () => {
    if (found.kind === 'program') {
      beforeAll(async () => {
        server = await QdrantServer.start(found.path);
      }, 40_000);
      afterAll(async () => {
        await server?.stop();
      });
    }
    describe('on an embedded bank', () => {
      suite(embedded, found.kind === 'program' ? qdrant : embedded);
    });
    const why = found.kind === 'program' ? '' : `, skipped: ${found.reason}`;
    describe.skipIf(found.kind !== 'program')(`on a real Qdrant${why}`, () => {
      suite(qdrant, embedded);
    });
  });
}

function kindOf(kind: BankKind['kind'], address: () => string): BankKind {
  const fresh = (): string => {
    count += 1;
    return address();
  };
  return {
    kind,
    fresh,
    env: () => ({ PATTERNS_BANK_URL: fresh(), PATTERNS_EMBEDDER: 'none' }),
    count: async (env, project) => {
      const url = env['PATTERNS_BANK_URL'] ?? '';
      return kind === 'embedded'
        ? documents(project.path(`${url.replace('file:', '')}/patterns`))
        : points(url.replace('qdrant+', ''));
    },
  };
}

function documents(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true }).filter((name) => /[\\/]\d.*\.json$/.test(String(name)))
    .length;
}

async function points(url: string): Promise<number> {
  const { origin, searchParams } = new URL(url);
  const response = await fetch(`${origin}/collections/${searchParams.get('bank')}/points/count`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ exact: true }),
  });
  if (response.status === 404) return 0;
  const answer = (await response.json()) as { result: { count: number } };
  return answer.result.count;
}
