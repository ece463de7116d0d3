import { parseAllDocuments } from 'yaml';

/** The language of a file by its name, as facets call it; undefined for one that is not checked. */
export function languageOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const extension = /\.([a-z0-9]+)$/.exec(name)?.[1];
  switch (extension) {
    case 'py':
    case 'pyi':
      return 'python';
    case 'json':
      return 'json';
    case 'yml':
    case 'yaml':
      return 'yaml';
    default:
      return undefined;
  }
}

/** Why a text is not of a language, or undefined where it is, or where the language is not known here. */
export async function languageProblem(text: string, language: string): Promise<string | undefined> {
  switch (language.toLowerCase()) {
    case 'python':
      return pythonProblem(text);
    case 'json':
      return jsonProblem(text);
    case 'yaml':
      return yamlProblem(text);
    default:
      return undefined;
  }
}

async function pythonProblem(text: string): Promise<string | undefined> {
  const { parser } = await import('@lezer/python');
  let error: number | undefined;
  parser.parse(text).iterate({
    enter: (node) => {
      // The grammar takes a `yield` without a value for an error.
      if (node.type.isError && !/\byield[ \t]*$/.test(text.slice(0, node.from).trimEnd()))
        error ??= node.from;
    },
  });
  if (error === undefined) return undefined;
  const before = text.slice(0, error).split('\n');
  return `the rendered file is no Python: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    return `the rendered file is no JSON: ${cause instanceof Error ? cause.message : 'it does not parse'}`;
  }
}

function yamlProblem(text: string): string | undefined {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  if (!Array.isArray(documents)) return 'the rendered file is empty';
  const [error] = documents.flatMap((document) => document.errors);
  return error === undefined ? undefined : `the rendered file is no YAML: ${error.message}`;
}
