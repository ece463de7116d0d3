import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { modernSchemas } from './modern-schemas.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';

/** Checks responses against the OpenAPI document that the service itself publishes. */
export class ResponseSchemas {
  readonly #document: JsonObject;
  readonly #ajv: Ajv2020;

  constructor(document: JsonObject) {
    this.#document = document;
    this.#ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
    formats.default(this.#ajv);
    const is30 = typeof document['openapi'] === 'string' && document['openapi'].startsWith('3.0');
    this.#ajv.addSchema({ ...(is30 ? modernSchemas(document) : document), $id: 'openapi' });
  }

  /** What is wrong with a response; undefined where it is as documented. */
  problem(call: { method: string; path: string; status: number; body: string }): string | undefined {
    const operation = this.#at(['paths', call.path, call.method.toLowerCase()]);
    if (operation === undefined) return `the OpenAPI document has no ${call.method} ${call.path}`;
    const response = this.#response(
      ['paths', call.path, call.method.toLowerCase(), 'responses'],
      call.status,
    );
    if (response === undefined) return `the OpenAPI document has no response ${call.status}`;
    const content = this.#at([...response, 'content']);
    const promised = Object.keys(content ?? {});
    const media = promised.find((one) => /json/i.test(one)) ?? promised[0];
    if (media === undefined)
      return call.body === '' ? undefined : 'the response has a body, the OpenAPI document none';
    const pointer = [...response, 'content', media, 'schema'];
    if (this.#at(pointer) === undefined) return undefined;
    const parsed = parse(call.body);
    if (parsed === undefined) return 'the response is no JSON';
    const key = pointer
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = this.#ajv.getSchema(`openapi#/${key}`);
    if (validate === undefined) return 'the schema of the response cannot be read';
    if (validate(parsed.value) === true) return undefined;
    const [first] = validate.errors ?? [];
    return `the response does not fit its schema: ${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim();
  }

  /** Where a status is described: by itself, by its class (`2XX`), or by `default`. */
  #response(at: readonly string[], status: number): readonly string[] | undefined {
    const responses = this.#at(at) ?? {};
    const known = [
      String(status),
      `${String(status).slice(0, 1)}XX`,
      `${String(status).slice(0, 1)}xx`,
      'default',
    ];
    const key = known.find((one) => Object.hasOwn(responses, one));
    if (key === undefined) return undefined;
    const reference = this.#at([...at, key])?.['$ref'];
    if (typeof reference !== 'string') return [...at, key];
    return reference
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  }

  #at(path: readonly string[]): JsonObject | undefined {
    let value: JsonValue | undefined = this.#document;
    for (const key of path) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return isJsonObject(value) ? value : undefined;
  }
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
