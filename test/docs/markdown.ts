/** A fenced block: what stands behind its fence, its text, and the line of its fence. */
export interface FencedBlock {
  readonly info: string;
  readonly text: string;
  readonly line: number;
}

export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    info: match[1] ?? '',
    text: match[2] ?? '',
    line: markdown.slice(0, match.index).split('\n').length,
  }));
}

/** The anchors that renderers give to the headings. */
export function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** The cells of every row of the tables whose first column has this heading. */
export function tableRows(markdown: string, heading: string): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  let inside = false;
  for (const line of markdown.split('\n')) {
    const cells = line.startsWith('|') ? cellsOf(line) : undefined;
    if (cells === undefined) inside = false;
    else if (inside && !/^-+$/.test(cells[0] ?? '')) rows.push(cells);
    else inside ||= cells[0] === heading;
  }
  return rows;
}

function cellsOf(row: string): readonly string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

/**
 * Requires the lines of a transcript in what was printed. `…` in a line stands for any text, a line of nothing but `…` for
 * any lines, and hex digits before a `…` for 64 of them: the same digits for the same, others for others.
 *
 * @throws Error naming the first line that is not there
 */
export function requireTranscript(shown: readonly string[], printed: readonly string[]): void {
  const digests = new Map<string, string>();
  let at = 0;
  let skip = false;
  for (const line of shown) {
    if (line === '…') {
      skip = true;
      continue;
    }
    const found = printed.findIndex((candidate, i) => i >= at && matches(line, candidate, digests));
    if (found < 0 || (!skip && found !== at)) {
      throw new Error(`shown:   ${line}\nprinted: ${printed[at] ?? '(nothing more)'}`);
    }
    at = found + 1;
    skip = false;
  }
  if (!skip && at !== printed.length) throw new Error(`printed, and not shown: ${printed[at] ?? ''}`);
}

function matches(shown: string, printed: string, digests: Map<string, string>): boolean {
  const names: string[] = [];
  const pattern = shown.split(/\b([0-9a-f]{4})…|…/).map((part, i) => {
    if (i % 2 === 0) return (part ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (part === undefined) return '.*';
    names.push(part);
    return '([0-9a-f]{64})';
  });
  const match = new RegExp(`^${pattern.join('')}$`).exec(printed);
  if (match === null) return false;
  const found = names.map((name, i) => [name, match[i + 1] ?? ''] as const);
  for (const [name, digest] of found) {
    const known = digests.get(name);
    const others = [...digests].filter(([other]) => other !== name).map(([, value]) => value);
    if ((known !== undefined && known !== digest) || others.includes(digest)) return false;
    digests.set(name, digest);
  }
  return true;
}
