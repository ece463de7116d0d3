import type { BankEntry, PatternBank } from '../bank/pattern-bank.ts';
import { outcomeId } from '../learn/attribution.ts';
import { judge } from '../learn/thresholds.ts';
import { PatternsError } from '../model/error.ts';
import type { RunFailure, RunTool } from '../model/observed-run.ts';
import type { Outcome } from '../model/outcome.ts';
import { formatRef, type PatternRef, type Status } from '../model/pattern.ts';
import { type AttributedRun, findTree, readRun, readTree, type Tree } from './read-run.ts';
import { trackRecords } from './track-record.ts';
import { noteUnattributed } from './unattributed.ts';
import { sendUsage } from './usage-outbox.ts';
import type { Workspace } from './workspace.ts';

export interface FeedbackOptions {
  /** Absolute paths. */
  readonly reports: readonly string[];
  /** Absolute path of the generated tree; each report's own by default. */
  readonly tree: string | undefined;
  readonly tool: RunTool | undefined;
  /** Where the runs were made, for reports that do not say. */
  readonly environment: string;
}

/** What was learnt of one report. */
export interface ReportFeedback {
  readonly report: string;
  readonly tool: RunTool;
  readonly digest: string;
  readonly generation: string;
  /** `id@version` → where the first failure points, and what failed. */
  readonly failed: readonly { readonly pattern: string; readonly place: string; readonly what: string }[];
  readonly succeeded: readonly string[];
  readonly unattributed: readonly string[];
}

export interface StatusChanged extends PatternRef {
  readonly from: Status;
  readonly to: Status;
  readonly reason: string;
}

export interface FeedbackReport {
  readonly bank: string;
  readonly reports: readonly ReportFeedback[];
  /** Outcomes that are new, and those that the journal had. */
  readonly recorded: number;
  readonly known: number;
  readonly changed: readonly StatusChanged[];
}

/**
 * Turns reports into outcomes of pattern versions, and applies the thresholds to what they concern. All reports are read
 * and attributed before the first outcome is recorded; a report that the journal knows records nothing.
 *
 * @throws PatternsError REPORT_INVALID, REPORT_MISMATCH also for versions that the bank does not have
 */
export async function feedback(workspace: Workspace, options: FeedbackOptions): Promise<FeedbackReport> {
  const { thresholds } = workspace.config();
  const given = options.tree === undefined ? undefined : readTree(workspace, options.tree);
  const runs: (AttributedRun & { readonly tree: Tree })[] = [];
  for (const report of options.reports) {
    const tree = given ?? findTree(workspace, report);
    runs.push({ ...(await readRun(workspace, tree, report, options.tool)), tree });
  }
  const now = workspace.host.now();
  return workspace.bank.use(async (bank) => {
    await sendUsage(workspace, bank);
    const concerned = runs.flatMap(({ attribution }) => [...attribution.failed, ...attribution.succeeded]);
    const ids = [...new Set(concerned.map((ref) => ref.pattern_id))];
    const entries = await bank.versionsOf(ids);
    for (const run of runs) requireKnown(run, run.tree, entries, bank.address);
    const outcomes = runs.flatMap((run) => outcomesOf(workspace, run, now, options.environment));
    const { recorded, known } = await bank.record(outcomes);
    for (const { run, attribution } of runs) {
      if (run.tool === 'smoke' && attribution.unattributed.length > 0)
        noteUnattributed(workspace, run.report, now);
    }
    const refs = new Set(concerned.map(formatRef));
    const changed = await applyThresholds(bank, refs, ids, (entry, estimate) =>
      judge(entry.status, entry.counts, estimate, thresholds),
    );
    for (const change of changed) await bank.setStatus({ ...change, at: now });
    return { bank: bank.address, reports: runs.map(summaryOf), recorded, known, changed };
  });
}

type Judge = (entry: BankEntry, estimate: Parameters<typeof judge>[2]) => ReturnType<typeof judge>;

/** What the thresholds make of the versions, read anew, outcomes of other processes included. */
async function applyThresholds(
  bank: PatternBank,
  refs: ReadonlySet<string>,
  ids: readonly string[],
  verdictOf: Judge,
): Promise<readonly StatusChanged[]> {
  const entries = await bank.versionsOf(ids);
  const records = await trackRecords(bank, entries);
  return entries.flatMap((entry) => {
    const track = records.get(formatRef(entry));
    const verdict =
      track === undefined || !refs.has(formatRef(entry)) ? undefined : verdictOf(entry, track.estimate);
    if (verdict === undefined) return [];
    const { pattern_id, version, status } = entry;
    return [{ pattern_id, version, from: status, ...verdict }];
  });
}

function requireKnown(
  { label, attribution }: AttributedRun,
  tree: Tree,
  entries: readonly BankEntry[],
  address: string,
): void {
  const digests = new Map(entries.map((entry) => [formatRef(entry), entry.digest]));
  const frozen = new Map(tree.manifest.patterns.map((pattern) => [formatRef(pattern), pattern.digest]));
  const refs = [...attribution.failed, ...attribution.succeeded].map(formatRef);
  const unknown = refs.filter((ref) => !digests.has(ref));
  if (unknown.length > 0) {
    throw new PatternsError(
      'REPORT_MISMATCH',
      `${label} is about versions that ${address} does not have: ${unknown.join(', ')}`,
      {
        hint: 'Publish them first: `patterns migrate` publishes the built-in templates.',
        details: { unknown },
      },
    );
  }
  const other = refs.find((ref) => digests.get(ref) !== frozen.get(ref));
  if (other === undefined) return;
  throw new PatternsError(
    'REPORT_MISMATCH',
    `${label} is about ${other} as ${frozen.get(other)}, and ${address} has it as ${digests.get(other)}`,
    { hint: 'Name the bank that the tree was built from with --bank.', details: { pattern: other } },
  );
}

/** A clock that runs ahead of ours must not stamp outcomes with a time that has not come. */
function timeOf(workspace: Workspace, { run, label }: AttributedRun, now: string): string {
  if (run.at === undefined) return now;
  if (run.at <= now) return run.at;
  workspace.notify(`${label} ends at ${run.at}, which has not come; its outcomes are stamped ${now}`);
  return now;
}

function outcomesOf(
  workspace: Workspace,
  attributed: AttributedRun & { readonly tree: Tree },
  now: string,
  environment: string,
): readonly Outcome[] {
  const { run, attribution, tree } = attributed;
  const at = timeOf(workspace, attributed, now);
  const outcome = (ref: PatternRef, kind: 'success' | 'failure', evidence: string): Outcome => ({
    id: outcomeId({ ...run, generation: tree.generation }, ref, kind),
    pattern_id: ref.pattern_id,
    version: ref.version,
    kind,
    count: 1,
    at,
    generation: tree.generation,
    report: run.report,
    environment: run.environment ?? environment,
    evidence: `${run.tool}: ${evidence}`,
  });
  return [
    ...attribution.failed.map((blame) =>
      outcome(blame, 'failure', `${whatFailed(blame.failures)} at ${blame.place}`),
    ),
    ...attribution.succeeded.map((ref) => outcome(ref, 'success', 'ran clean')),
  ];
}

/** Classes and what was tried; no messages, which may hold data of the run. */
function whatFailed(failures: readonly RunFailure[]): string {
  const [first] = failures;
  const more = failures.length > 1 ? ` and ${failures.length - 1} more` : '';
  return `${first?.class ?? 'Failed'} in ${first?.what ?? 'the run'}${more}`.slice(0, 500);
}

function summaryOf({
  label,
  run,
  attribution,
  tree,
}: AttributedRun & { readonly tree: Tree }): ReportFeedback {
  return {
    report: label,
    tool: run.tool,
    digest: run.report,
    generation: tree.generation,
    failed: attribution.failed.map((blame) => ({
      pattern: formatRef(blame),
      place: blame.place,
      what: whatFailed(blame.failures),
    })),
    succeeded: attribution.succeeded.map(formatRef),
    unattributed: attribution.unattributed.map((one) => `${one.class} in ${one.what}`),
  };
}
