import type { Need } from '../model/spec.ts';

/** What is known of a pattern's language and framework. */
export interface LanguageBearer {
  readonly pattern_id: string;
  readonly record: {
    readonly signature: { readonly purpose: string };
    readonly facets: Readonly<Record<string, string>>;
  };
}

type Kind = 'language' | 'framework';

/** A language or framework that a text names. */
export interface NamedLanguage {
  readonly kind: Kind;
  /** The value that a facet would have, for example `go`. */
  readonly value: string;
  /** As it is written in prose. */
  readonly name: string;
}

/** A name, its facet value, and how it is written. `plain` is what is also an English word: it counts with care. */
interface Entry extends NamedLanguage {
  readonly words: readonly string[];
  readonly plain?: string;
}

const VOCABULARY: readonly Entry[] = [
  { kind: 'language', value: 'go', name: 'Go', words: ['golang'], plain: 'go' },
  { kind: 'language', value: 'python', name: 'Python', words: ['python', 'python3', 'cpython'] },
  { kind: 'language', value: 'javascript', name: 'JavaScript', words: ['javascript'] },
  { kind: 'language', value: 'typescript', name: 'TypeScript', words: ['typescript'] },
  { kind: 'language', value: 'node', name: 'Node.js', words: ['node.js', 'nodejs'], plain: 'node' },
  { kind: 'language', value: 'java', name: 'Java', words: ['java'] },
  { kind: 'language', value: 'kotlin', name: 'Kotlin', words: ['kotlin'] },
  { kind: 'language', value: 'scala', name: 'Scala', words: ['scala'] },
  { kind: 'language', value: 'rust', name: 'Rust', words: ['rustlang'], plain: 'rust' },
  { kind: 'language', value: 'ruby', name: 'Ruby', words: ['ruby'] },
  { kind: 'language', value: 'php', name: 'PHP', words: ['php'] },
  { kind: 'language', value: 'csharp', name: 'C#', words: ['c#', 'csharp', '.net', 'dotnet', 'asp.net'] },
  { kind: 'language', value: 'cpp', name: 'C++', words: ['c++', 'cpp'] },
  { kind: 'language', value: 'swift', name: 'Swift', words: ['swiftlang'], plain: 'swift' },
  { kind: 'language', value: 'elixir', name: 'Elixir', words: ['elixir'] },
  { kind: 'language', value: 'haskell', name: 'Haskell', words: ['haskell'] },
  { kind: 'language', value: 'perl', name: 'Perl', words: ['perl'] },
  { kind: 'language', value: 'dart', name: 'Dart', words: ['dartlang'], plain: 'dart' },
  { kind: 'framework', value: 'fastapi', name: 'FastAPI', words: ['fastapi'] },
  { kind: 'framework', value: 'django', name: 'Django', words: ['django'] },
  { kind: 'framework', value: 'flask', name: 'Flask', words: [], plain: 'flask' },
  {
    kind: 'framework',
    value: 'express',
    name: 'Express',
    words: ['express.js', 'expressjs'],
    plain: 'express',
  },
  { kind: 'framework', value: 'nestjs', name: 'NestJS', words: ['nestjs', 'nest.js'] },
  { kind: 'framework', value: 'nextjs', name: 'Next.js', words: ['next.js', 'nextjs'] },
  { kind: 'framework', value: 'react', name: 'React', words: ['react.js', 'reactjs'], plain: 'react' },
  { kind: 'framework', value: 'vue', name: 'Vue', words: ['vue', 'vue.js', 'vuejs'] },
  { kind: 'framework', value: 'angular', name: 'Angular', words: ['angular', 'angularjs'] },
  { kind: 'framework', value: 'svelte', name: 'Svelte', words: ['svelte', 'sveltekit'] },
  { kind: 'framework', value: 'spring', name: 'Spring', words: ['springboot'], plain: 'spring' },
  { kind: 'framework', value: 'rails', name: 'Rails', words: ['rails'] },
  { kind: 'framework', value: 'laravel', name: 'Laravel', words: ['laravel'] },
  { kind: 'framework', value: 'phoenix', name: 'Phoenix', words: [], plain: 'phoenix' },
];

/** Before one of these words a plain one is a name: "Dockerfile for go", "a server in rust". */
const BEFORE_A_NAME: ReadonlySet<string> = new Set(['for', 'in', 'using', 'with']);
/** What stands behind a plain word when it is a name, also in lower case: "go service", "spring boot". */
const AFTER_A_NAME: ReadonlySet<string> = new Set([
  'api',
  'app',
  'apps',
  'application',
  'applications',
  'backend',
  'binary',
  'boot',
  'cli',
  'code',
  'component',
  'components',
  'hook',
  'lambda',
  'library',
  'microservice',
  'microservices',
  'module',
  'modules',
  'package',
  'project',
  'projects',
  'server',
  'servers',
  'service',
  'services',
]);

/**
 * The languages and frameworks that a text names, each once, in the order of the vocabulary. A name that is also an English
 * word counts where it is capitalised inside a sentence, stands behind `for`, `in`, `using` or `with`, or before a noun of the
 * trade; so "where to go for help" names none, and "Dockerfile for go" and "Go service" name Go.
 */
export function namedLanguages(text: string): readonly NamedLanguage[] {
  const words = text.split(/[^\p{L}\p{N}.+#]+/u).flatMap((word) => {
    const bare = word.replace(/\.+$/, '');
    return bare === '' ? [] : [{ bare, lower: bare.toLowerCase() }];
  });
  const isName = (at: number): boolean => {
    const [word, before, after] = [words[at], words[at - 1], words[at + 1]];
    if (word === undefined) return false;
    if (at > 0 && /^\p{Lu}/u.test(word.bare)) return true;
    const followed = after !== undefined && AFTER_A_NAME.has(after.lower);
    return followed || (before !== undefined && BEFORE_A_NAME.has(before.lower) && after === undefined);
  };
  return VOCABULARY.filter(({ words: written, plain }) =>
    words.some(({ lower }, at) => written.includes(lower) || (lower === plain && isName(at))),
  ).map(({ kind, value, name }) => ({ kind, value, name }));
}

/** Warnings for the languages and frameworks that a need names, but not as facets, and that none of the matches is for. */
export function languageWarnings(need: Need, matches: readonly LanguageBearer[]): readonly string[] {
  if (matches.length === 0) return [];
  const given = new Set(Object.keys(need.facets ?? {}));
  return namedLanguages(need.purpose)
    .filter(({ kind }) => !given.has(kind))
    .filter((named) => !matches.some((match) => isFor(match, named)))
    .map(({ kind, value, name }) => {
      const all = matches.length === 1 ? 'the match is not' : 'none of the matches is';
      return `the need names ${name}, and ${all} for it; with the facet ${kind}=${value} only patterns for ${name} match`;
    });
}

/** A pattern is for what its facet says, and for what its id or its purpose names. */
function isFor({ pattern_id, record }: LanguageBearer, { kind, value }: NamedLanguage): boolean {
  const facet = record.facets[kind]?.toLowerCase();
  if (facet !== undefined && (facet === value || sameName(facet, value))) return true;
  if (pattern_id.split(/[^a-z0-9]+/).includes(value)) return true;
  return namedLanguages(record.signature.purpose).some((one) => one.value === value);
}

function sameName(facet: string, value: string): boolean {
  const entry = VOCABULARY.find((one) => one.value === value);
  return (
    entry !== undefined &&
    (entry.words.includes(facet) || entry.plain === facet || entry.name.toLowerCase() === facet)
  );
}
