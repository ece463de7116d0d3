import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './repository.ts';

/** Exact versions, so that a run can be repeated. npm carries Node's own binaries as packages. */
const VERSIONS = { 22: '22.23.3', 24: '24.9.0' } as const;

/**
 * The program of another Node major, installed from npm into `.cache/` when it is not there.
 * @throws when npm cannot install it
 */
export function nodeBinary(major: keyof typeof VERSIONS): string {
  const version = VERSIONS[major];
  const folder = repository(`.cache/node-${version}`);
  const binary = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    execFileSync(
      'npm',
      ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `node@${version}`],
      { stdio: 'pipe', timeout: 240_000 },
    );
  }
  return binary;
}
