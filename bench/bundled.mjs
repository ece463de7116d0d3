import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles `bench/<name>.ts`, which measures the code of src as it stands, and runs it with the arguments of this process, whose
 * status it takes.
 * @param {string} name
 */
export async function runBundled(name) {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  const outfile = `.cache/${name}.mjs`;
  await build({
    entryPoints: [`bench/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['@lat.md/*', '@qdrant/*', 'undici'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  const run = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(run.status ?? 1);
}
