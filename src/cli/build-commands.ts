import { join, resolve } from 'node:path';
import { build, type BuildReport } from '../commands/build.ts';
import { diffManifests } from '../commands/diff-manifests.ts';
import { lock } from '../commands/lock.ts';
import type { Update } from '../commands/lock-spec.ts';
import { replay } from '../commands/replay.ts';
import { type Finding, verify } from '../commands/verify.ts';
import { why, type WhyEntry } from '../commands/why.ts';
import { type Digest, isDigest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { BuildFlags, LockFlags, ReplayFlags } from './program.ts';
import type { CommonOptions, Session } from './session.ts';
import { plural, tierText } from './text.ts';

export async function lockCommand(
  session: Session,
  spec: string,
  options: CommonOptions & LockFlags,
): Promise<void> {
  if (options.update !== undefined && options.check === true) {
    throw new PatternsError('USAGE', '--update and --check exclude each other', {
      hint: 'Give one of the two.',
    });
  }
  const path = session.absolute(spec);
  const workspace = session.workspace(options, path);
  const report = await lock(workspace, path, {
    update: updateOf(options.update),
    mode: options.check === true ? 'check' : 'write',
    bank: options.requireBank === true ? 'required' : 'optional',
    release: options.release,
  });
  session.answer(options, report, () => {
    const state = options.check === true ? 'answers its spec' : report.changed ? 'written' : 'unchanged';
    const resolved = report.resolutions
      .map((one) => `  ${one.requirement} → ${one.pattern_id}@${one.version} (${one.tier}: ${one.reason})\n`)
      .join('');
    return `${report.lockfile}: ${state}, ${plural(report.pins.length, 'pin')}, patterns from ${tierText(report.tiers)}\n${resolved}`;
  });
}

function updateOf(option: string[] | true | undefined): Update {
  if (option === undefined) return { kind: 'keep' };
  return option === true ? { kind: 'all' } : { kind: 'named', names: option };
}

export async function buildCommand(
  session: Session,
  spec: string,
  options: CommonOptions & BuildFlags,
): Promise<void> {
  const path = session.absolute(spec);
  const workspace = session.workspace(options, path, options.offline === true ? 'offline' : 'online');
  const report = await build(workspace, {
    spec: path,
    output: session.absolute(options.output),
    lock: options.locked === true ? 'locked' : 'complete',
    bank: options.requireBank === true ? 'required' : 'optional',
    write: options.dryRun === true ? 'dry-run' : 'write',
    edits: options.force === true ? 'overwrite' : 'keep',
    diff: options.diff === true ? 'unified' : 'none',
  });
  session.answer(options, report, () => buildText(report));
}

function buildText(report: BuildReport): string {
  const { created, updated, removed, unchanged } = report;
  const verb = report.dry_run ? 'would write' : 'built';
  return [
    report.diff ?? '',
    `${verb} ${plural(report.files, 'file')}: ${created.length} created, ${updated.length} updated, ${removed.length} removed, ${unchanged} unchanged\n`,
    `patterns from ${tierText(report.tiers)}; lock ${report.lockfile} ${report.locked ? 'unchanged' : 'completed'}\n`,
    `manifest ${report.manifest}\n`,
    `output_digest ${report.output_digest}\n`,
  ].join('');
}

export async function replayCommand(
  session: Session,
  manifest: string,
  options: CommonOptions & ReplayFlags,
): Promise<void> {
  const source = session.absolute(manifest);
  const workspace = session.workspace(options, source, 'offline');
  const report = replay(workspace, {
    source,
    spec: options.spec === undefined ? undefined : session.absolute(options.spec),
    output: options.output === undefined ? undefined : session.absolute(options.output),
    expect: options.expect === undefined ? undefined : requireDigest(options.expect),
    edits: options.force === true ? 'overwrite' : 'keep',
  });
  const lines = report.differences
    .map((one) => `  ${one.path}: expected ${one.expected}, found ${one.found}\n`)
    .join('');
  session.answer(
    options,
    report,
    () =>
      report.identical
        ? `replayed ${plural(report.files, 'file')}, identical\noutput_digest ${report.output_digest}\n`
        : `the replay differs, and nothing was written:\n${lines}output_digest ${report.output_digest}\n`,
    report.identical ? 0 : 1,
  );
}

function requireDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new PatternsError('USAGE', `--expect ${text} is no digest`, {
    hint: 'Write sha256: and 64 hex digits.',
  });
}

export async function verifyCommand(
  session: Session,
  dir: string,
  options: CommonOptions & { strict?: boolean },
): Promise<void> {
  const folder = session.absolute(dir);
  const workspace = session.workspace(options, join(folder, 'any'), 'offline');
  const report = verify(workspace, folder, options.strict === true ? 'strict' : 'lenient');
  session.answer(
    options,
    report,
    () => {
      const extra = report.extra.map((path) => `  beside: ${path}\n`).join('');
      const verdict = report.verified ? 'verified' : 'NOT verified';
      return `${report.findings.map(findingText).join('')}${extra}${verdict}: ${plural(report.files, 'file')}, ${plural(report.findings.length, 'fault')}, ${plural(report.extra.length, 'file')} beside\n`;
    },
    report.verified ? 0 : 1,
  );
}

function findingText(finding: Finding): string {
  return `  ${finding.kind}: ${finding.file}\n    expected ${finding.expected}\n    found    ${finding.found}\n`;
}

export async function whyCommand(session: Session, target: string, options: CommonOptions): Promise<void> {
  const match = /^(.*?)(?::(\d+))?$/.exec(target);
  const file = resolve(session.process.workingFolder, match?.[1] ?? target);
  const line = match?.[2] === undefined ? undefined : Number(match[2]);
  const report = why(session.workspace(options, file, 'offline'), file, line);
  session.answer(options, report, () => {
    const head =
      report.line === undefined
        ? `${report.file}\n`
        : `${report.file}:${report.line}: ${report.text ?? ''}\n`;
    const edited = report.edited
      ? '  the file was edited since it was generated; lines are those of the generated file\n'
      : '';
    return head + edited + report.entries.map(whyText).join('');
  });
}

function lineRange(range: { start: number; end: number }): string {
  return range.start === range.end ? `line ${range.start}` : `lines ${range.start}-${range.end}`;
}

function whyText(entry: WhyEntry): string {
  const { lines, template, quality, resolution } = entry;
  return [
    `  ${lineRange(lines)}: ${entry.pattern_id}@${entry.version}, ${lineRange(template)} of its body\n`,
    `    tier ${entry.tier}, frozen ${entry.frozen_at}, for ${entry.requirements.join(', ')}\n`,
    `    ${entry.digest}\n`,
    resolution === undefined ? '' : `    chosen: ${resolution.reason}\n`,
    `    track record when frozen: success ${quality.success_rate}, coverage ${quality.test_coverage}, security ${quality.security_level}\n`,
  ].join('');
}

export async function diffCommand(
  session: Session,
  before: string,
  after: string,
  options: CommonOptions,
): Promise<void> {
  const [a, b] = [session.absolute(before), session.absolute(after)];
  const report = diffManifests(session.workspace(options, a, 'offline'), a, b);
  session.answer(
    options,
    report,
    () => {
      if (report.identical) return `no difference; output_digest ${report.output_digest.after}\n`;
      return report.changes
        .map((one) => `${one.what} ${one.name}: ${one.before ?? '(none)'} → ${one.after ?? '(none)'}\n`)
        .join('');
    },
    report.identical ? 0 : 1,
  );
}
