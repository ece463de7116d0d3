import { list, show } from '../commands/catalogue.ts';
import { listReleases } from '../commands/freeze-release.ts';
import { changeStatus } from '../commands/change-status.ts';
import {
  checkMigration,
  migrate,
  type MigrateCheck,
  type MigrateReport,
  type MigrateSource,
} from '../commands/migrate.ts';
import { publish } from '../commands/publish.ts';
import { PatternsError } from '../model/error.ts';
import type { Status } from '../model/pattern.ts';
import type { MigrateFlags } from './program.ts';
import type { CommonOptions, Session } from './session.ts';
import { columns, plural } from './text.ts';

export async function publishCommand(
  session: Session,
  folders: readonly string[],
  options: CommonOptions & { candidate?: boolean },
): Promise<void> {
  const workspace = session.workspaceHere(options);
  const report = await publish(
    workspace,
    folders.map((folder) => session.absolute(folder)),
    options.candidate === true ? 'candidate' : 'production',
  );
  session.answer(options, report, () =>
    [
      ...report.published.map((ref) => `published ${ref}\n`),
      ...report.unchanged.map((ref) => `unchanged ${ref}\n`),
    ].join(''),
  );
}

export async function migrateCommand(session: Session, options: CommonOptions & MigrateFlags): Promise<void> {
  const workspace = session.workspaceHere(options);
  const source = migrateSource(session, options);
  if (options.check === true) {
    if (options.dryRun === true)
      throw new PatternsError('USAGE', '--check and --dry-run exclude each other', {
        hint: 'Give one of the two.',
      });
    const check = await checkMigration(workspace, source);
    const differs = check.missing.length + check.differing.length + check.failed.length > 0;
    session.answer(options, check, () => checkText(check), differs ? 1 : 0);
    return;
  }
  const report = await migrate(workspace, source, options.dryRun === true ? 'dry-run' : 'write');
  for (const { pattern, purpose, beaten_by } of report.not_found)
    workspace.notify(
      `a search for "${purpose}" does not find ${pattern} first, but ${beaten_by ?? 'nothing'}`,
    );
  session.answer(options, report, () => migrateText(report), report.failed.length === 0 ? 0 : 2);
}

function migrateSource(session: Session, { only, from, builtIn }: MigrateFlags): MigrateSource {
  const domains = only?.split(',').map((domain) => domain.trim()) ?? [];
  if (domains.includes(''))
    throw new PatternsError('USAGE', '--only names an empty domain', {
      hint: 'Separate domains by commas: --only api,infrastructure.',
    });
  return {
    domains,
    folders: from.map((folder) => session.absolute(folder)),
    builtIn: from.length === 0 || builtIn === true ? 'with' : 'without',
  };
}

function migrateText(report: MigrateReport): string {
  const { bank, migrated, unchanged, failed, found } = report;
  const verb = report.dry_run ? 'would be migrated' : 'migrated';
  return [
    `${bank}: ${migrated.length} ${verb}, ${unchanged.length} unchanged, ${failed.length} failed\n`,
    ...(report.dry_run ? migrated.map((ref) => `  ${ref}\n`) : []),
    ...failed.map((one) => `  failed ${one.pattern}: ${one.reason}\n`),
    report.dry_run || migrated.length === 0
      ? ''
      : `${found} of ${migrated.length} are what a search for their purpose finds first\n`,
  ].join('');
}

function checkText({ bank, same, missing, differing, failed }: MigrateCheck): string {
  return [
    `${bank}: ${same.length} the same, ${missing.length} missing, ${differing.length} differing, ${failed.length} failed\n`,
    ...missing.map((ref) => `  missing ${ref}\n`),
    ...differing.map((one) => `  differing ${one.pattern}: bank ${one.bank}, template ${one.template}\n`),
    ...failed.map((one) => `  failed ${one.pattern}: ${one.reason}\n`),
  ].join('');
}

export async function statusCommand(
  session: Session,
  ref: string,
  to: Exclude<Status, 'candidate'>,
  options: CommonOptions & { reason: string },
): Promise<void> {
  const report = await changeStatus(session.workspaceHere(options), ref, to, options.reason);
  session.answer(options, report, () => `${ref}: ${report.from} → ${report.to}\n`);
}

export async function listCommand(
  session: Session,
  options: CommonOptions & { releases?: boolean },
): Promise<void> {
  const workspace = session.workspaceHere(options);
  if (options.releases === true) {
    const releases = await listReleases(workspace);
    session.answer(options, { bank: workspace.bank.address, releases }, () => {
      const rows = releases.map(({ name, frozen_at, versions }) => [name, frozen_at, String(versions)]);
      return (
        columns([['RELEASE', 'FROZEN AT', 'VERSIONS'], ...rows]) + plural(releases.length, 'release') + '\n'
      );
    });
    return;
  }
  const versions = await list(workspace);
  session.answer(options, { bank: workspace.bank.address, patterns: versions }, () => {
    if (versions.length === 0)
      return `${workspace.bank.address} is empty; \`patterns migrate\` fills it with the built-in templates\n`;
    const rows = versions.map((one) => [
      `${one.pattern_id}@${one.version}`,
      one.status,
      one.domain,
      one.success_rate.toFixed(2),
      one.purpose,
    ]);
    return (
      columns([['PATTERN', 'STATUS', 'DOMAIN', 'SUCCESS', 'PURPOSE'], ...rows]) +
      plural(versions.length, 'version') +
      '\n'
    );
  });
}

export async function showCommand(session: Session, ref: string, options: CommonOptions): Promise<void> {
  const report = await show(session.workspaceHere(options), ref);
  session.answer(options, report, () => {
    const { signature, quality } = report;
    const rows = [
      [
        'pattern',
        `${report.pattern_id}@${report.version} (${report.status}; versions: ${report.versions.join(', ')})`,
      ],
      ['purpose', signature.purpose],
      ['intent', `${signature.intent}, domain ${signature.domain}`],
      [
        'quality',
        `success ${quality.success_rate}, coverage ${quality.test_coverage}, security ${quality.security_level}`,
      ],
      ['readiness', String(report.production_readiness_score)],
      ['used', plural(report.usage_count, 'build')],
      ['digest', report.digest],
      ['engine', report.engine],
      ['variables', Object.keys(report.variables).join(', ') || 'none'],
      ['slots', report.slots.join(', ') || 'none'],
    ];
    return `${columns(rows)}\n${report.body}`;
  });
}
