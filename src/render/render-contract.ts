import { PatternsError } from '../model/error.ts';

/**
 * The version of everything that decides which bytes come out of a spec and its bodies: template language, filters,
 * scope, slots, path rules, output digest. A release that would change one byte of an old lock's output raises it and
 * keeps the old behaviour beside the new one, or refuses below.
 */
export const RENDER_CONTRACT = 1;

/** @throws PatternsError RENDER_CONTRACT_UNSUPPORTED */
export function requireRenderContract(found: number, file: string): void {
  if (found === RENDER_CONTRACT) return;
  throw new PatternsError(
    'RENDER_CONTRACT_UNSUPPORTED',
    `render contract ${found} is asked for; this release renders contract ${RENDER_CONTRACT}`,
    {
      place: { file },
      hint: 'Use the release of patternbank that wrote the file, or a later one.',
      details: { found, supported: [RENDER_CONTRACT] },
    },
  );
}
