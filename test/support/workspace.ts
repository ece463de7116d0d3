import { createWorkspace, type WorkspaceOptions } from '../../src/commands/create-workspace.ts';
import type { Workspace } from '../../src/commands/workspace.ts';
import type { TestProject } from './project.ts';
import { repository } from './repository.ts';

/** A project as this process works on it: its own bank, words alone, no language model, notices unheard. */
export function workspaceOf(
  project: TestProject,
  host: WorkspaceOptions['host'],
  bankUse: WorkspaceOptions['bankUse'] = 'online',
): Workspace {
  return createWorkspace({
    host,
    root: project.root,
    golden: project.path('golden'),
    templates: repository('templates'),
    bank: undefined,
    bankUse,
    embedder: 'none',
    model: undefined,
    notify: () => undefined,
  });
}
