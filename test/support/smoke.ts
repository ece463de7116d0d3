import { writeSmokeReport } from '../../src/documents/smoke-report-document.ts';
import type { SmokeError, SmokeReport } from '../../src/model/smoke-report.ts';
import type { TestProject } from './project.ts';

/** A smoke report about a built tree, as the smoke test writes it: one call, with the error given. */
export function smokeReport(
  project: TestProject,
  folder: string,
  options: { error?: SmokeError; second?: number; change?: Partial<SmokeReport> } = {},
): string {
  const manifest = JSON.parse(project.read(`${folder}/generation_manifest.json`)) as {
    manifest_digest: `sha256:${string}`;
    output_digest: `sha256:${string}`;
    files: { path: string }[];
  };
  const { error, second = 0, change = {} } = options;
  const verdict = error === undefined ? 'passed' : 'failed';
  return writeSmokeReport({
    generation: manifest.manifest_digest,
    output_digest: manifest.output_digest,
    started_at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
    finished_at: new Date(Date.UTC(2026, 0, 1, 0, 1, second)).toISOString(),
    environment: 'python 3.12.3, linux x64',
    phases: [{ name: 'start', verdict: 'passed', duration_ms: 1 }],
    operations: [
      {
        name: 'call',
        method: 'POST',
        path: '/call',
        calls: [
          {
            case: 'valid',
            status: 500,
            expected: [201],
            verdict,
            duration_ms: 2,
            ...(error === undefined ? {} : { error }),
          },
        ],
      },
    ],
    executed: manifest.files.map((file) => file.path),
    ...change,
  });
}
