import * as v from 'valibot';
import type { Resolution } from '../model/resolution.ts';
import { decodeText, parseJson } from './json-text.ts';
import { plainSource } from './plain-source.ts';
import { decode, strict } from './shape.ts';
import { PatternIdShape, TierShape, VersionShape } from './shapes.ts';

// golden/<name>.resolutions.jsonl: why each pin is what it is, one canonical object a line. It explains and shapes
// nothing, so no digest covers it, and a build without it is the same build.

const ConsideredShape = strict({
  pattern_id: PatternIdShape,
  version: VersionShape,
  refused: v.optional(v.string()),
  score: v.optional(v.number()),
});

const ResolutionShape = strict({
  requirement: v.string(),
  pattern_id: PatternIdShape,
  version: VersionShape,
  tier: TierShape,
  reason: v.string(),
  tiers: v.array(
    strict({
      tier: TierShape,
      outcome: v.picklist(['answered', 'no match', 'skipped', 'failed']),
      reason: v.string(),
    }),
  ),
  considered: v.array(ConsideredShape),
  score: v.optional(v.number()),
  runner_up: v.optional(ConsideredShape),
  margin: v.optional(v.number()),
});

/** @throws PatternsError LOCK_INVALID */
export function readResolutions(bytes: Uint8Array, file: string): readonly Resolution[] {
  const rows = decodeText(bytes, file)
    .split('\n')
    .filter((row) => row !== '');
  return rows.map((row, i) =>
    decode(ResolutionShape, plainSource(parseJson(row, file, i + 1), file, i + 1), 'LOCK_INVALID'),
  );
}
