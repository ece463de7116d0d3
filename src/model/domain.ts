import type { JsonObject, JsonValue } from './json.ts';
import type { Need } from './spec.ts';

/** The types that a field can have. Nothing here knows a language or a framework. */
export const FIELD_TYPES = [
  'string',
  'email',
  'integer',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'enum',
  'reference',
  'children',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/**
 * What an operation does. `custom` is done by the pattern that the operation names, `unanswered` by nobody yet.
 */
export const ACTIONS = [
  'create',
  'list',
  'get',
  'update',
  'delete',
  'set',
  'transition',
  'get_or_create',
  'add_child',
  'update_child',
  'remove_child',
  'clear_children',
  'convert',
  'custom',
  'unanswered',
] as const;
export type Action = (typeof ACTIONS)[number];

/** A field as a person wrote it; which keys it may have depends on its type. */
export interface FieldInput {
  readonly name: string;
  readonly type: FieldType;
  readonly description?: string | undefined;
  readonly optional?: boolean | undefined;
  readonly readonly?: boolean | undefined;
  readonly default?: JsonValue | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  readonly digits?: number | undefined;
  readonly places?: number | undefined;
  readonly values?: readonly string[] | undefined;
  readonly to?: string | undefined;
  readonly of?: string | undefined;
  readonly computed?: string | undefined;
  readonly stored?: boolean | undefined;
}

export interface UniqueInput {
  readonly name: string;
  readonly fields: readonly string[];
  readonly where?: string | undefined;
  readonly error?: 400 | 409 | undefined;
}

export interface EntityInput {
  readonly name: string;
  readonly description?: string | undefined;
  readonly fields: readonly FieldInput[];
  readonly unique?: readonly UniqueInput[] | undefined;
}

export interface TransitionInput {
  readonly field: string;
  readonly from: readonly string[];
  readonly to: string;
}

export interface EffectInput {
  readonly increment?: string | undefined;
  readonly decrement?: string | undefined;
  readonly by?: string | number | undefined;
}

/** An operation as a person wrote it; which keys it may have depends on its action. */
export interface OperationInput {
  readonly name: string;
  readonly action: Action;
  readonly pattern?: string | undefined;
  readonly need?: Need | undefined;
  readonly with?: JsonObject | undefined;
  readonly entity: string;
  readonly method: Method;
  readonly path: string;
  readonly summary?: string | undefined;
  readonly input?: readonly string[] | undefined;
  readonly guards?: readonly (string | { readonly rule: string; readonly message: string })[] | undefined;
  readonly set?: Readonly<Record<string, JsonValue>> | undefined;
  readonly effects?: readonly EffectInput[] | undefined;
  readonly filters?: readonly string[] | undefined;
  readonly where?: readonly string[] | undefined;
  readonly order?: readonly string[] | undefined;
  readonly paging?: { readonly default?: number | undefined; readonly max?: number | undefined } | undefined;
  readonly transition?: TransitionInput | undefined;
  readonly match?: string | undefined;
  readonly children?: string | undefined;
  readonly merge?: { readonly match: string; readonly add: string } | undefined;
  readonly remove?: string | undefined;
  readonly source?: string | undefined;
  readonly copy?: readonly string[] | undefined;
  readonly copy_children?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface DomainInput {
  readonly entities: readonly EntityInput[];
  readonly operations: readonly OperationInput[];
}

// What templates see: everything spelt out, references resolved by one step, expressions as trees. Type aliases, as only
// these are plain JSON data to the compiler. Absent values are null.

/** A way to a scalar from the subject of an operation. */
export type PathView = {
  readonly kind: 'path';
  readonly text: string;
  /** `own`: a field of the subject; `child`: of the child that is added or changed; `children`: of each of its children. */
  readonly of: 'own' | 'child' | 'children';
  /** The children's field, for `children`. */
  readonly children: string | null;
  /** The reference that leads to the entity. */
  readonly reference: string | null;
  /** The entity that has the field. */
  readonly entity: string;
  readonly field: string;
  readonly type: FieldType;
  /** The name in requests and responses. */
  readonly api: string;
  /** May be null. */
  readonly optional: boolean;
};

export type LiteralView = {
  readonly kind: 'literal';
  readonly text: string;
  readonly type: FieldType;
  readonly value: JsonValue;
  /** The field that the literal is a value of: what an enum's class is named after. */
  readonly entity: string;
  readonly field: string;
};

export type CountView = { readonly kind: 'count'; readonly text: string; readonly children: string };

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type ComparisonView = {
  readonly text: string;
  readonly left: PathView | CountView;
  readonly op: Operator;
  readonly right: PathView | LiteralView;
};

/** A rule that must hold before anything happens, with what it answers otherwise and how a test breaks it. */
export type GuardView = ComparisonView & {
  readonly message: string;
  /** A value for the left side with which the rule fails; null where none can be told. */
  readonly violation: LiteralView | null;
  /** A value for the left side with which the rule holds; null where none can be told. */
  readonly passing: LiteralView | null;
};

export type ComputedView = {
  /** `product` a * b, `plus` a + b, `minus` a - b, `total` sum(children.field). */
  readonly kind: 'product' | 'plus' | 'minus' | 'total';
  readonly text: string;
  readonly left: string | null;
  readonly right: string | null;
  readonly children: string | null;
  readonly entity: string | null;
  readonly field: string | null;
};

export type FieldView = {
  readonly name: string;
  /** The entity that has the field. */
  readonly entity: string;
  readonly type: FieldType;
  readonly description: string | null;
  readonly optional: boolean;
  readonly readonly: boolean;
  readonly default: JsonValue;
  readonly min: number | null;
  readonly max: number | null;
  readonly above: number | null;
  readonly below: number | null;
  readonly digits: number | null;
  readonly places: number | null;
  readonly values: readonly string[] | null;
  readonly computed: ComputedView | null;
  readonly stored: boolean;
  readonly api: string;
  /** May be in a request. */
  readonly writable: boolean;
  readonly numeric: boolean;
  /** Is part of a unique. */
  readonly unique: boolean;
  /** The entity that a reference or children lead to, and the names of its fields. */
  readonly target: { readonly entity: string; readonly fields: readonly string[] } | null;
  /** The reference of a child to its parent. */
  readonly parent: boolean;
  /** An optional reference to a table that comes later: its constraint is made when both tables are there. */
  readonly deferred: boolean;
};

export type UniqueView = {
  readonly name: string;
  readonly fields: readonly FieldView[];
  readonly where: ComparisonView | null;
  readonly error: number;
};

export type EntityView = {
  readonly name: string;
  readonly description: string | null;
  readonly fields: readonly FieldView[];
  readonly unique: readonly UniqueView[];
  readonly parent: { readonly entity: string; readonly field: string; readonly children: string } | null;
  readonly operations: readonly OperationView[];
  /** Names of the entities that its references lead to, each once, in the order of fields. */
  readonly references: readonly string[];
  /** Position when what refers comes after what it refers to. */
  readonly rank: number;
  /** Some field is computed and stored. */
  readonly stores_computed: boolean;
};

export type ParameterView = {
  readonly name: string;
  readonly of: 'entity' | 'child' | 'other';
  readonly entity: string | null;
};

export type LoadView = {
  /** The reference's name. */
  readonly name: string;
  readonly entity: string;
  readonly of: 'own' | 'child' | 'children';
  /** An effect changes it. */
  readonly lock: boolean;
  /** The request names it: unknown is 404. */
  readonly body: boolean;
  /** A guard, assignment or effect reads or changes it. */
  readonly used: boolean;
};

export type OperationView = {
  readonly name: string;
  readonly action: Action;
  readonly summary: string;
  readonly entity: string;
  readonly method: Method;
  readonly path: string;
  /** The requirement that the operation names for itself. */
  readonly requirement: string | null;
  readonly with: JsonObject;
  /** The entity whose state guards, set and effects speak of: the source of `convert`, else the entity. */
  readonly subject: string;
  readonly success: number;
  readonly errors: readonly number[];
  readonly params: readonly ParameterView[];
  readonly body: readonly FieldView[];
  /** Whether the body may have any subset of its fields. */
  readonly partial: boolean;
  readonly filters: readonly FieldView[];
  readonly where: readonly ComparisonView[];
  readonly order: readonly { readonly field: FieldView; readonly descending: boolean }[];
  readonly paging: { readonly default: number; readonly max: number } | null;
  readonly guards: readonly GuardView[];
  readonly set: readonly { readonly target: PathView; readonly value: PathView | LiteralView }[];
  readonly effects: readonly {
    readonly kind: 'increment' | 'decrement';
    readonly target: PathView;
    readonly by: PathView | LiteralView;
  }[];
  readonly transition: {
    readonly field: string;
    readonly entity: string;
    readonly from: readonly string[];
    readonly to: string;
    /** A value from which the transition is refused; null when every other value is allowed. */
    readonly refused: string | null;
  } | null;
  readonly match: UniqueView | null;
  readonly children: string | null;
  readonly child: { readonly name: string; readonly entity: string; readonly param: string } | null;
  readonly merge: { readonly match: UniqueView; readonly add: string } | null;
  readonly remove: ComparisonView | null;
  readonly source: string | null;
  readonly copy: readonly FieldView[];
  readonly copy_children: readonly {
    readonly children: string;
    readonly entity: string;
    readonly source: string;
    readonly fields: readonly FieldView[];
  }[];
  readonly loads: readonly LoadView[];
  /** All entities that it touches, in byte order. */
  readonly entities: readonly string[];
};

export type DomainView = {
  readonly entities: readonly EntityView[];
  readonly operations: readonly OperationView[];
};

/** Names that the language, database or framework of a blueprint takes for itself; compared in snake case. */
export interface ReservedNames {
  readonly entities: readonly string[];
  readonly fields: readonly string[];
  readonly operations: readonly string[];
}
