import type { Faker } from '@faker-js/faker';
import { nameHint } from '../canon/nearest-name.ts';
import { sha256Hex } from '../canon/sha256.ts';
import { PatternsError } from '../model/error.ts';
import type { JsonValue } from '../model/json.ts';
import type { SeedEntity, SeedField, SeedPlan } from '../model/smoke-plan.ts';
import { FAKE_TEXTS, isFakeText } from './fake-values.ts';

/** One row: `id`, then its fields in the order of the plan. */
export type SeedRow = Readonly<Record<string, JsonValue>>;

/** The rows of each entity, by its name, in the order of the plan. Row n is at index n - 1. */
export type SeedRows = ReadonlyMap<string, readonly SeedRow[]>;

const MAKERS = [
  'text',
  'integer',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'literal',
  'reference',
  'children',
] as const;
/** Days counted from here, so that no value depends on when the rows are made. */
const FIRST_DAY = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;

/**
 * Makes the rows of a plan. Each value is a function of the plan's seed, the entity, the field and the number of the row
 * alone: neither clock nor the order of entities nor other fields reach it.
 *
 * @throws PatternsError PATTERN_INVALID for a plan that asks for what cannot be made
 */
export async function makeRows(plan: SeedPlan, label: string): Promise<SeedRows> {
  const { faker } = await import('@faker-js/faker/locale/en');
  const maker = new RowMaker(plan, faker, label);
  return new Map(plan.entities.map((entity) => [entity.name, maker.rows(entity)]));
}

/** The rows that are loaded, with children inside of their parents. */
export function loadedRows(plan: SeedPlan, rows: SeedRows): Readonly<Record<string, readonly SeedRow[]>> {
  const whole = plan.entities.filter((entity) => entity.parent === undefined);
  return Object.fromEntries(whole.map(({ name }) => [name, rows.get(name)?.slice(0, plan.rows) ?? []]));
}

/** The key of a row: a UUID of version 8 (RFC 9562) made from what it identifies. */
export function rowId(seed: string, entity: string, row: number): string {
  const hex = sha256Hex(Buffer.from(`${seed}/${entity}/${row}`, 'utf8'));
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

class RowMaker {
  readonly #plan: SeedPlan;
  readonly #faker: Faker;
  readonly #label: string;
  readonly #entities: ReadonlyMap<string, SeedEntity>;

  constructor(plan: SeedPlan, faker: Faker, label: string) {
    this.#plan = plan;
    this.#faker = faker;
    this.#label = label;
    this.#entities = new Map(plan.entities.map((entity) => [entity.name, entity]));
  }

  rows(entity: SeedEntity): readonly SeedRow[] {
    const count = this.#plan.rows + this.#plan.spare;
    return Array.from({ length: count }, (_, i) => this.#row(entity, i + 1));
  }

  #row(entity: SeedEntity, row: number): SeedRow {
    const fields = entity.fields.map((field): [string, JsonValue] => [
      field.name,
      this.#value(entity, field, row),
    ]);
    return { id: rowId(this.#plan.seed, entity.name, row), ...Object.fromEntries(fields) };
  }

  #value(entity: SeedEntity, field: SeedField, row: number): JsonValue {
    const { make } = field;
    switch (make) {
      case 'literal':
        return field.value ?? null;
      case 'reference':
        return rowId(this.#plan.seed, this.#named(field.to, entity, field).name, row);
      case 'children':
        return [this.#row(this.#named(field.of, entity, field), row)];
      case 'boolean':
        return this.#number(entity, field, row) % 2 === 0;
      case 'integer':
        return this.#integer(entity, field, row);
      case 'decimal':
        return this.#decimal(entity, field, row);
      case 'date':
        return new Date(this.#day(entity, field, row)).toISOString().slice(0, 10);
      case 'datetime':
        return new Date(
          this.#day(entity, field, row) + (this.#number(entity, field, row) % 86_400) * 1000,
        ).toISOString();
      default:
        return this.#text(entity, field, row);
    }
  }

  /** A number between 0 and 2^32 - 1 that belongs to one value. */
  #number(entity: SeedEntity, field: SeedField, row: number): number {
    const text = `${this.#plan.seed}/${entity.name}/${field.name}/${row}`;
    return Number.parseInt(sha256Hex(Buffer.from(text, 'utf8')).slice(0, 8), 16);
  }

  #day(entity: SeedEntity, field: SeedField, row: number): number {
    const offset = field.unique === true ? row : this.#number(entity, field, row) % 366;
    return FIRST_DAY + offset * DAY;
  }

  #integer(entity: SeedEntity, field: SeedField, row: number): number {
    const min = field.min ?? 0;
    const max = Math.max(min, field.max ?? min + 99);
    if (field.unique === true) return min + row <= max ? min + row : this.#exhausted(entity, field);
    return min + (this.#number(entity, field, row) % (max - min + 1));
  }

  /** Written as text, as a decimal has to be: with all its places. */
  #decimal(entity: SeedEntity, field: SeedField, row: number): string {
    const places = field.places ?? 2;
    const unit = 10 ** places;
    const low =
      field.above === undefined ? Math.ceil((field.min ?? 0) * unit) : Math.floor(field.above * unit) + 1;
    const digits = Math.min(field.digits ?? 12, 6 + places);
    const top =
      field.below === undefined ? (field.max ?? Infinity) * unit : Math.ceil(field.below * unit) - 1;
    const high = Math.max(low, Math.min(top, low + 100 * unit, 10 ** digits - 1));
    const units =
      field.unique === true
        ? Math.min(low + row, high)
        : low + (this.#number(entity, field, row) % (high - low + 1));
    return (units / unit).toFixed(places);
  }

  #text(entity: SeedEntity, field: SeedField, row: number): string {
    const kind = field.make === 'text' ? 'words' : field.make;
    if (!isFakeText(kind)) {
      throw new PatternsError(
        'PATTERN_INVALID',
        `${this.#label}: \`make: ${field.make}\` of ${entity.name}.${field.name} is not known`,
        {
          hint: nameHint(field.make, [...MAKERS, ...Object.keys(FAKE_TEXTS)], 'Known are'),
        },
      );
    }
    this.#faker.seed(this.#number(entity, field, row));
    const max = field.max ?? 255;
    const min = field.min ?? 0;
    const made = FAKE_TEXTS[kind](this.#faker);
    const text = field.unique === true ? distinct(made, row, max) : made.slice(0, max).trim();
    // Too short a text is filled up; `x` is in every alphabet that a field may demand.
    return text.padEnd(min, 'x');
  }

  #named(name: string | undefined, entity: SeedEntity, field: SeedField): SeedEntity {
    const found = this.#entities.get(name ?? '');
    if (found !== undefined) return found;
    throw new PatternsError(
      'PATTERN_INVALID',
      `${this.#label}: ${entity.name}.${field.name} names the entity \`${name ?? ''}\`, which the plan does not have`,
    );
  }

  #exhausted(entity: SeedEntity, field: SeedField): never {
    throw new PatternsError(
      'PATTERN_INVALID',
      `${this.#label}: ${entity.name}.${field.name} has fewer values than the plan has rows`,
      { hint: 'Plan fewer rows.' },
    );
  }
}

/** A number makes a text distinct; in an e-mail address it stands before the `@`. */
function distinct(text: string, row: number, max: number): string {
  const at = text.indexOf('@');
  const [head, tail] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
  const mark = at < 0 ? ` ${row}` : `.${row}`;
  return `${head.slice(0, Math.max(0, max - tail.length - mark.length)).trim()}${mark}${tail}`.trim();
}
