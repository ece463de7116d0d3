import type { BankEntry } from '../bank/pattern-bank.ts';
import { requirementOf } from '../canon/requirement.ts';
import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';
import type { LockedPattern } from '../model/lockfile.ts';
import { formatRef, type Pattern, type Tier } from '../model/pattern.ts';
import type { ConsideredVersion, Resolution, TierReport } from '../model/resolution.ts';
import type { Demand, Policy } from '../model/spec.ts';
import type { Candidate } from '../resolve/candidate.ts';
import { policyRefusal } from '../resolve/policy.ts';
import { heldBy, type ResolveFrom } from '../resolve/resolve-from.ts';
import { resolveReference, unsatisfied } from '../resolve/resolve-reference.ts';
import { nearestName } from '../canon/nearest-name.ts';
import { answerNeed, type NeedAnswer, type NeedCandidate } from './answer-need.ts';
import { bankCandidates, goldenCandidates, mergeCandidates, refOf, staticCandidates } from './candidates.ts';
import { type DemandContext, writePattern, writtenRefusal } from './write-pattern.ts';
import type { WrittenPattern } from './ask-model.ts';
import { NeedPool } from './need-pool.ts';
import { isOfReleases, notReleased, requireBank, type ResolveRules } from './resolve-rules.ts';
import type { Workspace } from './workspace.ts';

/** A resolution together with the pattern that it chose: read from golden when frozen before, else yet to be frozen. */
export interface Resolved {
  readonly resolution: Resolution;
  readonly frozen:
    | { readonly kind: 'golden'; readonly line: LockedPattern }
    | {
        readonly kind: 'new';
        readonly pattern: Pattern;
        /** Blobs that its record names: what a model was asked and what it said. */
        readonly attachments: readonly Uint8Array[];
      };
}

/**
 * Resolves demands that have no pin: golden and bank together, golden alone where the bank cannot be asked, then the
 * static templates. A bank that fails half-way is given up, and all is resolved again without it, so that one lock
 * never mixes what a bank said before and after.
 *
 * @throws PatternsError PATTERN_NOT_FOUND, VERSION_UNSATISFIED, POLICY_UNMET, NEED_UNANSWERED, BANK_CORRUPT
 */
export async function resolveDemands(
  workspace: Workspace,
  demands: readonly Demand[],
  rules: ResolveRules,
): Promise<readonly Resolved[]> {
  const unique = new Map(demands.map((demand) => [requirementOf(demand), demand]));
  if (unique.size === 0) return [];
  const sorted = [...unique.values()].toSorted((a, b) => compareBytes(requirementOf(a), requirementOf(b)));
  requireBank(workspace, rules);
  try {
    return await new Resolver(workspace, rules).resolve(sorted);
  } catch (cause) {
    if (!(cause instanceof PatternsError) || cause.code !== 'BANK_UNREACHABLE') throw cause;
    if (rules.from.kind !== 'tiers') throw cause;
    workspace.notify(
      `the bank ${workspace.bank.address} cannot be asked (${cause.message}); resolving from golden and the static templates`,
    );
    return new Resolver(workspace, rules).resolve(sorted);
  }
}

class Resolver {
  readonly #workspace: Workspace;
  readonly #policy: Policy;
  readonly #context: DemandContext;
  readonly #from: ResolveFrom;
  readonly #written = new Map<string, WrittenPattern>();
  readonly #golden: readonly LockedPattern[];
  #pools: NeedPools | undefined;
  #bankEntries: readonly NeedCandidate[] | undefined;
  #goldenRead: readonly NeedCandidate[] | undefined;

  constructor(workspace: Workspace, { policy, context, from }: ResolveRules) {
    this.#workspace = workspace;
    this.#context = context;
    this.#policy = from.kind === 'release' ? { ...policy, tiers: policy.tiers.filter(isOfReleases) } : policy;
    this.#from = from;
    this.#golden = workspace.locks.allPatterns();
  }

  async resolve(demands: readonly Demand[]): Promise<readonly Resolved[]> {
    const resolutions = await this.#choose(demands);
    this.#announceStatic(resolutions);
    return this.#load(resolutions);
  }

  /** A tier below the bank is never silent; one line says it for all. */
  #announceStatic(resolutions: readonly Resolution[]): void {
    const below = resolutions.filter((one) => one.tier === 'static');
    if (below.length === 0) return;
    const why = [
      ...new Set(below.flatMap((one) => one.tiers.filter(({ tier }) => tier === 'bank').map(bankWord))),
    ];
    this.#workspace.notify(
      `answered by the static templates, not by the bank (${why.join('; ')}): ${below.map(formatRef).join(', ')}`,
    );
  }

  async #choose(demands: readonly Demand[]): Promise<readonly Resolution[]> {
    const ids = demands.flatMap((demand) => (demand.kind === 'reference' ? [demand.pattern_id] : []));
    const fromBank = await this.#bankVersions(ids);
    const resolutions: Resolution[] = [];
    for (const demand of demands) {
      resolutions.push(
        demand.kind === 'reference' ? await this.#reference(demand, fromBank) : await this.#need(demand),
      );
    }
    return resolutions;
  }

  async #bankVersions(ids: readonly string[]): Promise<readonly NeedCandidate[]> {
    const { bank } = this.#workspace;
    if (bank.state.kind !== 'on' || !this.#policy.tiers.includes('bank') || ids.length === 0) return [];
    return bank.use(async (open) => {
      const entries = heldBy(this.#from, await open.versionsOf([...new Set(ids)]));
      return bankCandidates(this.#workspace, open, entries, this.#policy);
    });
  }

  async #reference(
    demand: Extract<Demand, { kind: 'reference' }>,
    fromBank: readonly NeedCandidate[],
  ): Promise<Resolution> {
    const requirement = requirementOf(demand);
    const known = mergeCandidates(
      this.#goldenCandidates().filter((candidate) => candidate.pattern_id === demand.pattern_id),
      fromBank.filter((entry) => entry.pattern_id === demand.pattern_id),
    );
    const first = resolveReference(demand, known, this.#policy);
    const tiers = this.#reportsOf(first.chosen?.tier, first.reason);
    if (first.chosen !== undefined) {
      const { tier } = first.chosen;
      return {
        requirement,
        ...refOf(first.chosen),
        tier,
        reason: first.reason,
        tiers,
        considered: first.considered,
      };
    }
    if (this.#from.kind === 'release')
      throw notReleased(this.#from.release, unsatisfied(demand, first.considered, ''));
    const statics = staticCandidates(this.#workspace, demand.pattern_id);
    const second = resolveReference(demand, statics, this.#policy);
    const answered = second.chosen !== undefined && this.#policy.tiers.includes('static');
    const report: TierReport = {
      tier: 'static',
      outcome: answered ? 'answered' : 'no match',
      reason: second.reason,
    };
    const considered = uniqueVersions([...first.considered, ...second.considered]);
    if (second.chosen !== undefined && !answered)
      throw tierForbidden(requirement, second.chosen, this.#policy);
    if (second.chosen === undefined || !answered)
      throw unsatisfied(demand, considered, await this.#idHint(demand.pattern_id));
    return {
      requirement,
      ...refOf(second.chosen),
      tier: 'static',
      reason: second.reason,
      tiers: [...tiers, report],
      considered,
    };
  }

  async #need(demand: Extract<Demand, { kind: 'need' }>): Promise<Resolution> {
    this.#pools ??= await this.#readPools();
    const { known, statics } = this.#pools;
    const answer = await answerNeed(demand, [
      { pool: known, report: (answered, reason) => this.#reportsOf(answered, reason) },
      {
        pool: statics,
        report: (answered, reason) => [
          { tier: 'static', outcome: answered === undefined ? 'no match' : 'answered', reason },
        ],
      },
    ]);
    if (answer.kind === 'unanswered') return this.#write(demand, answer);
    for (const warning of answer.warnings) this.#workspace.notify(warning);
    return answer.resolution;
  }

  /** What may answer needs: what golden and the bank know, then the templates. */
  async #readPools(): Promise<NeedPools> {
    const { bank } = this.#workspace;
    const asked = bank.state.kind === 'on' && this.#policy.tiers.includes('bank');
    const fromBank = asked ? await this.#allOfBank() : [];
    const statics = this.#policy.tiers.includes('static') ? staticCandidates(this.#workspace) : [];
    const poolOf = (candidates: readonly NeedCandidate[]): NeedPool =>
      new NeedPool(this.#workspace, candidates, {
        allowed: (candidate) => policyRefusal(candidate, this.#policy, 'range') === undefined,
        readBodies: (missing) => this.#bodies(missing),
      });
    return {
      known: poolOf(this.#adopted(mergeCandidates(this.#goldenCandidates(), fromBank))),
      statics: poolOf(statics),
    };
  }

  /** A candidate that this project has frozen may answer its other needs, or a model would be asked for each of them. */
  #adopted(candidates: readonly NeedCandidate[]): readonly NeedCandidate[] {
    const frozen = new Set(this.#goldenCandidates().map(formatRef));
    return candidates.map((one) =>
      one.status === 'candidate' && frozen.has(formatRef(one)) ? { ...one, status: 'production' } : one,
    );
  }

  #whyNotWritten(): string | undefined {
    if (!this.#policy.tiers.includes('llm')) return 'the policy leaves the tier out';
    const { model } = this.#workspace;
    if (model.kind === 'off') return model.reason;
    const unfit = writtenRefusal(this.#policy);
    return unfit === undefined ? undefined : `the policy asks for ${unfit} that nothing new can have`;
  }

  /** The last tier: a model writes what nobody has. */
  async #write(
    demand: Extract<Demand, { kind: 'need' }>,
    { error, tiers, nearest }: Extract<NeedAnswer, { kind: 'unanswered' }>,
  ): Promise<Resolution> {
    if (this.#from.kind === 'release') throw notReleased(this.#from.release, error);
    const skipped = this.#whyNotWritten();
    if (skipped !== undefined) {
      throw new PatternsError(error.code, error.message, {
        hint: `${error.hint} No language model was asked: ${skipped}.`,
        details: error.details,
      });
    }
    this.#workspace.notify(
      `a language model is asked for "${demand.need.purpose}", with ${nearest.length} patterns that come near`,
    );
    const bodies = await this.#bodies(nearest);
    const near = nearest.flatMap((candidate, i) => {
      const body = bodies[i];
      if (body === undefined) return [];
      const { purpose } = candidate.record.signature;
      return [{ ref: formatRef(candidate), purpose, body: Buffer.from(body).toString('utf8') }];
    });
    const written = await writePattern(this.#workspace, demand, this.#context, near);
    const { frozen, record } = written.pattern;
    this.#written.set(formatRef(frozen), written);
    const reason = `${record.origin?.provider} ${record.origin?.model} wrote it, in ${record.origin?.attempts} attempts`;
    return {
      requirement: requirementOf(demand),
      ...refOf(frozen),
      tier: 'llm',
      reason,
      tiers: [...tiers, { tier: 'llm', outcome: 'answered', reason }],
      considered: nearest.map(refOf),
    };
  }

  /** Bodies to be embedded, from where each candidate came. */
  async #bodies(candidates: readonly Candidate[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { bank, golden, statics } = this.#workspace;
    const ofBank = candidates.filter((candidate) => candidate.tier === 'bank');
    const fetched = ofBank.length === 0 ? [] : await bank.use((open) => open.fetch(ofBank));
    const bodies = new Map(
      fetched.flatMap((one) => (one === undefined ? [] : [[formatRef(one.frozen), one.body] as const])),
    );
    return candidates.map((candidate) => {
      switch (candidate.tier) {
        case 'bank':
          return bodies.get(formatRef(candidate));
        case 'golden':
          return golden.body(golden.frozen(candidate, candidate.digest));
        case 'static':
          return statics.versionsOf(candidate.pattern_id).find(({ digest }) => digest === candidate.digest)
            ?.pattern.body;
      }
    });
  }

  /** Read once for all needs of a lock. */
  async #allOfBank(): Promise<readonly NeedCandidate[]> {
    this.#bankEntries ??= await this.#workspace.bank.use(async (open) => {
      const entries: BankEntry[] = [];
      for await (const entry of open.entries()) entries.push(entry);
      return bankCandidates(this.#workspace, open, heldBy(this.#from, entries), this.#policy);
    });
    return this.#bankEntries;
  }

  /** What golden and the bank said before the static templates are asked. */
  #reportsOf(answered: Tier | undefined, reason: string): readonly TierReport[] {
    const { state } = this.#workspace.bank;
    const golden: TierReport = {
      tier: 'golden',
      outcome: answered === 'golden' ? 'answered' : 'no match',
      reason,
    };
    if (!this.#policy.tiers.includes('bank'))
      return [golden, { tier: 'bank', outcome: 'skipped', reason: 'the policy leaves it out' }];
    switch (state.kind) {
      case 'on':
        return [golden, { tier: 'bank', outcome: answered === 'bank' ? 'answered' : 'no match', reason }];
      case 'off':
        return [golden, { tier: 'bank', outcome: 'skipped', reason: state.reason }];
      case 'down':
        return [golden, { tier: 'bank', outcome: 'failed', reason: state.error.message }];
    }
  }

  #goldenCandidates(): readonly NeedCandidate[] {
    this.#goldenRead ??= this.#policy.tiers.includes('golden')
      ? goldenCandidates(this.#workspace, heldBy(this.#from, this.#golden))
      : [];
    return this.#goldenRead;
  }

  async #idHint(patternId: string): Promise<string> {
    const { bank, statics } = this.#workspace;
    const known = new Set(this.#golden.map((line) => line.pattern_id));
    for (const { pattern } of statics.all()) known.add(pattern.frozen.pattern_id);
    if (bank.state.kind === 'on') {
      await bank.use(async (open) => {
        for await (const entry of open.entries()) known.add(entry.pattern_id);
      });
    }
    known.delete(patternId);
    const near = nearestName(patternId, [...known]);
    const empty =
      known.size === 0 ? ' The bank is empty: `patterns migrate` fills it with the built-in templates.' : '';
    return near === undefined
      ? `\`patterns list\` shows what there is; \`patterns publish <dir>\` adds to it.${empty}`
      : `Did you mean \`${near}\`?`;
  }

  /** Bodies come from golden where they are there, else from the tier that was chosen; the bank is asked once for all. */
  async #load(resolutions: readonly Resolution[]): Promise<readonly Resolved[]> {
    const frozen = new Map(this.#golden.map((line) => [formatRef(line), line]));
    const wanted = resolutions.filter((one) => one.tier === 'bank' && !frozen.has(formatRef(one)));
    const fetched = new Map<string, Pattern>();
    if (wanted.length > 0) {
      const patterns = await this.#workspace.bank.use((open) => open.fetch(wanted.map(refOf)));
      for (const pattern of patterns)
        if (pattern !== undefined) fetched.set(formatRef(pattern.frozen), pattern);
    }
    return resolutions.map((resolution) => {
      const key = formatRef(resolution);
      const line = frozen.get(key);
      if (line !== undefined) return { resolution, frozen: { kind: 'golden', line } };
      const written = this.#written.get(key);
      const pattern = written?.pattern ?? fetched.get(key) ?? this.#staticPattern(resolution);
      if (pattern !== undefined)
        return { resolution, frozen: { kind: 'new', pattern, attachments: written?.attachments ?? [] } };
      throw new PatternsError('BANK_CORRUPT', `the bank lists ${key} but does not have it`, {
        details: { pattern: key },
      });
    });
  }

  #staticPattern(resolution: Resolution): Pattern | undefined {
    if (resolution.tier !== 'static') return undefined;
    return this.#workspace.statics
      .versionsOf(resolution.pattern_id)
      .find(({ pattern }) => pattern.frozen.version === resolution.version)?.pattern;
  }
}

interface NeedPools {
  readonly known: NeedPool;
  readonly statics: NeedPool;
}

function uniqueVersions(considered: readonly ConsideredVersion[]): readonly ConsideredVersion[] {
  return [...new Map(considered.map((one) => [formatRef(one), one])).values()];
}

function tierForbidden(requirement: string, found: Candidate, policy: Policy): PatternsError {
  return new PatternsError(
    'TIER_FORBIDDEN',
    `only the static template ${formatRef(found)} answers ${requirement}, and the policy leaves the static tier out`,
    {
      hint: 'Publish the pattern (`patterns migrate` publishes the built-in ones), or add `static` to `policy.tiers`.',
      details: { requirement, tiers: [...policy.tiers] },
    },
  );
}

function bankWord(report: TierReport): string {
  return report.outcome === 'no match' ? 'the bank has nothing for it' : report.reason;
}
