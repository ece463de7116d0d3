import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWorkspace, type ModelChoice } from '../commands/create-workspace.ts';
import { findProjectRoot } from '../commands/project.ts';
import type { Workspace } from '../commands/workspace.ts';
import { createHost } from '../host/host.ts';
import { embedderOf } from './embedder-choice.ts';
import { PatternsError } from '../model/error.ts';
import { readSecret } from './secret.ts';
import type { ExitStatus } from './exit-status.ts';

/** What the process around the CLI is. */
export interface Process {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly golden?: string;
  readonly bank?: string;
}

/** One run of one command: where it works, and how it answers. */
export class Session {
  readonly process: Process;
  readonly notices: string[] = [];
  readonly #workspaces: Workspace[] = [];
  #status: ExitStatus = 0;

  constructor(process: Process) {
    this.process = process;
  }

  get status(): ExitStatus {
    return this.#status;
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : resolve(this.process.workingFolder, path);
  }

  /**
   * The workspace of a command.
   * @param anchor absolute path of the spec, manifest or file that the project is found from
   */
  workspace(options: CommonOptions, anchor: string, bankUse: 'online' | 'offline' = 'online'): Workspace {
    const { env, workingFolder } = this.process;
    const host = createHost(env['SOURCE_DATE_EPOCH']);
    const root = findProjectRoot(host.fs, anchor, workingFolder);
    const workspace = createWorkspace({
      host,
      root,
      golden: options.golden === undefined ? join(root, 'golden') : this.absolute(options.golden),
      templates: join(packageRoot(), 'templates'),
      bank: options.bank ?? env['PATTERNS_BANK_URL'] ?? env['QDRANT_URL'],
      bankUse: env['USE_PATTERN_BANK_TEMPLATES']?.toLowerCase() === 'false' ? 'flag-off' : bankUse,
      model: modelOf(env),
      network: bankUse,
      qdrant: {
        apiKey: () => readSecret(host.fs, env, 'QDRANT_API_KEY'),
        insecureKey: env['PATTERNS_ALLOW_INSECURE_KEY'] === '1' ? 'allow' : 'refuse',
        timeoutMs: timeoutOf(env['PATTERNS_BANK_TIMEOUT']),
      },
      embedder: embedderOf(host.fs, env),
      notify: (message) => {
        this.notices.push(message);
        this.process.err(`patterns: ${message}\n`);
      },
    });
    this.#workspaces.push(workspace);
    return workspace;
  }

  /** The workspace of a command that is about no file: that of the working folder. */
  workspaceHere(options: CommonOptions): Workspace {
    return this.workspace(options, join(this.process.workingFolder, 'any'));
  }

  /** Answers: one JSON document, or text. */
  answer(options: CommonOptions, report: object, text: () => string, status: ExitStatus = 0): void {
    this.#status = status;
    if (options.json === true)
      this.process.out(`${JSON.stringify({ ...report, notices: this.notices }, null, 2)}\n`);
    else this.process.out(text());
  }

  async close(): Promise<void> {
    for (const workspace of this.#workspaces) await workspace.bank.close();
  }
}

/** PATTERNS_BANK_TIMEOUT: seconds. */
function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && seconds >= 0.1 && seconds <= 600) return Math.round(seconds * 1000);
  throw new PatternsError('USAGE', `PATTERNS_BANK_TIMEOUT is "${text}"`, {
    hint: 'Set it to seconds, from 0.1 to 600.',
  });
}

/** PATTERNS_LLM: `off`, or a provider and its model, as in `openai:gpt-5`. */
function modelOf(env: Process['env']): ModelChoice {
  const own = env['PATTERNS_LLM_API_KEY'];
  const keys = { openai: own ?? env['OPENAI_API_KEY'], anthropic: own ?? env['ANTHROPIC_API_KEY'] };
  const text = env['PATTERNS_LLM'] ?? '';
  if (text === 'off') return { setting: 'off', keys };
  const base = env['PATTERNS_LLM_BASE_URL'];
  const address = base === undefined || base === '' ? {} : { base_url: base };
  if (text === '') return { setting: base === undefined ? 'configured' : address, keys };
  const [, provider, model] = /^(openai|anthropic):(.+)$/.exec(text) ?? [];
  if (model === undefined || (provider !== 'openai' && provider !== 'anthropic'))
    throw new PatternsError('USAGE', `PATTERNS_LLM is "${text}"`, {
      hint: 'Set it to off, openai:<model> or anthropic:<model>.',
    });
  return { setting: { provider, model, ...address }, keys };
}

/** The folder of the installed package: `dist/bin` and `dist/lib` lie two levels below it. */
export function packageRoot(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..');
}
