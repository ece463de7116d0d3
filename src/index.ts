import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildReport, build as buildSpec } from './commands/build.ts';
import { createWorkspace } from './commands/create-workspace.ts';
import { type LockReport, lock as lockSpec } from './commands/lock.ts';
import type { EvidenceDiffReport } from './commands/evidence-diff.ts';
import type { KeygenReport } from './commands/evidence-keygen.ts';
import type { PackReport } from './commands/evidence-pack.ts';
import type { EvidenceReport } from './commands/evidence-verify.ts';
import type { Update } from './commands/lock-spec.ts';
import { type MigrateReport, migrate } from './commands/migrate.ts';
import { findProjectRoot } from './commands/project.ts';
import { type PublishReport, publish } from './commands/publish.ts';
import { type ReplayReport, replay as replayManifest } from './commands/replay.ts';
import type { SearchReport } from './commands/search.ts';
import { type VerifyReport, verify as verifyTree } from './commands/verify.ts';
import type { Workspace } from './commands/workspace.ts';
import { createHost } from './host/host.ts';
import { PatternsError } from './model/error.ts';
import type { Need } from './model/spec.ts';

export type { BuildReport } from './commands/build.ts';
export type { EvidenceChange, EvidenceDiffReport } from './commands/evidence-diff.ts';
export type { KeygenReport } from './commands/evidence-keygen.ts';
export type { PackReport, Redaction } from './commands/evidence-pack.ts';
export type { CheckName, CheckResult, EvidenceFinding } from './commands/evidence-checks.ts';
export type { EvidenceReport } from './commands/evidence-verify.ts';
export type { LockReport } from './commands/lock.ts';
export type { MigrateReport } from './commands/migrate.ts';
export type { PublishReport } from './commands/publish.ts';
export type { Difference, ReplayReport } from './commands/replay.ts';
export type { SearchMatch, SearchReport } from './commands/search.ts';
export type { Need } from './model/spec.ts';
export type { Finding, VerifyReport } from './commands/verify.ts';
export { type ErrorCode, PatternsError, type Place } from './model/error.ts';

export interface ProjectOptions {
  /** The project root; the nearest folder above the working folder that has one of the markers by default. */
  readonly root?: string;
  /** The golden folder; `golden/` of the root by default. */
  readonly golden?: string;
  /** Bank address, for example `file:.patterns/bank`. */
  readonly bank?: string;
  /** Takes the bank out of new resolutions. */
  readonly offline?: boolean;
  /** Seconds since 1970 for `frozen_at`, as SOURCE_DATE_EPOCH has them; the time of day by default. */
  readonly sourceDateEpoch?: number;
  /** Told of what is not the result: skipped tiers, warnings. */
  readonly onNotice?: (message: string) => void;
}

export interface BuildOptions {
  readonly locked?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export interface PackEvidenceOptions {
  /** Reports of smoke tests and of tests. */
  readonly reports?: readonly string[];
  /** The private key that signs, and its passphrase. */
  readonly key?: string;
  readonly passphrase?: string;
  /** Variables of the environment: the values of those that are secrets by their name, and of HOME and the like, are kept out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface VerifyEvidenceOptions {
  /** The public key whose signature is demanded. */
  readonly key?: string;
  /** The signature; beside the archive by default. */
  readonly bundle?: string;
}

/** A project and its bank. Paths may be relative to the working folder. */
export interface Project {
  publish(folders: readonly string[], status?: 'production' | 'candidate'): Promise<PublishReport>;
  migrate(domains?: readonly string[]): Promise<MigrateReport>;
  /** Has no side effect. `topK` is 10 and `minResults` 1 where they are not given. */
  search(
    need: Need,
    options?: { readonly topK?: number; readonly minResults?: number },
  ): Promise<SearchReport>;
  /** @param update pattern ids or requirements to resolve anew, or all */
  lock(spec: string, update?: 'all' | readonly string[]): Promise<LockReport>;
  build(spec: string, output: string, options?: BuildOptions): Promise<BuildReport>;
  /** Without an output folder, only compares. */
  replay(manifest: string, output?: string): ReplayReport;
  verify(folder: string, mode?: 'lenient' | 'strict'): VerifyReport;
  /** Makes `<name>.key` and `<name>.pub`. */
  generateKeys(name: string, passphrase?: string): Promise<KeygenReport>;
  packEvidence(folder: string, archive: string, options?: PackEvidenceOptions): Promise<PackReport>;
  verifyEvidence(archive: string, options?: VerifyEvidenceOptions): Promise<EvidenceReport>;
  diffEvidence(before: string, after: string): Promise<EvidenceDiffReport>;
  close(): Promise<void>;
}

/**
 * Opens a project.
 * @throws PatternsError, as does every method
 */
export function openProject(options: ProjectOptions = {}): Project {
  const workspace = workspaceOf(options);
  return {
    publish: (folders, status = 'production') =>
      publish(
        workspace,
        folders.map((folder) => resolve(folder)),
        status,
      ),
    migrate: (domains = []) => migrate(workspace, { domains, folders: [], builtIn: 'with' }, 'write'),
    search: async (need, { topK = 10, minResults = 1 } = {}) =>
      (await import('./commands/search.ts')).search(workspace, need, { topK, minResults }),
    lock: (spec, update) =>
      lockSpec(workspace, resolve(spec), {
        update: updateOf(update),
        mode: 'write',
        bank: 'optional',
        release: undefined,
      }),
    build: (spec, output, { locked = false, dryRun = false, force = false } = {}) =>
      buildSpec(workspace, {
        spec: resolve(spec),
        output: resolve(output),
        lock: locked ? 'locked' : 'complete',
        bank: 'optional',
        write: dryRun ? 'dry-run' : 'write',
        edits: force ? 'overwrite' : 'keep',
        diff: 'none',
      }),
    replay: (manifest, output) =>
      replayManifest(workspace, {
        source: resolve(manifest),
        spec: undefined,
        output: output === undefined ? undefined : resolve(output),
        expect: undefined,
        edits: 'keep',
      }),
    verify: (folder, mode = 'lenient') => verifyTree(workspace, resolve(folder), mode),
    generateKeys: async (name, passphrase) =>
      (await import('./commands/evidence-keygen.ts')).generateKeys(workspace, resolve(name), passphrase),
    packEvidence: async (folder, archive, { reports = [], key, passphrase, environment = {} } = {}) => {
      const { privateTexts } = await import('./commands/private-texts.ts');
      const { machineNames } = await import('./host/machine.ts');
      return (await import('./commands/evidence-pack.ts')).packEvidence(workspace, {
        folder: resolve(folder),
        archive: resolve(archive),
        reports: reports.map((path) => resolve(path)),
        key: key === undefined ? undefined : { path: resolve(key), passphrase },
        privateTexts: privateTexts({
          env: environment,
          machine: machineNames(),
          folders: [workspace.root, resolve('.')],
          bank: options.bank,
        }),
        version: packageVersion(workspace),
      });
    },
    verifyEvidence: async (archive, { key, bundle } = {}) =>
      (await import('./commands/evidence-verify.ts')).verifyEvidence(workspace, {
        archive: resolve(archive),
        key: key === undefined ? undefined : resolve(key),
        bundle: bundle === undefined ? undefined : resolve(bundle),
        version: packageVersion(workspace),
      }),
    diffEvidence: async (before, after) =>
      (await import('./commands/evidence-diff.ts')).diffEvidence(workspace, resolve(before), resolve(after)),
    close: () => workspace.bank.close(),
  };
}

function workspaceOf(options: ProjectOptions): Workspace {
  const host = createHost(options.sourceDateEpoch?.toString());
  const root =
    options.root === undefined
      ? findProjectRoot(host.fs, resolve('any'), resolve('.'))
      : resolve(options.root);
  return createWorkspace({
    host,
    root,
    golden: options.golden === undefined ? join(root, 'golden') : resolve(options.golden),
    templates: join(packageRoot(), 'templates'),
    bank: options.bank,
    bankUse: options.offline === true ? 'offline' : 'online',
    embedder: 'minilm',
    model: undefined,
    notify: options.onNotice ?? (() => undefined),
  });
}

/** `dist/lib` lies two levels below it. */
function packageRoot(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..');
}

function packageVersion({ host }: Workspace): string {
  const text = Buffer.from(host.fs.readFile(join(packageRoot(), 'package.json'))).toString('utf8');
  const json: unknown = JSON.parse(text);
  if (typeof json === 'object' && json !== null && 'version' in json && typeof json.version === 'string')
    return json.version;
  throw new PatternsError('INTERNAL', 'the package.json of patternbank has no version');
}

function updateOf(update: 'all' | readonly string[] | undefined): Update {
  if (update === undefined) return { kind: 'keep' };
  return update === 'all' ? { kind: 'all' } : { kind: 'named', names: update };
}
