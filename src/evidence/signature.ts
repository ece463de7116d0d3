import { bundleFromJSON, bundleToJSON, isBundleWithDsseEnvelope, toDSSEBundle } from '@sigstore/bundle';
import { sha256Hex } from '../canon/sha256.ts';
import { PatternsError } from '../model/error.ts';
import { decodeText, parseJson } from '../documents/json-text.ts';
import { STATEMENT_PAYLOAD_TYPE } from './statement.ts';

// The signature: a DSSE envelope (https://github.com/secure-systems-lab/dsse) in a sigstore bundle v0.3, beside the archive.

/** A signed statement. */
export interface SignedPayload {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** Which key the signer says it was. */
  readonly hint: string;
}

/** What is signed: the payload with its type and both lengths (DSSE "pre-authentication encoding"). */
export function preAuthenticationEncoding(payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${STATEMENT_PAYLOAD_TYPE.length} ${STATEMENT_PAYLOAD_TYPE} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head, 'utf8'), payload]);
}

/** How sigstore hints at a key: the SHA-256 of its SubjectPublicKeyInfo, in base64. */
export function keyHint(publicDer: Uint8Array): string {
  return Buffer.from(sha256Hex(publicDer), 'hex').toString('base64');
}

export function writeBundle(signed: SignedPayload): string {
  const bundle = toDSSEBundle({
    artifact: Buffer.from(signed.payload),
    artifactType: STATEMENT_PAYLOAD_TYPE,
    signature: Buffer.from(signed.signature),
    keyHint: signed.hint,
  });
  // The library repeats the hint as key id of the envelope. cosign takes a key id for that of its own making, and skips a
  // signature that has another.
  for (const one of bundle.content.dsseEnvelope.signatures) one.keyid = '';
  return `${JSON.stringify(bundleToJSON(bundle), null, 2)}\n`;
}

/**
 * Reads a bundle that `writeBundle` wrote. One of another form is refused, since a part that nothing checks could then be
 * changed unnoticed.
 *
 * @throws PatternsError EVIDENCE_INVALID, JSON_INVALID, ENCODING_INVALID
 */
export function readBundle(bytes: Uint8Array, file: string): SignedPayload {
  const text = decodeText(bytes, file);
  const signed = signedPayload(parseJson(text, file), file);
  if (writeBundle(signed) !== text) throw invalid(file, 'it is not in the form that patterns writes');
  return signed;
}

function signedPayload(json: unknown, file: string): SignedPayload {
  const bundle = parse(json, file);
  if (!isBundleWithDsseEnvelope(bundle)) throw invalid(file, 'it holds no DSSE envelope');
  const { payload, payloadType, signatures } = bundle.content.dsseEnvelope;
  const [signature, ...more] = signatures;
  if (signature === undefined || more.length > 0) throw invalid(file, 'it does not hold one signature');
  if (payloadType !== STATEMENT_PAYLOAD_TYPE) throw invalid(file, `its payload is of type ${payloadType}`);
  const { content } = bundle.verificationMaterial;
  const hint = content.$case === 'publicKey' ? content.publicKey.hint : '';
  return { payload, signature: signature.sig, hint };
}

function parse(json: unknown, file: string) {
  try {
    return bundleFromJSON(json);
  } catch (cause) {
    throw new PatternsError('EVIDENCE_INVALID', 'it is no sigstore bundle', { place: { file }, cause });
  }
}

function invalid(file: string, why: string): PatternsError {
  return new PatternsError('EVIDENCE_INVALID', why, {
    place: { file },
    hint: 'Check bundles of other signers with cosign.',
  });
}
