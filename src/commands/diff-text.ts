import type { OutputFile, OutputPlan, OutputTree } from '../output/output-tree.ts';

/** Unified diffs of what a plan changes, as `git apply` reads them; binary files by name only. */
export async function unifiedDiffs(
  tree: OutputTree,
  files: readonly OutputFile[],
  plan: OutputPlan,
): Promise<string> {
  const { createTwoFilesPatch } = await import('diff');
  const changed = new Set([...plan.create, ...plan.update, ...plan.edited]);
  const patches = files
    .filter((file) => changed.has(file.path))
    .map((file) => patch(createTwoFilesPatch, file.path, tree.read(file.path), file.content()));
  const removed = plan.remove.map((path) => patch(createTwoFilesPatch, path, tree.read(path), undefined));
  return [...patches, ...removed].join('');
}

type CreatePatch = (from: string, to: string, before: string, after: string) => string;

function patch(
  create: CreatePatch,
  path: string,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): string {
  const from = before === undefined ? '/dev/null' : `a/${path}`;
  const to = after === undefined ? '/dev/null' : `b/${path}`;
  if (isBinary(before) || isBinary(after)) return `Binary files ${from} and ${to} differ\n`;
  const text = create(from, to, decode(before), decode(after));
  // The library puts a ruler of equals signs over each patch, which no diff tool asks for.
  return text.slice(text.indexOf('--- '));
}

function isBinary(bytes: Uint8Array | undefined): boolean {
  return bytes?.includes(0) ?? false;
}

function decode(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');
}
