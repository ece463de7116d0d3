import { PatternsError } from '../model/error.ts';

/** A text of this machine that no package may hold. */
export interface PrivateText {
  readonly text: string;
  /** What stands in its place. */
  readonly placeholder: string;
  /** `secret`: refused wherever it stands. `word`: only as a whole word. `path`: with what follows it. */
  readonly kind: 'secret' | 'word' | 'path';
}

/** The same bytes with private texts replaced, and how many there were. */
export interface Redacted {
  readonly bytes: Uint8Array;
  readonly replaced: number;
}

/** Replaces private texts, longest first, so that no shorter one leaves a rest. */
export function redact(bytes: Uint8Array, texts: readonly PrivateText[]): Redacted {
  // Latin-1 keeps every byte, whatever the encoding of the file.
  let text = Buffer.from(bytes).toString('latin1');
  let replaced = 0;
  for (const one of texts.toSorted((a, b) => b.text.length - a.text.length)) {
    text = text.replace(patternOf(one), () => {
      replaced += 1;
      return one.placeholder;
    });
  }
  return replaced === 0 ? { bytes, replaced } : { bytes: Buffer.from(text, 'latin1'), replaced };
}

function patternOf({ text, kind }: PrivateText): RegExp {
  const literal = Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  switch (kind) {
    case 'secret':
      return new RegExp(literal, 'g');
    case 'word':
      return new RegExp(`(?<![A-Za-z0-9_])${literal}(?![A-Za-z0-9_])`, 'g');
    case 'path':
      return new RegExp(`${literal}(?![A-Za-z0-9_-])`, 'g');
  }
}

/**
 * Refuses a file that holds a secret of this machine. Frozen and generated files are named by their digests, so a secret in
 * them cannot be taken out, only kept from leaving.
 *
 * @throws PatternsError SECRET_FOUND naming the file, never the secret
 */
export function refuseSecrets(bytes: Uint8Array, secrets: readonly string[], file: string): void {
  const view = viewOf(bytes);
  if (!secrets.some((secret) => view.includes(secret))) return;
  throw new PatternsError('SECRET_FOUND', `${file} holds the value of a secret of this environment`, {
    place: { file },
    hint: 'Take it out of the spec or the pattern, lock and build again, and change the secret.',
  });
}

/** @throws PatternsError SECRET_FOUND for a file with a private key in PEM */
export function refusePrivateKey(bytes: Uint8Array, file: string): void {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(viewOf(bytes).toString('latin1'))) return;
  throw new PatternsError('SECRET_FOUND', `${file} holds a private key`, {
    place: { file },
    hint: 'Keys never go into a package; name another file.',
  });
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
