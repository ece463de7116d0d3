import { combinePolicies } from '../resolve/combine-policies.ts';
import { readSmokeReport } from '../documents/smoke-report-document.ts';
import { type Blame, attribute } from '../learn/attribution.ts';
import { judgeRepair } from '../learn/repair.ts';
import type { ModelGate } from '../llm/language-model.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type Pattern } from '../model/pattern.ts';
import type { SmokeReport } from '../model/smoke-report.ts';
import { smokeRun } from '../documents/report-document.ts';
import { modelRepair } from './model-repair.ts';
import { displayPath, readNamedFile } from './project.ts';
import { readRun, readTree } from './read-run.ts';
import { type RepairCandidate, repairCandidates } from './repair-candidates.ts';
import { RepairedBuild, type Judge } from './repaired-build.ts';
import type { Workspace } from './workspace.ts';

export interface RepairOptions {
  /** Absolute path of the generated tree. */
  readonly tree: string;
  /** Absolute path of its smoke report. */
  readonly report: string;
  readonly mode: 'repair' | 'dry-run';
}

/** What was tried for one failing version. */
export interface RepairAttempt {
  /** The failing version, `id@version`. */
  readonly pattern: string;
  readonly place: string;
  readonly failures: readonly string[];
  /** Made by which repair pattern or model, as which version, and what became of it. */
  readonly tried: readonly {
    readonly by: string;
    readonly candidate: string;
    readonly outcome: 'kept' | 'refused' | 'planned';
    readonly reason: string;
    readonly patch?: string | undefined;
  }[];
  readonly repaired: string | null;
}

export interface RepairReport {
  readonly tree: string;
  readonly generation: string;
  /** `manifest_digest` of the repaired tree; null where nothing was kept. */
  readonly repaired_generation: string | null;
  readonly attempts: readonly RepairAttempt[];
  readonly unattributed: readonly string[];
  readonly dry_run: boolean;
  /** Nothing that was reported fails any more. */
  readonly repaired: boolean;
}

/**
 * Mends what a smoke report found: for each version at fault a candidate is made from the repair patterns of the bank,
 * else by the language model, pinned exactly, rebuilt beside the tree, and judged by a smoke test of its own. It is kept
 * only when the failure is gone and nothing else broke. Then golden, lock and tree follow and the candidate is published;
 * else everything is as before.
 *
 * @param judge runs the smoke test on a tree
 * @throws PatternsError REPORT_MISMATCH, LOCK_STALE when the lock has moved on since the tree was built, OUTPUT_EDITED
 */
export async function repair(
  workspace: Workspace,
  options: RepairOptions,
  judge: Judge,
): Promise<RepairReport> {
  const tree = readTree(workspace, options.tree);
  const { attribution } = await readRun(workspace, tree, options.report, 'smoke');
  const label = displayPath(workspace.root, options.report);
  const reading = readSmokeReport(
    readNamedFile(workspace.host.fs, options.report, 'the report', label),
    label,
  );
  const build = new RepairedBuild(workspace, tree, judge);
  const attempts: RepairAttempt[] = [];
  let before: SmokeReport = reading;
  let blames = attribution.failed;
  for (const first of attribution.failed) {
    const blame = blames.find((one) => formatRef(one) === formatRef(first));
    if (blame === undefined) continue;
    const { attempt, after } = await new BlamedVersion(workspace, build, blame, before).mend(options.mode);
    attempts.push(attempt);
    if (after === undefined) continue;
    before = after;
    blames = attribute(build.manifest, { ...smokeRun(after), report: tree.generation }).failed;
  }
  const kept = attempts.some((attempt) => attempt.repaired !== null);
  if (kept) await build.commit();
  return {
    tree: tree.label,
    generation: tree.generation,
    repaired_generation: kept ? build.generation : null,
    attempts,
    unattributed: attribution.unattributed.map((one) => `${one.class} in ${one.what}`),
    dry_run: options.mode === 'dry-run',
    repaired: before.verdict === 'passed',
  };
}

class BlamedVersion {
  readonly #workspace: Workspace;
  readonly #build: RepairedBuild;
  readonly #blame: Blame;
  readonly #before: SmokeReport;
  readonly #tried: RepairAttempt['tried'][number][] = [];

  constructor(workspace: Workspace, build: RepairedBuild, blame: Blame, before: SmokeReport) {
    this.#workspace = workspace;
    this.#build = build;
    this.#blame = blame;
    this.#before = before;
  }

  async mend(mode: RepairOptions['mode']): Promise<{ attempt: RepairAttempt; after?: SmokeReport }> {
    const failing = this.#build.pattern(this.#blame);
    const candidates = await this.#workspace.bank.use((bank) =>
      repairCandidates(this.#workspace, bank, failing, this.#blame),
    );
    for (const candidate of candidates) {
      const done = mode === 'dry-run' ? this.#plan(candidate) : await this.#try(candidate);
      if (done !== undefined) return done;
    }
    const gate = this.#modelGate();
    if (gate.kind === 'on') {
      if (mode === 'dry-run') {
        this.#note(
          'a language model',
          'not known yet',
          'planned',
          'it is asked when no repair pattern helps',
        );
      } else {
        const done = await this.#askModel(failing);
        if (done !== undefined) return done;
      }
    }
    return { attempt: this.#attempt(null) };
  }

  #modelGate(): ModelGate {
    const policy = combinePolicies(this.#build.policy, this.#workspace.config().policy);
    if (!policy.tiers.includes('llm'))
      return { kind: 'off', reason: 'the policy leaves the tier of the language model out' };
    return this.#workspace.model;
  }

  #plan({ by, pattern, patch, kind }: RepairCandidate): undefined {
    this.#note(by, formatRef(pattern.frozen), 'planned', `${kind}; it would be rebuilt and tested`, patch);
    return undefined;
  }

  async #try(
    candidate: RepairCandidate,
  ): Promise<{ attempt: RepairAttempt; after: SmokeReport } | undefined> {
    const { by, pattern, patch, kind } = candidate;
    const name = formatRef(pattern.frozen);
    try {
      const { report, reason } = await this.#judge(pattern);
      if (report === undefined) {
        this.#note(by, name, 'refused', reason, patch);
        return undefined;
      }
      this.#note(by, name, 'kept', reason, patch);
      this.#build.keep(this.#blame, {
        pattern,
        kind,
        attachments: [],
        tier: 'bank',
        reason: `${by}: ${reason}`,
      });
      return { attempt: this.#attempt(name), after: report };
    } catch (cause) {
      if (!(cause instanceof PatternsError) || !CANDIDATE_FAULTS.has(cause.code)) throw cause;
      this.#note(by, name, 'refused', cause.message, patch);
      return undefined;
    }
  }

  async #askModel(failing: Pattern): Promise<{ attempt: RepairAttempt; after: SmokeReport } | undefined> {
    let after: SmokeReport | undefined;
    let why = '';
    const judge = async (pattern: Pattern): Promise<void> => {
      const { report, reason } = await this.#judge(pattern);
      if (report === undefined) throw new PatternsError('MODEL_REFUSED', `with it, ${reason}`);
      after = report;
      why = reason;
    };
    try {
      const written = await modelRepair(this.#workspace, failing, this.#blame, judge);
      const { origin } = written.pattern.record;
      const by = `${origin?.provider ?? ''} ${origin?.model ?? ''}`;
      const name = formatRef(written.pattern.frozen);
      this.#note(by, name, 'kept', why);
      this.#build.keep(this.#blame, { ...written, kind: 'derived', tier: 'llm', reason: `${by}: ${why}` });
      return after === undefined ? undefined : { attempt: this.#attempt(name), after };
    } catch (cause) {
      if (!(cause instanceof PatternsError) || !MODEL_FAULTS.has(cause.code)) throw cause;
      this.#note('a language model', 'none', 'refused', cause.message);
      return undefined;
    }
  }

  async #judge(pattern: Pattern): Promise<{ report?: SmokeReport; reason: string }> {
    const report = await this.#build.test(this.#blame, pattern);
    const blamed = this.#blame.failures.map((failure) => failure.what);
    const { kept, reason } = judgeRepair(this.#before, report, blamed);
    return kept ? { report, reason } : { reason };
  }

  #note(
    by: string,
    candidate: string,
    outcome: 'kept' | 'refused' | 'planned',
    reason: string,
    patch?: string,
  ): void {
    this.#tried.push({ by, candidate, outcome, reason, ...(patch === undefined ? {} : { patch }) });
  }

  #attempt(repaired: string | null): RepairAttempt {
    return {
      pattern: formatRef(this.#blame),
      place: this.#blame.place,
      failures: this.#blame.failures.map((failure) => `${failure.class} in ${failure.what}`),
      tried: this.#tried,
      repaired,
    };
  }
}

/** What a candidate can do wrong; the next one is tried then. */
const CANDIDATE_FAULTS: ReadonlySet<string> = new Set([
  'TEMPLATE_SYNTAX',
  'TEMPLATE_RENDER',
  'TEMPLATE_LIMIT',
  'VARIABLE_INVALID',
  'SLOT_INVALID',
  'ENCODING_INVALID',
  'VERSION_UNSATISFIED',
  'REPORT_INVALID',
  'JSON_INVALID',
  'REPORT_MISMATCH',
]);

const MODEL_FAULTS: ReadonlySet<string> = new Set([
  'MODEL_REFUSED',
  'MODEL_UNAVAILABLE',
  'VERSION_UNSATISFIED',
]);
