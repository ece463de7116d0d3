import { writeFileSync } from 'node:fs';
import type { FileSystem } from '../../src/host/file-system.ts';
import { nodeFileSystem } from '../../src/host/node-file-system.ts';
import { PatternsError } from '../../src/model/error.ts';

/** A disk that refuses one call. Calls are counted from 1; writes that are refused leave half of their bytes behind. */
export interface FaultyDisk {
  readonly fs: FileSystem;
  /** How many calls were made. */
  readonly calls: () => number;
  /** The call that was refused, if it came to it. */
  readonly refused: () => string | undefined;
}

const CHANGES: ReadonlySet<string> = new Set([
  'makeFolder',
  'createFile',
  'append',
  'rename',
  'link',
  'removeFile',
  'removeEmptyFolder',
  'setMode',
  'syncFolder',
  'syncAll',
]);

/**
 * The real disk, but for the nth call that changes something.
 * @param nth from 1; 0 refuses none
 */
export function faultyDisk(nth: number, errno: 'ENOSPC' | 'EIO' | 'EACCES' | 'EMFILE'): FaultyDisk {
  let calls = 0;
  let refused: string | undefined;
  const fs = new Proxy(nodeFileSystem, {
    get(target, name, receiver): unknown {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function' || typeof name !== 'string' || !CHANGES.has(name)) return method;
      return (...args: unknown[]): unknown => {
        calls += 1;
        if (calls !== nth) return Reflect.apply(method, target, args);
        refused = `${name} ${String(args[0])}`;
        const [path, bytes] = args;
        if (name === 'createFile' && typeof path === 'string' && bytes instanceof Uint8Array) {
          writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
        }
        throw new PatternsError('IO_FAILED', `cannot ${name}: ${errno}`, { details: { errno } });
      };
    },
  });
  return { fs, calls: () => calls, refused: () => refused };
}
