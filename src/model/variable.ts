import { isJsonObject, type JsonValue } from './json.ts';
import type { VariableDeclaration, VariableType } from './pattern.ts';

/** Says what is wrong with a value for a declared variable, as a predicate (`must be …`); undefined when it fits. */
export function checkVariableValue(declaration: VariableDeclaration, value: JsonValue): string | undefined {
  if (!fits(declaration.type, value)) return `must be of type ${declaration.type}, found ${typeName(value)}`;
  const { enum: allowed } = declaration;
  if (allowed === undefined || allowed.some((item) => JSON.stringify(item) === JSON.stringify(value)))
    return undefined;
  return `must be one of ${allowed.map((item) => JSON.stringify(item)).join(', ')}, found ${JSON.stringify(value)}`;
}

function fits(type: VariableType, value: JsonValue): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
  }
}

function typeName(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}
