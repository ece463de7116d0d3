import { canonicalJson } from '../canon/canonical-json.ts';
import { readManifest } from '../documents/manifest-document.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { GenerationManifest } from '../model/manifest.ts';
import { formatRef } from '../model/pattern.ts';
import { displayPath, readNamedFile } from './project.ts';
import type { Workspace } from './workspace.ts';

export interface Change {
  readonly what: 'spec' | 'variable' | 'pin' | 'pattern' | 'file' | 'contract';
  readonly name: string;
  /** Absent in what was added. */
  readonly before?: string | undefined;
  /** Absent in what was removed. */
  readonly after?: string | undefined;
}

export interface DiffReport {
  readonly identical: boolean;
  readonly output_digest: { readonly before: string; readonly after: string };
  readonly changes: readonly Change[];
}

/**
 * What changed from one generation to another. When patterns were frozen is no difference.
 * @param paths absolute paths of two manifests
 */
export function diffManifests(workspace: Workspace, before: string, after: string): DiffReport {
  const [a, b] = [before, after].map((path) => readNamed(workspace, path));
  if (a === undefined || b === undefined) throw new TypeError('two manifests were read');
  const changes = compareGenerations(a, b);
  return {
    identical: changes.length === 0,
    output_digest: { before: a.output_digest, after: b.output_digest },
    changes,
  };
}

/** What changed from one generation to another, in the order of cause and effect. */
export function compareGenerations(a: GenerationManifest, b: GenerationManifest): readonly Change[] {
  return [
    ...compare(
      'contract',
      new Map([['renderContract', String(a.renderContract)]]),
      new Map([['renderContract', String(b.renderContract)]]),
    ),
    ...compare('spec', new Map([[a.name, a.spec]]), new Map([[b.name, b.spec]])),
    ...compare('variable', texts(a.variables), texts(b.variables)),
    ...compare(
      'pin',
      new Map(a.pins.map((pin) => [pin.requirement, formatRef(pin)])),
      new Map(b.pins.map((pin) => [pin.requirement, formatRef(pin)])),
    ),
    ...compare(
      'pattern',
      new Map(a.patterns.map((one) => [formatRef(one), one.digest])),
      new Map(b.patterns.map((one) => [formatRef(one), one.digest])),
    ),
    ...compare(
      'file',
      new Map(a.files.map((file) => [file.path, `${file.mode} sha256:${file.sha256}`])),
      new Map(b.files.map((file) => [file.path, `${file.mode} sha256:${file.sha256}`])),
    ),
  ];
}

function readNamed(workspace: Workspace, path: string): GenerationManifest {
  const label = displayPath(workspace.root, path);
  return readManifest(readNamedFile(workspace.host.fs, path, 'the manifest', label), label);
}

function texts(variables: object): ReadonlyMap<string, string> {
  return new Map(Object.entries(variables).map(([name, value]) => [name, canonicalJson(value)]));
}

function compare(
  what: Change['what'],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly Change[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(compareBytes);
  return names.flatMap((name): Change[] => {
    const [a, b] = [before.get(name), after.get(name)];
    if (a === b) return [];
    return [
      { what, name, ...(a === undefined ? {} : { before: a }), ...(b === undefined ? {} : { after: b }) },
    ];
  });
}
