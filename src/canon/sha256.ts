import { hash } from 'node:crypto';
import type { Digest } from '../model/digest.ts';
import { canonicalJson } from './canonical-json.ts';

/** SHA-256 (FIPS 180-4) as 64 lower-case hex digits. Strings are hashed as UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', data, 'hex');
}

export function sha256(data: Uint8Array | string): Digest {
  return `sha256:${sha256Hex(data)}`;
}

/** Digest of the canonical JSON of a value. */
export function sha256Json(value: unknown): Digest {
  return sha256(canonicalJson(value));
}
