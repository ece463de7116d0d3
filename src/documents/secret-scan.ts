import { formatPlace } from '../model/error.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import { formatPath } from './shape.ts';
import type { SpecSource } from './spec-document.ts';
import type { JsonPath } from './yaml-text.ts';

const SECRET_NAME =
  /(?:^|_)(?:password|passwd|secret|token|api_?key|private_?key|access_?key|credentials?)$/i;
/** Published prefixes of GitHub, AWS, Slack, Stripe and OpenAI keys, and PEM private keys. */
const SECRET_VALUE =
  /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|AKIA[0-9A-Z]{16}|xox[abpr]-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{32,})\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|:\/\/[^\s/:@]+:[^\s/:@$}]+@/;

/** Whether a text holds a key of a known form. */
export function looksLikeSecret(text: string): boolean {
  return SECRET_VALUE.test(text);
}

/** Warnings for values of a spec that look like secrets: generated code reads those from its environment. */
export function findSecrets(source: SpecSource): readonly string[] {
  const { variables, files } = source.spec;
  const found = [
    ...secretsIn(variables, ['variables']),
    ...files.flatMap((file, i) => secretsIn(file.with, ['files', i, 'with'])),
  ];
  return found.map(
    (path) =>
      `${formatPlace(source.place(path))}: \`${formatPath(path)}\` looks like a secret; a spec is committed and frozen, so let the generated code read it from its environment`,
  );
}

function secretsIn(value: JsonValue, path: JsonPath): readonly JsonPath[] {
  if (typeof value === 'string') return looksSecret(value, String(path.at(-1))) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((item, i) => secretsIn(item, [...path, i]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => secretsIn(item, [...path, key]));
}

function looksSecret(value: string, name: string): boolean {
  if (SECRET_VALUE.test(value)) return true;
  return SECRET_NAME.test(name) && value !== '' && !/[${<]/.test(value);
}
