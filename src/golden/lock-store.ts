import { join } from 'node:path';
import { type LockfileReading, readLockfile, writeLockfile } from '../documents/lockfile-document.ts';
import { readResolutions } from '../documents/resolutions-document.ts';
import type { Host } from '../host/host.ts';
import type { LockedPattern, Lockfile } from '../model/lockfile.ts';
import type { Resolution } from '../model/resolution.ts';

const DURABLE = { mode: 0o644, durable: true };

/** A lockfile as it was read: what it says, and the text by which a later write knows that nobody wrote meanwhile. */
export interface LockSnapshot {
  readonly reading: LockfileReading;
  readonly text: string;
}

/** `overtaken`: another process has written since the snapshot, and its lock stands. */
export type LockWrite = 'written' | 'unchanged' | 'overtaken';

/** The lockfiles of a golden folder: `<name>.lock`. */
export class LockStore {
  readonly #host: Host;
  readonly #folder: string;
  readonly #label: string;

  /** @param label how messages call the golden folder */
  constructor(host: Host, folder: string, label: string) {
    this.#label = label;
    this.#host = host;
    this.#folder = folder;
  }

  path(name: string): string {
    return join(this.#folder, `${name}.lock`);
  }

  /** How messages call the lockfile. */
  label(name: string): string {
    return `${this.#label}/${name}.lock`;
  }

  /**
   * Undefined when there is none yet.
   * @throws PatternsError as readLockfile
   */
  read(name: string): LockfileReading | undefined {
    return this.snapshot(name)?.reading;
  }

  /**
   * Undefined when there is none yet.
   * @throws PatternsError as readLockfile
   */
  snapshot(name: string): LockSnapshot | undefined {
    const path = this.path(name);
    if (this.#host.fs.stat(path) === undefined) return undefined;
    const bytes = this.#host.fs.readFile(path);
    return { reading: readLockfile(bytes, this.label(name)), text: Buffer.from(bytes).toString('utf8') };
  }

  /**
   * Writes durably, and only when a byte changes and the lockfile is still the one that was read. The first lockfile
   * of a name is created exclusively: of two processes that lock a spec for the first time, one wins whole.
   */
  write(name: string, lockfile: Lockfile, before: LockSnapshot | undefined): LockWrite {
    const { fs, writer } = this.#host;
    const path = this.path(name);
    const text = writeLockfile(lockfile);
    const bytes = Buffer.from(text, 'utf8');
    const found =
      fs.stat(path)?.kind === 'file' ? Buffer.from(fs.readFile(path)).toString('utf8') : undefined;
    if (found === text) return 'unchanged';
    if (found !== before?.text) return 'overtaken';
    fs.makeFolder(this.#folder);
    if (found === undefined) return writer.create(path, bytes, DURABLE) ? 'written' : 'overtaken';
    writer.replace(path, bytes, DURABLE);
    return 'written';
  }

  /** Why each pin is what it is, for `why`; shapes nothing and is covered by no digest. */
  writeResolutions(name: string, lines: readonly string[]): void {
    this.#replace(this.resolutionsPath(name), lines.map((line) => `${line}\n`).join(''));
  }

  readResolutions(name: string): readonly Resolution[] {
    const path = this.resolutionsPath(name);
    if (this.#host.fs.stat(path) === undefined) return [];
    return readResolutions(this.#host.fs.readFile(path), `${this.#label}/${name}.resolutions.jsonl`);
  }

  /** The pattern lines of every lockfile of the folder: what golden knows. */
  allPatterns(): readonly LockedPattern[] {
    const { fs } = this.#host;
    if (fs.stat(this.#folder)?.kind !== 'folder') return [];
    const names = fs.readFolder(this.#folder).flatMap((file) => /^(.+)\.lock$/.exec(file)?.[1] ?? []);
    return names.flatMap((name) => this.read(name)?.lockfile.patterns ?? []);
  }

  resolutionsPath(name: string): string {
    return join(this.#folder, `${name}.resolutions.jsonl`);
  }

  #replace(path: string, text: string): void {
    const { fs, writer } = this.#host;
    const bytes = Buffer.from(text, 'utf8');
    if (fs.stat(path)?.kind === 'file' && bytes.equals(fs.readFile(path))) return;
    fs.makeFolder(this.#folder);
    writer.replace(path, bytes, DURABLE);
  }
}
