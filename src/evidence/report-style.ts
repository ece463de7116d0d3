/** The style of report.html: readable on paper, on a phone, and in the dark; no font, image or script is loaded. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --band: #f6f8fa; --mark: #fff4ce;
  --mark-ink: #6a4a00; --link: #0b57c2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --line: #363d47; --paper: #11151a; --band: #1a2027;
  --mark: #4a3a0c; --mark-ink: #ffe08a; --link: #7ab7ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; list-style: none; padding: 0; margin: 1rem 0 0; }
code, .digest { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .86em; }
.soft { color: var(--soft); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; margin: 1rem 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; overflow-wrap: normal; }
caption { text-align: left; color: var(--soft); padding: .2rem 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .7rem .4rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; white-space: nowrap; }
td.wide { overflow-wrap: anywhere; min-width: 11rem; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.llm td { background: var(--mark); color: var(--mark-ink); }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: .3rem; padding: 0 .4rem; font-size: .8rem; white-space: nowrap; }
.note { background: var(--band); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .9rem; margin: 1rem 0; }
.note.llm { background: var(--mark); color: var(--mark-ink); }
pre { background: var(--band); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .9rem; overflow-x: auto;
  font-size: .86rem; }
@media (max-width: 40rem) { .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .6rem; } body { padding: 1rem .8rem 3rem; } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --band: #fff; --mark: #fff;
  --mark-ink: #000; --link: #000; } body { max-width: none; padding: 0; font-size: 10pt; } nav { display: none; } .table { overflow: visible; }
  table { font-size: 8.5pt; overflow-wrap: anywhere; } thead { display: table-header-group; } tr, .note, pre { break-inside: avoid; }
  h2 { break-after: avoid; } pre { white-space: pre-wrap; } tr.llm td { font-weight: 700; } td.wide { min-width: 0; } }
`;
