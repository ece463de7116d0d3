import type { PatternRef } from '../model/pattern.ts';

/** The package URL of a pattern version (https://github.com/package-url/purl-spec). Ids and versions need no escapes. */
export function packageUrl({ pattern_id, version }: PatternRef): string {
  return `pkg:generic/${pattern_id}@${version}`;
}
