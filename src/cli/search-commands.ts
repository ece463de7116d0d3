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
  const facets = [
    ...options.facet.map(facetOf),
    ...(['language', 'framework'] as const).flatMap((name): [string, string][] => {
      const value = options[name];
      return value === undefined ? [] : [[name, value]];
    }),
  ];
  const need: Need = {
    purpose,
    ...(options.domain === undefined ? {} : { domain: options.domain }),
    ...(options.intent === undefined ? {} : { intent: intentOf(options.intent) }),
    ...(facets.length === 0 ? {} : { facets: Object.fromEntries(facets) }),
  };
  const limits = {
    topK: countOf('--top-k', options.topK),
    minResults: countOf('--min-results', options.minResults),
  };
  const report = await search(session.workspaceHere(options), need, limits);
  session.answer(options, report, () =>
    options.explain === true ? explainText(report) : searchText(report),
  );
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
  if (report.matches.length === 0) return nothingText(report);
  const rows = report.matches.map((match) => [
    match.score.toFixed(3),
    `${match.pattern_id}@${match.version}`,
    match.domain,
    match.purpose,
  ]);
  return levelText(report) + columns([['SCORE', 'PATTERN', 'DOMAIN', 'PURPOSE'], ...rows]);
}

function levelText({ level, levels }: SearchReport): string {
  if (level === 'strict') return '';
  return `level: ${level} (${levels.map((one) => `${one.level} ${one.found}`).join(', ')})\n`;
}

function nothingText({ nearest, query }: SearchReport): string {
  const advice = 'nothing matches; `patterns list` shows what the bank has\n';
  const rows = nearest.map(({ pattern_id, version, similarity, threshold, lacks, purpose }) => [
    `  ${pattern_id}@${version}`,
    lacks.length > 0
      ? `lacks ${lacks.join(', ')}`
      : `similarity ${similarity.toFixed(3)} of ${threshold.toFixed(3)}`,
    purpose,
  ]);
  return rows.length === 0 ? advice : `${advice}nearest to "${query.purpose}":\n${columns(rows)}`;
}

/** Each match with what its score is made of, one part a line. */
function explainText(report: SearchReport): string {
  if (report.matches.length === 0) return nothingText(report);
  const blocks = report.matches.map((match, i) => {
    const { relevance, success, facets, similarity, score, threshold } = match;
    const rows = [
      ['  purpose', match.purpose],
      ['  signature', shownNumber(relevance.signature)],
      ['  body', shownNumber(relevance.body)],
      ['  words', shownNumber(relevance.lexical)],
      ['  similarity', `${similarity.toFixed(3)} (threshold of its domain ${threshold.toFixed(3)})`],
      [
        '  success',
        `${success.mean.toFixed(3)}, at least ${success.lower.toFixed(3)}, at most ${success.upper.toFixed(3)}`,
      ],
      ['  score', score.toFixed(3)],
      ['  facets', facetText({ domain: match.domain, intent: match.intent, ...facets })],
      ['  level', match.level],
    ];
    return `${i + 1}. ${match.pattern_id}@${match.version}\n${columns(rows)}`;
  });
  const by = report.degraded ? 'by words alone: there are no vectors\n' : '';
  return levelText(report) + by + blocks.join('\n');
}

function shownNumber(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(3);
}

function facetText(facets: Readonly<Record<string, string>>): string {
  return Object.entries(facets)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
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
