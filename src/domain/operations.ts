import pluralize from 'pluralize';
import type {
  DomainInput,
  EffectInput,
  FieldView,
  LiteralView,
  OperationInput,
  OperationView,
  PathView,
  UniqueView,
} from '../model/domain.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { JsonValue } from '../model/json.ts';
import type { EntityDraft } from './entities.ts';
import type { EntityIndex, IndexedEntity } from './entity-index.ts';
import { hasValueByItself } from './fields.ts';
import { resolveGuard } from './guards.ts';
import { literalOf } from './literal.ts';
import { loadsOf } from './loads.ts';
import { bodyOf } from './operation-body.ts';
import { childCopiesOf, copiesOf } from './copies.ts';
import { OperationLookup } from './operation-lookup.ts';
import { asInput, errorsOf, INSERTS, successOf } from './operation-rules.ts';
import type { DomainPath, Refusal } from './refusal.ts';
import { ExpressionResolver, type Subject } from './resolve-expression.ts';
import { resolveParameters } from './routes.ts';

export interface OperationPlaces {
  readonly index: EntityIndex;
  readonly drafts: readonly EntityDraft[];
  readonly refusal: Refusal;
  /** The requirement of a pattern or need that an operation names for itself. */
  readonly requirementOf: (operation: OperationInput, at: DomainPath) => string | null;
}

/**
 * Checks the operations and spells them out, in the order of the spec.
 * @throws PatternsError SPEC_INVALID with line and column
 */
export function resolveOperations(domain: DomainInput, places: OperationPlaces): readonly OperationView[] {
  const names = new Set<string>();
  return domain.operations.map((input, i) => {
    const at = ['operations', i];
    if (names.has(input.name))
      throw places.refusal.at(
        [...at, 'name'],
        `the operation \`${input.name}\` is declared twice`,
        'Rename one of the two.',
      );
    names.add(input.name);
    return new OperationResolver(input, at, places).resolve();
  });
}

class OperationResolver {
  readonly #input: OperationInput;
  readonly #at: DomainPath;
  readonly #places: OperationPlaces;
  readonly #refusal: Refusal;
  readonly #expressions: ExpressionResolver;
  readonly #lookup: OperationLookup;
  readonly #entity: IndexedEntity;
  readonly #subject: Subject;

  constructor(input: OperationInput, at: DomainPath, places: OperationPlaces) {
    this.#input = input;
    this.#at = at;
    this.#places = places;
    this.#refusal = places.refusal;
    this.#lookup = new OperationLookup(places.index, places.drafts, places.refusal);
    this.#expressions = new ExpressionResolver(places.index, places.refusal);
    this.#entity = this.#lookup.entity(input.entity, [...at, 'entity']);
    if (this.#entity.parent !== null) {
      throw this.#refusal.at(
        [...at, 'entity'],
        `\`${input.entity}\` belongs to \`${this.#entity.parent.entity}\` and has no operations of its own`,
        `Write the operation for \`${this.#entity.parent.entity}\`, for example with the action \`add_child\`.`,
      );
    }
    const subject =
      input.source === undefined ? this.#entity : this.#lookup.entity(input.source, [...at, 'source']);
    this.#subject = { entity: subject, child: this.#child() };
  }

  resolve(): OperationView {
    const input = this.#input;
    const { entity: name, action, match } = input;
    if (action === 'custom' && input.pattern === undefined && input.need === undefined) {
      throw this.#refusal.at(
        [...this.#at, 'action'],
        `\`${input.name}\` names no pattern that does it`,
        'Add `pattern: <id>@<range>` or `need:`; an operation nobody answers yet has the action `unanswered`.',
      );
    }
    const child = this.#subject.child;
    const merge = input.merge === undefined ? null : this.#merge(input.merge.match, input.merge.add);
    const matched = match === undefined ? null : this.#match(match);
    const shared = { at: this.#at, lookup: this.#lookup, refusal: this.#refusal };
    const copying = { ...shared, operation: input, to: this.#entity, from: this.#subject.entity };
    const draft = {
      name: input.name,
      action,
      summary: input.summary ?? inWords(input.name),
      entity: name,
      method: input.method,
      path: input.path,
      requirement: this.#places.requirementOf(input, this.#at),
      with: input.with ?? {},
      subject: this.#subject.entity.input.name,
      success: successOf(action),
      params: resolveParameters(input, this.#at, this.#refusal, child),
      body: bodyOf({
        ...shared,
        operation: input,
        owner: child?.entity ?? this.#entity,
        subject: this.#subject.entity,
        match: matched,
      }),
      partial: action === 'update',
      filters: this.#filters(),
      where: this.#comparisons('where', { entity: this.#entity }),
      order: this.#order(),
      paging: action === 'list' ? this.#paging() : null,
      guards: (input.guards ?? []).map((guard, i) =>
        resolveGuard(guard, this.#expressions, this.#subject, [...this.#at, 'guards', i]),
      ),
      set: this.#assignments(),
      effects: (input.effects ?? []).map((effect, i) => this.#effect(effect, [...this.#at, 'effects', i])),
      transition: this.#transition(),
      match: matched,
      children: input.children ?? null,
      child:
        child === undefined
          ? null
          : { name: child.name, entity: child.entity.input.name, param: `${child.name}_id` },
      merge,
      remove: this.#remove(),
      source: input.source ?? null,
      copy: copiesOf(copying),
      copy_children: childCopiesOf(copying),
    };
    const loads = loadsOf(draft);
    const whole = { ...draft, loads };
    this.#requireComplete(whole);
    this.#requireKnown(whole);
    return {
      ...whole,
      errors: errorsOf({ operation: whole, uniques: this.#uniques(whole) }),
      entities: touched(whole),
    };
  }

  #child(): Subject['child'] {
    const { children } = this.#input;
    if (children === undefined) return undefined;
    const entity = this.#lookup.childrenOf(this.#entity, children, [...this.#at, 'children']);
    return { name: pluralize.singular(children), entity };
  }

  #filters(): readonly FieldView[] {
    return (this.#input.filters ?? []).map((name, i) => {
      const at = [...this.#at, 'filters', i];
      const field = this.#lookup.field(this.#entity, name, at);
      if (field.type === 'children' || field.computed !== null)
        throw this.#refusal.at(at, `\`${name}\` is not kept in the table and cannot be filtered by`);
      return asInput(field);
    });
  }

  #order(): OperationView['order'] {
    return (this.#input.order ?? []).map((text, i) => {
      const at = [...this.#at, 'order', i];
      const descending = text.startsWith('-');
      const field = this.#lookup.field(this.#entity, descending ? text.slice(1) : text, at);
      if (field.type === 'children' || (field.computed !== null && !field.stored))
        throw this.#refusal.at(at, `\`${field.name}\` is not kept in the table and cannot be ordered by`);
      return { field, descending };
    });
  }

  #paging(): OperationView['paging'] {
    const max = this.#input.paging?.max ?? 100;
    const size = this.#input.paging?.default ?? Math.min(50, max);
    if (size > max)
      throw this.#refusal.at(
        [...this.#at, 'paging', 'default'],
        `the default page of ${size} is larger than \`max\`, ${max}`,
      );
    return { default: size, max };
  }

  #comparisons(key: 'where', subject: Subject): OperationView['where'] {
    return (this.#input[key] ?? []).map((text, i) => {
      const at = [...this.#at, key, i];
      const comparison = this.#expressions.comparison(text, subject, at);
      const { left } = comparison;
      if (left.kind === 'path' && left.reference === null && left.of === 'own') return comparison;
      throw this.#refusal.at(
        at,
        `\`${text}\` must compare a field of \`${subject.entity.input.name}\` itself`,
      );
    });
  }

  #assignments(): OperationView['set'] {
    return Object.entries(this.#input.set ?? {}).map(([text, value]) => {
      const at = [...this.#at, 'set', text];
      // What convert assigns is the new entity's; what it reads may be the source's.
      const target = this.#expressions.path(
        text,
        this.#input.source === undefined ? this.#subject : { entity: this.#entity },
        at,
      );
      const field = this.#expressions.fieldOf(target);
      if (target.of === 'children' || target.reference !== null)
        throw this.#refusal.atKey(
          at,
          `\`${text}\` is a field of another entity`,
          'Change numbers of other entities with `effects`.',
        );
      if (field.computed !== undefined) throw this.#refusal.atKey(at, `\`${text}\` is computed`);
      return { target, value: this.#value(value, target, at) };
    });
  }

  #value(value: JsonValue, target: PathView, at: DomainPath): PathView | LiteralView {
    if (typeof value === 'string') return this.#expressions.operand(value, target, this.#subject, at);
    const literal = literalOf(value, this.#expressions.fieldOf(target), target.entity);
    if (typeof literal !== 'string') return literal;
    throw this.#refusal.at(at, `\`${target.text}\` ${literal}, found ${JSON.stringify(value)}`);
  }

  #effect(effect: EffectInput, at: DomainPath): OperationView['effects'][number] {
    const { increment, decrement, by = 1 } = effect;
    if ((increment === undefined) === (decrement === undefined))
      throw this.#refusal.at(
        at,
        'an effect has either `increment` or `decrement`',
        'Write for example `{ decrement: product.stock, by: 1 }`.',
      );
    const kind = increment === undefined ? 'decrement' : 'increment';
    const path = [...at, kind];
    const target = this.#expressions.path(increment ?? decrement ?? '', this.#subject, path);
    if (target.reference === null)
      throw this.#refusal.at(
        path,
        `\`${target.text}\` is no field of a referenced entity`,
        'Write `reference.field` or `items.reference.field`.',
      );
    const field = this.#expressions.fieldOf(target);
    if ((field.type !== 'integer' && field.type !== 'decimal') || field.computed !== undefined)
      throw this.#refusal.at(path, `\`${target.text}\` is no number that can be changed`);
    if (typeof by === 'string') {
      const amount = this.#expressions.operand(by, target, this.#subject, [...at, 'by']);
      if (amount.kind === 'path' && amount.of === 'children' && target.of !== 'children')
        throw this.#refusal.at([...at, 'by'], `\`${by}\` is one for each child, \`${target.text}\` is not`);
      return { kind, target, by: amount };
    }
    return {
      kind,
      target,
      by: {
        kind: 'literal',
        text: String(by),
        type: field.type,
        value: by,
        entity: target.entity,
        field: target.field,
      },
    };
  }

  #transition(): OperationView['transition'] {
    const { transition } = this.#input;
    if (transition === undefined) return null;
    const at = [...this.#at, 'transition'];
    const owner = this.#subject.entity;
    const field = this.#lookup.field(owner, transition.field, [...at, 'field']);
    const values = field.values ?? [];
    if (field.type !== 'enum') throw this.#refusal.at([...at, 'field'], `\`${field.name}\` is no enum`);
    for (const [i, value] of [...transition.from, transition.to].entries()) {
      const path = i < transition.from.length ? [...at, 'from', i] : [...at, 'to'];
      if (!values.includes(value))
        throw this.#refusal.unknown(path, `\`${field.name}\` has no value`, value, values);
    }
    if (transition.from.includes(transition.to))
      throw this.#refusal.at(
        [...at, 'to'],
        `the transition leads to \`${transition.to}\`, where it comes from`,
      );
    const refused = values.find((value) => !transition.from.includes(value)) ?? null;
    return { field: field.name, entity: owner.input.name, from: transition.from, to: transition.to, refused };
  }

  #match(name: string): UniqueView {
    const unique = this.#lookup.unique(this.#entity, name, [...this.#at, 'match']);
    if (unique.where?.op === '!=')
      throw this.#refusal.at(
        [...this.#at, 'match'],
        `the \`where\` of \`${name}\` must be by ==`,
        'A new row has to meet it.',
      );
    return unique;
  }

  #merge(match: string, add: string): OperationView['merge'] {
    const child = this.#subject.child?.entity;
    if (child === undefined) return null;
    const at = [...this.#at, 'merge'];
    const unique = this.#lookup.unique(child, match, [...at, 'match']);
    const input = this.#input.input ?? [];
    const foreign = unique.fields.find((field) => !field.parent && !input.includes(field.name));
    if (foreign !== undefined || unique.where !== null)
      throw this.#refusal.at([...at, 'match'], `\`${match}\` is of fields that are not in \`input\``);
    const field = this.#lookup.field(child, add, [...at, 'add']);
    if (!field.numeric || !input.includes(add))
      throw this.#refusal.at([...at, 'add'], `\`${add}\` is no number of \`input\``);
    return { match: unique, add };
  }

  #remove(): OperationView['remove'] {
    const { remove } = this.#input;
    const child = this.#subject.child?.entity;
    if (remove === undefined || child === undefined) return null;
    const at = [...this.#at, 'remove'];
    const comparison = this.#expressions.removal(remove, { entity: child }, at);
    if (comparison.left.kind !== 'path' || !(this.#input.input ?? []).includes(comparison.left.field))
      throw this.#refusal.at(at, `\`${remove}\` is not about a field of \`input\``);
    return comparison;
  }

  /** What is inserted has a value for every field that needs one. */
  #requireComplete({ action, body, set, copy }: Omit<OperationView, 'errors' | 'entities'>): void {
    if (!INSERTS.includes(action)) return;
    const owner = this.#subject.child?.entity ?? this.#entity;
    const given = new Set([
      ...(action === 'convert' ? copy : body).map((field) => field.name),
      ...set.map(({ target }) => target.field),
    ]);
    for (const field of owner.fields.values()) {
      if (hasValueByItself(field) || given.has(field.name) || owner.parent?.field === field.name) continue;
      throw this.#refusal.at(
        this.#at,
        `\`${this.#input.name}\` makes \`${owner.input.name}\` without a value for \`${field.name}\``,
        `Add it to \`${action === 'convert' ? 'copy' : 'input'}\` or \`set\`, or give the field a \`default\`.`,
      );
    }
  }

  /** Before a row is made, guards can only read what the request has. */
  #requireKnown({ action, guards, body }: Omit<OperationView, 'errors' | 'entities'>): void {
    if (action !== 'create' && action !== 'get_or_create') return;
    for (const [i, { left, right }] of guards.entries()) {
      for (const side of [left, right]) {
        if (side.kind === 'literal' || (side.kind === 'path' && isInBody(side, body))) continue;
        const at = [...this.#at, 'guards', i];
        throw this.#refusal.at(
          at,
          `\`${side.text}\` is not known before the row is made`,
          'Compare fields of the input.',
        );
      }
    }
  }

  #uniques({ action }: { action: OperationInput['action'] }): readonly UniqueView[] {
    const isReading = action === 'get' || action === 'list' || action === 'custom' || action === 'unanswered';
    if (isReading || action === 'delete') return [];
    return this.#lookup.draft(this.#subject.child?.entity ?? this.#entity).unique;
  }
}

function isInBody({ reference, field }: PathView, body: readonly FieldView[]): boolean {
  return body.some(({ name }) => name === (reference ?? field));
}

function touched(operation: Omit<OperationView, 'errors' | 'entities'>): readonly string[] {
  const names = new Set([operation.entity, operation.subject, ...operation.loads.map((load) => load.entity)]);
  if (operation.child !== null) names.add(operation.child.entity);
  for (const { entity, source } of operation.copy_children) names.add(entity).add(source);
  for (const field of operation.body) if (field.target !== null) names.add(field.target.entity);
  return [...names].toSorted(compareBytes);
}

/** `add_cart_item` in words: `Add cart item`. */
function inWords(name: string): string {
  const words = name.replaceAll('_', ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
