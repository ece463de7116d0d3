import { PatternsError } from '../model/error.ts';
import { MANIFEST_NAME, PENDING_NAME } from '../model/manifest.ts';

/** The folder, and its short name on Windows (CVE-2019-1352). */
const GIT = /^(?:\.git|git~[0-9]+)$/i;
const MAX_PATH_BYTES = 240;
/** Names that Windows gives to devices, whatever the extension (Microsoft, "Naming Files, Paths, and Namespaces"). */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$) *(?:\.|$)/i;

/**
 * Says why a path cannot be an output path on every system, or nothing when it can: relative, printable ASCII without
 * `\ : * ? " < > | %`, no empty, `.` or `..` part, no part with a leading `-` or a trailing dot or space, no reserved
 * Windows name, at most 240 bytes.
 */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (!/^[\x20-\x7e]*$/.test(path)) return 'it holds a character outside of printable ASCII';
  const forbidden = /[\\:*?"<>|%]/.exec(path)?.[0];
  if (forbidden !== undefined) return `it holds the character ${forbidden}`;
  if (path.length > MAX_PATH_BYTES) return `it has ${path.length} bytes; ${MAX_PATH_BYTES} are allowed`;
  if (path.startsWith('/')) return 'it is absolute';
  for (const part of path.split('/')) {
    if (part === '') return 'a part of it is empty';
    if (part === '.' || part === '..') return `it holds a \`${part}\` part`;
    if (part.startsWith('-')) return `the part "${part}" starts with a dash`;
    if (part.startsWith(' ') || /[. ]$/.test(part))
      return `the part "${part}" starts with a space or ends with a space or a dot`;
    if (RESERVED.test(part)) return `"${part}" is a reserved name on Windows`;
    if (GIT.test(part)) return 'it reaches into a .git folder';
    if (part.startsWith('.patterns-')) return `the name "${part}" is kept for temporary files`;
  }
  const name = path.toLowerCase();
  return name === MANIFEST_NAME || name === PENDING_NAME ? 'it is the name of the manifest' : undefined;
}

/** Refuses paths that cannot stand in one tree: unsafe ones, equal ones after lower-casing, a file where a folder is. */
export class PathSet {
  /** Lower-cased path → the path that claimed it first, and by what. */
  readonly #files = new Map<string, { path: string; owner: string }>();
  /** Lower-cased folder → a file below it. */
  readonly #folders = new Map<string, { path: string; folder: string }>();

  /** @throws PatternsError PATH_UNSAFE, PATH_COLLISION */
  add(path: string, owner: string): void {
    const problem = pathProblem(path);
    if (problem !== undefined) {
      throw new PatternsError('PATH_UNSAFE', `the output path "${path}" of ${owner} is refused: ${problem}`, {
        hint: 'Output paths are relative, of printable ASCII, and valid on every system.',
        details: { path, owner },
      });
    }
    const key = path.toLowerCase();
    const taken = this.#files.get(key);
    if (taken !== undefined)
      throw collision(path, owner, `${taken.owner} writes "${taken.path}" too`, taken.path);
    const below = this.#folders.get(key);
    if (below !== undefined) throw collision(path, owner, `it is the folder of "${below.path}"`, below.path);
    this.#addFolders(path, owner);
    this.#files.set(key, { path, owner });
  }

  #addFolders(path: string, owner: string): void {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      const key = folder.toLowerCase();
      const file = this.#files.get(key);
      if (file !== undefined) throw collision(path, owner, `"${file.path}" is a file`, file.path);
      const known = this.#folders.get(key);
      if (known === undefined) this.#folders.set(key, { path, folder });
      else if (known.folder !== folder) {
        throw collision(
          path,
          owner,
          `its folder differs from that of "${known.path}" in case only`,
          known.path,
        );
      }
    }
  }
}

function collision(path: string, owner: string, why: string, other: string): PatternsError {
  return new PatternsError('PATH_COLLISION', `the output path "${path}" of ${owner} collides: ${why}`, {
    hint: 'Give every file a path of its own; case alone does not tell two paths apart.',
    details: { path, other },
  });
}
