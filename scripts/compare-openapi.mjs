// Compares two OpenAPI documents: paths, methods, parameters, bodies, and the schemas of components and of promised
// responses must be the same. What a service adds (statuses of its own, bodies of errors that were described without one)
// is counted, not hidden.
//
// `node scripts/compare-openapi.mjs <promised.json|yaml> <live.json>` exits 1 with every difference.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/**
 * @param {any} document
 * @param {any} value
 * @returns {any}
 */
function resolved(document, value) {
  if (typeof value?.$ref !== 'string') return value;
  let target = document;
  for (const part of value.$ref.slice(2).split('/'))
    target = target?.[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')];
  return resolved(document, target);
}

/**
 * @param {any} document
 * @param {any} item
 * @param {any} operation
 */
function parametersOf(document, item, operation) {
  const all = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) =>
    resolved(document, one),
  );
  return Object.fromEntries(all.map((one) => [`${one.in} ${one.name}`, one]));
}

/**
 * @param {any} promised
 * @param {any} live
 * @returns {{ differences: string[], operations: number, parameters: number, schemas: number, added: number }}
 */
export function compareDocuments(promised, live) {
  /** @type {string[]} */
  const differences = [];
  const count = { operations: 0, parameters: 0, schemas: 0, added: 0 };
  /** @param {string} where @param {any} a @param {any} b */
  const same = (where, a, b) => {
    if (!isDeepStrictEqual(a, b))
      differences.push(`${where}: ${JSON.stringify(a)} became ${JSON.stringify(b)}`);
  };
  same('paths', Object.keys(promised.paths ?? {}).sort(), Object.keys(live.paths ?? {}).sort());
  for (const [path, raw] of Object.entries(promised.paths ?? {})) {
    const item = resolved(promised, raw);
    const other = live.paths?.[path] ?? {};
    const methods = METHODS.filter((one) => item[one] !== undefined);
    same(
      `methods of ${path}`,
      methods,
      METHODS.filter((one) => other[one] !== undefined),
    );
    for (const method of methods) {
      const [a, b] = [item[method], other[method] ?? {}];
      const where = `${method.toUpperCase()} ${path}`;
      count.operations += 1;
      const parameters = parametersOf(promised, item, a);
      count.parameters += Object.keys(parameters).length;
      same(`parameters of ${where}`, parameters, parametersOf(live, other, b));
      same(`body of ${where}`, resolved(promised, a.requestBody), resolved(live, b.requestBody));
      for (const [status, response] of Object.entries(a.responses ?? {})) {
        const [x, y] = [resolved(promised, response), resolved(live, b.responses?.[status])];
        if (x?.content === undefined) {
          if (y === undefined) differences.push(`${status} of ${where} is gone`);
        } else same(`${status} of ${where}`, x.content, y?.content);
      }
      count.added += Object.keys(b.responses ?? {}).filter((one) => a.responses?.[one] === undefined).length;
    }
  }
  for (const [name, schema] of Object.entries(promised.components?.schemas ?? {})) {
    count.schemas += 1;
    same(`schema ${name}`, schema, live.components?.schemas?.[name]);
  }
  return { differences, ...count };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [promised, live] = process.argv.slice(2).map((path) => parse(readFileSync(path, 'utf8')));
  const { differences, ...counts } = compareDocuments(promised, live);
  console.log(JSON.stringify(counts));
  for (const one of differences) console.log(one);
  process.exit(differences.length === 0 ? 0 : 1);
}
