import { prettyJson } from '../canon/canonical-json.ts';
import type { Digest } from '../model/digest.ts';
import { MANIFEST_NAME } from '../model/manifest.ts';
import { type PackageDocument, textDocument } from './bag.ts';
import type { PackageFacts } from './package-facts.ts';
import { writeReport } from './report-html.ts';
import { writeSbom } from './sbom.ts';
import { buildDefinition, generationStatement, type NamedDigest, writeStatement } from './statement.ts';
import { verifyGuide } from './verify-guide.ts';
import { VERIFY_SCRIPT } from './verify-script.ts';

/** Where things lie in a package, below its folder. */
export const PACKAGE_PATHS = {
  golden: 'data/golden',
  output: 'data/output',
  reports: 'data/reports',
  spec: 'data/spec.json',
  policy: 'data/policy.json',
  statement: 'data/statement.json',
  sbom: 'data/sbom.cdx.json',
  report: 'data/report.html',
  guide: 'VERIFY.md',
  script: 'verify.sh',
} as const;

/** The documents that a package has beside what it packs: functions of it, so that a reader makes them again. */
export function packageDocuments(facts: PackageFacts): readonly PackageDocument[] {
  const { manifest, policy, version } = facts;
  return [
    { path: PACKAGE_PATHS.spec, bytes: facts.specBytes },
    textDocument(PACKAGE_PATHS.policy, prettyJson(policy)),
    textDocument(PACKAGE_PATHS.statement, writeStatement(packageStatement(facts))),
    textDocument(PACKAGE_PATHS.sbom, writeSbom(manifest, facts.recordOf, facts.dependencies)),
    textDocument(PACKAGE_PATHS.report, writeReport(facts)),
    textDocument(PACKAGE_PATHS.guide, verifyGuide(manifest, softwareOf(version))),
    textDocument(PACKAGE_PATHS.script, VERIFY_SCRIPT),
  ];
}

/** The statement that a package of these facts holds. */
export function packageStatement(facts: PackageFacts) {
  const { manifest, policy, lock, version } = facts;
  const byproducts: readonly NamedDigest[] = [
    { name: MANIFEST_NAME, digest: facts.manifestDigest },
    ...facts.byproducts.map(({ path, sha256: hex }) => ({
      name: path.slice('data/'.length),
      digest: `sha256:${hex}` satisfies Digest,
    })),
  ];
  return generationStatement(buildDefinition(manifest, policy, lock), manifest, { version, byproducts });
}

/** How a package names the release that packed it. */
export function softwareOf(version: string): string {
  return `patternbank ${version}`;
}
