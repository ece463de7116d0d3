import { PatternsError } from '../model/error.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';
import type { Workspace } from './workspace.ts';

/** A pinned version that the bank has withdrawn since: builds with it stand, and somebody should know. */
export interface WithdrawnPin extends PatternRef {
  readonly status: 'yanked' | 'quarantined';
  /** Why, as the history of the bank has it. */
  readonly reason: string;
}

/** Asks the bank which pins it has withdrawn; a bank that cannot be asked is told of and withdraws nothing. */
export async function withdrawnPins(
  workspace: Workspace,
  pins: readonly PatternRef[],
): Promise<readonly WithdrawnPin[]> {
  const { bank } = workspace;
  if (bank.state.kind !== 'on' || pins.length === 0) return [];
  const wanted = new Set(pins.map(formatRef));
  try {
    return await bank.use(async (open) => {
      const entries = await open.versionsOf([...new Set(pins.map((pin) => pin.pattern_id))]);
      const found: WithdrawnPin[] = [];
      for (const entry of entries) {
        const { pattern_id, version, status } = entry;
        if (!wanted.has(formatRef(entry)) || (status !== 'yanked' && status !== 'quarantined')) continue;
        const reason = (await open.history(entry)).at(-1)?.reason ?? '';
        found.push({ pattern_id, version, status, reason });
      }
      return found;
    });
  } catch (cause) {
    if (!(cause instanceof PatternsError) || cause.code !== 'BANK_UNREACHABLE') throw cause;
    workspace.notify(`whether the bank has withdrawn a pinned version is not known: ${cause.message}`);
    return [];
  }
}
