import { camelCase, constantCase, kebabCase, pascalCase, snakeCase } from '../canon/letter-case.ts';
import type { FilterImplOptions } from 'liquidjs';
import pluralize from 'pluralize';
import { canonicalJson } from '../canon/canonical-json.ts';

/**
 * The built-in filters of Liquid that stay. Left out is whatever reads a clock (`date*`), a random number (`sample`),
 * the Unicode tables of the Node version (`slugify`), or a form of JSON that is not canonical.
 */
export const BUILT_IN_FILTERS: ReadonlySet<string> = new Set(
  [
    'abs at_least at_most ceil divided_by floor minus modulo plus round times',
    'append capitalize downcase escape escape_once lstrip newline_to_br prepend remove remove_first remove_last replace',
    'replace_first replace_last rstrip slice split strip strip_html strip_newlines truncate truncatewords upcase',
    'url_decode url_encode base64_encode base64_decode',
    'compact concat find find_index first group_by has join last map pop push reject reverse shift size sort',
    'sort_natural sum uniq unshift where',
    'default raw',
  ].flatMap((names) => names.split(' ')),
);

/** Filters of our own: names in other cases and numbers, indentation, canonical JSON. */
export const OWN_FILTERS: Readonly<Record<string, FilterImplOptions>> = {
  snake: (text: unknown) => snakeCase(asText(text)),
  camel: (text: unknown) => camelCase(asText(text)),
  pascal: (text: unknown) => pascalCase(asText(text)),
  kebab: (text: unknown) => kebabCase(asText(text)),
  constant: (text: unknown) => constantCase(asText(text)),
  plural: (text: unknown) => pluralize.plural(asText(text)),
  singular: (text: unknown) => pluralize.singular(asText(text)),
  json: (value: unknown) => canonicalJson(value ?? null),
  indent: (text: unknown, width: unknown = 4) => indent(asText(text), typeof width === 'number' ? width : 4),
};

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError('the filter needs text');
}

/** Every line but the first moves right, as the first stands where the output tag is; blank lines stay empty. */
function indent(text: string, width: number): string {
  return text.replace(/\n(?=[^\n])/g, `\n${' '.repeat(Math.min(Math.max(width, 0), 200))}`);
}
