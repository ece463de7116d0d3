import { basename } from 'node:path';
import { keyHint, preAuthenticationEncoding, readBundle, writeBundle } from '../evidence/signature.ts';
import {
  archiveStatement,
  type BuildDefinition,
  readStatement,
  writeStatement,
} from '../evidence/statement.ts';
import { readSigner, type Signer } from '../host/p256.ts';
import { type Digest, digestHex } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { displayPath, readNamedFile } from './project.ts';
import type { Workspace } from './workspace.ts';

/** A private key: the absolute path of its file, and its passphrase. */
export interface PackageKey {
  readonly path: string;
  readonly passphrase: string | undefined;
}

/** What stands beside an archive: its digest, as `sha256sum` prints it, and its signature. */
export function sidecarPaths(archive: string): { readonly digest: string; readonly bundle: string } {
  return { digest: `${archive}.sha256`, bundle: `${archive}.sigstore.json` };
}

/** The text of the digest file. */
export function digestLine(archive: string, digest: Digest): string {
  return `${digestHex(digest)}  ${basename(archive)}\n`;
}

/** @throws PatternsError KEY_INVALID, FILE_NOT_FOUND */
export function signerOf(workspace: Workspace, key: PackageKey): Signer {
  const label = displayPath(workspace.root, key.path);
  return readSigner(readNamedFile(workspace.host.fs, key.path, 'the key', label), key.passphrase, label);
}

/** Signs an archive: states its digest and what it was built from. The one place of a package that has a time. */
export function signArchive(
  workspace: Workspace,
  archive: { readonly path: string; readonly digest: Digest; readonly version: string },
  definition: BuildDefinition,
  signer: Signer,
): void {
  const { writer, now } = workspace.host;
  const { path, digest, version } = archive;
  const statement = archiveStatement(
    definition,
    { name: basename(path), digest },
    { version, finishedOn: now() },
  );
  const payload = Buffer.from(writeStatement(statement), 'utf8');
  const signature = signer.sign(preAuthenticationEncoding(payload));
  const bundle = writeBundle({ payload, signature, hint: keyHint(signer.publicDer) });
  writer.replace(sidecarPaths(path).bundle, Buffer.from(bundle, 'utf8'), { mode: 0o644, durable: false });
}

/** Takes a signature away that is that of other bytes. Says whether one is left. */
export function keepSignature(workspace: Workspace, archive: string, digest: Digest): boolean {
  const { fs } = workspace.host;
  const { bundle } = sidecarPaths(archive);
  if (fs.stat(bundle) === undefined) return false;
  if (signedDigest(fs.readFile(bundle), bundle) === digestHex(digest)) return true;
  fs.removeFile(bundle);
  workspace.notify(
    `${displayPath(workspace.root, bundle)} was the signature of another archive, and is removed`,
  );
  return false;
}

/** The digest that a bundle is about; undefined when it cannot be read. */
function signedDigest(bytes: Uint8Array, file: string): string | undefined {
  try {
    return readStatement(readBundle(bytes, file).payload, file).subject[0]?.digest.sha256;
  } catch (cause) {
    if (cause instanceof PatternsError) return undefined;
    throw cause;
  }
}
