import semver from 'semver';
import { decodeText, parseJson } from '../documents/json-text.ts';
import { readYaml } from '../documents/yaml-text.ts';
import { PatternsError } from '../model/error.ts';

/** One version of something that generated code needs, as a file of it pins it. */
export interface PinnedDependency {
  readonly name: string;
  readonly version: string;
  /** Package URL (https://github.com/package-url/purl-spec). */
  readonly purl: string;
  /** The generated file that pins it. */
  readonly file: string;
}

/** Larger files are no lists that a pattern wrote. */
export const MAX_LIST_BYTES = 4 * 1024 * 1024;

type Reader = (text: string, file: string) => readonly Omit<PinnedDependency, 'file'>[];

const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/^requirements[\w.-]*\.txt$/, pythonRequirements],
  [/^package\.json$/, npmManifest],
  [/^package-lock\.json$/, npmLock],
  [/^go\.mod$/, goModule],
  [/^(?:[\w.-]+\.)?Dockerfile(?:\.[\w.-]+)?$/, dockerBases],
  [/^(?:docker-)?compose[\w.-]*\.ya?ml$/, composeImages],
];

/** Whether a generated file can pin dependencies, by its name. */
export function canPinDependencies(path: string): boolean {
  return readerOf(path) !== undefined;
}

/** The exact versions that a generated file pins; a file that is not in its format pins nothing. */
export function pinnedDependencies(path: string, bytes: Uint8Array): readonly PinnedDependency[] {
  const read = readerOf(path);
  if (read === undefined) return [];
  try {
    return read(decodeText(bytes, path), path).map((one) => ({ ...one, file: path }));
  } catch (cause) {
    if (cause instanceof PatternsError) return [];
    throw cause;
  }
}

function readerOf(path: string): Reader | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return READERS.find(([pattern]) => pattern.test(name))?.[1];
}

/** pip's requirements file format: `name[extras]==version`. */
function pythonRequirements(text: string) {
  return text.split('\n').flatMap((line) => {
    const [, name, version] =
      /^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*([A-Za-z0-9.!+_-]+)/.exec(line) ?? [];
    if (name === undefined || version === undefined) return [];
    // PEP 503: names differ neither in case nor in their separators.
    const normal = name.toLowerCase().replace(/[-_.]+/g, '-');
    return [{ name: normal, version, purl: `pkg:pypi/${normal}@${encodeURIComponent(version)}` }];
  });
}

function npmManifest(text: string, file: string) {
  const json = parseJson(text, file);
  return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((key) =>
    entriesOf(property(json, key)).flatMap(([name, version]) =>
      typeof version === 'string' ? npmPackage(name, version) : [],
    ),
  );
}

function npmLock(text: string, file: string) {
  return entriesOf(property(parseJson(text, file), 'packages')).flatMap(([key, entry]) => {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(key)?.[1];
    const version = property(entry, 'version');
    return name === undefined || typeof version !== 'string' ? [] : npmPackage(name, version);
  });
}

function npmPackage(name: string, version: string) {
  if (semver.valid(version) !== version) return [];
  const purl = `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`;
  return [{ name, version, purl }];
}

/** https://go.dev/ref/mod#go-mod-file-require */
function goModule(text: string) {
  return text.split('\n').flatMap((line) => {
    const [, name, version] = /^\s*(?:require\s+)?([\w.~/-]+\.[\w.~/-]+)\s+(v\d[\w.+-]*)/.exec(line) ?? [];
    if (name === undefined || version === undefined || /^\s*replace\b/.test(line)) return [];
    return [{ name, version, purl: `pkg:golang/${name.toLowerCase()}@${encodeURIComponent(version)}` }];
  });
}

/** `FROM image:tag`; a stage of the same file or an image named by an argument pins nothing. */
function dockerBases(text: string) {
  return text.split('\n').flatMap((line) => {
    const image = /^FROM\s+(?:--\S+\s+)*(\S+)/i.exec(line)?.[1];
    return image === undefined ? [] : containerImage(image);
  });
}

function composeImages(text: string, file: string) {
  const { value } = readYaml(Buffer.from(text, 'utf8'), file);
  return entriesOf(property(value, 'services')).flatMap(([, service]) => {
    const image = property(service, 'image');
    return typeof image === 'string' ? containerImage(image) : [];
  });
}

function containerImage(image: string) {
  const [, name, tag, digest] =
    /^([a-z0-9][a-z0-9._/-]*)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? [];
  const version = digest ?? tag;
  if (name === undefined || version === undefined) return [];
  return [{ name, version, purl: `pkg:docker/${name}@${version.replace(':', '%3A')}` }];
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function property(value: unknown, key: string): unknown {
  return entriesOf(value).find(([name]) => name === key)?.[1];
}
