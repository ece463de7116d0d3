import * as v from 'valibot';
import { OUTCOME_KINDS } from '../model/outcome.ts';
import { matching, strict } from './shape.ts';
import {
  DigestShape,
  NameShape,
  PatternIdShape,
  StatusShape,
  TimestampShape,
  VersionShape,
} from './shapes.ts';

// The rows of a bank's append-only histories: a line of a JSON Lines file, or the payload of a point. A reader refuses keys
// that it does not know; a new key makes a new kind of row.

const RefShape = { pattern_id: PatternIdShape, version: VersionShape };
const WordsShape = v.pipe(v.string(), v.maxLength(10_000, 'is too long'));

/** publications.jsonl: one version that is about to be published. */
export const PublicationShape = strict(RefShape);

/** history.jsonl: one change of status. */
export const StatusChangeShape = strict({
  ...RefShape,
  at: TimestampShape,
  from: v.nullable(StatusShape),
  to: StatusShape,
  reason: WordsShape,
});

/** A change of status with its place in the history of its version, from 1: what a bank without lines goes by. */
export const NumberedStatusChangeShape = strict({
  ...StatusChangeShape.entries,
  sequence: v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(1, 'must be at least 1')),
});

/** outcomes.jsonl: one observation. */
export const OutcomeShape = strict({
  id: matching(/^[0-9a-f]{64}$/, '64 hex digits'),
  ...RefShape,
  kind: v.picklist(OUTCOME_KINDS),
  count: v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(1, 'must be at least 1')),
  at: TimestampShape,
  generation: DigestShape,
  report: v.nullable(DigestShape),
  environment: WordsShape,
  evidence: WordsShape,
});

/** releases.jsonl: one release. */
export const ReleaseShape = strict({
  name: NameShape,
  at: TimestampShape,
  versions: v.array(strict({ ...RefShape, digest: DigestShape })),
});
