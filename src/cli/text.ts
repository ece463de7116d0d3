/** Rows as columns that line up, two spaces between them; the last column runs free. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `14 bank, 2 static`: the tiers that answered. */
export function tierText(tiers: Readonly<Record<string, number>>): string {
  const parts = Object.entries(tiers).filter(([, count]) => count > 0);
  return parts.map(([tier, count]) => `${count} ${tier}`).join(', ') || 'none';
}
