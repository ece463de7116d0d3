// Builds what the package ships: dist/lib by tsc (the library, one module a file, with types) and dist/bin by esbuild
// (the command, bundled so that it starts fast, with chunks that load only when a command needs them).
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

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

await build({
  entryPoints: { patterns: 'src/cli/main.ts' },
  outdir: 'dist/bin',
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
  // Bundled CommonJS packages call require for Node's own modules.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
chmodSync('dist/bin/patterns.js', 0o755);
