import type {
  FieldInput,
  GuardView,
  ComparisonView,
  LiteralView,
  PathView,
  Operator,
} from '../model/domain.ts';
import type { JsonValue } from '../model/json.ts';
import { INTEGER_MAX, literalOf } from './literal.ts';
import type { DomainPath } from './refusal.ts';
import type { ExpressionResolver, Subject } from './resolve-expression.ts';

/** A guard with what it answers when it fails, and values of its left side that break and meet it. */
export function resolveGuard(
  guard: string | { readonly rule: string; readonly message: string },
  expressions: ExpressionResolver,
  subject: Subject,
  at: DomainPath,
): GuardView {
  const rule = typeof guard === 'string' ? guard : guard.rule;
  const path = typeof guard === 'string' ? at : [...at, 'rule'];
  const comparison = expressions.comparison(rule, subject, path);
  const message = typeof guard === 'string' ? defaultMessage(comparison) : guard.message;
  const { left, op } = comparison;
  if (left.kind === 'count') return { ...comparison, message, violation: null, passing: null };
  const field = expressions.fieldOf(left);
  const witness = (operator: Operator) => valueThat(operator, comparison.right, field, left);
  return { ...comparison, message, violation: witness(OPPOSITE[op]), passing: witness(op) };
}

const OPPOSITE: Readonly<Record<Operator, Operator>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

const WORDS: Readonly<Record<Operator, string>> = {
  '==': 'must be',
  '!=': 'must not be',
  '<': 'must be below',
  '<=': 'must be at most',
  '>': 'must be above',
  '>=': 'must be at least',
};

function defaultMessage({ left, op, right }: ComparisonView): string {
  return `${left.text} ${WORDS[op]} ${right.text}`;
}

/** A value of the field for which `value op right` holds; null where the right side is known only at run time. */
function valueThat(
  op: Operator,
  right: PathView | LiteralView,
  field: FieldInput,
  left: PathView,
): LiteralView | null {
  if (right.kind === 'path') return null;
  const candidates = candidatesFor(right.value, field);
  const value = candidates.find(
    (one) => holds(one, op, right.value) && typeof literalOf(one, field, left.entity) !== 'string',
  );
  if (value === undefined) return null;
  const literal = literalOf(value, field, left.entity);
  return typeof literal === 'string' ? null : literal;
}

function candidatesFor(value: JsonValue, field: FieldInput): readonly JsonValue[] {
  switch (field.type) {
    case 'integer':
    case 'decimal':
      return typeof value === 'number'
        ? [value, value + 1, value - 1, field.min ?? 0, field.max ?? INTEGER_MAX]
        : [];
    case 'boolean':
      return [true, false];
    case 'enum':
      return [value, ...(field.values ?? [])];
    case 'string':
      return [value, `not ${asText(value)}`, 'x'];
    case 'email':
      return [value, `not-${asText(value)}`];
    case 'date':
      return [value, '2000-01-01', '2099-12-31'];
    case 'datetime':
      return [value, '2000-01-01T00:00:00Z', '2099-12-31T00:00:00Z'];
    case 'reference':
    case 'children':
      return [];
  }
}

function holds(left: JsonValue, op: Operator, right: JsonValue): boolean {
  if (op === '==') return left === right;
  if (op === '!=') return left !== right;
  const isNumbers = typeof left === 'number' && typeof right === 'number';
  if (!isNumbers && !(typeof left === 'string' && typeof right === 'string')) return false;
  switch (op) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

function asText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
