import { Document, isMap, isPair, isScalar, isSeq, type YAMLMap } from 'yaml';
import { sha256Json } from '../canon/sha256.ts';
import type { JsonObject } from '../model/json.ts';
import type { SpecOrigin } from '../model/spec.ts';
import type { ImportedSpec } from './imported-spec.ts';

/** The text of a spec: the same for the same import, with a comment wherever a person has something to answer. */
export function specText(spec: ImportedSpec, origin: SpecOrigin): string {
  const document = new Document(
    {
      apiVersion: 'patterns/v1',
      name: spec.name,
      version: spec.version,
      ...(spec.description === undefined || spec.description === '' ? {} : { description: spec.description }),
      source: originJson(origin, spec),
      extends: spec.extends,
      entities: spec.entities.map(({ value }) => value),
      operations: spec.operations.map(({ value }) => value),
      ...(Object.keys(spec.variables).length === 0 ? {} : { variables: spec.variables }),
    },
    { aliasDuplicateObjects: false, version: '1.2' },
  );
  document.commentBefore = headComment(spec);
  comment(document, 'entities', spec.entities);
  comment(document, 'operations', spec.operations);
  flowItems(document);
  return document.toString(LAYOUT);
}

/** How specs are laid out: no line is folded, so that one value stays one line. */
export const LAYOUT = { lineWidth: 0, flowCollectionPadding: true } as const;

export function headComment(spec: ImportedSpec): string {
  const open = spec.operations.filter(({ value }) => value.action === 'unanswered').length;
  return [
    ` Made by \`patterns import openapi\`. ${open} of ${spec.operations.length} operations are unanswered: the service answers 501.`,
    ' Answer one by `pattern:` or `need:` with the action `custom`, or by an action: see docs/import.md.',
  ].join('\n');
}

/** The origin as the spec has it, with the digest of each thing that the import wrote. */
export function originJson(origin: SpecOrigin, { entities, operations }: ImportedSpec): JsonObject {
  const written = [
    ...entities.map(({ value }): [string, string] => [`entities/${value.name}`, itemDigest(value)]),
    ...operations.map(({ value }): [string, string] => [`operations/${value.name}`, itemDigest(value)]),
  ];
  const { kind, digest, version, files = {} } = origin;
  return {
    kind,
    digest,
    version,
    ...(Object.keys(files).length === 0 ? {} : { files }),
    imported: Object.fromEntries(written),
  };
}

/** What an item is but for its contract, which always follows the document. */
export function itemDigest(value: JsonObject): string {
  const { contract: _, ...head } = value;
  return sha256Json(head).slice('sha256:'.length, 'sha256:'.length + 12);
}

function comment(
  document: Document,
  list: string,
  items: readonly { readonly comment: string | undefined }[],
): void {
  for (const [i, { comment: text }] of items.entries()) {
    if (text === undefined) continue;
    const map: unknown = document.getIn([list, i], true);
    if (isMap(map)) commentOn(map, text);
  }
}

/** Puts a comment before the second key, which is `action` for operations. */
export function commentOn(map: YAMLMap, text: string): void {
  const pair = map.items[1];
  if (isPair(pair) && isScalar(pair.key)) pair.key.commentBefore = ` ${text}`;
}

function flowItems(document: Document): void {
  const entities: unknown = document.get('entities');
  if (isSeq(entities)) for (const entity of entities.items) if (isMap(entity)) flowFields(entity);
}

/** One field a line. */
export function flowFields(entity: YAMLMap): void {
  for (const key of ['fields', 'unique']) {
    const fields: unknown = entity.get(key, true);
    if (isSeq(fields)) for (const field of fields.items) if (isMap(field)) asFlow(field);
  }
}

function asFlow(map: YAMLMap): void {
  map.flow = true;
}
