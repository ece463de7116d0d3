import { formatRef } from '../model/pattern.ts';
import { PatternsError } from '../model/error.ts';
import { conflictError } from './publish.ts';
import type { Workspace } from './workspace.ts';

export interface MigrateReport {
  readonly bank: string;
  readonly migrated: readonly string[];
  readonly unchanged: readonly string[];
  /** Versions that the bank has with other content, or that could not be published, and why. */
  readonly failed: readonly { readonly pattern: string; readonly reason: string }[];
}

/**
 * Publishes the built-in templates that the bank lacks; what is there stays as it is.
 * @param domains only templates of these domains; all when empty
 * @throws PatternsError USAGE for a domain that no template has
 */
export async function migrate(workspace: Workspace, domains: readonly string[]): Promise<MigrateReport> {
  const all = workspace.statics.all();
  const known = [...new Set(all.map(({ pattern }) => pattern.record.signature.domain))].sort();
  const unknown = domains.find((domain) => !known.includes(domain));
  if (unknown !== undefined) {
    throw new PatternsError('USAGE', `no built-in template has the domain ${unknown}`, {
      hint: `Domains: ${known.join(', ')}.`,
    });
  }
  const chosen = all.filter(
    ({ pattern }) => domains.length === 0 || domains.includes(pattern.record.signature.domain),
  );
  const at = workspace.host.now();
  const outcomes = await workspace.bank.use((bank) =>
    bank.publish(
      chosen.map(({ pattern }) => pattern),
      { status: 'production', at },
    ),
  );
  const named = (kind: 'published' | 'unchanged') =>
    outcomes.filter((one) => one.kind === kind).map((one) => formatRef(one.ref));
  const failed = outcomes.flatMap((one) =>
    one.kind === 'conflict'
      ? [{ pattern: formatRef(one.ref), reason: conflictError(one, workspace.bank.address).message }]
      : [],
  );
  return {
    bank: workspace.bank.address,
    migrated: named('published'),
    unchanged: named('unchanged'),
    failed,
  };
}
