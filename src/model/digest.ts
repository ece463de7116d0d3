/** `sha256:` and 64 lower-case hex digits: how one format refers to the bytes of another. */
export type Digest = `sha256:${string}`;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** The 64 hex digits of a digest, as `sha256sum` prints them. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
