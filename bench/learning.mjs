// How fast the ranking learns: 100 patterns that answer one need about equally well, each with a hidden rate at which it
// works. Round after round the ranking picks one, it works or fails by that rate, and the outcome is recorded. Regret is
// the success lost against always taking the best. Compared: the ranking, one by similarity alone, and one that takes the
// observed mean for granted. The seeded runs give the same numbers everywhere; writes docs/learning.svg, or the file named.
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const PATTERNS = 100;
const ROUNDS = 2000;
const RUNS = 20;
const PARALLEL = 8;

const bundled = await build({
  stdin: {
    contents: `export { estimateSuccess, successFactor } from './src/learn/success.ts';
export { judge } from './src/learn/thresholds.ts';
export { DEFAULT_CONFIG } from './src/model/project-config.ts';`,
    resolveDir: '.',
  },
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
  banner: {
    js: "import{createRequire as __r}from'node:module';const require=__r(process.cwd()+'/package.json');",
  },
});
const { estimateSuccess, judge, successFactor, DEFAULT_CONFIG } = await import(
  `data:text/javascript;base64,${Buffer.from(bundled.outputFiles[0].text).toString('base64')}`
);

/** Numbers between 0 and 1 from a seed (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** As src/search/rank.ts has it. */
const score = (pattern) => pattern.similarity * successFactor(pattern.estimate, pattern.runs);

const POLICIES = {
  'similarity alone': (pattern) => pattern.similarity,
  'observed mean': (pattern) => (pattern.runs === 0 ? 1 : pattern.successes / pattern.runs),
  ranking: score,
  'ranking and quarantine': (pattern) => (pattern.quarantined ? -1 : score(pattern)),
};

/** What is expected of a pattern now, and whether it is withdrawn. */
function estimate(pattern) {
  pattern.estimate = estimateSuccess(pattern);
  if (judge('production', pattern, pattern.estimate, DEFAULT_CONFIG.thresholds)?.to === 'quarantined')
    pattern.quarantined = true;
}

function simulate(policy, seed) {
  const next = random(seed);
  const patterns = Array.from({ length: PATTERNS }, () => ({
    // Publishers declare what they hope for.
    declared: 0.9 + 0.1 * next(),
    rate: 0.3 + 0.69 * next(),
    similarity: 0.55 + 0.1 * next(),
    successes: 0,
    failures: 0,
    runs: 0,
    quarantined: false,
    estimate: undefined,
  }));
  for (const pattern of patterns) estimate(pattern);
  const best = Math.max(...patterns.map((pattern) => pattern.rate));
  const regret = [];
  let sum = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let chosen = patterns[0];
    let top = -Infinity;
    for (const pattern of patterns) {
      const value = policy(pattern);
      if (value > top) [chosen, top] = [pattern, value];
    }
    // Several projects build before the first outcome comes back.
    for (let i = 0; i < PARALLEL; i++) {
      if (next() < chosen.rate) chosen.successes += 1;
      else chosen.failures += 1;
      chosen.runs += 1;
    }
    estimate(chosen);
    sum += best - chosen.rate;
    regret.push(sum / (round + 1));
  }
  return regret;
}

const curves = Object.entries(POLICIES).map(([name, policy]) => {
  const runs = Array.from({ length: RUNS }, (_, seed) => simulate(policy, seed + 1));
  const mean = Array.from(
    { length: ROUNDS },
    (_, i) => runs.reduce((total, run) => total + run[i], 0) / RUNS,
  );
  return { name, mean };
});

console.log(`${PATTERNS} patterns, ${RUNS} seeds; mean regret a round so far, in points of success rate`);
const MARKS = [10, 50, 200, 500, 1000, 2000];
console.log(['after'.padEnd(24), ...MARKS.map((mark) => String(mark).padStart(7))].join(''));
for (const { name, mean } of curves)
  console.log(
    [name.padEnd(24), ...MARKS.map((mark) => (mean[mark - 1] * 100).toFixed(1).padStart(7))].join(''),
  );
writeFileSync(process.argv[2] ?? 'docs/learning.svg', plot());

function plot() {
  const [width, height, left, bottom] = [720, 360, 60, 46];
  const top = Math.max(...curves.flatMap((curve) => curve.mean.slice(9))) * 1.05;
  const x = (round) => left + (Math.log10(round) / Math.log10(ROUNDS)) * (width - left - 190);
  const y = (value) => 16 + (1 - value / top) * (height - bottom - 16);
  const colours = ['#8b949e', '#bf8700', '#0969da', '#1a7f37'];
  const lines = curves.map(({ mean }, i) => {
    const points = mean.flatMap((value, round) =>
      round < 100 || round % 20 === 0
        ? [`${x(round + 1).toFixed(1)},${y(Math.min(value, top)).toFixed(1)}`]
        : [],
    );
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colours[i]}" stroke-width="2"/>`;
  });
  // Labels keep apart, whatever the curves do.
  let free = height;
  const labels = curves
    .map(({ name, mean }, i) => ({ name, colour: colours[i], at: y(mean[ROUNDS - 1]) }))
    .sort((a, b) => b.at - a.at)
    .map(({ name, colour, at }) => {
      free = Math.min(at + 4, free - 16);
      return `<text x="${width - 182}" y="${free.toFixed(1)}" fill="${colour}">${name}</text>`;
    });
  const rounds = [1, 10, 100, 1000].map(
    (mark) =>
      `<line x1="${x(mark)}" x2="${x(mark)}" y1="16" y2="${height - bottom}" stroke="#8b949e" stroke-opacity=".25"/><text x="${x(mark)}" y="${height - bottom + 18}" text-anchor="middle" fill="#8b949e">${mark}</text>`,
  );
  const values = Array.from({ length: Math.floor(top * 10) + 1 }, (_, i) => i / 10).map(
    (mark) =>
      `<line x1="${left}" x2="${width - 190}" y1="${y(mark)}" y2="${y(mark)}" stroke="#8b949e" stroke-opacity=".25"/><text x="${left - 8}" y="${y(mark) + 4}" text-anchor="end" fill="#8b949e">${(mark * 100).toFixed(0)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Mean regret a round, in points of success rate, over rounds">
${[...rounds, ...values, ...lines, ...labels].join('\n')}
<text x="${(left + width - 190) / 2}" y="${height - 6}" text-anchor="middle" fill="#8b949e">rounds of ${PARALLEL} builds</text>
<text x="14" y="${(height - bottom) / 2}" text-anchor="middle" fill="#8b949e" transform="rotate(-90 14 ${(height - bottom) / 2})">mean regret, points</text>
</svg>
`;
}
