import * as v from 'valibot';
import type { ChecksPlan, SeedPlan, ServicePlan } from '../model/smoke-plan.ts';
import { decode, matching, strict } from './shape.ts';
import { JsonObjectShape, JsonValueShape } from './shapes.ts';
import { readYaml } from './yaml-text.ts';

// smoke/service.yaml, smoke/seed.yaml and smoke/checks.yaml of a generated tree. A key may be added when it is optional;
// a change that an older release would misread raises formatVersion.

const TextShape = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(4000, 'is too long'));
const ArgvShape = v.pipe(
  v.array(TextShape),
  v.minLength(1, 'must name a program'),
  v.transform((list): [string, ...string[]] => [list[0] ?? '', ...list.slice(1)]),
);
const CommandsShape = v.optional(v.array(ArgvShape), []);
const EnvironmentShape = v.optional(
  v.record(matching(/^[A-Z][A-Z0-9_]*$/, 'the name of a variable'), v.string()),
  {},
);
const formatVersion = v.literal(1);

export const ServicePlanShape = strict({
  formatVersion,
  companions: v.optional(
    v.array(
      strict({
        name: matching(/^[a-z][a-z0-9_]*$/, 'a name such as `database`'),
        find: v.optional(v.array(TextShape), []),
        program: TextShape,
        user: v.optional(TextShape, 'nobody'),
        setup: CommandsShape,
        start: ArgvShape,
        after: CommandsShape,
        environment: EnvironmentShape,
      }),
    ),
    [],
  ),
  environment: EnvironmentShape,
  install: strict({ key: v.array(TextShape), run: CommandsShape }),
  migrate: CommandsShape,
  seed: CommandsShape,
  start: ArgvShape,
  ready: strict({
    path: TextShape,
    seconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(600)), 30),
  }),
  openapi: TextShape,
  frame: TextShape,
  deepest: v.optional(v.picklist(['first', 'last']), 'last'),
  error: TextShape,
  versions: CommandsShape,
  executed: v.array(TextShape),
});

const NumberShape = v.optional(v.number());
const CountShape = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000));

const SeedFieldShape = strict({
  name: TextShape,
  make: TextShape,
  value: v.optional(JsonValueShape),
  min: NumberShape,
  max: NumberShape,
  above: NumberShape,
  below: NumberShape,
  digits: NumberShape,
  places: NumberShape,
  to: v.optional(TextShape),
  of: v.optional(TextShape),
  unique: v.optional(v.boolean()),
});

export const SeedPlanShape = strict({
  formatVersion,
  seed: TextShape,
  rows: CountShape,
  spare: v.optional(CountShape, 0),
  entities: v.array(
    strict({ name: TextShape, parent: v.optional(TextShape), fields: v.array(SeedFieldShape) }),
  ),
});

export const ChecksPlanShape = strict({
  formatVersion,
  operations: v.array(
    strict({
      name: TextShape,
      method: matching(/^[A-Z]+$/, 'an HTTP method such as GET'),
      path: matching(/^\//, 'a path such as `/orders/{id}`'),
      handler: v.optional(strict({ path: TextShape, text: TextShape })),
      calls: v.array(
        strict({
          case: TextShape,
          expect: v.pipe(
            v.array(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599))),
            v.minLength(1, 'must not be empty'),
          ),
          path: v.optional(v.record(v.string(), v.string())),
          query: v.optional(JsonObjectShape),
          body: v.optional(JsonValueShape),
          text: v.optional(v.string()),
        }),
      ),
    }),
  ),
});

/** @throws PatternsError YAML_INVALID, PATTERN_INVALID: a pattern wrote the file */
export function readServicePlan(bytes: Uint8Array, file: string): ServicePlan {
  return decode(ServicePlanShape, readYaml(bytes, file), 'PATTERN_INVALID');
}

/** @throws PatternsError YAML_INVALID, PATTERN_INVALID: a pattern wrote the file */
export function readSeedPlan(bytes: Uint8Array, file: string): SeedPlan {
  return decode(SeedPlanShape, readYaml(bytes, file), 'PATTERN_INVALID');
}

/** @throws PatternsError YAML_INVALID, PATTERN_INVALID: a pattern wrote the file */
export function readChecksPlan(bytes: Uint8Array, file: string): ChecksPlan {
  return decode(ChecksPlanShape, readYaml(bytes, file), 'PATTERN_INVALID');
}
