import semver from 'semver';
import type { Demand } from '../model/spec.ts';
import { SLUG } from './shapes.ts';

const REFERENCE = new RegExp(`^((?:${SLUG}/)?${SLUG})(?:@(.*))?$`);

/**
 * Parses `dockerfile`, `dockerfile@^1.2` or `acme/dockerfile@1.0.0`; ranges as node-semver has them.
 * Undefined where the text is none of these.
 */
export function parseReference(text: string): Extract<Demand, { kind: 'reference' }> | undefined {
  const match = REFERENCE.exec(text.trim());
  const pattern_id = match?.[1];
  if (pattern_id === undefined) return undefined;
  const range = match?.[2]?.trim() ?? '*';
  if (range === '' || range.length > 200 || semver.validRange(range) === null) return undefined;
  return { kind: 'reference', pattern_id, range };
}
