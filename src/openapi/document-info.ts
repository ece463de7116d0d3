import semver from 'semver';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { OpenApiDocument } from './document.ts';
import { slugName } from './names.ts';
import type { Remark } from './remark.ts';

export interface DocumentInfo {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly remarks: readonly Remark[];
}

const MAX_DESCRIPTION = 300;

/** What `info` says, as a spec has it. */
export function infoOf(document: OpenApiDocument): DocumentInfo {
  const info = isJsonObject(document.value['info']) ? document.value['info'] : {};
  const title = text(info['title']) ?? 'api';
  const given = text(info['version']) ?? '0.0.0';
  const version = versionOf(given);
  const about = text(info['description']) ?? text(info['summary']) ?? title;
  const line = about.split(/\r?\n/).find((one) => one.trim() !== '') ?? title;
  const remarks: readonly Remark[] =
    version === given
      ? []
      : [
          {
            kind: 'note',
            subject: 'info.version',
            message: `"${given}" is no semantic version; the spec has ${version}`,
            place: document.place(['info', 'version']),
          },
        ];
  return {
    name: slugName(title),
    version,
    description: line.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_DESCRIPTION).trim(),
    remarks,
  };
}

function text(value: JsonObject[string] | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Without build metadata, as versions of specs are. */
function versionOf(given: string): string {
  const valid = semver.valid(given);
  if (valid !== null && valid.length <= 64) return valid;
  const [, major, minor = '0', patch = '0'] =
    /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?/.exec(given) ?? [];
  return major === undefined ? '0.0.0' : `${Number(major)}.${Number(minor)}.${Number(patch)}`;
}
