import { nameHint } from '../canon/nearest-name.ts';
import { PatternsError } from '../model/error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { formatRef, type FrozenPattern } from '../model/pattern.ts';
import type { Application, Spec } from '../model/spec.ts';
import { checkVariableValue } from '../model/variable.ts';
import { conditionHolds, evaluateExpression, renderText } from './liquid.ts';

/** What every template of a spec can read. */
export function rootScope(spec: Spec, variables: JsonObject): JsonObject {
  return {
    project: { name: spec.name, version: spec.version },
    variables,
    entities: spec.entities,
    operations: spec.operations,
  };
}

/**
 * The scopes of the uses of one application: one for each item of `each`, without those that `when` leaves out.
 * @throws PatternsError TEMPLATE_RENDER when `each` is no list
 */
export function scopesOf(application: Application, scope: JsonObject, origin: string): readonly JsonObject[] {
  return eachScope(application, scope, origin).filter((one) => {
    const condition = application.when;
    if (condition === undefined) return true;
    return conditionHolds(condition, `\`when\` of ${origin}`, one);
  });
}

function eachScope(application: Application, scope: JsonObject, origin: string): readonly JsonObject[] {
  const { each, as } = application;
  if (each === undefined || as === undefined) return [scope];
  const list = evaluateExpression(each, `\`each\` of ${origin}`, scope);
  if (!isJsonList(list)) {
    throw new PatternsError('TEMPLATE_RENDER', `\`each\` of ${origin} is no list: ${each}`, {
      hint: 'Name a list, such as `entities`, `entity.fields` or `variables.regions`.',
    });
  }
  return list.map((item) => ({ ...scope, [as]: item }));
}

/** Values of a scope are JSON from the start, and expressions make nothing else that is a list. */
function isJsonList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/**
 * The values of a pattern's declared variables: from `with`, else the spec's variable of that name, else the default.
 * @throws PatternsError VARIABLE_INVALID for an undeclared, missing or ill-typed one
 */
export function bindVariables(
  pattern: FrozenPattern,
  application: Application,
  scope: JsonObject,
  origin: string,
): JsonObject {
  const declared = pattern.variables;
  const undeclared = Object.keys(application.with).find((name) => !Object.hasOwn(declared, name));
  if (undeclared !== undefined) {
    throw new PatternsError(
      'VARIABLE_INVALID',
      `${origin} gives \`${undeclared}\`, which ${formatRef(pattern)} does not declare`,
      {
        hint: nameHint(undeclared, Object.keys(declared), 'Its variables'),
        details: { pattern: formatRef(pattern), variable: undeclared },
      },
    );
  }
  const shared = isJsonObject(scope['variables']) ? scope['variables'] : {};
  const bound = Object.entries(declared).map(([name, declaration]): [string, JsonValue] => {
    const given = Object.hasOwn(application.with, name) ? application.with[name] : undefined;
    const inherited = Object.hasOwn(shared, name) ? shared[name] : undefined;
    const value =
      given === undefined
        ? (inherited ?? declaration.default)
        : expand(given, `\`with.${name}\` of ${origin}`, scope);
    if (value === undefined) {
      throw new PatternsError(
        'VARIABLE_INVALID',
        `${origin} gives no value for \`${name}\` of ${formatRef(pattern)}, which has no default`,
        {
          hint: `Add \`with: { ${name}: … }\` to the entry, or \`${name}\` to the spec's variables.`,
          details: { pattern: formatRef(pattern), variable: name },
        },
      );
    }
    const problem = checkVariableValue(declaration, value);
    if (problem === undefined) return [name, value];
    throw new PatternsError(
      'VARIABLE_INVALID',
      `\`${name}\` of ${formatRef(pattern)}, given by ${origin}, ${problem}`,
      {
        details: { pattern: formatRef(pattern), variable: name },
      },
    );
  });
  return Object.fromEntries(bound);
}

const ONE_OUTPUT = /^\{\{-?((?:(?!\}\}|\{\{)[\s\S])*?)-?\}\}$/;

/** Renders the strings in a value; one that is a single output tag keeps the type of what it names. */
function expand(value: JsonValue, name: string, scope: JsonObject): JsonValue {
  if (typeof value === 'string') {
    const expression = ONE_OUTPUT.exec(value.trim())?.[1];
    return expression === undefined
      ? renderText(value, name, scope)
      : toJson(evaluateExpression(expression, name, scope), name);
  }
  if (isJsonList(value)) return value.map((item) => expand(item, name, scope));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, name, scope)]));
}

function toJson(value: unknown, name: string): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item) => toJson(item, name));
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item, name)]));
  }
  throw new PatternsError('TEMPLATE_RENDER', `${name} has no value`, {
    hint: 'Name something that is in scope.',
  });
}
