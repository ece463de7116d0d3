import type { JsonPath } from '../documents/yaml-text.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';

/** The parts of a pointer such as `/components/schemas/a~1b`, which may be percent-encoded as the fragment of a URI is. */
export function pointerParts(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => percentDecoded(part).replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function pointerText(parts: JsonPath): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The value at the parts of a pointer, or undefined. */
export function valueAt(root: JsonValue, parts: JsonPath): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const part of parts) {
    if (isJsonList(value)) value = value[Number(part)];
    else if (isJsonObject(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
