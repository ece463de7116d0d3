import { basename, join } from 'node:path';
import { PatternsError } from '../model/error.ts';
import type { Workspace } from './workspace.ts';

export interface InitReport {
  readonly created: readonly string[];
  readonly unchanged: readonly string[];
  readonly spec: string;
  readonly name: string;
}

/**
 * Makes a working project: a spec that builds with the built-in templates, a golden folder, and what git must know.
 * Files that exist are left alone.
 *
 * @param folder absolute path
 * @throws PatternsError USAGE when the folder has a spec already
 */
export function init(workspace: Workspace, folder: string): InitReport {
  const name = slugOf(basename(folder));
  const spec = join('manifests', name, 'app.yaml');
  const { fs } = workspace.host;
  if (fs.stat(join(folder, spec)) !== undefined) {
    throw new PatternsError('USAGE', `${spec} exists already`, {
      hint: `Build it with \`patterns build ${spec} -o out/${name}\`.`,
    });
  }
  const files: readonly (readonly [string, string])[] = [
    [spec, specText(name)],
    ['.gitignore', '.patterns/\n'],
  ];
  const created: string[] = [];
  const unchanged: string[] = [];
  for (const [path, text] of files) {
    const absolute = join(folder, path);
    if (fs.stat(absolute) !== undefined) {
      unchanged.push(path);
      continue;
    }
    fs.makeFolder(join(absolute, '..'));
    workspace.host.writer.replace(absolute, Buffer.from(text, 'utf8'), { mode: 0o644, durable: true });
    created.push(path);
  }
  workspace.golden.writeGitAttributes();
  return { created: [...created, 'golden/.gitattributes'], unchanged, spec, name };
}

function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '');
  return slug === '' ? 'app' : slug;
}

function specText(name: string): string {
  return `# What to build. \`patterns build manifests/${name}/app.yaml -o out/${name}\` compiles it.
apiVersion: patterns/v1
name: ${name}
version: 0.1.0

files:
  - path: Dockerfile
    pattern: dockerfile@^1
  - path: docker-compose.yml
    pattern: docker_compose@^1
  - path: prometheus.yml
    pattern: prometheus@^1
  - path: .env.example
    pattern: env_example@^1
  - path: requirements.txt
    pattern: requirements@^1
  - path: pyproject.toml
    pattern: pyproject@^1
  - path: alembic.ini
    pattern: alembic_ini@^1
  - path: alembic/env.py
    pattern: alembic_env@^1
  - path: alembic/script.py.mako
    pattern: alembic_script@^1
  - path: src/core/config.py
    pattern: config@^1
  - path: src/core/database.py
    pattern: database@^1
  - path: src/repositories/base.py
    pattern: base_repository@^1
  - path: src/api/routes/health.py
    pattern: health_routes@^1
  - path: src/main.py
    pattern: main@^1
`;
}
