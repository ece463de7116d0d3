import semver from 'semver';
import * as v from 'valibot';
import { decode, strict } from './shape.ts';
import { PatternIdShape, VersionShape } from './shapes.ts';
import type { SourceDocument } from './yaml-text.ts';

// The body of a repair pattern (signature.intent: repair, engine: none): YAML that says what it mends, and how.

const TextShape = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(2000, 'is too long'));
const RangeShape = v.pipe(
  v.string(),
  v.check((text) => semver.validRange(text) !== null, 'must be a range such as ^1.0'),
);

export const RepairShape = v.pipe(
  strict({
    applies_to: strict({ pattern_id: PatternIdShape, versions: v.optional(RangeShape, '*') }),
    error: v.optional(
      strict({
        class: v.optional(TextShape),
        message: v.optional(TextShape),
      }),
      {},
    ),
    patch: v.optional(v.pipe(v.string(), v.maxLength(1_000_000, 'is too long'))),
    use: v.optional(VersionShape),
  }),
  v.check(
    (repair) => (repair.patch === undefined) !== (repair.use === undefined),
    'must have either `patch` or `use`',
  ),
);

/** A change that mends a pattern, and the conditions under which it does. */
export interface Repair {
  readonly applies_to: { readonly pattern_id: string; readonly versions: string };
  readonly error: {
    /** The class of the error, or its last part. */
    readonly class?: string | undefined;
    /** Part of the message. */
    readonly message?: string | undefined;
  };
  /** A unified diff of the body. */
  readonly patch?: string | undefined;
  /** Another version of the pattern. */
  readonly use?: string | undefined;
}

/** @throws PatternsError PATTERN_INVALID with line and column of the body */
export function readRepair(source: SourceDocument): Repair {
  return decode(RepairShape, source, 'PATTERN_INVALID');
}
