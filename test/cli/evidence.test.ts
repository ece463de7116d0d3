import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { nodeBinary } from '../support/node-versions.ts';
import { requireProgram } from '../support/programs.ts';
import { archivedFiles, EPOCH, packedShop } from '../support/packages.ts';
import {
  CLI,
  emptyProject,
  type RunOptions,
  shopProject,
  SHOP_SPEC,
  type TestProject,
} from '../support/project.ts';
import { repository } from '../support/repository.ts';
import { smokeReport } from '../support/smoke.ts';

const PACK = ['evidence', 'pack', 'out', '-o', 'shop.tar'];

function builtShop(): TestProject {
  const project = shopProject();
  project.json(['build', SHOP_SPEC, '-o', 'out'], { env: EPOCH });
  return project;
}

/** What `evidence verify` says, whatever the verdict. */
function verdict(project: TestProject, args: readonly string[] = ['shop.tar']) {
  const { status, stdout } = project.runHere(['evidence', 'verify', ...args, '--json']);
  return { status, ...(JSON.parse(stdout) as EvidenceVerdict) };
}

interface EvidenceVerdict {
  readonly verified: boolean;
  readonly trust: string;
  readonly findings: readonly { check: string; file: string; expected: string; found: string }[];
  readonly checks: readonly { check: string; status: string }[];
}

function files(project: TestProject): readonly string[] {
  return archivedFiles(project.path('shop.tar')).map(({ name }) => name.slice(name.indexOf('/') + 1));
}

/** A file of an archive, as text. */
function content(project: TestProject, path: string): string {
  const found = archivedFiles(project.path('shop.tar')).find(({ name }) => name.endsWith(`/${path}`));
  if (found === undefined) throw new Error(`no ${path} in the archive`);
  return readFileSync(project.path('shop.tar')).toString('utf8', found.at, found.at + found.size);
}

describe('evidence pack', () => {
  let known: string | undefined;

  function digest(project: TestProject, options: RunOptions = {}): string {
    const report = project.json(PACK, options);
    const bytes = readFileSync(project.path('shop.tar'));
    const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    expect(report['digest']).toBe(found);
    expect(project.read('shop.tar.sha256')).toBe(`${found.slice('sha256:'.length)}  shop.tar\n`);
    return found;
  }

  function expected(): string {
    known ??= digest(builtShop());
    return known;
  }

  test.each(['Asia/Kathmandu', 'America/St_Johns', 'Pacific/Kiritimati', 'UTC'])(
    'gives the same bytes in the time zone %s',
    (TZ) => {
      expect(digest(builtShop(), { env: { TZ, LC_ALL: 'tr_TR.UTF-8' } })).toBe(expected());
    },
  );

  test.each(['000', '027', '077'])('gives the same bytes under the umask %s', (umask) => {
    const through = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath];
    const project = builtShop();
    expect(digest(project, { through })).toBe(expected());
    expect(statSync(project.path('shop.tar')).mode & 0o777).toBe(0o644);
  });

  test.each([22, 24] as const)('gives the same bytes on Node %i', (major) => {
    expect(digest(builtShop(), { through: [nodeBinary(major)] })).toBe(expected());
  });

  test('holds all that the contract names, as regular files of one mode', () => {
    const project = packedShop();
    expect(files(project)).toEqual(
      expect.arrayContaining([
        'SHA256SUMS',
        'VERIFY.md',
        'verify.sh',
        'bagit.txt',
        'bag-info.txt',
        'manifest-sha256.txt',
        'tagmanifest-sha256.txt',
        'data/spec.json',
        'data/policy.json',
        'data/statement.json',
        'data/sbom.cdx.json',
        'data/report.html',
        'data/golden/shop-core.lock',
        'data/golden/shop-core.resolutions.jsonl',
        'data/output/generation_manifest.json',
        'data/output/Dockerfile',
      ]),
    );
    const list = spawnSync('tar', ['-tvf', project.path('shop.tar'), '--numeric-owner'], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
    });
    for (const line of list.stdout.trim().split('\n'))
      expect(line).toMatch(/^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00 shop-core-/);
  });

  test('marks what a language model wrote, and tells what the app depends on', () => {
    const project = packedShop();
    expect(content(project, 'data/report.html')).toContain('No part of it was written by a language model.');
    const bom = JSON.parse(content(project, 'data/sbom.cdx.json')) as { components: { purl?: string }[] };
    const urls = bom.components.map(({ purl }) => purl);
    expect(urls).toContain('pkg:generic/dockerfile@1.0.0');
    expect(urls.filter((url) => url?.startsWith('pkg:pypi/')).length).toBeGreaterThan(3);
    const statement = JSON.parse(content(project, 'data/statement.json')) as {
      predicate: { runDetails: { metadata?: unknown } };
    };
    expect(statement.predicate.runDetails.metadata).toBeUndefined();
  });

  test('packs nothing when tree, lockfile or golden store are not what the manifest says', () => {
    const project = builtShop();
    project.json(PACK);
    const before = readFileSync(project.path('shop.tar'));
    writeFileSync(project.path('out/Dockerfile'), 'FROM scratch\n');
    const run = project.run(PACK);
    expect(run.status).toBe(1);
    expect(run.stdout).toContain('changed: out/Dockerfile');
    expect(run.stdout).toContain('nothing packed: 1 fault');
    expect(readFileSync(project.path('shop.tar'))).toEqual(before);
    expect(readdirSync(project.root).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('packs reports, also the one that lies in the tree, if they are of this generation', () => {
    const project = builtShop();
    project.write('out/smoke_report.json', smokeReport(project, 'out'));
    project.write('junit.xml', '<testsuites/>');
    project.json([...PACK, '--report', 'junit.xml']);
    expect(files(project).filter((path) => path.startsWith('data/reports/'))).toEqual([
      'data/reports/junit.xml',
      'data/reports/smoke_report.json',
    ]);
    expect(content(project, 'data/report.html')).toContain('smoke test passed, 1 of 1 calls');
    expect(verdict(project).verified).toBe(true);
    const other = smokeReport(project, 'out', { change: { generation: `sha256:${'0'.repeat(64)}` } });
    project.write('out/smoke_report.json', other);
    expect(project.json(PACK)['notices']).toEqual([
      'out/smoke_report.json is not about this generation, and is left out',
    ]);
    expect(project.failure([...PACK, '--report', 'out/smoke_report.json'])).toMatchObject({
      status: 2,
      code: 'REPORT_MISMATCH',
    });
  });

  test('keeps what is private out of every byte', () => {
    const project = builtShop();
    const secret = 'kd83-planted-in-the-environment';
    const bank = 'bank-key-47aa1f';
    const env = { APP_PASSWORD: secret, QDRANT_API_KEY: bank, USER: 'jane-doe', HOSTNAME: 'buildbox-17' };
    const text = `by jane-doe on buildbox-17 in ${project.root}/out with ${secret} and ${bank}, home ${process.env['HOME']}/x`;
    project.write('notes.txt', text);
    const report = project.json([...PACK, '--report', 'notes.txt'], { env });
    expect(report['redacted']).toEqual([{ file: 'data/reports/notes.txt', replaced: 6 }]);
    const bytes = readFileSync(project.path('shop.tar'));
    const names = [secret, bank, 'jane-doe', 'buildbox-17', project.root, hostname()];
    if (userInfo().username !== 'root') names.push(userInfo().username);
    for (const name of names) expect(bytes.includes(name), name).toBe(false);
    expect(content(project, 'data/reports/notes.txt')).toMatch(
      /^by \[user\] on \[host\] in \[project\]\/out with/,
    );
  });

  test('refuses a tree that holds a secret of the environment, and names no secret', () => {
    const project = emptyProject();
    project.publish('a', '1.0.0', 'password = kd83-planted-in-the-environment\n');
    project.write('app.yaml', 'apiVersion: patterns/v1\nname: app\nfiles: [{ path: a.txt, pattern: a }]\n');
    project.json(['build', 'app.yaml', '-o', 'out']);
    const run = project.run(PACK, { env: { DB_PASSWORD: 'kd83-planted-in-the-environment' } });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain('SECRET_FOUND');
    expect(run.stderr).not.toContain('kd83');
    expect(project.has('shop.tar')).toBe(false);
    project.write('id.txt', '-----BEGIN PRIVATE KEY-----\n');
    expect(project.failure([...PACK, '--report', 'id.txt']).code).toBe('SECRET_FOUND');
  });

  test('removes the signature of other bytes', () => {
    const project = packedShop();
    project.write('notes.txt', 'new');
    expect(project.json([...PACK, '--report', 'notes.txt'])['notices']).toEqual([
      'shop.tar.sigstore.json was the signature of another archive, and is removed',
    ]);
    expect(project.has('shop.tar.sigstore.json')).toBe(false);
  });
});

describe('evidence verify', () => {
  test('verifies elsewhere, without project, bank and network, and writes nothing', () => {
    const project = packedShop();
    const stranger = emptyProject();
    for (const name of ['shop.tar', 'shop.tar.sha256', 'shop.tar.sigstore.json', 'signer.pub'])
      copyFileSync(project.path(name), stranger.path(name));
    stranger.remove('golden');
    const before = readdirSync(stranger.root, { recursive: true });
    const isolated = spawnSync('unshare', ['-rn', 'true']).status === 0;
    const through = isolated ? ['unshare', '-rn', process.execPath] : [process.execPath];
    const report = stranger.json(['evidence', 'verify', 'shop.tar', '--key', 'signer.pub'], { through });
    expect(report).toMatchObject({ verified: true, trust: 'key', findings: [] });
    expect(readdirSync(stranger.root, { recursive: true })).toEqual(before);
  });

  test('finds a package that was changed and whose lists were all written anew', () => {
    const project = packedShop();
    const folder = project.path('unpacked');
    spawnSync('sh', ['-c', `mkdir unpacked && tar -xf shop.tar -C unpacked`], { cwd: project.root });
    const [root = ''] = readdirSync(folder);
    const forge = `
      cd unpacked/${root}
      echo '# a back door' >> data/output/Dockerfile
      find data -type f | LC_ALL=C sort | xargs sha256sum > manifest-sha256.txt
      oxum="$(cat $(find data -type f) | wc -c).$(find data -type f | wc -l)"
      sed -i "s/^Payload-Oxum: .*/Payload-Oxum: $oxum/" bag-info.txt
      find . -maxdepth 1 -type f ! -name SHA256SUMS ! -name tagmanifest-sha256.txt | cut -c 3- | LC_ALL=C sort | xargs sha256sum > tagmanifest-sha256.txt
      find . -type f ! -name SHA256SUMS | cut -c 3- | LC_ALL=C sort | xargs sha256sum > SHA256SUMS
      cd .. && find ${root} -type f | LC_ALL=C sort > ../names
      tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=0644 -b 2 -cf ../shop.tar -T ../names
      cd .. && sha256sum shop.tar > shop.tar.sha256`;
    const { status, stderr } = spawnSync('sh', ['-ec', forge], { cwd: project.root, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { verified, findings } = verdict(project);
    expect(verified).toBe(false);
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'outputs', file: 'data/output/Dockerfile' }),
    );
    expect(
      verdict(project, ['shop.tar', '--key', 'signer.pub']).findings.map(({ check }) => check),
    ).toContain('signature');
  });

  test('tells a package without signature, with another key, and with no key from each other', () => {
    const project = packedShop();
    project.json(['evidence', 'keygen', 'other']);
    expect(verdict(project)).toMatchObject({ status: 0, verified: true, trust: 'none' });
    expect(verdict(project, ['shop.tar', '--key', 'other.pub'])).toMatchObject({
      status: 1,
      verified: false,
      findings: [{ check: 'signature', expected: 'a signature by other.pub' }],
    });
    project.remove('shop.tar.sigstore.json');
    expect(verdict(project, ['shop.tar', '--key', 'signer.pub'])).toMatchObject({
      status: 1,
      findings: [{ check: 'signature', found: 'no such file' }],
    });
    expect(project.failure(['evidence', 'verify', 'shop.tar', '--key', 'signer.key']).message).toContain(
      'is a private key',
    );
  });

  test.each([
    ['nothing', ''],
    ['a text', 'no archive'],
    ['zeros', '\0'.repeat(10240)],
  ])('refuses %s as a package', (_, text) => {
    const project = emptyProject();
    project.write('x.tar', text);
    expect(verdict(project, ['x.tar'])).toMatchObject({ status: 1, verified: false });
  });

  test('says what is wrong with a path, and with a package of a later release', () => {
    const project = packedShop();
    expect(project.failure(['evidence', 'verify', 'none.tar'])).toMatchObject({
      status: 2,
      code: 'FILE_NOT_FOUND',
    });
    const bytes = readFileSync(project.path('shop.tar'));
    const at = bytes.indexOf('Patterns-Evidence-Version: 1');
    bytes.write('9', at + 'Patterns-Evidence-Version: '.length);
    writeFileSync(project.path('shop.tar'), bytes);
    expect(project.failure(['evidence', 'verify', 'shop.tar'])).toMatchObject({
      status: 2,
      code: 'FORMAT_UNSUPPORTED',
    });
  });

  test.each(readdirSync(repository('test/contract-packages')))('verifies the package of %s', (name) => {
    const project = emptyProject();
    cpSync(repository(`test/contract-packages/${name}`), project.root, { recursive: true });
    expect(verdict(project, ['package.tar', '--key', 'signer.pub'])).toMatchObject({
      verified: true,
      trust: 'key',
      findings: [],
    });
  });
});

describe('evidence keygen', () => {
  test('makes a key that its owner alone reads, encrypts it on demand, and overwrites none', () => {
    const project = emptyProject();
    const passphrase = { PATTERNS_KEY_PASSPHRASE: 'correct horse' };
    expect(project.json(['evidence', 'keygen', 'signer'], { env: passphrase })).toMatchObject({
      encrypted: true,
      private_key: 'signer.key',
    });
    expect(statSync(project.path('signer.key')).mode & 0o777).toBe(0o600);
    expect(project.read('signer.key')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect(project.failure(['evidence', 'keygen', 'signer'])).toMatchObject({
      status: 2,
      code: 'PATH_COLLISION',
    });
    const shop = builtShop();
    copyFileSync(project.path('signer.key'), shop.path('signer.key'));
    expect(shop.failure([...PACK, '--key', 'signer.key'])).toMatchObject({ status: 2, code: 'KEY_INVALID' });
    expect(
      shop.failure([...PACK, '--key', 'signer.key'], { env: { PATTERNS_KEY_PASSPHRASE: 'wrong' } }).code,
    ).toBe('KEY_INVALID');
    expect(shop.json([...PACK, '--key', 'signer.key'], { env: passphrase })['bundle']).toBe(
      'shop.tar.sigstore.json',
    );
  });

  test.each([
    ['ed25519', ['genpkey', '-algorithm', 'ed25519']],
    ['secp384r1', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['rsa', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
  ])('keys of OpenSSL of the type %s are refused', (type, args) => {
    requireProgram('openssl');
    const project = builtShop();
    spawnSync('openssl', [...args, '-out', 'own.key'], { cwd: project.root });
    expect(project.failure([...PACK, '--key', 'own.key']).message).toContain(`of type ${type}, not P-256`);
  });

  test('a P-256 key of OpenSSL signs', () => {
    requireProgram('openssl');
    const project = builtShop();
    const make = `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out own.key && openssl pkey -in own.key -pubout -out own.pub`;
    expect(spawnSync('sh', ['-c', make], { cwd: project.root }).status).toBe(0);
    project.json([...PACK, '--key', 'own.key']);
    expect(verdict(project, ['shop.tar', '--key', 'own.pub']).trust).toBe('key');
  });
});

describe('evidence diff', () => {
  test('says what differs, by pattern and file', () => {
    const project = packedShop();
    copyFileSync(project.path('shop.tar'), project.path('before.tar'));
    expect(project.json(['evidence', 'diff', 'before.tar', 'shop.tar'])).toMatchObject({
      identical: true,
      changes: [],
    });
    cpSync(repository('templates/dockerfile/1.0.0'), project.path('dockerfile'), { recursive: true });
    project.write(
      'dockerfile/pattern.yaml',
      project.read('dockerfile/pattern.yaml').replace('1.0.0', '1.1.0'),
    );
    project.write('dockerfile/Dockerfile.liquid', `${project.read('dockerfile/Dockerfile.liquid')}# more\n`);
    project.json(['publish', 'dockerfile']);
    project.json(['lock', SHOP_SPEC, '--update', 'dockerfile']);
    project.json(['build', SHOP_SPEC, '-o', 'out']);
    project.json(PACK);
    const run = project.run(['evidence', 'diff', 'before.tar', 'shop.tar']);
    expect(run.status).toBe(1);
    expect(run.stdout).toContain('because of - dockerfile@1.0.0, + dockerfile@1.1.0');
    project.write('x.tar', 'no archive');
    expect(project.failure(['evidence', 'diff', 'x.tar', 'shop.tar'])).toMatchObject({
      status: 2,
      code: 'EVIDENCE_INVALID',
    });
  });
});

test('the commands load no more than they need', () => {
  const preload = repository('test/support/no-sockets.cjs');
  const project = packedShop();
  const run = spawnSync(process.execPath, ['--require', preload, CLI, 'evidence', 'verify', 'shop.tar'], {
    cwd: project.root,
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
});
