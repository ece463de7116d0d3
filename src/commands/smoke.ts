import { join } from 'node:path';
import { sha256Hex } from '../canon/sha256.ts';
import { manifestDigest, readManifest } from '../documents/manifest-document.ts';
import { readChecksPlan, readSeedPlan, readServicePlan } from '../documents/smoke-plan-document.ts';
import { writeSmokeReport } from '../documents/smoke-report-document.ts';
import { makeScratchFolder, removeScratchFolder } from '../host/node-file-system.ts';
import { PatternsError } from '../model/error.ts';
import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';
import { CHECKS_PLAN_PATH, SEED_PLAN_PATH, SERVICE_PLAN_PATH } from '../model/smoke-plan.ts';
import { SMOKE_REPORT_NAME, type SmokeReport } from '../model/smoke-report.ts';
import { runSmoke } from '../smoke/run-smoke.ts';
import { loadedRows, makeRows } from '../smoke/seed-rows.ts';
import { displayPath, readNamedFile } from './project.ts';
import type { Workspace } from './workspace.ts';

export interface SmokeOptions {
  /** Absolute path of a generated tree. */
  readonly folder: string;
  /** Absolute path of the report; beside the manifest by default. */
  readonly report: string | undefined;
  /** The variables of the user's process, for the programs that are started. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export type SmokeAnswer = SmokeReport & {
  /** Path of the report, relative to the project root where it lies below it. */
  readonly report: string;
};

/**
 * Runs the service of a generated tree on a copy of it, calls every operation, and writes the report.
 *
 * @throws PatternsError OUTPUT_EDITED when the tree is not what was generated, SMOKE_UNAVAILABLE when this machine lacks
 *   what the service needs, PATTERN_INVALID for bad plans
 */
export async function smoke(workspace: Workspace, options: SmokeOptions): Promise<SmokeAnswer> {
  const { host, root } = workspace;
  const label = displayPath(root, options.folder);
  const manifestLabel = `${label}/${MANIFEST_NAME}`;
  const manifest = readManifest(
    readNamedFile(host.fs, join(options.folder, MANIFEST_NAME), 'the manifest', manifestLabel),
    manifestLabel,
  );
  const files = readTree(workspace, manifest, options.folder, label);
  const scratch = makeScratchFolder();
  try {
    const started_at = host.now();
    const result = await inScratch(workspace, {
      manifest,
      files,
      scratch,
      label,
      environment: options.environment,
    });
    const report: SmokeReport = {
      generation: manifestDigest(manifest),
      output_digest: manifest.output_digest,
      started_at,
      finished_at: host.now(),
      ...result,
    };
    const path = options.report ?? join(options.folder, SMOKE_REPORT_NAME);
    host.writer.replace(path, Buffer.from(writeSmokeReport(report), 'utf8'), { mode: 0o644, durable: true });
    return { ...report, report: displayPath(root, path) };
  } finally {
    removeScratchFolder(scratch);
  }
}

interface ScratchRun {
  readonly manifest: GenerationManifest;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly scratch: string;
  readonly label: string;
  readonly environment: SmokeOptions['environment'];
}

async function inScratch(
  { host, root }: Workspace,
  { manifest, files, scratch, label, environment }: ScratchRun,
) {
  const plan = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes !== undefined) return bytes;
    throw new PatternsError('FILE_NOT_FOUND', `${label} has no ${path}, so it does not say how it is run`, {
      hint: 'Generate it by a blueprint that has smoke patterns, for example `extends: fastapi-service@^1`.',
    });
  };
  const service = readServicePlan(plan(SERVICE_PLAN_PATH), `${label}/${SERVICE_PLAN_PATH}`);
  const seed = readSeedPlan(plan(SEED_PLAN_PATH), `${label}/${SEED_PLAN_PATH}`);
  const checks = readChecksPlan(plan(CHECKS_PLAN_PATH), `${label}/${CHECKS_PLAN_PATH}`);
  const rows = await makeRows(seed, `${label}/${SEED_PLAN_PATH}`);
  const tree = join(scratch, 'tree');
  for (const { path, mode } of manifest.files) {
    const target = join(tree, path);
    host.fs.makeFolder(join(target, '..'));
    const bytes = files.get(path) ?? new Uint8Array();
    host.fs.createFile(target, bytes, { mode: mode === '0755' ? 0o755 : 0o644, durable: false });
  }
  const seedFile = join(scratch, 'seed.json');
  const loaded = Buffer.from(JSON.stringify(loadedRows(seed, rows)), 'utf8');
  host.fs.createFile(seedFile, loaded, { mode: 0o644, durable: false });
  return runSmoke({
    host,
    folders: { tree, scratch, seedFile, cache: join(root, '.patterns', 'cache', 'smoke') },
    environment,
    service,
    checks,
    rows,
    files: manifest.files.map(({ path, spans }) => ({
      path,
      spans,
      text: () => Buffer.from(files.get(path) ?? []).toString('utf8'),
    })),
  });
}

/** The generated files, which have to be what the manifest says: a report speaks of its generation only. */
function readTree(
  { host }: Workspace,
  manifest: GenerationManifest,
  folder: string,
  label: string,
): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const { path, sha256 } of manifest.files) {
    const bytes = readNamedFile(host.fs, join(folder, path), 'a generated file', `${label}/${path}`);
    if (sha256Hex(bytes) !== sha256) {
      throw new PatternsError('OUTPUT_EDITED', `${label}/${path} is not what was generated`, {
        hint: 'A smoke test is of a generation. Build again, or test your edits with the tests of the tree.',
        details: { edited: [path] },
      });
    }
    files.set(path, bytes);
  }
  return files;
}
