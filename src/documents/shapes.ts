import semver from 'semver';
import * as v from 'valibot';
import { isDigest } from '../model/digest.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { INTENTS, SECURITY_LEVELS, STATUSES, type SecurityLevel, TIERS } from '../model/pattern.ts';
import { matching, strict } from './shape.ts';

/** The small shapes that several documents share. */

export const SLUG = '[a-z0-9][a-z0-9_-]*';
const MAX_ID = 100;

export const PatternIdShape = v.pipe(
  matching(
    new RegExp(`^(?:${SLUG}/)?${SLUG}$`),
    'a slug such as `dockerfile` or `acme/dockerfile` (a-z, 0-9, _ and -)',
  ),
  v.maxLength(MAX_ID, `must have at most ${MAX_ID} characters`),
);

/** SemVer 2.0.0 without build metadata: versions that differ only there are equal in precedence. */
export const VersionShape = v.pipe(
  v.string(),
  v.check(
    (text) => text.length <= 64 && semver.valid(text) === text,
    (issue) => `must be a version such as 1.2.0 without build metadata, found ${issue.received}`,
  ),
);

export const NameShape = v.pipe(
  matching(new RegExp(`^${SLUG}$`), 'a slug such as `shop` (a-z, 0-9, _ and -)'),
  v.maxLength(MAX_ID, `must have at most ${MAX_ID} characters`),
);

/** A name that templates can read. */
export const IdentifierShape = matching(
  /^[A-Za-z_][A-Za-z0-9_]{0,99}$/,
  'an identifier such as `python_version`',
);

export const DigestShape = v.pipe(
  matching(/^sha256:[0-9a-f]{64}$/, '`sha256:` and 64 hex digits'),
  v.guard(isDigest),
);

/** RFC 3339, UTC, milliseconds: the one form that is written. */
export const TimestampShape = matching(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  'a UTC time such as 2026-11-23T00:00:00.000Z',
);

/** Chosen by what is there, since a union tries every branch of it for every value; the union is for JSON Schema. */
export const JsonValueShape: v.GenericSchema<JsonValue> = v.lazy((input) => {
  if (typeof input === 'string') return JSON_STRING;
  if (typeof input === 'number') return JSON_NUMBER;
  if (Array.isArray(input)) return JSON_LIST;
  return typeof input === 'object' && input !== null ? JsonObjectShape : JSON_ANY;
});
export const JsonObjectShape: v.GenericSchema<JsonObject> = v.record(v.string(), JsonValueShape);
const JSON_STRING = v.string();
const JSON_NUMBER = v.number();
const JSON_LIST = v.array(JsonValueShape);
const JSON_ANY: v.GenericSchema<JsonValue> = v.union([
  v.null(),
  v.boolean(),
  JSON_NUMBER,
  JSON_STRING,
  JSON_LIST,
  JsonObjectShape,
]);

const keysOf = Object.keys(SECURITY_LEVELS).filter((key): key is SecurityLevel => key in SECURITY_LEVELS);

export const SecurityLevelShape = v.picklist(keysOf);
export const IntentShape = v.picklist(INTENTS);
export const StatusShape = v.picklist(STATUSES);
export const TierShape = v.picklist(TIERS);

const TextShape = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(2000, 'is too long'),
);
const TextListShape = v.array(TextShape);
export const FacetsShape = v.record(IdentifierShape, TextShape);
export const RateShape = v.pipe(
  v.number(),
  v.minValue(0, 'must be at least 0'),
  v.maxValue(1, 'must be at most 1'),
);

export const SignatureShape = strict({
  purpose: TextShape,
  intent: IntentShape,
  domain: TextShape,
  inputs: v.optional(TextListShape, []),
  outputs: v.optional(TextListShape, []),
  constraints: v.optional(TextListShape, []),
});

export const NeedShape = strict({
  purpose: TextShape,
  intent: v.optional(IntentShape),
  domain: v.optional(TextShape),
  inputs: v.optional(TextListShape),
  outputs: v.optional(TextListShape),
  constraints: v.optional(TextListShape),
  facets: v.optional(FacetsShape),
});

export const QualityShape = strict({
  success_rate: RateShape,
  test_coverage: RateShape,
  security_level: SecurityLevelShape,
  observability_complete: v.boolean(),
  docker_ready: v.boolean(),
});
