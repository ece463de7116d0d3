import { formatRef, type PatternRef } from '../model/pattern.ts';
import type { Digest } from '../model/digest.ts';
import type { Release } from '../model/release.ts';

/** Where new resolutions may come from. */
export type ResolveFrom =
  /** Golden and bank, golden alone where the bank cannot be asked, the static templates, a language model. */
  | { readonly kind: 'tiers' }
  /** The same, but a bank that cannot be asked is an error. */
  | { readonly kind: 'bank required' }
  /** The versions of a release of the bank, and nothing else. */
  | { readonly kind: 'release'; readonly release: Release };

/** Those of the candidates that a release holds, with the very content that it holds. */
export function heldBy<T extends PatternRef & { readonly digest: Digest }>(
  from: ResolveFrom,
  candidates: readonly T[],
): readonly T[] {
  if (from.kind !== 'release') return candidates;
  const held = new Map(from.release.versions.map((version) => [formatRef(version), version.digest]));
  return candidates.filter((candidate) => held.get(formatRef(candidate)) === candidate.digest);
}
