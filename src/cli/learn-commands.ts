import { feedback, type FeedbackReport } from '../commands/feedback.ts';
import { PatternsError } from '../model/error.ts';
import { RUN_TOOLS, type RunTool } from '../model/observed-run.ts';
import type { FeedbackFlags } from './program.ts';
import type { CommonOptions, Session } from './session.ts';
import { plural } from './text.ts';

export async function feedbackCommand(
  session: Session,
  reports: readonly string[],
  options: CommonOptions & FeedbackFlags,
): Promise<void> {
  const paths = reports.map((report) => session.absolute(report));
  const tree = options.tree === undefined ? undefined : session.absolute(options.tree);
  const workspace = session.workspace(options, tree ?? paths[0] ?? session.absolute('any'));
  const report = await feedback(workspace, {
    reports: paths,
    tree,
    tool: toolOf(options.tool),
    environment: options.environment ?? 'unknown',
  });
  session.answer(options, report, () => feedbackText(report));
}

function toolOf(name: string | undefined): RunTool | undefined {
  if (name === undefined) return undefined;
  const tool = RUN_TOOLS.find((one) => one === name);
  if (tool !== undefined) return tool;
  throw new PatternsError('USAGE', `--tool ${name} is not known`, {
    hint: `Tools: ${RUN_TOOLS.join(', ')}.`,
  });
}

function feedbackText(report: FeedbackReport): string {
  const lines = report.reports.flatMap((one) => [
    `${one.report} (${one.tool}): ${one.failed.length} failed, ${one.succeeded.length} succeeded\n`,
    ...one.failed.map(({ pattern, place, what }) => `  ${pattern}: ${what} at ${place}\n`),
    ...one.unattributed.map((what) => `  of nobody known: ${what}; so nobody is credited\n`),
  ]);
  const changed = report.changed.map(
    (one) => `${one.pattern_id}@${one.version}: ${one.from} → ${one.to} (${one.reason})\n`,
  );
  return [
    ...lines,
    `${report.bank}: ${plural(report.recorded, 'outcome')} recorded, ${report.known} known before\n`,
    ...changed,
  ].join('');
}
