import { stemmer } from 'stemmer';

/** Words that say nothing about what a pattern is for. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a an and any are as at be by can do each every for from get has have how i if in into is it its like make me my need not of ' +
    'on one or our out over please should so some such that the their them then there these this those to up us use used uses ' +
    'using via want we what when where which while who will with without you your'
  ).split(' '),
);

/** Short forms that people write for the long ones, and the other way round; both sides become the first. */
const SYNONYMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    postgresql: 'postgres',
    pg: 'postgres',
    psql: 'postgres',
    k8s: 'kubernetes',
    js: 'javascript',
    nodejs: 'node',
    ts: 'typescript',
    py: 'python',
    golang: 'go',
    db: 'database',
    auth: 'authentication',
    authn: 'authentication',
    authz: 'authorization',
    config: 'configuration',
    cfg: 'configuration',
    conf: 'configuration',
    settings: 'configuration',
    env: 'environment',
    repo: 'repository',
    repos: 'repository',
    deps: 'dependency',
    app: 'application',
    apps: 'application',
    msg: 'message',
    ci: 'pipeline',
    yml: 'yaml',
    tf: 'terraform',
    containerize: 'container',
    containerise: 'container',
    containerized: 'container',
  }),
);

export interface Term {
  readonly text: string;
  /** The parts of an identifier, joined; it repeats what they say. */
  readonly compound: boolean;
}

/**
 * The terms of a text, in order, repeats included: words and the parts of identifiers (`docker_compose`, `CartItem`),
 * lower-case, without stop words, short forms made long, reduced by Porter's algorithm (1980). The parts joined are a
 * term too, so that `FastAPI` meets `fastapi` and `docker-compose` meets `docker_compose` before it meets `docker`.
 */
export function termsOf(text: string): readonly Term[] {
  return text
    .normalize('NFKC')
    .split(/[^\p{L}\p{N}_.+#-]+/u)
    .flatMap(termsOfWord);
}

function termsOfWord(word: string): readonly Term[] {
  const parts = word
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[\s_.+#-]+/u)
    .map((part) => part.toLowerCase())
    .filter((part) => part !== '');
  const simple = parts
    .filter((part) => !STOP_WORDS.has(part))
    .map((part) => ({ text: reduce(part), compound: false }));
  if (parts.length < 2) return simple;
  return [...simple, { text: reduce(parts.join('')), compound: true }];
}

function reduce(word: string): string {
  const known = SYNONYMS.get(word);
  if (known !== undefined) return stemmer(known);
  return /^[a-z]+$/.test(word) ? stemmer(word) : word;
}
