// Catalogues that others wrote, as corpora for retrieval.mjs: rules of linters, modules of Ansible. Their texts stay out of
// the repository; npm and pip fetch the packages into .cache/catalogues, at the versions named here.
//   node bench/catalogues.mjs && node bench/retrieval.mjs .cache/catalogues/{eslint,ruff,ansible}
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';

const HOME = resolve('.cache/catalogues');
const MOST = 300;
mkdirSync(HOME, { recursive: true });

function run(program, args, options = {}) {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26, ...options });
}

/** The same few of many on every machine. */
function sample(items, nameOf) {
  const key = (item) => createHash('sha256').update(nameOf(item)).digest('hex');
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)).slice(0, MOST);
}

function write(name, patterns, queries) {
  const folder = join(HOME, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'patterns.jsonl'), lines(patterns));
  for (const [file, rows] of Object.entries(queries)) {
    writeFileSync(join(folder, `${file}.jsonl`), lines(rows));
    console.log(`${name}: ${patterns.length} patterns, ${rows.length} ${file}`);
  }
}

const lines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const plain = (text) => text.replaceAll(/[`\s]+/g, ' ').trim();

/** A rule by its description and its code; asked for by the longest message that it gives. */
async function eslint() {
  const folder = join(HOME, 'npm');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  run('npm', ['install', '--silent', '--no-audit', 'eslint@9.39.1', 'eslint-plugin-unicorn@62.0.0'], {
    cwd: folder,
  });
  const from = createRequire(join(folder, 'package.json'));
  const { builtinRules } = from('eslint/use-at-your-own-risk');
  const { default: unicorn } = await import(from.resolve('eslint-plugin-unicorn'));
  const rules = [
    ...[...builtinRules].map(([name, rule]) => ({ id: name, area: 'eslint', rule })),
    ...Object.entries(unicorn.rules).map(([name, rule]) => ({
      id: `unicorn-${name}`,
      area: 'unicorn',
      rule,
    })),
  ].filter(({ rule }) => rule.meta?.docs?.description && !rule.meta.deprecated);
  const patterns = [];
  const messages = [];
  for (const { id, area, rule } of rules) {
    const texts = Object.values(rule.meta.messages ?? {}).filter((text) => typeof text === 'string');
    const longest = texts.toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))[0];
    if (longest === undefined) continue;
    const { description } = rule.meta.docs;
    const domain = `${area} ${rule.meta.type ?? ''}`.trim();
    patterns.push({ pattern_id: id, purpose: description, domain, body: String(rule.create).slice(0, 1500) });
    messages.push({ query: plain(longest.replaceAll(/\{\{\s*\w+\s*\}\}/g, '')), expect: id });
  }
  write('eslint', patterns, { messages });
}

const unmarked = (text) => plain(text.replaceAll(/[A-Z]\(([^)|,]*)[^)]*\)/g, '$1'));

function pip(folder, ...packages) {
  run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, ...packages]);
}

/** A rule by its summary and its example; asked for by what it does, and by why. */
function ruff() {
  const folder = join(HOME, 'pip-ruff');
  pip(folder, 'ruff==0.14.6');
  const all = JSON.parse(run(join(folder, 'bin/ruff'), ['rule', '--all', '--output-format', 'json']));
  const rules = all.flatMap(({ name, linter, summary, explanation }) => {
    const part = (title) => new RegExp(`## ${title}\\n(.*?)(?:\\n\\n|\\n##|$)`, 's').exec(explanation)?.[1];
    const [what, why] = [part('What it does'), part('Why is this bad\\?')];
    const example = /```python\n(.*?)```/s.exec(explanation)?.[1];
    return what && why && example ? [{ name, linter, summary, what, why, example }] : [];
  });
  const chosen = sample(rules, ({ name }) => name);
  write(
    'ruff',
    chosen.map(({ name, linter, summary, example }) => ({
      pattern_id: name,
      purpose: plain(summary),
      domain: linter ?? 'ruff',
      body: example.slice(0, 1500),
    })),
    {
      what: chosen.map(({ name, what }) => ({ query: plain(what.replace('Checks for', '')), expect: name })),
      why: chosen.map(({ name, why }) => ({ query: plain(why).split('. ')[0], expect: name })),
    },
  );
}

/** A module by its short description and options; asked for by the first sentence of the long one, and by a task of its examples. */
function ansible() {
  const folder = join(HOME, 'pip-ansible');
  pip(folder, 'ansible==12.3.0');
  const modules = [];
  for (const collection of ['community/general', 'community/docker', 'amazon/aws', 'kubernetes/core']) {
    const home = join(folder, 'ansible_collections', collection, 'plugins/modules');
    for (const file of readdirSync(home).filter((name) => name.endsWith('.py'))) {
      const text = readFileSync(join(home, file), 'utf8');
      const block = (name) => new RegExp(`^${name}\\s*=\\s*r?("""|''')(.*?)\\1`, 'ms').exec(text)?.[2];
      try {
        const about = parse(block('DOCUMENTATION') ?? '');
        const tasks = parse(block('EXAMPLES') ?? '').map(({ name }) => name);
        const task = tasks.filter((name) => typeof name === 'string' && name.length > 15).at(-1);
        if (task !== undefined) modules.push({ id: basename(file, '.py'), collection, about, task });
      } catch {
        // Examples that are no list of tasks, or no YAML.
      }
    }
  }
  const chosen = sample(modules, ({ id }) => id);
  write(
    'ansible',
    chosen.map(({ id, collection, about }) => ({
      pattern_id: id,
      purpose: unmarked(about.short_description),
      domain: collection.replace('/', ' '),
      inputs: Object.keys(about.options ?? {}).slice(0, 6),
    })),
    {
      descriptions: chosen.map(({ id, about }) => ({
        query: unmarked([about.description].flat()[0]).split('. ')[0].slice(0, 200),
        expect: id,
      })),
      tasks: chosen.map(({ id, task }) => ({ query: plain(task), expect: id })),
    },
  );
}

await eslint();
ruff();
ansible();
