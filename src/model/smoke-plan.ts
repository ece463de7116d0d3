import type { JsonObject, JsonValue } from './json.ts';

// What the smoke test reads from a generated tree. Patterns write these files, so what a language or framework needs is
// said in the bank and not in the compiler.

/** Where a generated tree says how it is run, filled and checked. */
export const SERVICE_PLAN_PATH = 'smoke/service.yaml';
export const SEED_PLAN_PATH = 'smoke/seed.yaml';
export const CHECKS_PLAN_PATH = 'smoke/checks.yaml';

/** A command as an argument vector; no shell reads it. Its strings may have placeholders such as `{port}`. */
export type Argv = readonly [string, ...string[]];

/** Something that the service needs beside it, such as a database, started for one smoke test. */
export interface Companion {
  readonly name: string;
  /** Folders in which its programs are looked for beside PATH; the last one that exists is `{<name>.bin}`. */
  readonly find: readonly string[];
  /** The program that has to be there. */
  readonly program: string;
  /** Who runs it when the process is privileged, as some servers refuse to run so. */
  readonly user: string;
  readonly setup: readonly Argv[];
  readonly start: Argv;
  /** Commands that follow once its port answers. */
  readonly after: readonly Argv[];
  /** Variables that the service gets; where all of them are set already, the companion is not started. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ServicePlan {
  readonly companions: readonly Companion[];
  readonly environment: Readonly<Record<string, string>>;
  /** Made once for each content of these files, in `{cache}`. */
  readonly install: { readonly key: readonly string[]; readonly run: readonly Argv[] };
  readonly migrate: readonly Argv[];
  readonly seed: readonly Argv[];
  readonly start: Argv;
  readonly ready: { readonly path: string; readonly seconds: number };
  /** The path of the live OpenAPI document. */
  readonly openapi: string;
  /** How to read the frames of a stack trace: a regular expression with the groups path, line and function. */
  readonly frame: string;
  /** Where the deepest call of a stack trace stands. */
  readonly deepest: 'first' | 'last';
  /** How to read the error at the end of a stack trace: groups class and message. */
  readonly error: string;
  /** Says what the service runs on: printed into the report. */
  readonly versions: readonly Argv[];
  /** Prefixes of paths that take part when the service runs. */
  readonly executed: readonly string[];
}

export interface SeedField {
  readonly name: string;
  /** How values are made; see `docs/smoke.md`. */
  readonly make: string;
  readonly value?: JsonValue | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  readonly digits?: number | undefined;
  readonly places?: number | undefined;
  readonly to?: string | undefined;
  readonly of?: string | undefined;
  /** No two rows have the same value. */
  readonly unique?: boolean | undefined;
}

export interface SeedEntity {
  readonly name: string;
  /** Set for entities whose rows are part of another's. */
  readonly parent?: string | undefined;
  readonly fields: readonly SeedField[];
}

export interface SeedPlan {
  /** What the values are derived from, beside entity, field and row. */
  readonly seed: string;
  /** Rows of each entity that are loaded. */
  readonly rows: number;
  /** Further rows that are only made, for the bodies of requests. */
  readonly spare: number;
  /** What refers comes after what it refers to. */
  readonly entities: readonly SeedEntity[];
}

export interface CheckCall {
  readonly case: string;
  readonly expect: readonly number[];
  /** Values of the path's parameters. */
  readonly path?: Readonly<Record<string, string>> | undefined;
  readonly query?: JsonObject | undefined;
  readonly body?: JsonValue | undefined;
  /** A body as it stands, for what is no JSON. */
  readonly text?: string | undefined;
}

export interface CheckOperation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** The place that does it: the file, and text of the line where it starts. */
  readonly handler?: { readonly path: string; readonly text: string } | undefined;
  readonly calls: readonly CheckCall[];
}

export interface ChecksPlan {
  readonly operations: readonly CheckOperation[];
}
