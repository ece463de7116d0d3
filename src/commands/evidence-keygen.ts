import { generateKeyPair } from '../host/p256.ts';
import { PatternsError } from '../model/error.ts';
import { sha256Hex } from '../canon/sha256.ts';
import { readVerifier } from '../host/p256.ts';
import { displayPath } from './project.ts';
import type { Workspace } from './workspace.ts';

export interface KeygenReport {
  readonly private_key: string;
  readonly public_key: string;
  /** SHA-256 of the public key's DER: what to compare over another channel. */
  readonly fingerprint: string;
  readonly encrypted: boolean;
}

/**
 * Makes a key pair: `<name>.key`, readable by its owner alone, and `<name>.pub`.
 *
 * @param name absolute path without extension
 * @throws PatternsError PATH_COLLISION when one of the files exists: a key is never overwritten
 */
export function generateKeys(
  workspace: Workspace,
  name: string,
  passphrase: string | undefined,
): KeygenReport {
  const { fs, writer } = workspace.host;
  const [privatePath, publicPath] = [`${name}.key`, `${name}.pub`];
  const label = (path: string) => displayPath(workspace.root, path);
  for (const path of [privatePath, publicPath]) {
    if (fs.stat(path) !== undefined) throw taken(label(path));
  }
  const { privatePem, publicPem } = generateKeyPair(passphrase);
  const publicBytes = Buffer.from(publicPem, 'utf8');
  if (!writer.create(privatePath, Buffer.from(privatePem, 'utf8'), { mode: 0o600, durable: true }))
    throw taken(label(privatePath));
  if (!writer.create(publicPath, publicBytes, { mode: 0o644, durable: true })) throw taken(label(publicPath));
  return {
    private_key: label(privatePath),
    public_key: label(publicPath),
    fingerprint: `sha256:${sha256Hex(readVerifier(publicBytes, label(publicPath)).publicDer)}`,
    encrypted: passphrase !== undefined,
  };
}

function taken(label: string): PatternsError {
  return new PatternsError('PATH_COLLISION', `${label} exists; a key is never overwritten`, {
    hint: 'Choose another name.',
  });
}
