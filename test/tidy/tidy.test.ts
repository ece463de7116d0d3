import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../support/repository.ts';

function sources(folder: string): readonly string[] {
  return readdirSync(repository(folder), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`)
    .sort();
}

function importsOf(path: string): readonly string[] {
  const text = readFileSync(repository(path), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

function arrows(): ReadonlyMap<string, ReadonlySet<string>> {
  const block =
    /```arrows\n([\s\S]*?)```/.exec(readFileSync(repository('docs/architecture.md'), 'utf8'))?.[1] ?? '';
  const lines = block.trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [folder = '', targets = ''] = line.split('->').map((part) => part.trim());
      return [folder, new Set(targets.split(/\s+/).filter((target) => target !== ''))];
    }),
  );
}

const SOURCES = sources('src');

describe('layers', () => {
  test('every folder of src has its arrow, and every arrow its folder', () => {
    const folders = readdirSync(repository('src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect([...arrows().keys()].sort()).toEqual(folders.map((entry) => entry.name).sort());
  });

  test('imports follow the arrows', () => {
    const table = arrows();
    const broken = SOURCES.flatMap((path) => {
      const [, folder = '', rest] = path.split('/');
      if (rest === undefined) return [];
      const relative = importsOf(path).filter((target) => target.startsWith('.'));
      return relative.flatMap((target) => {
        const [, imported = ''] = normalize(join(dirname(path), target)).split('/');
        return imported === folder || table.get(folder)?.has(imported) === true
          ? []
          : [`${path} imports ${target}`];
      });
    });
    expect(broken).toEqual([]);
  });

  test.each([
    ['node:fs', ['src/host/node-file-system.ts']],
    ['fast-json-stable-stringify', ['src/canon/canonical-json.ts']],
    ['node:crypto', ['src/canon/sha256.ts', 'src/canon/uuid5.ts', 'src/host/p256.ts']],
    ['node:child_process', ['src/host/']],
    ['change-case', ['src/canon/letter-case.ts']],
    ['node:os', ['src/host/node-file-system.ts', 'src/host/machine.ts']],
    ['openai', ['src/llm/openai-model.ts']],
    ['@anthropic-ai/sdk', ['src/llm/anthropic-model.ts']],
    ['@qdrant/js-client-rest', ['src/bank/qdrant/']],
  ])('%s is imported only by those that own it', (name, owners) => {
    const users = SOURCES.filter((path) => importsOf(path).includes(name));
    expect(users.filter((path) => !owners.some((owner) => path.startsWith(owner)))).toEqual([]);
  });
});

test('names are taken only of lazily loaded packages that are ES modules: a bundle has those of others under `default`', () => {
  const taken = SOURCES.flatMap((path) => {
    const text = readFileSync(repository(path), 'utf8');
    const imports = text.matchAll(/const \{ (\w+)(?:, \w+)*(?:: \w+)? \} = await import\('([^'.][^']*)'\)/g);
    return [...imports].flatMap(([, name = '', target = '']) => (name === 'default' ? [] : [target]));
  });
  expect(taken).toContain('diff');
  const script = `import { readFileSync } from 'node:fs';
    for (const name of ${JSON.stringify([...new Set(taken)])}) {
      const url = import.meta.resolve(name);
      let folder = new URL('.', url), type;
      for (; type === undefined && folder.pathname.includes('/node_modules/'); folder = new URL('..', folder))
        try { type = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')).type; } catch {}
      if (!url.endsWith('.mjs') && (type !== 'module' || url.endsWith('.cjs'))) console.log(name);
    }`;
  const options = { cwd: repository(''), encoding: 'utf8' } as const;
  const found = execFileSync(process.execPath, ['--input-type=module', '--eval', script], options);
  expect(found).toBe('');
});

/** What no source may say, and the files that own the exception. */
const BANS: readonly (readonly [string, RegExp, readonly string[]])[] = [
  ['a locale', /localeCompare|\btoLocale[A-Z]|\bIntl\b/, []],
  [
    'the clock',
    /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|performance\.(?:now|timeOrigin)|process\.(?:hrtime|uptime)/,
    ['src/host/clock.ts'],
  ],
  ['randomness', /Math\.random\b|randomUUID|randomBytes|randomInt|getRandomValues/, []],
  [
    'a timer',
    /\bset(?:Timeout|Interval|Immediate)\b|queueMicrotask|AbortSignal\.timeout|node:timers/,
    // Programs that are started, and servers that are asked: what they are too late with is an error, never another output.
    [
      'src/host/processes.ts',
      'src/smoke/call.ts',
      'src/embed/endpoint-embedder.ts',
      'src/bank/qdrant/connection.ts',
    ],
  ],
  ['the environment', /process\.env|\bimport\.meta\.env/, ['src/cli/main.ts']],
  ['the working folder', /process\.(?:cwd|chdir)/, ['src/cli/main.ts']],
  [
    'the machine',
    /process\.(?:arch|version\b|versions|title|ppid)|\bos\.(?:hostname|cpus|userInfo|platform|type|release)/,
    // The environment that a smoke report names, and the Node that doctor tells of.
    ['src/host/processes.ts', 'src/cli/project-commands.ts'],
  ],
  ['the arguments', /process\.argv/, ['src/cli/main.ts']],
  ['an exit', /process\.exit(?:Code)?\b/, ['src/cli/main.ts']],
  ['the standard streams', /process\.std(?:out|err|in)/, ['src/cli/main.ts']],
  ['a suppressed error', /@ts-(?:ignore|expect-error|nocheck)|oxlint-disable|biome-ignore/, []],
  ['any', /: any\b|<any>|as any\b/, []],
  ['a promise for later', /\bTODO\b|\bFIXME\b|\bXXX\b|real implementation/, []],
  ['export *', /^export \*/m, []],
];

describe('bans', () => {
  test.each(BANS)('no source speaks of %s', (_, pattern, owners) => {
    const found = SOURCES.filter(
      (path) => !owners.includes(path) && pattern.test(readFileSync(repository(path), 'utf8')),
    );
    expect(found).toEqual([]);
  });

  test.each([
    ['a locale', "a.sort((x, y) => x['localeCompare'](y))"],
    ['a locale', 'const { format } = Intl;'],
    ['the clock', 'const now = Date.now;'],
    ['the clock', 'new Date( )'],
    ['the clock', 'process.hrtime.bigint()'],
    ['the clock', 'Date.now()'],
    ['the clock', 'performance.now()'],
    ['a locale', 'price.toLocaleString()'],
    ['a locale', "new Intl.Collator('de')"],
    ['a timer', 'setTimeout(act, 5)'],
    ['a timer', "import { setImmediate } from 'node:timers/promises';"],
    ['a timer', 'queueMicrotask(act)'],
    ['randomness', 'crypto.randomUUID()'],
    ['the machine', 'os.hostname()'],
    ['randomness', 'list.map(Math.random)'],
    ['randomness', 'crypto.getRandomValues(bytes)'],
    ['the environment', "process.env['HOME']"],
    ['the working folder', 'process.cwd()'],
    ['the machine', 'process.arch'],
  ])('the ban on %s sees %j', (what, code) => {
    expect(BANS.find(([name]) => name === what)?.[1].test(code)).toBe(true);
  });

  test('no file is a drawer for anything', () => {
    const names = SOURCES.filter((path) => /\/(?:utils?|helpers?|common|misc|index)\.ts$/.test(path));
    expect(names).toEqual(['src/index.ts']);
  });

  test('no source has more than 400 lines', () => {
    const long = SOURCES.filter((path) => readFileSync(repository(path), 'utf8').split('\n').length > 401);
    expect(long).toEqual([]);
  });
});

describe('the repository', () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: repository(''), encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter((path) => existsSync(repository(path)));

  test('package-lock.json records no download address', () => {
    expect(readFileSync(repository('package-lock.json'), 'utf8')).not.toMatch(/"resolved": "http/);
  });

  test('package-lock.json knows every platform package, or `npm ci` refuses it (scripts/complete-lock.mjs)', () => {
    const lock = JSON.parse(readFileSync(repository('package-lock.json'), 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const wanted = Object.values(lock.packages).flatMap((entry) =>
      Object.entries(entry.optionalDependencies ?? {}),
    );
    const exact = wanted.filter(([, version]) => /^\d/.test(version)).map(([name]) => name);
    expect(exact.length).toBeGreaterThan(10);
    expect(exact.filter((name) => lock.packages[`node_modules/${name}`] === undefined)).toEqual([]);
  });

  test('no tracked file names a home folder', () => {
    const text = tracked.filter((path) => !/\.(?:png|tar|gz|bin)$/.test(path));
    const found = text.filter((path) =>
      /(?:^|[\s"'(=])\/(?:home|Users)\/[a-z]/.test(readFileSync(repository(path), 'utf8')),
    );
    expect(found).toEqual([]);
  });

  test('every dependency is justified', () => {
    const manifest = JSON.parse(readFileSync(repository('package.json'), 'utf8')) as Record<
      string,
      Record<string, string> | undefined
    >;
    const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((key) =>
      Object.keys(manifest[key] ?? {}),
    );
    const page = readFileSync(repository('docs/dependencies.md'), 'utf8');
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test('every dependency is pinned to one version', () => {
    const manifest = JSON.parse(readFileSync(repository('package.json'), 'utf8')) as Record<
      string,
      Record<string, string> | undefined
    >;
    const versions = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((key) =>
      Object.values(manifest[key] ?? {}),
    );
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('links between pages lead somewhere', () => {
    const pages = tracked.filter((path) => path.endsWith('.md') && !path.startsWith('templates/'));
    const broken = pages.flatMap((page) => {
      const links = [
        ...readFileSync(repository(page), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g),
      ].map((match) => match[1] ?? '');
      return links
        .filter((link) => !existsSync(repository(join(dirname(page), link))))
        .map((link) => `${page}: ${link}`);
    });
    expect(broken).toEqual([]);
  });
});
