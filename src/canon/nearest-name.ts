import { closest, distance } from 'fastest-levenshtein';

/** The known name nearest to a misspelt one, unless none is near. */
export function nearestName(found: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(found, known);
  return distance(found, nearest) <= Math.max(1, Math.floor(nearest.length / 2)) ? nearest : undefined;
}

/** A hint for an unknown name: the one that was probably meant, or all that are known. */
export function nameHint(found: string, known: readonly string[], what: string): string {
  const near = nearestName(found, known);
  return near === undefined
    ? `${what}: ${known.toSorted().join(', ') || 'none'}.`
    : `Did you mean \`${near}\`?`;
}
