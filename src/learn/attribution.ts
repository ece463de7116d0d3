import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256Hex } from '../canon/sha256.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { GenerationManifest, ManifestFile } from '../model/manifest.ts';
import type { ObservedRun, RunFailure, RunPlace } from '../model/observed-run.ts';
import { formatRef, type PatternRef } from '../model/pattern.ts';

/** A version, and what made it fail. */
export interface Blame extends PatternRef {
  readonly failures: readonly RunFailure[];
  /** Where the first failure points, `path:line`. */
  readonly place: string;
}

/** What one run says of the versions of a generation: at most one thing of each. */
export interface Attribution {
  readonly failed: readonly Blame[];
  readonly succeeded: readonly PatternRef[];
  /** Failures that point to no line of the tree. While there is one, nobody is known to have succeeded. */
  readonly unattributed: readonly RunFailure[];
}

/**
 * Attributes a run through the spans of the manifest: each failure to the version that wrote the deepest line of the
 * traceback that lies in the tree, else to the one that wrote most of the handler; a success to each version that wrote
 * lines of a file that took part and is to blame for nothing.
 *
 * @throws PatternsError REPORT_INVALID when a place lies beyond the end of its file: the report is of another tree
 */
export function attribute(manifest: GenerationManifest, run: ObservedRun): Attribution {
  const files = new Map(manifest.files.map((file) => [file.path, file]));
  const blames = new Map<string, { ref: PatternRef; failures: RunFailure[]; place: string }>();
  const unattributed: RunFailure[] = [];
  for (const failure of run.failures) {
    const culprit = culpritOf(files, failure);
    if (culprit === undefined) {
      unattributed.push(failure);
      continue;
    }
    const key = formatRef(culprit.ref);
    const blame = blames.get(key) ?? { ref: culprit.ref, failures: [], place: culprit.place };
    blame.failures.push(failure);
    blames.set(key, blame);
  }
  const failed = [...blames.values()]
    .map(({ ref, failures, place }) => ({ ...ref, failures, place }))
    .toSorted(byRef);
  if (unattributed.length > 0) return { failed, succeeded: [], unattributed };
  const took = new Map<string, PatternRef>();
  for (const file of manifest.files) {
    if (!tookPart(run, file.path)) continue;
    for (const { pattern_id, version } of file.spans) {
      const key = formatRef({ pattern_id, version });
      if (!blames.has(key)) took.set(key, { pattern_id, version });
    }
  }
  return { failed, succeeded: [...took.values()].toSorted(byRef), unattributed };
}

function tookPart(run: ObservedRun, path: string): boolean {
  const { executed } = run;
  return executed.kind === 'suffix' ? path.endsWith(executed.suffix) : executed.paths.includes(path);
}

function culpritOf(
  files: ReadonlyMap<string, ManifestFile>,
  failure: RunFailure,
): { ref: PatternRef; place: string } | undefined {
  const { handler } = failure;
  for (const place of [...failure.frames.toReversed(), ...(handler === undefined ? [] : [handler])]) {
    const file = files.get(place.path);
    if (file === undefined) continue;
    const ref = writerOf(file, place);
    if (ref !== undefined) return { ref, place: `${place.path}:${place.line}` };
  }
  return undefined;
}

/** The version that wrote most of the lines of a place; of two, the one that wrote the earlier ones. */
function writerOf(file: ManifestFile, place: RunPlace): PatternRef | undefined {
  const last = file.spans.at(-1)?.end ?? 0;
  const end = place.end_line ?? place.line;
  if (place.line > last || end > last || end < place.line) {
    throw new PatternsError(
      'REPORT_INVALID',
      `the report names ${place.path}:${Math.max(place.line, end)}, and the generated file has ${last} lines`,
      {
        hint: 'Give the tree that the report was made of.',
        details: { path: place.path, line: place.line, lines: last },
      },
    );
  }
  const lines = new Map<string, { ref: PatternRef; count: number }>();
  for (const { start, end: stop, pattern_id, version } of file.spans) {
    const count = Math.min(stop, end) - Math.max(start, place.line) + 1;
    if (count <= 0) continue;
    const ref = { pattern_id, version };
    const known = lines.get(formatRef(ref)) ?? { ref, count: 0 };
    known.count += count;
    lines.set(formatRef(ref), known);
  }
  const [most] = [...lines.values()].toSorted((a, b) => b.count - a.count);
  return most?.ref;
}

/** What makes a report that report: a linter that finds nothing writes the same bytes about every generation. */
export type ReportIdentity = Pick<ObservedRun, 'tool' | 'report'> & { readonly generation: Digest };

/** Names an outcome, so that the same report again records nothing new. */
export function outcomeId(
  { tool, report, generation }: ReportIdentity,
  ref: PatternRef,
  kind: 'success' | 'failure',
): string {
  const { pattern_id, version } = ref;
  return sha256Hex(canonicalJson({ tool, report, generation, pattern_id, version, kind }));
}

function byRef(a: PatternRef, b: PatternRef): number {
  return compareBytes(a.pattern_id, b.pattern_id) || compareBytes(a.version, b.version);
}
