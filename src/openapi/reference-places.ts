// Where in an OpenAPI document a `$ref` is a reference, and where it is data of an example or the name of a property.

/** Values of these keys are data, not description. */
const DATA_KEYS: ReadonlySet<string> = new Set(['example', 'default', 'enum', 'const', 'value']);

/** References of these places are no schemas: what they name is put in their place. */
const PARTS: ReadonlySet<string> = new Set([
  'responses',
  'parameters',
  'examples',
  'requestBodies',
  'headers',
  'securitySchemes',
  'links',
  'callbacks',
  'pathItems',
  'paths',
  'webhooks',
]);

/** Maps whose keys are names that the author chose. */
const NAME_MAPS: ReadonlySet<string> = new Set([
  ...PARTS,
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'schemas',
  'content',
  'encoding',
  'variables',
  'mapping',
  'scopes',
]);

/** What a key of a map holds: a description, a map of names, or data. */
export type Holding = 'description' | 'names' | 'data';

/** @param within what the map itself is, in which the key stands */
export function holdingOf(key: string, within: Holding): Holding {
  if (within === 'data') return 'data';
  if (within === 'names') return 'description';
  if (key.startsWith('x-') || DATA_KEYS.has(key)) return 'data';
  return NAME_MAPS.has(key) ? 'names' : 'description';
}

/** Whether a reference at this path names a part of the document other than a schema. */
export function isPartReference(path: readonly (string | number)[]): boolean {
  const parent = path.at(-2);
  return path.at(-1) === 'requestBody' || (typeof parent === 'string' && PARTS.has(parent));
}
