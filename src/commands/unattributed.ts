import { join } from 'node:path';
import { canonicalJson } from '../canon/canonical-json.ts';
import { decodeText, parseJson } from '../documents/json-text.ts';
import { plainSource } from '../documents/plain-source.ts';
import { decode, strict } from '../documents/shape.ts';
import { DigestShape, TimestampShape } from '../documents/shapes.ts';
import type { Digest } from '../model/digest.ts';
import type { Workspace } from './workspace.ts';

// .patterns/unattributed.jsonl: smoke reports that failed in a way that points to no version. The journal of the bank has
// nothing of them, and a pass rate that leaves them out would be too good.

const LineShape = strict({ report: DigestShape, at: TimestampShape });

export function noteUnattributed(workspace: Workspace, report: Digest, at: string): void {
  const { fs } = workspace.host;
  if (unattributedReports(workspace).includes(report)) return;
  fs.makeFolder(join(workspace.root, '.patterns'));
  fs.append(pathOf(workspace), Buffer.from(`${canonicalJson({ report, at })}\n`, 'utf8'));
}

/** Each once. */
export function unattributedReports(workspace: Workspace): readonly Digest[] {
  const { fs } = workspace.host;
  const path = pathOf(workspace);
  if (fs.stat(path)?.kind !== 'file') return [];
  const file = '.patterns/unattributed.jsonl';
  const rows = decodeText(fs.readFile(path), file).split('\n');
  // What has no newline was never acknowledged.
  rows.pop();
  const lines = rows.map((row, i) =>
    decode(LineShape, plainSource(parseJson(row, file, i + 1), file, i + 1), 'REPORT_INVALID'),
  );
  return [...new Set(lines.map((line) => line.report))];
}

function pathOf(workspace: Workspace): string {
  return join(workspace.root, '.patterns', 'unattributed.jsonl');
}
