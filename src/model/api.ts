import type { JsonObject, JsonValue } from './json.ts';
import type { Need } from './spec.ts';

// The model `api/v1`: an API that is described elsewhere, with what each of its operations does to rows that are kept as
// JSON documents.

export const API_METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'] as const;
export type ApiMethod = (typeof API_METHODS)[number];

/** What an operation does. `custom` is done by the pattern that it names, `unanswered` by nobody yet. */
export const API_ACTIONS = [
  'create',
  'list',
  'get',
  'replace',
  'update',
  'delete',
  'custom',
  'unanswered',
] as const;
export type ApiAction = (typeof API_ACTIONS)[number];

/** What a field of a kept document may be. */
export const DOCUMENT_FIELD_TYPES = [
  'string',
  'uuid',
  'email',
  'date',
  'datetime',
  'integer',
  'number',
  'boolean',
  'enum',
  'object',
  'array',
  'any',
] as const;
export type DocumentFieldType = (typeof DOCUMENT_FIELD_TYPES)[number];

export const KEY_TYPES = ['integer', 'uuid', 'string'] as const;

export type ApiKey = { readonly name: string; readonly type: (typeof KEY_TYPES)[number] };

export interface ApiFieldInput {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean | undefined;
  readonly readonly?: boolean | undefined;
  readonly values?: readonly JsonValue[] | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly schema?: string | undefined;
}

export interface ApiEntityInput {
  readonly name: string;
  readonly description?: string | undefined;
  /** The component that describes it. */
  readonly schema?: string | undefined;
  /** Other components that describe it for requests. */
  readonly variants?: readonly string[] | undefined;
  readonly key?: ApiKey | undefined;
  readonly fields?: readonly ApiFieldInput[] | undefined;
}

export interface ApiPaging {
  readonly limit?: string | undefined;
  readonly skip?: string | undefined;
  readonly page?: string | undefined;
  readonly default?: number | undefined;
  readonly max?: number | undefined;
}

export interface ApiOperationInput {
  readonly name: string;
  readonly action: ApiAction;
  readonly pattern?: string | undefined;
  readonly need?: Need | undefined;
  readonly with?: JsonObject | undefined;
  readonly entity: string;
  readonly method: ApiMethod;
  readonly path: string;
  readonly summary?: string | undefined;
  readonly key?: string | undefined;
  readonly within?: readonly string[] | undefined;
  readonly filters?: Readonly<Record<string, string>> | undefined;
  readonly paging?: ApiPaging | undefined;
  readonly inside?: string | undefined;
  readonly counts?: readonly string[] | undefined;
  readonly success?: number | undefined;
  readonly answers?: boolean | undefined;
  /** What the document promises of it: an operation of OpenAPI. */
  readonly contract: JsonObject;
}

export interface ApiInput {
  readonly entities: readonly ApiEntityInput[];
  readonly operations: readonly ApiOperationInput[];
  /** The rest of the document: its version, components, security. */
  readonly document: JsonObject;
}

/** A request that fits the contract, as far as one can be made up. */
export type SampleRequest = {
  readonly path: Readonly<Record<string, string>>;
  readonly query: JsonObject;
  /** Null where none is taken, or none can be sent. */
  readonly body: JsonValue;
  readonly has_body: boolean;
  /** Whether it certainly fits. */
  readonly fits: boolean;
};

export type ApiOperationView = {
  readonly name: string;
  readonly action: ApiAction;
  readonly entity: string;
  readonly method: ApiMethod;
  readonly path: string;
  /** The path with parameters that every router understands. */
  readonly route: string;
  readonly params: readonly { readonly name: string; readonly variable: string }[];
  readonly summary: string;
  readonly requirement: string | null;
  readonly with: JsonObject;
  readonly key: string | null;
  readonly within: readonly string[];
  readonly filters: readonly { readonly parameter: string; readonly field: string }[];
  readonly paging: {
    readonly limit: string | null;
    readonly skip: string | null;
    readonly page: string | null;
    readonly default: number;
    readonly max: number;
  } | null;
  readonly inside: string | null;
  readonly counts: readonly string[];
  readonly success: number;
  readonly answers: boolean;
  readonly contract: JsonObject;
  /** Position when what is more special comes before what is less: `/pets/mine` before `/pets/{id}`. */
  readonly order: number;
  readonly sample: SampleRequest;
  /** What a new row has before the request says anything: defaults, and the properties that hold the time. */
  readonly beforehand: { readonly values: JsonObject; readonly moments: readonly string[] };
};

export type ApiEntityView = {
  readonly name: string;
  readonly description: string | null;
  readonly schema: string | null;
  readonly key: ApiKey | null;
  readonly fields: readonly JsonValue[];
  readonly operations: readonly ApiOperationView[];
  /** A row that fits the schema. */
  readonly sample: JsonValue;
};
