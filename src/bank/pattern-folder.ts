import { join } from 'node:path';
import { readPatternDocument } from '../documents/pattern-document.ts';
import { readYaml } from '../documents/yaml-text.ts';
import type { Host } from '../host/host.ts';
import { PatternsError } from '../model/error.ts';
import { MAX_BODY_BYTES, type Pattern } from '../model/pattern.ts';

const DOCUMENT = 'pattern.yaml';

/**
 * Reads a pattern document: a folder with pattern.yaml and the body file that it names.
 *
 * @param label how messages call the folder
 * @throws PatternsError PATTERN_INVALID, YAML_INVALID with line and column; FILE_NOT_FOUND
 */
export function readPatternFolder(host: Host, folder: string, label: string): Pattern {
  const path = join(folder, DOCUMENT);
  if (host.fs.stat(path)?.kind !== 'file') {
    throw new PatternsError('FILE_NOT_FOUND', `${label} holds no ${DOCUMENT}`, {
      place: { file: label },
      hint: 'A pattern is a folder with a pattern.yaml and the body file that it names.',
    });
  }
  const source = readYaml(host.fs.readFile(path), `${label}/${DOCUMENT}`);
  const document = readPatternDocument(source);
  const body = join(folder, document.bodyFile);
  const stat = host.fs.stat(body);
  if (stat?.kind !== 'file') {
    throw new PatternsError('PATTERN_INVALID', `the body file ${document.bodyFile} is not there`, {
      place: source.place(['body']),
      hint: `Put it beside ${DOCUMENT}; symlinks are not followed.`,
    });
  }
  if (stat.size > MAX_BODY_BYTES) {
    throw new PatternsError(
      'LIMIT_EXCEEDED',
      `the body ${document.bodyFile} has ${stat.size} bytes; ${MAX_BODY_BYTES} are allowed`,
      {
        place: source.place(['body']),
        hint: 'A pattern is source text; keep large files elsewhere.',
      },
    );
  }
  return document.withBody(host.fs.readFile(body));
}

/**
 * The folders at or below a folder that hold a pattern.yaml, in byte order: one pattern, or a whole tree of them.
 */
export function findPatternFolders(host: Host, folder: string): readonly string[] {
  if (host.fs.stat(folder)?.kind !== 'folder') return [];
  const names = host.fs.readFolder(folder);
  if (names.includes(DOCUMENT)) return [folder];
  return names.flatMap((name) => findPatternFolders(host, join(folder, name)));
}
