import { type PatternRef, type Status, STATUSES } from '../model/pattern.ts';
import { numberPatterns, type Rankable } from './rank.ts';

/** What an index has of a version: nothing of it changes after it was published. */
export interface IndexedVersion extends PatternRef {
  readonly record: Rankable['record'] & { readonly derived_from: readonly string[] };
  readonly published: Status;
}

/** The versions of an index: what every search looks at in columns, the rest of a version when it is asked for. */
export interface VersionTable {
  readonly count: number;
  readonly at: (row: number) => IndexedVersion;
  readonly columns: VersionColumns;
  /** The domains that there are, in the order of their numbers. */
  readonly domains: readonly string[];
}

/** One number a version. */
export interface VersionColumns {
  /** The number of its pattern, in byte order of the ids. */
  readonly patterns: Uint32Array;
  readonly domains: Uint32Array;
  /** As in `STATUSES`. */
  readonly published: Uint32Array;
  /** 1 where it was made from others. */
  readonly derived: Uint32Array;
  /** The success rate that it declares. */
  readonly rates: Float64Array;
}

export function tableOf(versions: readonly IndexedVersion[]): VersionTable {
  const domains = [...new Set(versions.map(({ record }) => record.signature.domain))].sort();
  const numbers = new Map(domains.map((domain, number) => [domain, number]));
  return {
    count: versions.length,
    at: (row) => {
      const version = versions[row];
      if (version === undefined) throw new RangeError(`there is no version ${row}`);
      return version;
    },
    columns: {
      patterns: numberPatterns(versions).numbers,
      domains: Uint32Array.from(versions, ({ record }) => numbers.get(record.signature.domain) ?? 0),
      published: Uint32Array.from(versions, ({ published }) => STATUSES.indexOf(published)),
      derived: Uint32Array.from(versions, ({ record }) => (record.derived_from.length > 0 ? 1 : 0)),
      rates: Float64Array.from(versions, ({ record }) => record.quality.success_rate),
    },
    domains,
  };
}
