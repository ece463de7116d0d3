import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** The system calls that a fault can be put into. */
export const CALLS = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'fsync',
  'fchmodSync',
  'renameSync',
  'linkSync',
  'mkdirSync',
  'rmSync',
  'rmdirSync',
  'readFileSync',
  'readdirSync',
  'lstatSync',
  'closeSync',
] as const;
export type Call = (typeof CALLS)[number];

export interface Fault {
  readonly call: Call;
  /** Which of its calls, from 1; 0 for none. */
  readonly nth: number;
  /** `SHORT` is a write that says how few bytes it took, `TORN` one that took half of them and says that it took all. */
  readonly errno: 'ENOSPC' | 'EIO' | 'EACCES' | 'EMFILE' | 'SHORT' | 'TORN';
}

export interface Injection {
  /** How often each call was made. */
  readonly counts: ReadonlyMap<Call, number>;
  readonly injected: boolean;
}

/**
 * Lets an action run on the real disk, below the code that is tested, with one call that fails. A write that fails has
 * written half of its bytes; a close that fails has closed.
 */
export async function withFault(
  fault: Fault,
  act: () => Promise<unknown>,
): Promise<Injection & { error: unknown }> {
  const counts = new Map<Call, number>();
  const real = new Map<Call, unknown>();
  let injected = false;
  for (const call of CALLS) {
    const original: unknown = Reflect.get(fs, call);
    if (typeof original !== 'function') throw new Error(`no fs.${call}`);
    real.set(call, original);
    Reflect.set(fs, call, (...args: unknown[]): unknown => {
      const count = (counts.get(call) ?? 0) + 1;
      counts.set(call, count);
      if (call !== fault.call || count !== fault.nth) return Reflect.apply(original, fs, args);
      injected = true;
      const [fd, bytes, at] = args;
      if (call === 'writeSync' && bytes instanceof Uint8Array) {
        const start = typeof at === 'number' ? at : 0;
        const half = (bytes.length - start) >> 1;
        Reflect.apply(original, fs, [fd, bytes.subarray(start, start + half)]);
        if (fault.errno === 'SHORT') return half;
        if (fault.errno === 'TORN') return bytes.length - start;
      }
      if (call === 'closeSync') Reflect.apply(original, fs, args);
      const failure = Object.assign(new Error(`${fault.errno}: injected, ${call}`), { code: fault.errno });
      if (call !== 'fsync') throw failure;
      const answer = args.at(-1);
      if (typeof answer === 'function') setImmediate(() => Reflect.apply(answer, undefined, [failure]));
      return undefined;
    });
  }
  syncBuiltinESMExports();
  try {
    const error: unknown = await act().then(
      () => undefined,
      (cause: unknown) => cause ?? new Error('threw nothing'),
    );
    return { counts, injected, error };
  } finally {
    for (const [call, original] of real) Reflect.set(fs, call, original);
    syncBuiltinESMExports();
  }
}
