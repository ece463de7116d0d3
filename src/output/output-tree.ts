import { dirname, join } from 'node:path';
import { sha256Hex } from '../canon/sha256.ts';
import type { Host } from '../host/host.ts';
import { isTemporaryName } from '../host/atomic-write.ts';
import { PatternsError } from '../model/error.ts';
import { MANIFEST_NAME, PENDING_NAME } from '../model/manifest.ts';
import type { FileMode } from '../model/spec.ts';

/** A file as it is to be. */
export interface OutputFile {
  readonly path: string;
  readonly mode: FileMode;
  /** The bytes; made when asked for, so that a large tree need not lie in memory. */
  readonly content: () => Uint8Array;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** What an earlier build wrote. */
export type WrittenFile = Pick<OutputFile, 'path' | 'sha256'>;

/** What a write would do. Paths are in the order of the files. */
export interface OutputPlan {
  readonly create: readonly string[];
  readonly update: readonly string[];
  /** Same bytes, other permission bits. */
  readonly remode: readonly string[];
  readonly unchanged: readonly string[];
  /** Written by the last build, and no longer generated. */
  readonly remove: readonly string[];
  /** Changed by somebody since the last build, or never ours: not to be overwritten. */
  readonly edited: readonly string[];
}

/** A folder that generated files go to. */
export class OutputTree {
  readonly #host: Host;
  readonly #folder: string;
  readonly #label: string;

  /** @param label how messages call the folder */
  constructor(host: Host, folder: string, label: string) {
    this.#host = host;
    this.#folder = folder;
    this.#label = label;
  }

  /** The bytes of the last manifest, and of one that a killed build left. */
  manifests(): readonly Uint8Array[] {
    this.#refuseSymlink(this.#folder, this.#label);
    return [MANIFEST_NAME, PENDING_NAME].flatMap((name) => {
      const path = join(this.#folder, name);
      return this.#host.fs.stat(path)?.kind === 'file' ? [this.#host.fs.readFile(path)] : [];
    });
  }

  /** The bytes of a file of the tree, or undefined where there is none. */
  read(path: string): Uint8Array | undefined {
    const absolute = join(this.#folder, path);
    return this.#host.fs.stat(absolute)?.kind === 'file' ? this.#host.fs.readFile(absolute) : undefined;
  }

  /**
   * Compares the tree with what it is to be. Writes nothing.
   * @throws PatternsError PATH_UNSAFE for a symlink on the way, or a folder where a file is to be
   */
  plan(files: readonly OutputFile[], written: readonly WrittenFile[]): OutputPlan {
    const ours = new Map<string, Set<string>>();
    for (const { path, sha256 } of written) ours.set(path, (ours.get(path) ?? new Set()).add(sha256));
    const plan = { create: [], update: [], remode: [], unchanged: [], remove: [], edited: [] } as Record<
      keyof OutputPlan,
      string[]
    >;
    const safe = new Set<string>();
    for (const file of files) plan[this.#stateOf(file, ours.get(file.path), safe)].push(file.path);
    const wanted = new Set(files.map((file) => file.path));
    for (const [path, digests] of ours) {
      if (wanted.has(path)) continue;
      const bytes = this.#isSafe(path, safe) ? this.read(path) : undefined;
      if (bytes === undefined) continue;
      plan[digests.has(sha256Hex(bytes)) ? 'remove' : 'edited'].push(path);
    }
    return plan;
  }

  /** Whether a plan leaves the tree as it is. */
  isUpToDate(plan: OutputPlan, manifest: Uint8Array): boolean {
    const still =
      plan.create.length +
        plan.update.length +
        plan.remode.length +
        plan.remove.length +
        plan.edited.length ===
      0;
    const old = this.read(MANIFEST_NAME);
    return (
      still && old !== undefined && Buffer.from(old).equals(manifest) && this.read(PENDING_NAME) === undefined
    );
  }

  /**
   * Carries out a plan, edited files included: the caller has asked. Each file is replaced whole; the manifest comes
   * last. A kill in between leaves the pending manifest, by which the next build knows its own files.
   */
  write(files: readonly OutputFile[], plan: OutputPlan, manifest: Uint8Array): void {
    const { fs, writer } = this.#host;
    // Again, right before each write: a symlink may have been put there since the plan.
    this.#refuseSymlink(this.#folder, this.#label);
    fs.makeFolder(this.#folder);
    writer.sweep(this.#folder);
    const pending = join(this.#folder, PENDING_NAME);
    writer.replace(pending, manifest, { mode: 0o644, durable: true });
    const chosen = new Set([...plan.create, ...plan.update, ...plan.remode, ...plan.edited]);
    const made = new Set([this.#folder]);
    for (const file of files) if (chosen.has(file.path)) this.#writeFile(file, made);
    const wanted = new Set(files.map((file) => file.path));
    for (const path of [...plan.remove, ...plan.edited]) if (!wanted.has(path)) this.#remove(path);
    this.#refuseSymlink(this.#folder, this.#label);
    writer.replace(join(this.#folder, MANIFEST_NAME), manifest, { mode: 0o644, durable: true });
    fs.removeFile(pending);
  }

  /**
   * Every file below the folder but the manifest, in byte order; symlinks count as files and are not followed.
   * @param known files that were looked at already
   */
  list(known: ReadonlySet<string> = new Set()): readonly string[] {
    return this.#list('', known);
  }

  #list(prefix: string, known: ReadonlySet<string>): readonly string[] {
    const { fs } = this.#host;
    const folder = join(this.#folder, prefix);
    if (fs.stat(folder)?.kind !== 'folder') return [];
    return fs.readFolder(folder).flatMap((name) => {
      const path = prefix === '' ? name : `${prefix}/${name}`;
      if (known.has(path)) return [path];
      if (fs.stat(join(this.#folder, path))?.kind === 'folder') return this.#list(path, known);
      return path === MANIFEST_NAME || path === PENDING_NAME || isTemporaryName(name) ? [] : [path];
    });
  }

  #stateOf(
    file: OutputFile,
    ours: ReadonlySet<string> | undefined,
    safe: Set<string>,
  ): Exclude<keyof OutputPlan, 'remove'> {
    this.#requireSafe(file.path, safe);
    const absolute = join(this.#folder, file.path);
    const stat = this.#host.fs.stat(absolute);
    if (stat === undefined) return 'create';
    if (stat.kind !== 'file') {
      throw new PatternsError(
        'PATH_UNSAFE',
        `${this.#label}/${file.path} is a ${stat.kind}, and a file is to be written there`,
        {
          hint: 'Remove it, or choose another output folder.',
        },
      );
    }
    const found = sha256Hex(this.#host.fs.readFile(absolute));
    if (found === file.sha256)
      return (stat.mode & 0o777) === Number.parseInt(file.mode, 8) ? 'unchanged' : 'remode';
    return ours?.has(found) === true ? 'update' : 'edited';
  }

  #writeFile(file: OutputFile, made: Set<string>): void {
    const absolute = join(this.#folder, file.path);
    const folder = dirname(absolute);
    this.#requireSafe(file.path, new Set());
    if (!made.has(folder)) {
      this.#host.fs.makeFolder(folder);
      made.add(folder);
    }
    this.#host.writer.replace(absolute, file.content(), {
      mode: Number.parseInt(file.mode, 8),
      durable: false,
    });
  }

  #remove(path: string): void {
    this.#requireSafe(path, new Set());
    this.#host.fs.removeFile(join(this.#folder, path));
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      if (!this.#host.fs.removeEmptyFolder(join(this.#folder, folder))) return;
    }
  }

  #requireSafe(path: string, safe: Set<string>): void {
    const parts = path.split('/').slice(0, -1);
    for (let i = 0; i <= parts.length; i++) {
      const folder = parts.slice(0, i).join('/');
      if (safe.has(folder)) continue;
      this.#refuseSymlink(
        join(this.#folder, folder),
        folder === '' ? this.#label : `${this.#label}/${folder}`,
      );
      safe.add(folder);
    }
  }

  #isSafe(path: string, safe: Set<string>): boolean {
    try {
      this.#requireSafe(path, safe);
      return true;
    } catch (cause) {
      if (cause instanceof PatternsError && cause.code === 'PATH_UNSAFE') return false;
      throw cause;
    }
  }

  #refuseSymlink(absolute: string, label: string): void {
    const kind = this.#host.fs.stat(absolute)?.kind;
    if (kind === undefined || kind === 'folder') return;
    throw new PatternsError(
      'PATH_UNSAFE',
      `${label} is ${kind === 'symlink' ? 'a symlink' : `a ${kind}`}, not a folder`,
      {
        hint: 'Generated files are written through no symlink; name the folder itself.',
      },
    );
  }
}
