import type { JsonObject } from '../model/json.ts';
import type { Remark } from './remark.ts';

/** A spec that an import has made, and what it has to say about it. */
export interface ImportedSpec {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly extends: string;
  readonly variables: JsonObject;
  readonly entities: readonly ImportedEntity[];
  readonly operations: readonly ImportedOperation[];
  readonly remarks: readonly Remark[];
}

export interface ImportedEntity {
  readonly value: JsonObject & { readonly name: string };
  readonly comment: string | undefined;
}

export interface ImportedOperation {
  readonly value: JsonObject & { readonly name: string; readonly action: string };
  /** What a person is told where the answer belongs. */
  readonly comment: string | undefined;
}
