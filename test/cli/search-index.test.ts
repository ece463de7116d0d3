import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { emptyProject, type TestProject } from '../support/project.ts';

const WORDS_ALONE = { env: { PATTERNS_EMBEDDER: 'none' } };
const BANK = '.patterns/bank';

function mail(project: TestProject, id: string, version = '1.0.0'): void {
  const text = `signature: { purpose: Parse mail of ${id}, intent: transform, domain: mail }\n`;
  const run = project.publish(id, version, `${id}\n`, text);
  if (run.status !== 0) throw new Error(run.stderr);
}

function found(project: TestProject): readonly string[] {
  const matches = project.json(['search', 'parse mail', '--top-k', '99'], WORDS_ALONE)[
    'matches'
  ] as readonly {
    pattern_id: string;
    version: string;
  }[];
  return matches.map(({ pattern_id, version }) => `${pattern_id}@${version}`);
}

function indexPath(project: TestProject): string {
  const names = readdirSync(project.path('.patterns/cache')).filter((name) => name.endsWith('.idx'));
  expect(names).toHaveLength(1);
  return project.path(`.patterns/cache/${names[0] ?? ''}`);
}

test('the index is stored by the first search, read by the next, and follows what is published', () => {
  const project = emptyProject();
  mail(project, 'a');
  expect(found(project)).toEqual(['a@1.0.0']);
  const bytes = readFileSync(indexPath(project));
  expect(found(project)).toEqual(['a@1.0.0']);
  expect(readFileSync(indexPath(project)).equals(bytes)).toBe(true);
  mail(project, 'b');
  mail(project, 'a', '1.1.0');
  expect(found(project)).toEqual(['a@1.1.0', 'b@1.0.0']);
  expect(readFileSync(indexPath(project)).equals(bytes)).toBe(false);
});

test('an index grows by what was published, is then the one of all, and reads nothing else of the bank', () => {
  const project = emptyProject();
  for (const id of ['a', 'm', 'team/x']) mail(project, id);
  expect(found(project)).toHaveLength(3);
  const document = project.path(`${BANK}/patterns/m/1.0.0.json`);
  const good = readFileSync(document);
  writeFileSync(document, 'damaged');
  for (const [id, version] of [
    ['b', '1.0.0'],
    ['team/y', '1.0.0'],
    ['other/z', '1.0.0'],
    ['a', '1.1.0'],
  ] as const) {
    mail(project, id, version);
    expect(found(project)).toContain(`${id}@${version}`);
  }
  const grown = found(project);
  const path = indexPath(project);
  const bytes = readFileSync(path);
  writeFileSync(document, good);
  rmSync(path);
  expect(found(project)).toEqual(grown);
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test('a journal of publications that was written anew, or lost lines, has the bank read anew', () => {
  const project = emptyProject();
  for (const id of ['a', 'b']) mail(project, id);
  expect(found(project)).toEqual(['a@1.0.0', 'b@1.0.0']);
  const journal = project.path(`${BANK}/publications.jsonl`);
  const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
  for (const other of [[...lines].reverse(), lines.slice(1)]) {
    writeFileSync(journal, `${other.join('\n')}\n`);
    rmSync(project.path(`${BANK}/patterns/b/1.0.0.json`), { force: true });
    expect(found(project)).toEqual(['a@1.0.0']);
  }
});

test('a line of the journal that is damaged is named, also where only the new ones are read', () => {
  const project = emptyProject();
  for (const id of ['a', 'b']) mail(project, id);
  expect(found(project)).toHaveLength(2);
  appendFileSync(project.path(`${BANK}/publications.jsonl`), 'damaged\n');
  const run = project.run(['search', 'parse mail', '--json'], WORDS_ALONE);
  expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'BANK_CORRUPT', place: { line: 3 } } });
  expect(run.status).not.toBe(0);
});

test('a status counts at once, without a new index', () => {
  const project = emptyProject();
  mail(project, 'a');
  mail(project, 'b');
  expect(found(project)).toEqual(['a@1.0.0', 'b@1.0.0']);
  const bytes = readFileSync(indexPath(project));
  project.json(['yank', 'a@1.0.0', '--reason', 'wrong']);
  expect(found(project)).toEqual(['b@1.0.0']);
  expect(readFileSync(indexPath(project)).equals(bytes)).toBe(true);
});

test('an index that is damaged, cut short or of another bank is made again', () => {
  const project = emptyProject();
  mail(project, 'a');
  expect(found(project)).toEqual(['a@1.0.0']);
  const path = indexPath(project);
  const good = readFileSync(path);
  const damaged = Buffer.from(good);
  damaged[good.length >> 1] = (damaged[good.length >> 1] ?? 0) ^ 1;
  for (const bytes of [damaged, good.subarray(0, 100), Buffer.alloc(0), Buffer.from('no index')]) {
    writeFileSync(path, bytes);
    expect(found(project)).toEqual(['a@1.0.0']);
    expect(readFileSync(path).equals(good)).toBe(true);
  }
  rmSync(project.path(BANK), { recursive: true });
  mail(project, 'c');
  expect(found(project)).toEqual(['c@1.0.0']);
});

test('a pattern that was put into the bank by hand is noticed', () => {
  const [project, other] = [emptyProject(), emptyProject()];
  mail(project, 'a');
  mail(other, 'b');
  expect(found(project)).toEqual(['a@1.0.0']);
  cpSync(other.path(`${BANK}/patterns/b`), project.path(`${BANK}/patterns/b`), { recursive: true });
  expect(found(project)).toEqual(['a@1.0.0', 'b@1.0.0']);
});

test('a version that was announced before the index was made, and written after it, is noticed', () => {
  const project = emptyProject();
  mail(project, 'a');
  mail(project, 'a', '2.0.0');
  const late = project.path(`${BANK}/patterns/a/2.0.0.json`);
  const bytes = readFileSync(late);
  rmSync(late);
  expect(found(project)).toEqual(['a@1.0.0']);
  expect(found(project)).toEqual(['a@1.0.0']);
  writeFileSync(late, bytes);
  expect(found(project)).toEqual(['a@2.0.0']);
});

test('a bank from before publications were announced is searched all the same', () => {
  const project = emptyProject();
  mail(project, 'a');
  project.remove(`${BANK}/publications.jsonl`);
  expect(found(project)).toEqual(['a@1.0.0']);
  mail(project, 'a', '1.1.0');
  expect(found(project)).toEqual(['a@1.1.0']);
});

test('a language that the purpose names and no match is for is told; given as a facet it decides', () => {
  const project = emptyProject();
  for (const [id, name, language] of [
    ['docker_py', 'Python', 'python'],
    ['docker_node', 'Node.js', 'node'],
  ]) {
    const text = `signature: { purpose: Dockerfile for ${name} services, intent: create, domain: ops }\nfacets: { language: ${language} }\n`;
    project.publish(id ?? '', '1.0.0', `FROM ${language}\n`, text);
  }
  const told = project.json(['search', 'Dockerfile for Go'], WORDS_ALONE);
  expect(told['level']).toBe('strict');
  expect(told['warnings']).toEqual([expect.stringContaining('names Go, and none of the matches is for it')]);
  expect(project.run(['search', 'Dockerfile for Go'], WORDS_ALONE).stderr).toContain('language=go');
  expect(project.json(['search', 'Dockerfile for Python'], WORDS_ALONE)['warnings']).toEqual([]);
  expect(project.json(['search', 'Dockerfile', '--language', 'go'], WORDS_ALONE)).toMatchObject({
    level: 'none',
    matches: [],
    warnings: [],
    nearest: [{ lacks: ['language=go'] }, { lacks: ['language=go'] }],
  });
  const explained = project.run(['search', 'Dockerfile for Python', '--explain'], WORDS_ALONE).stdout;
  expect(explained).toMatch(/^by words alone/);
  for (const part of ['signature', 'body', 'words', 'similarity', 'success', 'score', 'facets', 'level'])
    expect(explained).toMatch(new RegExp(`^ {2}${part} `, 'm'));
});
