import { dirname, resolve, sep } from 'node:path';
import { sha256 } from '../canon/sha256.ts';
import { readBlueprint, readSpec } from '../documents/spec-document.ts';
import { readYaml, type SourceDocument } from '../documents/yaml-text.ts';
import type { ReservedNames } from '../model/domain.ts';
import type { Digest } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import type { SpecOrigin } from '../model/spec.ts';
import { OpenApiDocument } from '../openapi/document.ts';
import { DOCUMENT_BLUEPRINT, importDocuments } from '../openapi/import-documents.ts';
import type { ImportedSpec } from '../openapi/imported-spec.ts';
import { type ExistingSpec, mergeSpec, type SpecChange } from '../openapi/merge-spec.ts';
import { inOrder, type Remark } from '../openapi/remark.ts';
import { importTables, TABLE_BLUEPRINT } from '../openapi/import-tables.ts';
import { specText } from '../openapi/spec-text.ts';
import { displayPath, readNamedFile } from './project.ts';
import type { Workspace } from './workspace.ts';

export interface ImportReport {
  readonly spec: string;
  readonly extends: string;
  readonly digest: Digest;
  readonly entities: readonly string[];
  readonly operations: number;
  readonly answered: number;
  readonly unanswered: number;
  readonly not_carried: number;
  readonly remarks: readonly ImportRemark[];
  /** What importing again changed; null the first time. */
  readonly changes: readonly SpecChange[] | null;
  readonly written: boolean;
}

export interface ImportRemark {
  readonly kind: Remark['kind'];
  readonly subject: string;
  readonly message: string;
  readonly file: string;
  readonly line: number | null;
}

/**
 * Makes a spec of an OpenAPI document, or brings the spec of an earlier import up to date.
 *
 * @param file absolute path of the document
 * @param output absolute path of the spec
 * @throws PatternsError OPENAPI_INVALID, OPENAPI_UNSUPPORTED, OPENAPI_REFERENCE with line and column; USAGE where the spec
 *   was not made by an import
 */
export function importOpenApi(workspace: Workspace, file: string, output: string): ImportReport {
  const { fs, writer } = workspace.host;
  const reader = new DocumentReader(workspace, file);
  const existing = existingSpec(workspace, output);
  const document = new OpenApiDocument(reader.source, (path, place) => reader.local(path, place));
  const chosen = chooseImport(workspace, document, existing);
  const imported = { ...chosen, remarks: inOrder([...chosen.remarks, ...reader.remarks]) };
  const origin: SpecOrigin = {
    kind: 'openapi',
    digest: reader.digest,
    version: document.version,
    files: reader.files(document.files),
  };
  const merged = existing === undefined ? undefined : mergeSpec(existing, imported, origin);
  const text = merged?.text ?? specText(imported, origin);
  const label = displayPath(workspace.root, output);
  refuseUnreadable(text, label);
  const written = text !== existing?.text;
  if (written) {
    fs.makeFolder(dirname(output));
    writer.replace(output, Buffer.from(text, 'utf8'), { mode: 0o644, durable: true });
  }
  return reportOf(imported, {
    spec: label,
    digest: reader.digest,
    changes: merged?.changes ?? null,
    written,
  });
}

/**
 * Tables where the domain model can say all that the document promises, else documents. A spec stays of its kind.
 * @throws PatternsError USAGE when the document no longer fits the tables of the spec
 */
function chooseImport(
  workspace: Workspace,
  document: OpenApiDocument,
  existing: ExistingSpec | undefined,
): ImportedSpec {
  const kind = [existing?.value['extends']]
    .flat()
    .map((one) => (typeof one === 'string' ? one.split('@')[0] : ''));
  const documents = (): ImportedSpec => importDocuments(document, reservedBy(workspace, DOCUMENT_BLUEPRINT));
  if (kind.includes(DOCUMENT_BLUEPRINT)) return documents();
  const tables = importTables(document, reservedBy(workspace, TABLE_BLUEPRINT));
  if (tables.fits) return tables.spec;
  const { subject, message, place } = tables.reason;
  if (!kind.includes(TABLE_BLUEPRINT)) {
    const spec = documents();
    const reason: Remark = {
      kind: 'note',
      subject,
      message: `rows are kept as documents, not in tables: ${message}`,
      place,
    };
    return { ...spec, remarks: inOrder([...spec.remarks, reason]) };
  }
  throw new PatternsError('OPENAPI_INVALID', `the document no longer fits tables: ${subject}: ${message}`, {
    place,
    hint: 'Import it into another spec with -o; there rows are kept as documents.',
  });
}

/** What was written must be readable: a mistake here is found now, and not by the next build. */
function refuseUnreadable(text: string, label: string): void {
  readSpec(readYaml(Buffer.from(text, 'utf8'), label));
}

/** Documents of other makers may be long: what they hold is bounded by their size, and that by what is read from disk. */
function boundsOf(size: number) {
  return { nodes: Math.max(250_000, size), marks: size, bytes: size };
}

class DocumentReader {
  readonly source: SourceDocument;
  readonly digest: Digest;
  /** What reading itself has to say. */
  readonly remarks: Remark[] = [];
  readonly #workspace: Workspace;
  readonly #folder: string;
  readonly #digests = new Map<string, Digest>();

  constructor(workspace: Workspace, file: string) {
    this.#workspace = workspace;
    this.#folder = dirname(file);
    const label = displayPath(workspace.root, file);
    const bytes = readNamedFile(workspace.host.fs, file, 'the document', label);
    this.digest = sha256(bytes);
    this.source = this.#parsed(bytes, label);
  }

  /** A file that a reference names; below the folder of the document, or elsewhere in the project. */
  local(path: string, place: PatternsError['place']): SourceDocument {
    const absolute = resolve(this.#folder, path);
    const { fs } = this.#workspace.host;
    if (fs.stat(absolute) === undefined) {
      throw new PatternsError('OPENAPI_REFERENCE', `the file ${path} does not exist`, {
        place,
        hint: 'References name files relative to the document that has them.',
        details: { reference: path },
      });
    }
    const real = fs.realPath(absolute);
    const roots = [fs.realPath(this.#folder), fs.realPath(this.#workspace.root)];
    if (!roots.some((root) => real.startsWith(root + sep))) {
      throw new PatternsError('OPENAPI_REFERENCE', `the file ${path} lies outside of the project`, {
        place,
        hint: 'Put it beside the document.',
        details: { reference: path },
      });
    }
    const label = displayPath(this.#workspace.root, absolute);
    const bytes = readNamedFile(fs, absolute, 'the file', label);
    this.#digests.set(path, sha256(bytes));
    return this.#parsed(bytes, label);
  }

  #parsed(bytes: Uint8Array, label: string): SourceDocument {
    return readYaml(withoutMark(bytes), label, {
      plainKeys: true,
      ...boundsOf(bytes.length),
      onLargeNumber: (text, place) => {
        const message = `${text} is beyond 2^53, and taken as the last integer that is exact`;
        this.remarks.push({ kind: 'not_carried', subject: 'number', message, place });
      },
    });
  }

  files(names: readonly string[]): Readonly<Record<string, Digest>> {
    return Object.fromEntries(
      names.flatMap((name) => {
        const digest = this.#digests.get(name);
        return digest === undefined ? [] : [[name, digest]];
      }),
    );
  }
}

/** Other programs write a byte order mark. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function existingSpec(workspace: Workspace, output: string): ExistingSpec | undefined {
  const { fs } = workspace.host;
  if (fs.stat(output) === undefined) return undefined;
  const label = displayPath(workspace.root, output);
  const bytes = readNamedFile(fs, output, 'the spec', label);
  const source = readYaml(bytes, label, boundsOf(bytes.length));
  const { spec } = readSpec(source);
  if (spec.source === undefined) {
    throw new PatternsError('USAGE', `${label} exists, and no import has made it`, {
      hint: 'Name another file with -o.',
    });
  }
  return { text: Buffer.from(bytes).toString('utf8'), value: objectOf(source.value), origin: spec.source };
}

function objectOf(value: unknown): ExistingSpec['value'] {
  return isJson(value) && isJsonObject(value) ? value : {};
}

/** What a reader of YAML made is JSON. */
function isJson(value: unknown): value is JsonValue {
  return value !== undefined;
}

/** The names that the newest built-in version of a blueprint keeps for itself. */
function reservedBy({ statics }: Workspace, blueprint: string): ReservedNames {
  const body = statics.versionsOf(blueprint).at(-1)?.pattern.body;
  if (body === undefined) return { entities: [], fields: [], operations: [] };
  return readBlueprint(readYaml(body, blueprint)).reserved;
}

interface ReportFacts {
  readonly spec: string;
  readonly digest: Digest;
  readonly changes: readonly SpecChange[] | null;
  readonly written: boolean;
}

function reportOf(imported: ImportedSpec, { spec, digest, changes, written }: ReportFacts): ImportReport {
  const unanswered = imported.operations.filter(({ value }) => value.action === 'unanswered').length;
  return {
    spec,
    extends: imported.extends,
    digest,
    entities: imported.entities.map(({ value }) => value.name),
    operations: imported.operations.length,
    answered: imported.operations.length - unanswered,
    unanswered,
    not_carried: imported.remarks.filter(({ kind }) => kind === 'not_carried').length,
    remarks: imported.remarks.map(({ kind, subject, message, place }) => ({
      kind,
      subject,
      message,
      file: place.file,
      line: place.line ?? null,
    })),
    changes,
    written,
  };
}
