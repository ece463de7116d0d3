import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256 } from '../canon/sha256.ts';
import { PACKAGE_PATHS, packageDocuments, packageStatement } from '../evidence/package-documents.ts';
import type { PackageFacts } from '../evidence/package-facts.ts';
import { readStatement } from '../evidence/statement.ts';
import type { EvidenceChecks } from './evidence-checks.ts';
import type { EvidencePackage } from './evidence-package.ts';

/** Documents whose form is a contract: every release makes the same of the same facts. */
const STABLE: ReadonlySet<string> = new Set([PACKAGE_PATHS.spec, PACKAGE_PATHS.policy]);

/**
 * Makes the documents of a package again from the rest of it. Those for readers are compared byte for byte when this release
 * packed them; another release may word them otherwise, so for it the statement alone is compared, by its content.
 */
export function checkDocuments(
  checks: EvidenceChecks,
  opened: EvidencePackage,
  facts: PackageFacts,
  release: string,
): void {
  const same = facts.version === release;
  checks.add(
    'documents',
    packageDocuments(facts)
      .filter(({ path }) => same || STABLE.has(path))
      .flatMap(({ path, bytes }) => {
        const found = opened.read(path);
        if (found !== undefined && Buffer.from(bytes).equals(found)) return [];
        const text = found === undefined ? 'no such file' : sha256(found);
        return [{ file: path, expected: `${sha256(bytes)}, as the package gives it`, found: text }];
      }),
  );
  if (same) return;
  const file = PACKAGE_PATHS.statement;
  const statement = checks.attempt('documents', file, () =>
    readStatement(opened.read(file) ?? Buffer.alloc(0), file),
  );
  if (statement === undefined) return;
  const [expected, found] = [packageStatement(facts), statement].map(canonicalJson);
  if (expected === found) return;
  checks.add('documents', [
    { file, expected: 'the statement that the package gives', found: 'another statement' },
  ]);
}
