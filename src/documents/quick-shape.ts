import type * as v from 'valibot';
import { PatternsError } from '../model/error.ts';

/** Whether a value is one that a shape lets through as it is. */
type Fit = (value: unknown) => boolean;

/**
 * A shape that looks at values before it takes them apart: one that fits is let through as it is, without the copy and
 * the bookkeeping of each field that finding a deviation takes. For long lists. What deviates is reported as ever.
 *
 * @throws PatternsError INTERNAL for a shape that changes what it reads, or of a kind that nothing long has needed yet
 */
export function quick<S extends v.GenericSchema>(shape: S): S {
  const fits = fitOf(shape);
  const run: S['~run'] = (dataset, config) => {
    if (!fits(dataset.value)) return shape['~run'](dataset, config);
    return { typed: true, value: dataset.value };
  };
  return { ...shape, '~run': run };
}

function fitOf(shape: object): Fit {
  const pipe: unknown = Reflect.get(shape, 'pipe');
  if (Array.isArray(pipe)) return allOf(pipe.filter(isObject).map(fitOf));
  return fitOfStep(shape);
}

/** A schema without a pipe, or a step of one. */
function fitOfStep(step: object): Fit {
  const requirement: unknown = Reflect.get(step, 'requirement');
  switch (Reflect.get(step, 'type')) {
    case 'string':
      return (value) => typeof value === 'string';
    case 'number':
      return (value) => typeof value === 'number' && !Number.isNaN(value);
    case 'picklist':
      return oneOf(Reflect.get(step, 'options'));
    case 'array':
      return listOf(Reflect.get(step, 'item'));
    case 'strict_object':
      return objectOf(Reflect.get(step, 'entries'));
    case 'regex':
      if (requirement instanceof RegExp && !requirement.global && !requirement.sticky)
        return (value) => typeof value === 'string' && requirement.test(value);
      break;
    case 'integer':
      return Number.isInteger;
    case 'min_value':
      if (typeof requirement === 'number')
        return (value) => typeof value === 'number' && value >= requirement;
      break;
    case 'max_length':
      if (typeof requirement === 'number')
        return (value) => typeof value === 'string' && value.length <= requirement;
      break;
    case 'check':
    case 'guard':
      if (typeof requirement === 'function')
        return (value) => Reflect.apply(requirement, undefined, [value]) === true;
      break;
    default:
  }
  throw new PatternsError(
    'INTERNAL',
    `no quick look at a shape of type ${String(Reflect.get(step, 'type'))}`,
  );
}

function allOf(fits: readonly Fit[]): Fit {
  const [first, second, ...rest] = fits;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  const others = allOf([second, ...rest]);
  return (value) => first(value) && others(value);
}

function oneOf(options: unknown): Fit {
  const known = new Set<unknown>(Array.isArray(options) ? options : []);
  return (value) => known.has(value);
}

function listOf(item: unknown): Fit {
  const fits = isObject(item) ? fitOf(item) : () => false;
  return (value) => Array.isArray(value) && value.every(fits);
}

function objectOf(entries: unknown): Fit {
  const fields = Object.entries(Object(entries)).map(([key, entry]): [string, Fit] => [
    key,
    isObject(entry) ? fitOf(entry) : () => false,
  ]);
  return (value) => {
    if (!isObject(value) || Array.isArray(value) || Object.keys(value).length !== fields.length) return false;
    for (const [key, fits] of fields)
      if (!Object.hasOwn(value, key) || !fits(Reflect.get(value, key))) return false;
    return true;
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
