import { PatternsError } from '../model/error.ts';

/** RFC 3339, UTC, milliseconds. */
export type Clock = () => string;

/**
 * The clock that stamps `frozen_at` and histories. `SOURCE_DATE_EPOCH` (seconds since 1970, see
 * https://reproducible-builds.org/specs/source-date-epoch/) wins over the time of day.
 *
 * A bad value is an error when the time is first asked for, since a replay never asks.
 *
 * @throws PatternsError USAGE from the clock, when the variable is set to anything but whole seconds up to the year 9999
 */
export function createClock(sourceDateEpoch: string | undefined): Clock {
  if (sourceDateEpoch === undefined || sourceDateEpoch === '') return () => new Date().toISOString();
  let stamp: string | undefined;
  return () => {
    stamp ??= stampOf(sourceDateEpoch);
    return stamp;
  };
}

function stampOf(sourceDateEpoch: string): string {
  const seconds = /^\d{1,12}$/.test(sourceDateEpoch) ? Number(sourceDateEpoch) : Number.NaN;
  if (!(seconds <= 253_402_300_799)) {
    throw new PatternsError('USAGE', `SOURCE_DATE_EPOCH is "${sourceDateEpoch}", not a number of seconds`, {
      hint: 'Set it to whole seconds since 1970-01-01 UTC, for example the output of `git log -1 --format=%ct`.',
    });
  }
  return new Date(seconds * 1000).toISOString();
}

/** Milliseconds since some moment, for measuring how long a thing takes; never written where output depends on it. */
export type Stopwatch = () => number;

export const stopwatch: Stopwatch = () => performance.now();
