import type {
  ComparisonView,
  CountView,
  FieldInput,
  FieldType,
  LiteralView,
  Operator,
  PathView,
} from '../model/domain.ts';
import type { EntityIndex, IndexedEntity } from './entity-index.ts';
import { parseCall, parseComparison, parseNumber, parsePath } from './expression.ts';
import { literalOfText } from './literal.ts';
import type { DomainPath, Refusal } from './refusal.ts';

/** What the names of an expression are looked up in. */
export interface Subject {
  readonly entity: IndexedEntity;
  /** The child that is added or changed, and what expressions call it. */
  readonly child?: { readonly name: string; readonly entity: IndexedEntity } | undefined;
}

const EQUALITY: readonly Operator[] = ['==', '!='];
/** Types whose values have no order. */
const UNORDERED: readonly FieldType[] = ['boolean', 'enum', 'reference'];

/** Gives the names in expressions their meaning, or says which has none. */
export class ExpressionResolver {
  readonly #index: EntityIndex;
  readonly #refusal: Refusal;

  constructor(index: EntityIndex, refusal: Refusal) {
    this.#index = index;
    this.#refusal = refusal;
  }

  /** `field`, `reference.field`, `items.field`, `items.reference.field`, `item.…`. */
  path(text: string, subject: Subject, at: DomainPath): PathView {
    const names = parsePath(text);
    if (names === undefined) {
      throw this.#refusal.at(
        at,
        `\`${text}\` is no path`,
        'Write `field`, `reference.field` or `items.field`.',
      );
    }
    const start = this.#start(names, subject);
    const [first = '', second, ...rest] = start.names;
    if (rest.length > 0) {
      throw this.#refusal.at(at, `\`${text}\` goes too far`, 'A path follows one reference at most.');
    }
    const reference = second === undefined ? undefined : this.#field(start.entity, first, text, at);
    if (reference !== undefined && reference.type !== 'reference') {
      throw this.#refusal.at(
        at,
        `\`${text}\`: \`${first}\` is no reference of \`${start.entity.input.name}\``,
      );
    }
    if (reference?.optional === true) {
      throw this.#refusal.at(
        at,
        `\`${text}\` goes through \`${first}\`, which may be absent`,
        'Make the reference required.',
      );
    }
    const entity = reference === undefined ? start.entity : this.entity(reference.to ?? '');
    const field = this.#field(entity, second ?? first, text, at);
    if (field.type === 'children')
      throw this.#refusal.at(
        at,
        `\`${text}\` ends at a list of children`,
        'Name a field of theirs, or `count(…)`.',
      );
    return {
      kind: 'path',
      text,
      of: start.of,
      children: start.children,
      reference: reference?.name ?? null,
      entity: entity.input.name,
      field: field.name,
      type: field.type,
      api: field.type === 'reference' ? `${field.name}_id` : field.name,
      optional: field.optional ?? false,
    };
  }

  /** `path op operand`, `count(items) op number`. */
  comparison(
    text: string,
    subject: Subject,
    at: DomainPath,
    operators: readonly Operator[] = ['==', '!=', '<', '<=', '>', '>='],
  ): ComparisonView {
    const parsed = parseComparison(text);
    if (parsed === undefined || !operators.includes(parsed.op)) {
      const form = `\`path ${operators[0] ?? '=='} value\``;
      throw this.#refusal.at(
        at,
        `\`${text}\` is no comparison`,
        `Write ${form}; the operators are ${operators.join(' ')}.`,
      );
    }
    const { left, op, right } = parsed;
    const counted = parseCall(left, 'count');
    if (counted !== undefined) return this.#count(text, { counted, op, right }, subject, at);
    const path = this.path(left, subject, at);
    const operand = this.operand(right, path, subject, at);
    if (!EQUALITY.includes(op) && UNORDERED.includes(path.type))
      throw this.#refusal.at(at, `\`${text}\`: a ${path.type} has no order`, 'Compare it with == or !=.');
    return { text, left: path, op, right: operand };
  }

  /** `field == number`, the number beyond what the field itself admits: with it a child is removed. */
  removal(text: string, subject: Subject, at: DomainPath): ComparisonView {
    const parsed = parseComparison(text);
    const value = parseNumber(parsed?.right ?? '');
    if (parsed?.op !== '==' || value === undefined)
      throw this.#refusal.at(at, `\`${text}\` is no condition`, 'Write for example `quantity == 0`.');
    const left = this.path(parsed.left, subject, at);
    const { type } = left;
    if ((type !== 'integer' && type !== 'decimal') || left.reference !== null)
      throw this.#refusal.at(at, `\`${text}\`: \`${left.text}\` is no number of the child`);
    const { entity, field } = left;
    return {
      text,
      left,
      op: '==',
      right: { kind: 'literal', text: parsed.right, type, value, entity, field },
    };
  }

  /** A path of the target's type, or a literal of it. */
  operand(text: string, target: PathView, subject: Subject, at: DomainPath): PathView | LiteralView {
    const field = this.fieldOf(target);
    const literal = literalOfText(text, field, target.entity);
    // An enum's values are in capitals and paths are not, so the two are never mistaken for each other.
    if (typeof literal !== 'string') return literal;
    if (parsePath(text) === undefined || text === 'true' || text === 'false')
      throw this.#refusal.at(at, `\`${text}\` is no value of \`${field.name}\`: ${literal}`);
    const path = this.path(text, subject, at);
    const problem = typesDiffer(field, this.fieldOf(path));
    if (problem !== undefined)
      throw this.#refusal.at(at, `\`${text}\` does not go with \`${field.name}\`: ${problem}`);
    return path;
  }

  fieldOf(path: PathView): FieldInput {
    const field = this.entity(path.entity).fields.get(path.field);
    if (field === undefined) throw new Error(`${path.text} was resolved to a field that is not there`);
    return field;
  }

  /** An entity whose name was checked before. */
  entity(name: string): IndexedEntity {
    const entity = this.#index.get(name);
    if (entity === undefined) throw new Error(`the entity ${name} was not checked`);
    return entity;
  }

  #count(
    text: string,
    { counted, op, right }: { counted: string; op: Operator; right: string },
    subject: Subject,
    at: DomainPath,
  ): ComparisonView {
    const entity = subject.entity;
    if (entity.fields.get(counted)?.type !== 'children') {
      const known = [...entity.fields.values()]
        .filter((field) => field.type === 'children')
        .map((field) => field.name);
      throw this.#refusal.unknown(at, `\`${entity.input.name}\` has no children`, counted, known);
    }
    const left: CountView = { kind: 'count', text: `count(${counted})`, children: counted };
    const number: FieldInput = { name: counted, type: 'integer', min: 0 };
    const literal = literalOfText(right, number, entity.input.name);
    if (typeof literal === 'string') throw this.#refusal.at(at, `\`${text}\`: \`${right}\` ${literal}`);
    return { text, left, op, right: literal };
  }

  #start(names: readonly string[], subject: Subject) {
    const [first = '', ...rest] = names;
    if (subject.child !== undefined && first === subject.child.name)
      return { of: 'child', entity: subject.child.entity, names: rest, children: null } as const;
    const field = subject.entity.fields.get(first);
    if (field?.type === 'children' && field.of !== undefined && rest.length > 0)
      return { of: 'children', entity: this.entity(field.of), names: rest, children: first } as const;
    return { of: 'own', entity: subject.entity, names, children: null } as const;
  }

  #field(entity: IndexedEntity, name: string, text: string, at: DomainPath): FieldInput {
    const field = entity.fields.get(name);
    if (field !== undefined) return field;
    throw this.#refusal.unknown(at, `\`${text}\`: \`${entity.input.name}\` has no field`, name, [
      ...entity.fields.keys(),
    ]);
  }
}

/** Why a value of one field cannot go into, or be compared with, another. */
export function typesDiffer(a: FieldInput, b: FieldInput): string | undefined {
  if (a.type !== b.type) return `${a.type} against ${b.type}`;
  if (a.to !== b.to) return `a reference to ${a.to} against one to ${b.to}`;
  if (a.type === 'enum' && a.values?.join() !== b.values?.join()) return 'their values differ';
  return undefined;
}
