import type { Digest } from './digest.ts';

export const RUN_TOOLS = ['smoke', 'pytest', 'ruff', 'mypy'] as const;
export type RunTool = (typeof RUN_TOOLS)[number];

/** A line of the generated tree: `path` as the manifest has it, lines from 1, inclusive. */
export interface RunPlace {
  readonly path: string;
  readonly line: number;
  readonly end_line?: number | undefined;
}

/** One thing that went wrong. */
export interface RunFailure {
  /** What was tried: `POST /products (valid)`, `tests/test_a.py::test_b`, a rule of a linter. */
  readonly what: string;
  readonly class: string;
  readonly message: string;
  /** Places in the tree, the deepest call last. */
  readonly frames: readonly RunPlace[];
  /** Who bears the blame where no frame does: the lines that answered. */
  readonly handler?: RunPlace | undefined;
}

/** What one report says, whatever tool wrote it. */
export interface ObservedRun {
  readonly tool: RunTool;
  /** Names the report: the same report again changes nothing. */
  readonly report: Digest;
  /** The generation that the report says it is about; reports of linters do not say. */
  readonly generation?: Digest | undefined;
  /** `output_digest` of that generation. */
  readonly output?: Digest | undefined;
  /** RFC 3339, UTC, milliseconds; undefined where the report does not say. */
  readonly at?: string | undefined;
  readonly environment?: string | undefined;
  readonly failures: readonly RunFailure[];
  /** Which files took part: those listed, or all of a kind (`.py`). */
  readonly executed:
    | { readonly kind: 'files'; readonly paths: readonly string[] }
    | { readonly kind: 'suffix'; readonly suffix: string };
}
