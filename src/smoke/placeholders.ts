import { PatternsError } from '../model/error.ts';

export type Placeholders = ReadonlyMap<string, string>;

/**
 * Puts values into `{name}`; other braces stand.
 * @throws PatternsError PATTERN_INVALID for a name without a value
 */
export function fillPlaceholders(text: string, values: Placeholders): string {
  return text.replaceAll(/\{([a-z][a-z0-9_.]*)\}/g, (_, name: string) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    throw new PatternsError('PATTERN_INVALID', `the service plan uses {${name}}, which is not known here`, {
      hint: `Known are: ${[...values.keys()].map((key) => `{${key}}`).join(', ')}.`,
    });
  });
}
