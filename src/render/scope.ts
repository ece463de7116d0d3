import { requirementOf } from '../canon/requirement.ts';
import { nameHint } from '../canon/nearest-name.ts';
import { PatternsError } from '../model/error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { formatRef, type FrozenPattern } from '../model/pattern.ts';
import type { Application, Spec } from '../model/spec.ts';
import { checkVariableValue } from '../model/variable.ts';
import { conditionHolds, evaluateExpression, renderText } from './liquid.ts';

/** What every template of a spec can read. */
export function rootScope(
  { name, version, description }: Pick<Spec, 'name' | 'version' | 'description'>,
  { variables, entities, operations }: Lists,
): JsonObject {
  return { project: { name, version, description: description ?? null }, variables, entities, operations };
}

interface Lists {
  readonly variables: JsonObject;
  readonly entities: readonly JsonValue[];
  readonly operations: readonly JsonValue[];
}

/**
 * The requirement that a use has in its scope: its own, that of its item, or that of the case which fits.
 * @throws PatternsError TEMPLATE_RENDER for an item that cannot name a pattern, and for a value without a case
 */
export function requirementIn(application: Application, scope: JsonObject, origin: string): string {
  const requirement = chosenIn(application, scope, origin);
  if (requirement !== null) return requirement;
  throw new Error(`${origin} was not left out, though its item names no pattern`);
}

/** As above; null where only the item could name a pattern, and does not. */
function chosenIn({ demand }: Application, scope: JsonObject, origin: string): string | null {
  if (demand.kind !== 'choice') return requirementOf(demand);
  const own = demand.item === undefined ? null : namedBy(demand.item, scope, origin);
  if (own !== null || demand.cases === undefined) return own;
  const { by, from } = demand.cases;
  const value = evaluateExpression(by, `\`choose\` of ${origin}`, scope);
  const answer = typeof value === 'string' && Object.hasOwn(from, value) ? from[value] : undefined;
  if (answer !== undefined) return requirementOf(answer);
  throw new PatternsError(
    'TEMPLATE_RENDER',
    `\`choose\` of ${origin} has no case for ${by} = ${String(value)}`,
    {
      hint: `Its cases: ${Object.keys(from).join(', ')}.`,
    },
  );
}

function namedBy(name: string, scope: JsonObject, origin: string): string | null {
  const item = scope[name];
  const requirement = isJsonObject(item) ? item['requirement'] : undefined;
  if (typeof requirement === 'string' || requirement === null) return requirement;
  throw new PatternsError('TEMPLATE_RENDER', `\`pattern_of\` of ${origin}: \`${name}\` is no operation`, {
    hint: 'Name the item of `each: operations` or `each: entity.operations`.',
  });
}

/**
 * The scopes of the uses of one application: one for each item of `each`, without those that `when` leaves out.
 * @throws PatternsError TEMPLATE_RENDER when `each` is no list
 */
export function scopesOf(application: Application, scope: JsonObject, origin: string): readonly JsonObject[] {
  return eachScope(application, scope, origin).filter((one) => {
    const { when: condition, demand } = application;
    if (condition !== undefined && !conditionHolds(condition, `\`when\` of ${origin}`, one)) return false;
    return demand.kind !== 'choice' || chosenIn(application, one, origin) !== null;
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
  const given = givenValues(application, scope);
  const undeclared = Object.keys(given).find((name) => !Object.hasOwn(declared, name));
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
    const own = Object.hasOwn(given, name) ? given[name] : undefined;
    const inherited = Object.hasOwn(shared, name) ? shared[name] : undefined;
    const value =
      own === undefined
        ? (inherited ?? declaration.default)
        : expand(own, `\`with.${name}\` of ${origin}`, scope);
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

/** What the use gives; what an item that names its pattern gives goes before it. */
function givenValues({ demand, with: own }: Application, scope: JsonObject): JsonObject {
  const item = demand.kind === 'choice' && demand.item !== undefined ? scope[demand.item] : undefined;
  const more = isJsonObject(item) && isJsonObject(item['with']) ? item['with'] : undefined;
  return more === undefined ? own : { ...own, ...more };
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
