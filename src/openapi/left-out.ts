import { asText } from './json-text.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import type { ApiOperation } from './api-operations.ts';
import type { OpenApiDocument } from './document.ts';
import type { Remark } from './remark.ts';

/** What a document promises and no service of these patterns does, whatever its operations are. */
export function leftOut(document: OpenApiDocument, operations: readonly ApiOperation[]): readonly Remark[] {
  const remarks: Remark[] = [];
  const add = (
    kind: Remark['kind'],
    subject: string,
    path: readonly (string | number)[],
    message: string,
  ): void => {
    remarks.push({ kind, subject, message, place: document.place(path, 'key') });
  };
  const { value } = document;
  const components = isJsonObject(value['components']) ? value['components'] : {};
  for (const [name, scheme] of entriesOf(components['securitySchemes'])) {
    const type = isJsonObject(scheme) ? asText(scheme['type']) : 'unknown';
    add(
      'not_carried',
      name,
      ['components', 'securitySchemes', name],
      `the security scheme (${type}) is documented and not enforced: every request is let in`,
    );
  }
  for (const [name] of entriesOf(value['webhooks']))
    add('not_carried', name, ['webhooks', name], 'the webhook is documented and never called');
  for (const operation of operations) {
    for (const [name] of entriesOf(operation.value['callbacks']))
      add(
        'not_carried',
        name,
        [...operation.path, 'callbacks', name],
        'the callback is documented and never called',
      );
  }
  for (const { value: one, path } of operations) {
    if (one['servers'] !== undefined)
      add(
        'note',
        'servers',
        [...path, 'servers'],
        'servers of one operation are documented; the service answers on its own address',
      );
  }
  const server = Array.isArray(value['servers']) ? value['servers'][0] : undefined;
  const base = isJsonObject(server) && typeof server['url'] === 'string' ? basePath(server['url']) : '';
  if (base !== '')
    add(
      'note',
      'servers',
      ['servers', 0, 'url'],
      `paths are served as they are written, without the server's \`${base}\``,
    );
  return remarks;
}

function entriesOf(value: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return isJsonObject(value) ? Object.entries(value).filter(([key]) => !key.startsWith('x-')) : [];
}

/** `/v2` of `https://api.example.com/v2`. */
function basePath(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/\/$/, '');
}
