import { canonicalJson } from '../canon/canonical-json.ts';
import type { PackageFacts } from '../evidence/package-facts.ts';
import { keyHint, preAuthenticationEncoding, readBundle } from '../evidence/signature.ts';
import { buildDefinition, BUILDERS, readStatement } from '../evidence/statement.ts';
import { readVerifier } from '../host/p256.ts';
import { type Digest, digestHex } from '../model/digest.ts';
import type { EvidenceChecks, EvidenceFinding } from './evidence-checks.ts';
import type { EvidencePackage } from './evidence-package.ts';
import { digestLine, sidecarPaths } from './evidence-sidecars.ts';
import { displayPath, readNamedFile } from './project.ts';
import type { Workspace } from './workspace.ts';

/** Compares the archive with the digest beside it. */
export function checkDigestFile(
  workspace: Workspace,
  checks: EvidenceChecks,
  archive: string,
  opened: EvidencePackage,
): void {
  const path = sidecarPaths(archive).digest;
  const label = displayPath(workspace.root, path);
  if (workspace.host.fs.stat(path) === undefined) {
    checks.skip('digest', `there is no ${label}`);
    return;
  }
  const bytes = readNamedFile(workspace.host.fs, path, 'the digest', label);
  const [expected, found] = [digestLine(archive, opened.digest), Buffer.from(bytes).toString('latin1')];
  const stated = /^([0-9a-f]{64}) {2}(.+)\n$/.exec(found)?.[1];
  if (expected === found) checks.add('digest', []);
  else if (stated === undefined || stated === digestHex(opened.digest))
    checks.add('digest', [
      { file: label, expected: expected.trimEnd(), found: JSON.stringify(found.slice(0, 400)) },
    ]);
  else checks.add('digest', [{ file: opened.label, expected: `sha256:${stated}`, found: opened.digest }]);
}

/** What a signature has to be about. */
export interface SignedThing {
  readonly digest: Digest;
  /** Undefined when the package is too damaged to say what it was built from. */
  readonly facts: PackageFacts | undefined;
}

/** Checks the signature beside the archive, when a key is given. */
export function checkSignature(
  workspace: Workspace,
  checks: EvidenceChecks,
  options: {
    readonly archive: string;
    readonly key: string | undefined;
    readonly bundle: string | undefined;
  },
  signed: SignedThing,
): void {
  const { fs } = workspace.host;
  const path = options.bundle ?? sidecarPaths(options.archive).bundle;
  const label = displayPath(workspace.root, path);
  const there = fs.stat(path) !== undefined;
  if (options.key === undefined) {
    checks.skip('signature', there ? `give --key to check ${label}` : 'there is no signature');
    return;
  }
  const keyLabel = displayPath(workspace.root, options.key);
  const verifier = readVerifier(readNamedFile(fs, options.key, 'the key', keyLabel), keyLabel);
  if (!there) {
    checks.add('signature', [{ file: label, expected: 'a signature', found: 'no such file' }]);
    return;
  }
  const bytes = readNamedFile(fs, path, 'the signature', label);
  const bundle = checks.attempt('signature', label, () => readBundle(bytes, label));
  if (bundle === undefined) return;
  const fault = (expected: string, found: string): EvidenceFinding => ({
    check: 'signature',
    file: label,
    expected,
    found,
  });
  if (!verifier.verify(preAuthenticationEncoding(bundle.payload), bundle.signature)) {
    checks.add('signature', [fault(`a signature by ${keyLabel}`, 'another signature')]);
    return;
  }
  const hint = keyHint(verifier.publicDer);
  if (bundle.hint !== hint)
    checks.add('signature', [fault(`the key hint ${hint}`, `the key hint ${bundle.hint}`)]);
  const statement = checks.attempt('signature', label, () => readStatement(bundle.payload, label));
  if (statement === undefined) return;
  const { subject, predicate } = statement;
  const digests = subject.map((one) => one.digest.sha256);
  if (digests.length !== 1 || digests[0] !== digestHex(signed.digest))
    checks.add('signature', [
      fault(`a statement about ${signed.digest}`, `one about sha256:${digests.join(', sha256:')}`),
    ]);
  if (predicate.runDetails.builder.id !== BUILDERS.key)
    checks.add('signature', [fault(`builder ${BUILDERS.key}`, `builder ${predicate.runDetails.builder.id}`)]);
  if (signed.facts === undefined) return;
  const { manifest, policy, lock } = signed.facts;
  if (canonicalJson(predicate.buildDefinition) !== canonicalJson(buildDefinition(manifest, policy, lock)))
    checks.add('signature', [fault('the buildDefinition of the package', 'another buildDefinition')]);
}
