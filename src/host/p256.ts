import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { PatternsError } from '../model/error.ts';

// ECDSA with P-256 and SHA-256 (FIPS 186-5), the one scheme that sigstore, OpenSSL and Node agree on for keys of one's own.
// Keys are PEM: PKCS#8 (RFC 5958), encrypted where there is a passphrase, and SubjectPublicKeyInfo.

export interface KeyPair {
  readonly privatePem: string;
  readonly publicPem: string;
}

/** A key that signs. */
export interface Signer {
  /** DER signature over the SHA-256 of the bytes. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  /** The public key as SubjectPublicKeyInfo, DER. */
  readonly publicDer: Uint8Array;
}

export interface Verifier {
  readonly verify: (bytes: Uint8Array, signature: Uint8Array) => boolean;
  readonly publicDer: Uint8Array;
}

/** @param passphrase encrypts the private key (PBES2, AES-256-CBC) */
export function generateKeyPair(passphrase: string | undefined): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/**
 * @param label how messages call the key's file
 * @throws PatternsError KEY_INVALID
 */
export function readSigner(pem: Uint8Array, passphrase: string | undefined, label: string): Signer {
  const key = requireP256(label, () =>
    createPrivateKey({
      key: Buffer.from(pem),
      format: 'pem',
      ...(passphrase === undefined ? {} : { passphrase }),
    }),
  );
  return { sign: (bytes) => sign('sha256', bytes, key), publicDer: derOf(createPublicKey(key)) };
}

/** @throws PatternsError KEY_INVALID, also for a private key: whoever verifies must not need one */
export function readVerifier(pem: Uint8Array, label: string): Verifier {
  if (Buffer.from(pem).includes('PRIVATE KEY')) {
    throw new PatternsError('KEY_INVALID', `${label} is a private key; a public one is asked for`, {
      hint: 'Name the .pub file, and give the private key to nobody.',
    });
  }
  const key = requireP256(label, () => createPublicKey({ key: Buffer.from(pem), format: 'pem' }));
  return { verify: (bytes, signature) => verify('sha256', bytes, key, signature), publicDer: derOf(key) };
}

function requireP256(label: string, read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw new PatternsError('KEY_INVALID', `${label} cannot be read as a key`, {
      hint: 'It must be PEM, made by `patterns evidence keygen` or OpenSSL; the passphrase of a private key is read from PATTERNS_KEY_PASSPHRASE.',
      cause,
    });
  }
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  const found = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'unknown';
  throw new PatternsError('KEY_INVALID', `${label} is a key of type ${found}, not P-256`, {
    hint: 'Make one with `patterns evidence keygen`.',
  });
}

function derOf(key: KeyObject): Uint8Array {
  return key.export({ type: 'spki', format: 'der' });
}
