import { AtomicWriter } from './atomic-write.ts';
import { type Clock, createClock, type Stopwatch, stopwatch } from './clock.ts';
import type { FileSystem } from './file-system.ts';
import { nodeFileSystem, systemCode } from './node-file-system.ts';

/** The effects that a command may have, handed in from the composition root. */
export interface Host {
  readonly fs: FileSystem;
  readonly writer: AtomicWriter;
  readonly now: Clock;
  readonly elapsed: Stopwatch;
}

/** The host of a real process. */
export function createHost(sourceDateEpoch: string | undefined): Host {
  return hostOn(nodeFileSystem, createClock(sourceDateEpoch));
}

/** A host on another disk or clock, for tests that inject faults. */
export function hostOn(fs: FileSystem, now: Clock): Host {
  return { fs, now, elapsed: stopwatch, writer: new AtomicWriter(fs, { pid: process.pid, isAlive }) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return systemCode(cause) !== 'ESRCH';
  }
}
