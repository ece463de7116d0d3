import { asText } from './json-text.ts';
import type { JsonPath, SourceDocument } from '../documents/yaml-text.ts';
import { PatternsError, type Place } from '../model/error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { bundle, type ReadLocal } from './bundle.ts';
import { isJsonList, pointerParts, pointerText, valueAt } from './json-pointer.ts';

/** A map of the document, and where it stands. */
export interface Node {
  readonly value: JsonObject;
  readonly path: JsonPath;
}

/** An OpenAPI document of version 3.0 or 3.1 whose references all lead somewhere. */
export class OpenApiDocument {
  readonly value: JsonObject;
  readonly version: string;
  /** The other files that belong to it. */
  readonly files: readonly string[];
  readonly #place: (path: JsonPath, of?: 'key' | 'value') => Place;

  /** @throws PatternsError OPENAPI_INVALID, OPENAPI_UNSUPPORTED, OPENAPI_REFERENCE */
  constructor(source: SourceDocument, read: ReadLocal) {
    const root = rootOf(source);
    this.version = versionOf(root, source);
    const bundled = bundle(source, root, read);
    this.value = bundled.value;
    this.files = bundled.files;
    this.#place = bundled.place;
  }

  place(path: JsonPath, of?: 'key' | 'value'): Place {
    return this.#place(path, of);
  }

  refuse(path: JsonPath, message: string, hint?: string, of?: 'key' | 'value'): PatternsError {
    return new PatternsError('OPENAPI_INVALID', message, { place: this.place(path, of), hint });
  }

  /**
   * What a value is once its references are followed, and where that stands.
   * @throws PatternsError OPENAPI_INVALID for what is no map, OPENAPI_REFERENCE for references that go in a circle
   */
  node(value: JsonValue | undefined, path: JsonPath): Node {
    const seen = new Set<string>();
    let at = { value, path };
    while (isJsonObject(at.value) && typeof at.value['$ref'] === 'string') {
      const target = pointerParts(at.value['$ref'].slice(1));
      const key = pointerText(target);
      if (seen.has(key)) {
        throw new PatternsError(
          'OPENAPI_REFERENCE',
          `the reference ${at.value['$ref']} leads back to itself`,
          { place: this.place([...path, '$ref']), hint: 'Say what it is somewhere.' },
        );
      }
      seen.add(key);
      at = { value: valueAt(this.value, target), path: target };
    }
    if (isJsonObject(at.value)) return { value: at.value, path: at.path };
    const what = path.length === 0 ? 'the document' : `\`${path.join('.')}\``;
    throw this.refuse(path, `${what} must be a map`);
  }

  /** The entries of a map that may be missing; keys `x-…` left out. */
  entries(node: Node, key: string): readonly (readonly [string, Node])[] {
    const value = node.value[key];
    if (value === undefined || value === null) return [];
    const path = [...node.path, key];
    if (!isJsonObject(value)) throw this.refuse(path, `\`${path.join('.')}\` must be a map`);
    return Object.keys(value)
      .filter((name) => !name.startsWith('x-'))
      .map((name) => [name, this.node(value[name], [...path, name])]);
  }

  /** The items of a list of maps that may be missing. */
  items(node: Node, key: string): readonly Node[] {
    const value = node.value[key];
    if (value === undefined || value === null) return [];
    const path = [...node.path, key];
    if (!isJsonList(value)) throw this.refuse(path, `\`${path.join('.')}\` must be a list`);
    return value.map((item, i) => this.node(item, [...path, i]));
  }
}

function rootOf(source: SourceDocument): JsonObject {
  const { value } = source;
  if (isRecord(value)) return value;
  throw new PatternsError('OPENAPI_INVALID', 'the file is no OpenAPI document: it holds no map', {
    place: source.place([]),
  });
}

/** A map of what a reader of JSON or YAML made is JSON. */
function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function versionOf(root: JsonObject, source: SourceDocument): string {
  const { swagger, openapi } = root;
  if (swagger !== undefined) {
    throw new PatternsError('OPENAPI_UNSUPPORTED', `the document is of version ${asText(swagger)}`, {
      place: source.place(['swagger']),
      hint: 'Convert it to 3.0 first, for example with `npx swagger2openapi <file> -o openapi.yaml`.',
    });
  }
  if (openapi === undefined) {
    throw new PatternsError('OPENAPI_INVALID', 'the file is no OpenAPI document: it has no `openapi`', {
      place: source.place([]),
      hint: 'An OpenAPI document starts with its version, for example `openapi: 3.1.0`.',
    });
  }
  const version = typeof openapi === 'number' ? openapi.toFixed(1) : asText(openapi);
  if (/^3\.[01](?:\.|$)/.test(version)) return version;
  throw new PatternsError('OPENAPI_UNSUPPORTED', `the document is of version ${version}`, {
    place: source.place(['openapi']),
    hint: 'Versions 3.0 and 3.1 are read.',
  });
}
