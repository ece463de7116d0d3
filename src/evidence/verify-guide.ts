import { type GenerationManifest, MANIFEST_NAME } from '../model/manifest.ts';

/** `VERIFY.md`: how a stranger checks the package, what each check proves, and what none of them does. */
export function verifyGuide(manifest: GenerationManifest, software: string): string {
  const { name, version, files, patterns, output_digest } = manifest;
  return `# How to verify this package

It holds what \`${name}\` ${version} was generated from and what was generated: ${files.length} files, from ${patterns.length} frozen
patterns. Packed by ${software}. \`data/report.html\` says the same for readers. Below, PACKAGE.tar is the archive as you got it; nothing
of patternbank is needed until the last section.

## 1. The archive is the one that was published

    sha256sum -c PACKAGE.tar.sha256

Proves: the archive is the one whose digest you have. It proves nothing if the digest came to you along with the archive.

## 2. A key holder vouches for it (if there is a PACKAGE.tar.sigstore.json)

    cosign verify-blob-attestation --key signer.pub --bundle PACKAGE.tar.sigstore.json \\
      --type slsaprovenance1 --insecure-ignore-tlog PACKAGE.tar

Proves: the holder of the key stated the digest of this very archive, and what it was built from. Get \`signer.pub\` from the
signer, never from whoever gave you the archive. Does not prove: when it was signed, or that the signer was right. cosign fetches its
root of trust from the network first and does not use it for a key; where there is no network, write
\`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}\` to a file and add \`--trusted-root\` with its name.

## 3. Nothing was changed, removed or added

    tar -xf PACKAGE.tar && cd ${bagRoot(manifest)} && sh verify.sh

Proves: the folder holds the files listed in \`SHA256SUMS\` and no others, with those bytes. If you do not trust the script, read it, or
take one from a package that you trust. \`bagit.py --validate .\` (Library of Congress) checks the same by RFC 8493; \`sha256sum -c
SHA256SUMS\` alone does not notice files that were added. Whoever can change a file can change the list as well: steps 1 and 2 are
what ties the list to somebody.

## 4. The output is what the manifest says

    cd data/output
    find . -type f ! -name ${MANIFEST_NAME} | cut -c 3- | LC_ALL=C sort | tr '\\n' '\\0' | xargs -0 sha256sum | sha256sum

Proves: the generated files are those of the manifest, if the result is the output_digest

    ${output_digest.slice('sha256:'.length)}

## 5. The statement

\`data/statement.json\` is an in-toto Statement v1 with a SLSA provenance v1 predicate: its subjects are the generated files, its
resolvedDependencies are the spec, the lockfile and each pattern, with digest and the time from which it is frozen. Any in-toto parser
reads it. Inside the archive it is unsigned; the signed one (step 2) has the same buildDefinition. No SLSA level is claimed.

## 6. The output follows from the patterns

    patterns evidence verify PACKAGE.tar --key signer.pub

Does all of the above at once, and renders the output again from the patterns in \`data/golden\`, with no bank and no network. Proves:
these patterns and this spec give these files, byte for byte. \`data/golden/blobs/sha256/ab/cdef…\` are the spec and the patterns, each named
by the SHA-256 of its bytes, so that they can be read without any tool.

## What no check proves

- That a pattern is good, or that its author is honest. Quality figures are those declared when it was frozen.
- That a report in \`data/reports\` is true: it is the file that was there at packing, with private names taken out.
- That \`frozen_at\` is right: it is the clock of the machine that made the lock.
`;
}

/** The folder that the archive unpacks to. */
export function bagRoot({ name, version }: Pick<GenerationManifest, 'name' | 'version'>): string {
  return `${name}-${version}-evidence`;
}

/** The package in a sentence. */
export function describePackage({ name, version }: Pick<GenerationManifest, 'name' | 'version'>): string {
  return `What ${name} ${version} was generated from, and what was generated`;
}
