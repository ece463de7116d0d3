import { join } from 'node:path';
import { diffEvidence } from '../commands/evidence-diff.ts';
import { generateKeys } from '../commands/evidence-keygen.ts';
import { packEvidence } from '../commands/evidence-pack.ts';
import { verifyEvidence } from '../commands/evidence-verify.ts';
import { privateTexts } from '../commands/private-texts.ts';
import { machineNames } from '../host/machine.ts';
import type { CommonOptions, Session } from './session.ts';
import { plural } from './text.ts';
import { VERSION } from './version.ts';

const PASSPHRASE = 'PATTERNS_KEY_PASSPHRASE';

export interface PackFlags {
  readonly output: string;
  readonly key?: string;
  readonly report: string[];
}

export interface EvidenceVerifyFlags {
  readonly key?: string;
  readonly bundle?: string;
}

export async function keygenCommand(session: Session, name: string, options: CommonOptions): Promise<void> {
  const report = generateKeys(session.workspaceHere(options), session.absolute(name), passphraseOf(session));
  session.answer(
    options,
    report,
    () =>
      `private key ${report.private_key}${report.encrypted ? ', encrypted' : `, not encrypted: set ${PASSPHRASE} to have it so`}\npublic key  ${report.public_key}\nfingerprint ${report.fingerprint}\n`,
  );
}

export async function packCommand(
  session: Session,
  dir: string,
  options: CommonOptions & PackFlags,
): Promise<void> {
  const folder = session.absolute(dir);
  const workspace = session.workspace(options, join(folder, 'any'), 'offline');
  const { env, workingFolder } = session.process;
  const report = packEvidence(workspace, {
    folder,
    archive: session.absolute(options.output),
    reports: options.report.map((path) => session.absolute(path)),
    key:
      options.key === undefined
        ? undefined
        : { path: session.absolute(options.key), passphrase: passphraseOf(session) },
    privateTexts: privateTexts({
      env,
      machine: machineNames(),
      folders: [workspace.root, workspace.host.fs.realPath(workspace.root), workingFolder],
      bank: options.bank,
    }),
    version: VERSION,
  });
  session.answer(
    options,
    report,
    () => {
      if (!report.packed) {
        const faults = report.findings.map(
          (one) => `  ${one.kind}: ${one.file}\n    expected ${one.expected}\n    found    ${one.found}\n`,
        );
        return `${faults.join('')}nothing packed: ${plural(report.findings.length, 'fault')}\n`;
      }
      const replaced = report.redacted.map(
        (one) => `  ${one.file}: ${plural(one.replaced, 'private text')} replaced\n`,
      );
      const signature = report.bundle === undefined ? 'unsigned' : `signature ${report.bundle}`;
      return `packed ${plural(report.files, 'file')} into ${report.archive}\n${replaced.join('')}digest ${report.digest}\n${signature}\noutput_digest ${report.output_digest}\n`;
    },
    report.packed ? 0 : 1,
  );
}

export async function evidenceVerifyCommand(
  session: Session,
  file: string,
  options: CommonOptions & EvidenceVerifyFlags,
): Promise<void> {
  const archive = session.absolute(file);
  const report = verifyEvidence(session.workspaceHere(options), {
    archive,
    key: options.key === undefined ? undefined : session.absolute(options.key),
    bundle: options.bundle === undefined ? undefined : session.absolute(options.bundle),
    version: VERSION,
  });
  session.answer(
    options,
    report,
    () => {
      const checks = report.checks.map((one) => `${MARKS[one.status]} ${one.check}: ${one.text}\n`);
      const faults = report.findings.map(
        (one) => `  ${one.check}: ${one.file}\n    expected ${one.expected}\n    found    ${one.found}\n`,
      );
      const trust =
        report.trust === 'key' ? 'signed by the key given' : 'unsigned: it proves consistency, not origin';
      return `${checks.join('')}${faults.join('')}${report.verified ? 'verified' : 'NOT verified'}: ${plural(report.files, 'file')}, ${plural(report.findings.length, 'fault')}; ${trust}\n`;
    },
    report.verified ? 0 : 1,
  );
}

const MARKS = { passed: 'ok     ', failed: 'FAILED ', skipped: 'skipped' } as const;

export async function evidenceDiffCommand(
  session: Session,
  before: string,
  after: string,
  options: CommonOptions,
): Promise<void> {
  const report = diffEvidence(
    session.workspaceHere(options),
    session.absolute(before),
    session.absolute(after),
  );
  session.answer(
    options,
    report,
    () => {
      const changes = report.changes.map(
        (one) =>
          `${one.what} ${one.name}: ${one.before ?? '(none)'} → ${one.after ?? '(none)'}${one.because === undefined ? '' : `\n  because of ${one.because.join(', ')}`}\n`,
      );
      const verdict = report.identical
        ? 'the packages are the same, byte for byte\n'
        : report.changes.length === 0
          ? 'the packages hold the same; their archives differ\n'
          : '';
      return `${changes.join('')}${verdict}`;
    },
    report.identical ? 0 : 1,
  );
}

function passphraseOf(session: Session): string | undefined {
  const { env } = session.process;
  const text = env[PASSPHRASE];
  return text === '' ? undefined : text;
}
