import { join } from 'node:path';
import { PatternsError } from '../model/error.ts';
import type { LockedPattern } from '../model/lockfile.ts';
import { isJsonObject } from '../model/json.ts';
import { formatRef } from '../model/pattern.ts';
import { loadSpec } from './load-spec.ts';
import { displayPath } from './project.ts';
import type { Workspace } from './workspace.ts';

export interface Check {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface DoctorReport {
  readonly healthy: boolean;
  readonly checks: readonly Check[];
}

const MINIMUM_NODE = [20, 19] as const;

/**
 * Examines project, golden store and bank. Changes nothing.
 * @param nodeVersion of the running process, for example `20.19.0`
 */
export async function doctor(workspace: Workspace, nodeVersion: string): Promise<DoctorReport> {
  const checks = [
    checkNode(nodeVersion),
    checkTemplates(workspace),
    ...checkLocks(workspace),
    checkBlobs(workspace),
    ...checkSpecs(workspace),
    ...(await checkBank(workspace)),
  ];
  return { healthy: checks.every((check) => check.status !== 'error'), checks };
}

function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
  if (enough) return { check: 'node', status: 'ok', message: `Node ${version}` };
  return {
    check: 'node',
    status: 'error',
    message: `Node ${version} is too old`,
    hint: `Install Node ${MINIMUM_NODE.join('.')} or later.`,
  };
}

function checkTemplates(workspace: Workspace): Check {
  return attempt('templates', () => `${workspace.statics.all().length} built-in templates`);
}

function checkLocks(workspace: Workspace): readonly Check[] {
  const { fs } = workspace.host;
  const folder = workspace.golden.folder;
  if (fs.stat(folder)?.kind !== 'folder') {
    return [
      {
        check: 'golden',
        status: 'warning',
        message: 'there is no golden folder yet',
        hint: 'Run `patterns init`, or `patterns lock <spec>`.',
      },
    ];
  }
  const names = fs.readFolder(folder).flatMap((file) => /^(.+)\.lock$/.exec(file)?.[1] ?? []);
  const attributes: Check =
    fs.stat(join(folder, '.gitattributes')) === undefined
      ? {
          check: 'golden/.gitattributes',
          status: 'warning',
          message: 'is missing, so git may change blobs or fail to merge locks',
          hint: 'Run `patterns lock <spec>`, which writes it.',
        }
      : { check: 'golden/.gitattributes', status: 'ok', message: 'is there' };
  return [
    attributes,
    ...names.map((name) => attempt(workspace.locks.label(name), () => checkLock(workspace, name))),
  ];
}

function checkLock(workspace: Workspace, name: string): string {
  const reading = workspace.locks.read(name);
  const conflict = reading?.conflicts[0];
  if (conflict !== undefined) {
    throw new PatternsError('LOCK_CONFLICT', `two pins contradict each other for ${conflict.requirement}`, {
      hint: `Settle it with \`patterns lock <spec> --update ${conflict.requirement}\`.`,
    });
  }
  for (const line of reading?.lockfile.patterns ?? []) {
    workspace.golden.body(workspace.golden.frozen(line, line.digest));
    workspace.golden.record(line, line.quality);
  }
  return `pins ${reading?.lockfile.pins.length ?? 0}, every body is there and whole`;
}

function checkBlobs(workspace: Workspace): Check {
  return attempt('golden/blobs', () => {
    const blobs = workspace.golden.blobs.list();
    for (const digest of blobs) workspace.golden.blobs.read(digest, 'a blob');
    return `${blobs.length} blobs match their names`;
  });
}

/** Operations that nobody does yet, in each spec of the project. */
function checkSpecs(workspace: Workspace): readonly Check[] {
  return specsOf(workspace).flatMap((path): Check[] => {
    const label = displayPath(workspace.root, path);
    try {
      const { spec } = loadSpec(workspace, path);
      const names = spec.operations.flatMap((one) =>
        isJsonObject(one) && one['action'] === 'unanswered'
          ? [typeof one['name'] === 'string' ? one['name'] : '?']
          : [],
      );
      if (names.length === 0) return [];
      const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ');
      return [
        {
          check: label,
          status: 'warning',
          message: `${names.length} of ${spec.operations.length} operations are unanswered: ${shown}`,
          hint: 'Answer each by a pattern, a need or an action; until then the service answers 501.',
        },
      ];
    } catch (cause) {
      if (!(cause instanceof PatternsError)) throw cause;
      return [{ check: label, status: 'error', message: cause.message, hint: cause.hint }];
    }
  });
}

/** What `patterns init` and imports call specs: YAML files of the root and of `manifests/` that start as specs do. */
function specsOf(workspace: Workspace): readonly string[] {
  const { fs } = workspace.host;
  const files = (folder: string): readonly string[] =>
    fs.stat(folder)?.kind === 'folder' ? fs.readFolder(folder).map((name) => join(folder, name)) : [];
  const manifests = join(workspace.root, 'manifests');
  const all = [...files(workspace.root), ...files(manifests), ...files(manifests).flatMap(files)];
  return all.filter(
    (path) => /\.ya?ml$/.test(path) && fs.stat(path)?.kind === 'file' && isSpec(fs.readFile(path)),
  );
}

function isSpec(bytes: Uint8Array): boolean {
  return /^apiVersion: *["']?patterns\/v1/m.test(Buffer.from(bytes.subarray(0, 4096)).toString('utf8'));
}

async function checkBank(workspace: Workspace): Promise<readonly Check[]> {
  const { bank } = workspace;
  if (bank.state.kind === 'off')
    return [{ check: 'bank', status: 'ok', message: `${bank.address} is not asked: ${bank.state.reason}` }];
  try {
    return await bank.use(async (open) => {
      const statuses = new Map<string, string>();
      for await (const entry of open.entries()) statuses.set(formatRef(entry), entry.status);
      const hint = statuses.size === 0 ? { hint: 'Fill it with `patterns migrate`.' } : {};
      const state: Check = {
        check: 'bank',
        status: statuses.size === 0 ? 'warning' : 'ok',
        message: `${bank.address} has ${statuses.size} versions`,
        ...hint,
      };
      return [state, ...withdrawnPins(readablePins(workspace), statuses)];
    });
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    return [
      {
        check: 'bank',
        status: 'warning',
        message: cause.message,
        hint: cause.hint ?? 'Locked builds and replays need no bank.',
      },
    ];
  }
}

/** None when a lockfile is damaged, which is a finding of its own. */
function readablePins(workspace: Workspace): readonly LockedPattern[] {
  try {
    return workspace.locks.allPatterns();
  } catch (cause) {
    if (cause instanceof PatternsError) return [];
    throw cause;
  }
}

/** Pins of versions that the bank has withdrawn since: the builds stand, and somebody should know. */
function withdrawnPins(
  lines: readonly LockedPattern[],
  statuses: ReadonlyMap<string, string>,
): readonly Check[] {
  return lines.flatMap((line): Check[] => {
    const status = statuses.get(formatRef(line));
    if (status !== 'yanked' && status !== 'quarantined') return [];
    return [
      {
        check: formatRef(line),
        status: 'warning',
        message: `is locked, and ${status} in the bank`,
        hint: `Consider \`patterns lock <spec> --update ${line.pattern_id}\`.`,
      },
    ];
  });
}

function attempt(check: string, examine: () => string): Check {
  try {
    return { check, status: 'ok', message: examine() };
  } catch (cause) {
    if (!(cause instanceof PatternsError)) throw cause;
    return { check, status: 'error', message: cause.message, hint: cause.hint };
  }
}
