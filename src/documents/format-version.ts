import { PatternsError, type Place } from '../model/error.ts';

/** A format and how far this release reads it. */
export interface KnownFormat {
  /** How messages call what has it: `the manifest`. */
  readonly what: string;
  /** The key that has the version: `formatVersion`. */
  readonly key: string;
  readonly supported: number;
}

/** The refusal of what a later release wrote. */
export function newerFormat(
  { what, key, supported }: KnownFormat,
  found: number,
  place: Place,
): PatternsError {
  const message = `${what} has ${key} ${found}; this release reads versions 1 to ${supported}`;
  return new PatternsError('FORMAT_UNSUPPORTED', message, {
    place,
    hint: 'Use the release of patternbank that wrote it, or a later one.',
    details: { found, supported },
  });
}

/**
 * Looks at the version before anything else: a newer format may have keys that this release would call invalid.
 * @throws PatternsError FORMAT_UNSUPPORTED
 */
export function refuseNewer(json: unknown, file: string, format: KnownFormat): void {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, format.key)) return;
  const version: unknown = Reflect.get(json, format.key);
  if (typeof version === 'number' && version > format.supported) throw newerFormat(format, version, { file });
}
