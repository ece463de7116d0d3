import type { JsonValue } from '../model/json.ts';

/** A value as messages show it: text as it is, anything else as JSON. */
export function asText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
