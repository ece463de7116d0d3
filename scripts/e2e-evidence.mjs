// An evidence package of the whole shop, verified without any code of ours: coreutils, OpenSSL, the BagIt validator of the
// Library of Congress, cosign, the parser of in-toto, the schema of CycloneDX, and the commands that VERIFY.md tells.
// Each is shown a damaged package as well, and has to refuse it.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const COSIGN = '2.6.5';
const PYTHON = [
  'bagit==1.9.0',
  'in-toto-attestation==0.9.3',
  'cyclonedx-python-lib[json-validation]==11.7.0',
];

const expect = (/** @type {string} */ what, /** @type {boolean} */ holds) => {
  if (!holds) throw new Error(`evidence: not so: ${what}`);
  console.log(`ok     ${what}`);
};

/** What a reader of the statement that knows only in-toto and SLSA sees. */
const READ_STATEMENT = `
import json, sys
from google.protobuf.json_format import ParseDict
from in_toto_attestation.v1.statement import Statement
import in_toto_attestation.v1.statement_pb2 as statement_pb
import in_toto_attestation.predicates.provenance.v1.provenance_pb2 as provenance_pb

raw = json.load(open(sys.argv[1]))
statement = Statement.copy_from_pb(ParseDict(raw, statement_pb.Statement()))
statement.validate()
provenance = ParseDict(raw["predicate"], provenance_pb.Provenance())
print(len(raw["subject"]), len(raw["predicate"]["buildDefinition"]["resolvedDependencies"]))
`;

const CHECK_SBOM = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(0 if error is None else str(error))
`;

/**
 * @param {{
 *   repository: string,
 *   scratch: string,
 *   run: (program: string, args: string[], options?: { cwd?: string, env?: Record<string, string> }) => string,
 *   patterns: (args: string[], options: { cwd: string, env?: Record<string, string>, fails?: boolean }) => string,
 *   createDatabase: (name: string) => string,
 *   step: (title: string) => void,
 * }} tools
 */
export function evidence({ repository, scratch, run, patterns, createDatabase, step }) {
  const cwd = join(scratch, 'evidence');
  mkdirSync(join(cwd, 'golden'), { recursive: true });
  cpSync(join(repository, 'manifests'), join(cwd, 'manifests'), { recursive: true });
  /** @param {string} program @param {string[]} args @param {string} [folder] */
  const refuses = (program, args, folder = cwd) => {
    try {
      run(program, args, { cwd: folder });
      return false;
    } catch {
      return true;
    }
  };

  step('evidence: install the tools of an auditor');
  const cosign = cosignBinary(repository, run);
  const python = pythonOf(repository, run);
  for (const shell of ['dash', 'busybox']) {
    if (!refuses('sh', ['-c', `command -v ${shell}`])) continue;
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', shell], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  }

  step('evidence: pack the shop with its smoke report, and sign it');
  patterns(['build', 'manifests/shop/app.yaml', '-o', 'shop'], { cwd });
  patterns(['smoke', 'shop'], { cwd, env: { DATABASE_URL: createDatabase('evidence') } });
  patterns(['evidence', 'keygen', 'signer'], { cwd });
  const passphrase = { PATTERNS_KEY_PASSPHRASE: 'of another key' };
  patterns(['evidence', 'keygen', 'other'], { cwd, env: passphrase });
  const pack = () =>
    JSON.parse(
      patterns(['evidence', 'pack', 'shop', '-o', 'shop.tar', '--key', 'signer.key', '--json'], { cwd }),
    );
  const packed = pack();
  expect(
    'the smoke report is packed',
    packed.packed && readFileSync(join(cwd, 'shop.tar')).includes('smoke-report'),
  );
  expect('packing again gives the same bytes', pack().digest === packed.digest);

  step('evidence: the archive');
  run('sha256sum', ['-c', 'shop.tar.sha256'], { cwd });
  expect('sha256sum accepts the archive', true);
  // An auditor with a network needs no root of trust of his own: cosign fetches it, and does not use it for a key.
  writeFileSync(
    join(cwd, 'root.json'),
    '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
  );
  run(cosign, attestation('signer.pub', 'shop.tar'), { cwd });
  expect('cosign verifies the signature', true);
  expect('cosign refuses another key', refuses(cosign, attestation('other.pub', 'shop.tar')));
  cpSync(join(cwd, 'shop.tar'), join(cwd, 'longer.tar'));
  writeFileSync(join(cwd, 'longer.tar'), 'x', { flag: 'a' });
  expect('cosign refuses another archive', refuses(cosign, attestation('signer.pub', 'longer.tar')));
  const { payload, payloadType, signatures } = JSON.parse(
    readFileSync(join(cwd, 'shop.tar.sigstore.json'), 'utf8'),
  ).dsseEnvelope;
  const statement = Buffer.from(payload, 'base64');
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${statement.length} `;
  writeFileSync(join(cwd, 'signed'), Buffer.concat([Buffer.from(head), statement]));
  writeFileSync(join(cwd, 'signature'), Buffer.from(signatures[0].sig, 'base64'));
  run('openssl', dgst('signer.pub'), { cwd });
  expect('openssl verifies the signature', true);
  expect('openssl refuses another key', refuses('openssl', dgst('other.pub')));

  step('evidence: the bag');
  const unpacked = join(cwd, 'unpacked');
  mkdirSync(unpacked);
  run('tar', ['-xf', join(cwd, 'shop.tar')], { cwd: unpacked });
  const bag = join(unpacked, readdirSync(unpacked)[0] ?? '');
  run('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: bag });
  run(python('python'), ['-m', 'bagit', '--validate', bag]);
  expect('sha256sum and bagit.py accept the bag', true);
  for (const shell of [['dash'], ['busybox', 'sh']]) {
    const [program = '', ...args] = shell;
    run(program, [...args, join(bag, 'verify.sh')]);
    expect(`verify.sh accepts the bag under ${program}`, true);
  }
  const added = join(bag, 'data/output/added.py');
  writeFileSync(added, '');
  expect('bagit.py finds an added file', refuses(python('python'), ['-m', 'bagit', '--validate', bag]));
  expect('verify.sh finds an added file', refuses('sh', ['verify.sh'], bag));
  rmSync(added);

  step('evidence: what it says');
  const manifest = JSON.parse(readFileSync(join(bag, 'data/output/generation_manifest.json'), 'utf8'));
  const counts = run(python('python'), ['-c', READ_STATEMENT, join(bag, 'data/statement.json')]).trim();
  expect(
    'the parser of in-toto reads subjects and dependencies',
    counts === `${manifest.files.length} ${manifest.patterns.length + 2}`,
  );
  writeFileSync(join(cwd, 'statement.json'), statement);
  expect(
    'and those of the signed statement',
    run(python('python'), ['-c', READ_STATEMENT, join(cwd, 'statement.json')]).trim() ===
      `1 ${manifest.patterns.length + 2}`,
  );
  run(python('python'), ['-c', CHECK_SBOM, join(bag, 'data/sbom.cdx.json')]);
  expect('the bill of materials is CycloneDX 1.6', true);
  const guide = readFileSync(join(bag, 'VERIFY.md'), 'utf8');
  const recipe = /^## 4\.[\s\S]*?\n\n((?: {4}.*\n)+)/m.exec(guide)?.[1] ?? '';
  const digest = run('sh', ['-c', recipe], { cwd: bag }).split(' ')[0];
  expect(
    'the recipe of VERIFY.md gives the output_digest',
    digest !== '' && `sha256:${digest}` === manifest.output_digest && guide.includes(`    ${digest}\n`),
  );

  step('evidence: rendered again');
  const verified = (/** @type {string} */ key) =>
    JSON.parse(patterns(['evidence', 'verify', 'shop.tar', '--key', key, '--json'], { cwd, fails: true }));
  expect('evidence verify accepts it', verified('signer.pub').verified);
  expect('evidence verify refuses another key', verified('other.pub').verified === false);
}

/** @param {string} key @param {string} blob */
function attestation(key, blob) {
  const signed = ['--key', key, '--bundle', 'shop.tar.sigstore.json', '--type', 'slsaprovenance1'];
  const offline = ['--insecure-ignore-tlog', '--trusted-root', 'root.json'];
  return ['verify-blob-attestation', ...signed, ...offline, blob];
}

/** @param {string} key */
function dgst(key) {
  return ['dgst', '-sha256', '-verify', key, '-signature', 'signature', 'signed'];
}

/**
 * cosign has no package but its Go module; building it takes minutes, once.
 * @param {string} repository
 * @param {(program: string, args: string[], options?: { env?: Record<string, string> }) => string} run
 */
function cosignBinary(repository, run) {
  const folder = join(repository, '.cache', `cosign-${COSIGN}`);
  const binary = join(folder, 'cosign');
  if (!existsSync(binary))
    run('go', ['install', `github.com/sigstore/cosign/v2/cmd/cosign@v${COSIGN}`], { env: { GOBIN: folder } });
  return binary;
}

/**
 * @param {string} repository
 * @param {(program: string, args: string[]) => string} run
 */
function pythonOf(repository, run) {
  const key = createHash('sha256')
    .update(PYTHON.join('\n') + run('python3', ['--version']))
    .digest('hex');
  const venv = join(repository, '.cache', `auditor-${key.slice(0, 16)}`);
  if (!existsSync(join(venv, 'ready'))) {
    rmSync(venv, { recursive: true, force: true });
    run('python3', ['-m', 'venv', venv]);
    run(join(venv, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', ...PYTHON]);
    writeFileSync(join(venv, 'ready'), '');
  }
  return (/** @type {string} */ name) => join(venv, 'bin', name);
}
