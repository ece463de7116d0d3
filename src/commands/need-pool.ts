import type { Need } from '../model/spec.ts';
import { LexicalIndex, postingsOf } from '../search/lexical-index.ts';
import { type Match, rank } from '../search/rank.ts';
import type { NeedCandidate } from './answer-need.ts';
import { type ReadBodies, withBodyTerms, withCosines } from './similarity.ts';
import type { Workspace } from './workspace.ts';

/** Versions that may answer needs; what does not hang on the need is made once for all of them. */
export class NeedPool {
  /** How many versions there were before the policy was asked. */
  readonly size: number;
  readonly #workspace: Workspace;
  readonly #allowed: readonly NeedCandidate[];
  readonly #readBodies: ReadBodies<NeedCandidate>;
  #prepared: Promise<{ readonly worded: readonly NeedCandidate[]; readonly words: LexicalIndex }> | undefined;

  /** @param allowed tells which candidates the policy lets through */
  constructor(
    workspace: Workspace,
    candidates: readonly NeedCandidate[],
    {
      allowed,
      readBodies,
    }: {
      readonly allowed: (candidate: NeedCandidate) => boolean;
      readonly readBodies: ReadBodies<NeedCandidate>;
    },
  ) {
    this.size = candidates.length;
    this.#workspace = workspace;
    this.#allowed = candidates.filter(allowed);
    this.#readBodies = readBodies;
  }

  /** The versions by how well they answer a need, best first. */
  async rank(need: Need): Promise<readonly Match<NeedCandidate>[]> {
    if (this.#allowed.length === 0) return [];
    this.#prepared ??= this.#prepare();
    const { worded, words } = await this.#prepared;
    const measured = await withCosines(this.#workspace, need, worded, this.#readBodies);
    return rank(need, measured, words);
  }

  async #prepare(): Promise<{ worded: readonly NeedCandidate[]; words: LexicalIndex }> {
    const worded = await withBodyTerms(this.#workspace.terms, this.#allowed, this.#readBodies);
    return { worded, words: new LexicalIndex(postingsOf(worded)) };
  }
}
