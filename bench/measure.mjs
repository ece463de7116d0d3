/**
 * Median time of an act, in milliseconds.
 * @param {number} runs
 * @param {() => unknown} act
 */
export function medianOf(runs, act) {
  return median(Array.from({ length: runs }, () => timeOf(act)));
}

/**
 * Medians of several acts that take turns, so that what slows the machine down slows all of them.
 * @template {string} Name
 * @param {number} runs
 * @param {Record<Name, () => unknown>} acts
 * @param {() => void} [before] put back what an act changes; not timed
 * @returns {Record<Name, number>}
 */
export function mediansOf(runs, acts, before = () => {}) {
  const times = Object.fromEntries(Object.keys(acts).map((name) => [name, []]));
  for (let i = 0; i < runs; i++) {
    for (const [name, act] of Object.entries(acts)) {
      before();
      times[name].push(timeOf(act));
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
}

function timeOf(act) {
  const start = process.hrtime.bigint();
  act();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

const HEAD =
  '| measure | found | yardstick | its value | ratio | goal | verdict |\n|---|---|---|---|---|---|---|';

/**
 * Prints rows of the table, all against one yardstick.
 * @param {string} title
 * @param {string} yardstick
 * @param {{ measure: string, ms: number, yardstick: number, goal: number }[]} rows
 */
export function report(title, yardstick, rows) {
  console.log(`\n## ${title}`);
  reportRows(
    rows.map(({ measure, ms, yardstick: by, goal }) => ({ measure, value: ms, yardstick, by, goal })),
  );
}

/**
 * Prints rows of the table. A row without a yardstick compares `value` itself with its goal.
 * @param {{ measure: string, value: number, unit?: string, yardstick?: string, by?: number, goal: number }[]} rows
 */
export function reportRows(rows) {
  console.log(`\n${HEAD}`);
  for (const { measure, value, unit = 'ms', yardstick, by, goal } of rows) {
    const ratio = by === undefined ? value : value / by;
    const verdict = ratio <= goal ? 'met' : 'missed';
    const against =
      by === undefined ? '– | – | –' : `${yardstick} | ${by.toFixed(0)} ${unit} | ${ratio.toFixed(2)}`;
    console.log(
      `| ${measure} | ${value.toFixed(0)} ${unit} | ${against} | ≤ ${goal}${by === undefined ? ` ${unit}` : ''} | ${verdict} |`,
    );
  }
}
