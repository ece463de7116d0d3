import * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import type { Digest } from '../model/digest.ts';
import { jsonSource } from './plain-source.ts';
import { decode, strict } from './shape.ts';
import { DigestShape } from './shapes.ts';

// export.json of an exported bank: written last, so that an export without it is not whole. A change that an older release
// would misread raises formatVersion.

const CountShape = v.pipe(
  v.number(),
  v.safeInteger('must be a whole number'),
  v.minValue(0, 'must be at least 0'),
);

const ExportShape = strict({
  kind: v.literal('patternbank-export'),
  formatVersion: v.literal(1),
  content_digest: DigestShape,
  counts: strict({ versions: CountShape, changes: CountShape, outcomes: CountShape, releases: CountShape }),
});

export interface ExportDocument {
  readonly content_digest: Digest;
  readonly counts: {
    readonly versions: number;
    readonly changes: number;
    readonly outcomes: number;
    readonly releases: number;
  };
}

export function writeExportDocument({ content_digest, counts }: ExportDocument): string {
  return `${canonicalJson({ kind: 'patternbank-export', formatVersion: 1, content_digest, counts })}\n`;
}

/** @throws PatternsError EXPORT_INVALID */
export function readExportDocument(bytes: Uint8Array, file: string): ExportDocument {
  const { content_digest, counts } = decode(ExportShape, jsonSource(bytes, file), 'EXPORT_INVALID');
  return { content_digest, counts };
}
