import {
  camelCase as camel,
  constantCase as constant,
  kebabCase as kebab,
  pascalCase as pascal,
  snakeCase as snake,
} from 'change-case';

// By Unicode alone: without this option, change-case asks for the locale of the machine, where `I` may have no dot to lose.
const PLAIN = { locale: false } as const;

export function camelCase(text: string): string {
  return camel(text, PLAIN);
}

export function constantCase(text: string): string {
  return constant(text, PLAIN);
}

export function kebabCase(text: string): string {
  return kebab(text, PLAIN);
}

export function pascalCase(text: string): string {
  return pascal(text, PLAIN);
}

export function snakeCase(text: string): string {
  return snake(text, PLAIN);
}
