import { isAbsolute, join, resolve } from 'node:path';
import { BankGate, type BankState } from '../bank/bank-gate.ts';
import { EmbeddedBank } from '../bank/embedded-bank.ts';
import { isQdrantAddress, withoutCredentials } from '../bank/qdrant/address.ts';
import type { PatternBank } from '../bank/pattern-bank.ts';
import { StaticTier } from '../bank/static-tier.ts';
import { readConfig } from '../documents/config-document.ts';
import { readYaml } from '../documents/yaml-text.ts';
import { GoldenStore } from '../golden/golden-store.ts';
import { LockStore } from '../golden/lock-store.ts';
import type { Host } from '../host/host.ts';
import { PatternsError } from '../model/error.ts';
import { TermCache } from '../embed/term-cache.ts';
import type { ModelGate } from '../llm/language-model.ts';
import {
  CONFIG_NAME,
  DEFAULT_CONFIG,
  MODEL_DEFAULTS,
  type ModelConfig,
  type ProjectConfig,
} from '../model/project-config.ts';
import { createVectors, type EmbedderChoice } from './create-vectors.ts';
import { displayPath, readNamedFile } from './project.ts';
import { SERVER_VECTORS, serverIndex } from './server-index.ts';
import type { Workspace } from './workspace.ts';

export interface WorkspaceOptions {
  readonly host: Host;
  /** Absolute paths. */
  readonly root: string;
  readonly golden: string;
  readonly templates: string;
  /** `file:<dir>` or a Qdrant address; the embedded bank of the project by default. */
  readonly bank: string | undefined;
  /** `flag-off`: USE_PATTERN_BANK_TEMPLATES=false takes the bank out of new resolutions. */
  readonly bankUse: 'online' | 'offline' | 'flag-off';
  readonly embedder: EmbedderChoice;
  /** `offline` opens no socket, also where `bankUse` is `flag-off`; by default as `bankUse` says. */
  readonly network?: 'online' | 'offline';
  /** The language model by the environment, over that of the configuration; undefined leaves it to the latter. */
  readonly model: ModelChoice | undefined;
  /** How a Qdrant server is asked. The key is read when it is needed, and written nowhere. */
  readonly qdrant?: {
    readonly apiKey: () => string | undefined;
    readonly insecureKey: 'refuse' | 'allow';
    readonly timeoutMs: number | undefined;
  };
  readonly notify: (message: string) => void;
}

export interface ModelChoice {
  /** `off`, or what replaces the configuration. */
  readonly setting: 'off' | 'configured' | Partial<ModelConfig>;
  /** By provider; never written anywhere. */
  readonly keys: Readonly<Record<ModelConfig['provider'], string | undefined>>;
}

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const { host, root, golden, templates, notify } = options;
  const label = displayPath(root, golden);
  const config = createConfig(options);
  const gate = createModel(options, config);
  const cache = join(root, '.patterns', 'cache');
  return {
    host,
    root,
    golden: new GoldenStore(host, golden, label),
    locks: new LockStore(host, golden, label),
    statics: new StaticTier(host, templates),
    config,
    bank: createGate(options),
    vectors: createVectors({
      host,
      folder: cache,
      templates,
      embedder: options.embedder,
      network: options.network ?? (options.bankUse === 'offline' ? 'offline' : 'online'),
    }),
    get model() {
      return gate();
    },
    terms: new TermCache(host, cache),
    notify,
  };
}

function createConfig({ host, root }: WorkspaceOptions): () => ProjectConfig {
  let config: ProjectConfig | undefined;
  return () => {
    const path = join(root, CONFIG_NAME);
    config ??=
      host.fs.stat(path) === undefined
        ? DEFAULT_CONFIG
        : readConfig(readYaml(readNamedFile(host.fs, path, 'the configuration', CONFIG_NAME), CONFIG_NAME));
    return config;
  };
}

/** Decided when first asked for, since a replay reads no configuration. */
function createModel({ model, bankUse }: WorkspaceOptions, config: () => ProjectConfig): () => ModelGate {
  let gate: ModelGate | undefined;
  return () => {
    gate ??= decideModel(model ?? NO_CHOICE, bankUse, config);
    return gate;
  };
}

const NO_CHOICE: ModelChoice = { setting: 'configured', keys: { openai: undefined, anthropic: undefined } };

function decideModel(
  { setting, keys }: ModelChoice,
  bankUse: WorkspaceOptions['bankUse'],
  config: () => ProjectConfig,
): ModelGate {
  if (setting === 'off') return { kind: 'off', reason: 'PATTERNS_LLM is off' };
  if (bankUse === 'offline') return { kind: 'off', reason: '--offline was given' };
  const configured = config().model;
  const merged = { ...MODEL_DEFAULTS, ...configured, ...(setting === 'configured' ? {} : setting) };
  const { provider, model } = merged;
  if (provider === undefined || model === undefined)
    return { kind: 'off', reason: 'no language model is configured' };
  const settings = { ...merged, provider, model };
  return {
    kind: 'on',
    attempts: settings.attempts,
    open: async () => (await import('../llm/open-model.ts')).openModel(settings, keys[provider]),
  };
}

function createGate(options: WorkspaceOptions): BankGate {
  const address = options.bank ?? 'file:.patterns/bank';
  const embedded = /^file:(.*)$/.exec(address)?.[1];
  if (embedded !== undefined) {
    const folder = isAbsolute(embedded) ? embedded : resolve(options.root, embedded);
    return new BankGate(address, stateOf(options, 'local'), async () =>
      openEmbedded(options.host, folder, address),
    );
  }
  if (isQdrantAddress(address)) {
    const { apiKey, insecureKey = 'refuse', timeoutMs } = options.qdrant ?? {};
    return new BankGate(withoutCredentials(address), stateOf(options, 'remote'), async () =>
      (await import('../bank/qdrant/open-qdrant.ts')).openQdrant({
        address,
        apiKey: apiKey?.(),
        insecureKey,
        timeoutMs,
        identity: SERVER_VECTORS,
        indexOf: serverIndex,
      }),
    );
  }
  // Said when the bank is needed: a replay never asks for it.
  const unknown = new PatternsError(
    'USAGE',
    `the bank address "${withoutCredentials(address)}" is not understood`,
    {
      hint: 'Use file:<folder>, qdrant+http://host:6333 or qdrant+https://host:6333.',
    },
  );
  return new BankGate(withoutCredentials(address), stateOf(options, 'remote'), () => Promise.reject(unknown));
}

function stateOf(options: WorkspaceOptions, where: 'local' | 'remote'): BankState {
  if (options.bankUse === 'flag-off') return { kind: 'off', reason: 'USE_PATTERN_BANK_TEMPLATES is false' };
  if (options.bankUse === 'offline' && where === 'remote')
    return { kind: 'off', reason: '--offline was given' };
  return { kind: 'on' };
}

function openEmbedded(host: Host, folder: string, address: string): PatternBank {
  const kind = host.fs.stat(join(folder))?.kind;
  if (kind === undefined || kind === 'folder') return new EmbeddedBank(host, folder, address);
  throw new PatternsError('BANK_UNREACHABLE', `${address} is no folder`, {
    hint: 'Name a folder, or one that does not exist yet.',
  });
}
