// Builds what the package ships: dist/lib by tsc (the library, one module a file, with types) and dist/bin by esbuild
// (the command, bundled so that it starts fast, with chunks that load only when a command needs them).
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const {
  version,
  dependencies = {},
  optionalDependencies = {},
} = JSON.parse(readFileSync('package.json', 'utf8'));

rmSync('dist', { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

// Packages that bring WASM or model weights, or that are large and rarely needed, stay outside of the bundle.
const external = Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) =>
  name.startsWith('@lat.md/'),
);
// What @cyclonedx/cyclonedx-library would use to write XML and to validate; it does without, and so do we.
external.push('ajv', 'ajv-formats', 'ajv-formats-draft2019', 'libxmljs2', 'xmlbuilder2');

const { outputFiles } = await build({
  // Beside the command: what is large and not always needed, so that it comes in chunks of its own.
  entryPoints: {
    patterns: 'src/cli/main.ts',
    yaml: 'src/documents/yaml-text.ts',
    domain: 'src/commands/domain-model.ts',
  },
  outdir: 'dist/bin',
  write: false,
  bundle: true,
  splitting: true,
  chunkNames: 'chunk-[hash]',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  legalComments: 'none',
  external,
  define: { __PATTERNBANK_VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
});

// Node loads CommonJS in two thirds of the time, and esbuild splits ESM alone; so the chunks are converted one by one.
mkdirSync('dist/bin', { recursive: true });
writeFileSync('dist/bin/package.json', '{ "type": "commonjs" }\n');
await Promise.all(
  outputFiles.filter(isShipped).map(async ({ path, text }) => {
    const { code } = await transform(text.replace(/^#!.*\n/, ''), {
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      define: { 'import.meta.url': '__moduleUrl' },
      logLevel: 'warning',
    });
    const chunks = lazily(
      code.replaceAll(
        /\bimport\("(\.\/chunk-\w+\.js)"\)/g,
        (_, chunk) => `Promise.resolve().then(() => require(${JSON.stringify(chunk)}))`,
      ),
    );
    const url = chunks.includes('__moduleUrl')
      ? `const __moduleUrl = require('node:url').pathToFileURL(__filename).href;\n`
      : '';
    writeFileSync(join('dist/bin', basename(path)), `${shebang(text)}"use strict";\n${url}${chunks}`);
  }),
);
chmodSync('dist/bin/patterns.js', 0o755);

function isShipped({ path }) {
  return /^(?:patterns|chunk-\w+)\.js$/.test(basename(path));
}

function shebang(text) {
  return /^#!.*\n/.exec(text)?.[0] ?? '';
}

/** Lets a chunk be read and evaluated when the first thing in it is used; no module has an effect when it is. */
function lazily(code) {
  const names = new Set();
  // Nothing but a call of require, or of what makes a module of it: a declaration may go on behind it.
  const loads = /^var (import_\w+) = (require\("[^"]+"\)|__toESM\(require\("[^"]+"\)(?:, 1)?\));$/gm;
  const declared = code.replaceAll(loads, (_, name, load) => {
    names.add(name);
    return `var ${name}_, ${name} = () => (${name}_ ??= ${load});`;
  });
  return declared.replaceAll(/\b(import_\w+)\./g, (all, name) => (names.has(name) ? `(${name}()).` : all));
}
