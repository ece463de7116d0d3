import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { build } from '../../src/commands/build.ts';
import { createWorkspace } from '../../src/commands/create-workspace.ts';
import { importOpenApi, type ImportReport } from '../../src/commands/import-openapi.ts';
import type { Workspace } from '../../src/commands/workspace.ts';
import { createHost } from '../../src/host/host.ts';
import { repository } from '../support/repository.ts';

/** A project in this process, with the built-in templates. */
export class ImportProject {
  readonly root: string;
  readonly workspace: Workspace;

  constructor(
    root = mkdtempSync(join(tmpdir(), 'patterns-import-')),
    bankUse: 'flag-off' | 'online' = 'flag-off',
    lasting: 'test' | 'file' = 'test',
  ) {
    this.root = root;
    mkdirSync(join(root, 'golden'), { recursive: true });
    this.workspace = createWorkspace({
      host: createHost('0'),
      root: this.root,
      golden: join(this.root, 'golden'),
      templates: repository('templates'),
      bank: undefined,
      bankUse,
      embedder: 'none',
      model: undefined,
      notify: () => undefined,
    });
    if (lasting === 'test')
      onTestFinished(() => {
        this.remove();
      });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** The same project, with its bank. */
  banked(): ImportProject {
    return new ImportProject(this.root, 'online');
  }

  write(name: string, text: string | Uint8Array): string {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  import(document: string, spec = 'spec.yaml'): ImportReport {
    return importOpenApi(this.workspace, join(this.root, document), join(this.root, spec));
  }

  async files(spec = 'spec.yaml', write: 'write' | 'dry-run' = 'write'): Promise<number> {
    const report = await build(this.workspace, {
      spec: join(this.root, spec),
      output: join(this.root, 'out'),
      lock: 'complete',
      bank: 'optional',
      write,
      edits: 'overwrite',
      diff: 'none',
    });
    return report.files;
  }
}
