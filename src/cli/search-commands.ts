import { nameHint } from '../canon/nearest-name.ts';
import { evaluate } from '../commands/evaluate.ts';
import { search, type SearchReport } from '../commands/search.ts';
import { PatternsError } from '../model/error.ts';
import { type Intent, INTENTS } from '../model/pattern.ts';
import type { Need } from '../model/spec.ts';
import type { SearchFlags } from './program.ts';
import type { CommonOptions, Session } from './session.ts';
import { columns } from './text.ts';

export async function searchCommand(
  session: Session,
  purpose: string,
  options: CommonOptions & SearchFlags,
): Promise<void> {
  if (purpose.trim() === '')
    throw new PatternsError('USAGE', 'the purpose is empty', { hint: 'Say what the pattern is for.' });
  const need: Need = {
    purpose,
    ...(options.domain === undefined ? {} : { domain: options.domain }),
    ...(options.intent === undefined ? {} : { intent: intentOf(options.intent) }),
    ...(options.facet.length === 0 ? {} : { facets: Object.fromEntries(options.facet.map(facetOf)) }),
  };
  const limits = {
    topK: countOf('--top-k', options.topK),
    minResults: countOf('--min-results', options.minResults),
  };
  const report = await search(session.workspaceHere(options), need, limits);
  session.answer(options, report, () => searchText(report));
}

export async function evalCommand(session: Session, queries: string, options: CommonOptions): Promise<void> {
  const report = await evaluate(session.workspaceHere(options), session.absolute(queries));
  session.answer(options, report, () => {
    const misses = report.misses.map((miss) => [
      `  ${miss.expect} #${miss.rank ?? '-'}`,
      miss.found ?? '-',
      miss.query,
    ]);
    const { hit_at_1, hit_at_5, mrr } = report;
    return `${columns(misses)}hit@1 ${hit_at_1.toFixed(3)}  hit@5 ${hit_at_5.toFixed(3)}  mrr ${mrr.toFixed(3)}  queries ${report.queries}\n`;
  });
}

function searchText(report: SearchReport): string {
  if (report.matches.length === 0) return 'nothing matches; `patterns list` shows what the bank has\n';
  const rows = report.matches.map((match) => [
    match.score.toFixed(3),
    `${match.pattern_id}@${match.version}`,
    match.domain,
    match.purpose,
  ]);
  const level = report.level === 'strict' ? '' : `level: ${report.level}\n`;
  return level + columns([['SCORE', 'PATTERN', 'DOMAIN', 'PURPOSE'], ...rows]);
}

function intentOf(text: string): Intent {
  const intent = INTENTS.find((one) => one === text);
  if (intent !== undefined) return intent;
  throw new PatternsError('USAGE', `"${text}" is no intent`, { hint: nameHint(text, INTENTS, 'Intents') });
}

function facetOf(text: string): [string, string] {
  const [name, value] = text.split('=', 2);
  if (name !== undefined && value !== undefined && name !== '' && value !== '') return [name, value];
  throw new PatternsError('USAGE', `"${text}" is no facet`, {
    hint: 'Write name=value, for example language=python.',
  });
}

function countOf(option: string, text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw new PatternsError('USAGE', `${option} must be a whole number from 1 to 9999, found "${text}"`, {
    hint: `For example ${option} 5.`,
  });
}
