import { PatternsError } from '../model/error.ts';
import { formatRef, type Status } from '../model/pattern.ts';
import { findVersion } from './catalogue.ts';
import type { Workspace } from './workspace.ts';

export interface StatusReport {
  readonly pattern_id: string;
  readonly version: string;
  readonly from: Status;
  readonly to: Status;
  readonly reason: string;
}

/** From which statuses each one can be reached. A yanked version stays yanked: publish a new one instead. */
const REACHED_FROM: Readonly<Record<Exclude<Status, 'candidate'>, readonly Status[]>> = {
  production: ['candidate', 'deprecated', 'quarantined'],
  deprecated: ['candidate', 'production'],
  quarantined: ['candidate', 'production', 'deprecated'],
  yanked: ['candidate', 'production', 'deprecated', 'quarantined'],
};

/**
 * Changes the status of one exact version. It steers new resolutions only; locked builds and replays never ask.
 * @throws PatternsError STATUS_INVALID for a change that is not allowed; USAGE for a range or an empty reason
 */
export async function changeStatus(
  workspace: Workspace,
  reference: string,
  to: Exclude<Status, 'candidate'>,
  reason: string,
): Promise<StatusReport> {
  if (reason.trim() === '')
    throw new PatternsError('USAGE', 'the reason is empty', { hint: 'Say why: --reason "…".' });
  const { entry } = await findVersion(workspace, reference);
  if (reference !== formatRef(entry)) {
    throw new PatternsError('USAGE', `${reference} is no exact version`, {
      hint: `Did you mean \`${formatRef(entry)}\`?`,
    });
  }
  const { pattern_id, version, status: from } = entry;
  if (!REACHED_FROM[to].includes(from)) {
    throw new PatternsError('STATUS_INVALID', `${reference} is ${from}, which cannot become ${to}`, {
      hint: `Only these can: ${REACHED_FROM[to].join(', ')}.`,
      details: { pattern: reference, from, to },
    });
  }
  const at = workspace.host.now();
  await workspace.bank.use((bank) => bank.setStatus({ pattern_id, version, at, from, to, reason }));
  return { pattern_id, version, from, to, reason };
}
