import type { BankGate } from '../bank/bank-gate.ts';
import type { StaticTier } from '../bank/static-tier.ts';
import type { VectorGate } from '../embed/vector-gate.ts';
import type { TermCache } from '../embed/term-cache.ts';
import type { GoldenStore } from '../golden/golden-store.ts';
import type { LockStore } from '../golden/lock-store.ts';
import type { Host } from '../host/host.ts';
import type { ModelGate } from '../llm/language-model.ts';
import type { ProjectConfig } from '../model/project-config.ts';

/** What a command works on and with: one project, its stores, and the bank. */
export interface Workspace {
  readonly host: Host;
  /** Absolute path of the project root; never written anywhere. */
  readonly root: string;
  readonly golden: GoldenStore;
  readonly locks: LockStore;
  readonly statics: StaticTier;
  /** What holds for every spec; read when first asked for, which a replay and a locked build never do. */
  readonly config: () => ProjectConfig;
  readonly bank: BankGate;
  /** Vectors for search. */
  readonly vectors: VectorGate;
  /** The language model that fills gaps, where one is configured. */
  readonly model: ModelGate;
  /** The terms of bodies, for search. */
  readonly terms: TermCache;
  /** Tells the user something that is not the result: a skipped tier, a warning. */
  readonly notify: (message: string) => void;
}
