/**
 * Median time of an act, in milliseconds.
 * @param {number} runs
 * @param {() => unknown} act
 */
export function medianOf(runs, act) {
  const times = Array.from({ length: runs }, () => {
    const start = process.hrtime.bigint();
    act();
    return Number(process.hrtime.bigint() - start) / 1e6;
  }).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}

/**
 * Prints a table of ratios.
 * @param {string} title
 * @param {string} yardstick
 * @param {{ measure: string, ms: number, yardstick: number, goal: number }[]} rows
 */
export function report(title, yardstick, rows) {
  console.log(`\n## ${title} (yardstick: ${yardstick})\n`);
  console.log('| measure | median ms | yardstick ms | ratio | goal |\n|---|---|---|---|---|');
  for (const row of rows) {
    const ratio = row.ms / row.yardstick;
    console.log(
      `| ${row.measure} | ${row.ms.toFixed(1)} | ${row.yardstick.toFixed(1)} | ${ratio.toFixed(2)} | ≤ ${row.goal} ${ratio <= row.goal ? 'met' : 'MISSED'} |`,
    );
  }
}
