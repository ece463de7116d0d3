import type { DayMetrics, VersionMetrics } from '../model/metrics.ts';
import { escapeHtml } from './html.ts';

const WIDTH = 160;
const place = (share: number) => (4 + share * (WIDTH - 8)).toFixed(1);

/** A version's interval with its mean, from 0 to 1. */
export function interval(success: VersionMetrics['success']): string {
  const { lower, mean, upper } = success;
  const label = `expected ${percent(mean)}, between ${percent(lower)} and ${percent(upper)}`;
  return `<svg width="${WIDTH}" height="18" role="img" aria-label="${label}"><title>${label}</title><line x1="4" x2="${WIDTH - 4}" y1="9" y2="9" stroke="var(--line)"/><line x1="${place(lower)}" x2="${place(upper)}" y1="9" y2="9" stroke="var(--soft)" stroke-width="8" stroke-linecap="round"/><circle cx="${place(mean)}" cy="9" r="4" fill="var(--accent)"/></svg>`;
}

const BAR = 18;
const HEIGHT = 120;
/** Older days are left out, so that the page stays a page. */
const MAX_DAYS = 90;

/** Builds, successes and failures by day, as three bars each. */
export function daysChart(days: readonly DayMetrics[]): string {
  const shown = days.slice(-MAX_DAYS);
  if (shown.length === 0) return '<p class="dim">Nothing has been reported yet.</p>';
  const most = Math.max(1, ...shown.flatMap((day) => [day.usage, day.successes, day.failures]));
  const width = 60 + shown.length * (BAR * 3 + 12);
  const bars = shown.map((day, i) => {
    const x = 40 + i * (BAR * 3 + 12);
    const bar = (value: number, slot: number, colour: string) => {
      const height = (value / most) * HEIGHT;
      return `<rect x="${x + slot * BAR}" y="${(10 + HEIGHT - height).toFixed(1)}" width="${BAR - 2}" height="${height.toFixed(1)}" fill="var(--${colour})"/>`;
    };
    const title = `${day.day}: ${day.usage} builds, ${day.successes} successes, ${day.failures} failures`;
    return `<g><title>${title}</title>${bar(day.usage, 0, 'accent')}${bar(day.successes, 1, 'good')}${bar(day.failures, 2, 'bad')}<text x="${x}" y="${HEIGHT + 28}">${day.day.slice(5)}</text></g>`;
  });
  return `<p><span style="color:var(--accent)">■</span> builds <span class="good">■</span> successes <span class="bad">■</span> failures</p>
<div class="wide"><svg width="${width}" height="${HEIGHT + 36}" role="img" aria-label="Builds, successes and failures by day"><text x="0" y="20">${most}</text><text x="0" y="${HEIGHT + 10}">0</text><line x1="36" x2="${width}" y1="${HEIGHT + 10}" y2="${HEIGHT + 10}" stroke="var(--line)"/>${bars.join('')}</svg></div>
`;
}

/** A derivation graph laid out in columns by depth. */
export interface DrawnGraph {
  readonly nodes: readonly { readonly ref: string; readonly depth: number; readonly withdrawn: boolean }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

const COLUMN = 240;
const ROW = 44;

export function graphChart(graph: DrawnGraph): string {
  if (graph.nodes.length === 0) return '<p class="dim">No version was made from another.</p>';
  const rows = new Map<number, number>();
  const places = new Map<string, { x: number; y: number }>();
  for (const { ref, depth } of graph.nodes) {
    const row = rows.get(depth) ?? 0;
    rows.set(depth, row + 1);
    places.set(ref, { x: 8 + depth * COLUMN, y: 8 + row * ROW });
  }
  const height = Math.max(...rows.values()) * ROW + 8;
  const width = (Math.max(...rows.keys()) + 1) * COLUMN;
  const edges = graph.edges.flatMap(({ from, to }) => {
    const [a, b] = [places.get(from), places.get(to)];
    if (a === undefined || b === undefined) return [];
    return [
      `<path d="M${a.x + 200} ${a.y + 15} C${a.x + 220} ${a.y + 15} ${b.x - 20} ${b.y + 15} ${b.x - 4} ${b.y + 15}" fill="none" stroke="var(--dim)" marker-end="url(#arrow)"/>`,
    ];
  });
  const nodes = graph.nodes.map(({ ref, withdrawn }) => {
    const { x, y } = places.get(ref) ?? { x: 0, y: 0 };
    const short = ref.length > 27 ? `${ref.slice(0, 26)}…` : ref;
    return `<g><title>${escapeHtml(ref)}</title><rect x="${x}" y="${y}" width="200" height="30" rx="6" fill="var(--card)" stroke="var(--${withdrawn ? 'bad' : 'line'})"/><text x="${x + 10}" y="${y + 20}">${escapeHtml(short)}</text></g>`;
  });
  return `<div class="wide"><svg width="${width}" height="${height}" role="img" aria-label="Which version was made from which"><defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="var(--dim)"/></marker></defs>${edges.join('')}${nodes.join('')}</svg></div>
`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
