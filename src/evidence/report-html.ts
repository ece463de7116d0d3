import { type ManifestFile, MANIFEST_NAME, type Span } from '../model/manifest.ts';
import { digestHex } from '../model/digest.ts';
import { formatRef, productionReadinessScore, type Tier } from '../model/pattern.ts';
import { Html, html } from '../pages/markup.ts';
import type { PackageFacts } from './package-facts.ts';
import { REPORT_STYLE } from './report-style.ts';
import { bagRoot } from './verify-guide.ts';

const TIER_TEXT: Readonly<Record<Tier, string>> = {
  golden: 'golden store',
  bank: 'bank',
  static: 'built-in template',
  llm: 'written by a language model',
};

/** `report.html`: the package for a reader who knows nothing of it. One file, no script, nothing loaded. */
export function writeReport(facts: PackageFacts): string {
  const { manifest } = facts;
  const title = `${manifest.name} ${manifest.version}: what was generated, and from what`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(REPORT_STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="soft">Evidence package, format 1, packed by patternbank ${facts.version}. It needs no trust in this page: see <a href="#verify">how to verify</a>.</p>
<nav aria-label="Sections"><ul><li><a href="#patterns">Patterns</a></li><li><a href="#choice">Why these</a></li><li><a href="#policy">Policy</a></li><li><a href="#files">Files</a></li><li><a href="#dependencies">Dependencies</a></li><li><a href="#reports">Reports</a></li><li><a href="#verify">How to verify</a></li></ul></nav>
</header>
<main>
${summary(facts)}
${patterns(facts)}
${choices(facts)}
${policy(facts)}
${files(facts)}
${dependencies(facts)}
${reports(facts)}
${howToVerify(facts)}
</main>
</body>
</html>
`;
  return page.text;
}

function summary({ manifest }: PackageFacts): Html {
  const frozen = manifest.patterns.map((pattern) => pattern.frozen_at).sort();
  const [first = 'none', last = first] = [frozen[0], frozen.at(-1)];
  const written = manifest.patterns.filter((pattern) => pattern.tier === 'llm');
  const tiers = new Map(manifest.patterns.map((pattern) => [formatRef(pattern), pattern.tier]));
  const lines = (keep: (span: Span) => boolean): number =>
    manifest.files.reduce(
      (sum, file) => sum + file.spans.filter(keep).reduce((n, span) => n + span.end - span.start + 1, 0),
      0,
    );
  const llm =
    written.length === 0
      ? html`<p class="note">No part of it was written by a language model.</p>`
      : html`<p class="note llm"><strong>Written by a language model:</strong> ${written.length} of ${manifest.patterns.length} patterns, ${lines((span) => tiers.get(formatRef(span)) === 'llm')} of ${lines(() => true)} lines. They are marked below. Their text is frozen like any other.</p>`;
  return html`<section aria-label="Summary">
<p>${manifest.files.length} files were generated from ${manifest.patterns.length} patterns. A pattern is a template with a version; it is frozen from the time given below, and the same patterns and spec give the same bytes again.</p>
${llm}
<dl class="facts">
<dt>Files</dt><dd>${manifest.files.length}, ${manifest.files.reduce((sum, file) => sum + file.size, 0)} bytes</dd>
<dt>Patterns frozen</dt><dd>${first === last ? first : html`${first} to ${last}`}</dd>
<dt>Output digest</dt><dd class="digest">${manifest.output_digest}</dd>
<dt>Spec</dt><dd class="digest">${manifest.spec}</dd>
<dt>Render contract</dt><dd>${manifest.renderContract}</dd>
</dl>
</section>`;
}

function patterns({ manifest, recordOf }: PackageFacts): Html {
  const rows = manifest.patterns.map((pattern) => {
    const { signature, quality } = recordOf(pattern);
    const readiness = productionReadinessScore(quality, quality.success_rate);
    const blob = digestHex(pattern.digest);
    return html`<tr${llmClass(pattern.tier)}><td><strong>${formatRef(pattern)}</strong><br><span class="soft">${signature.purpose}</span></td><td>${tierTag(pattern.tier)}</td><td>${pattern.frozen_at}</td><td class="n">${percent(quality.success_rate)}</td><td class="n">${percent(quality.test_coverage)}</td><td>${quality.security_level}</td><td class="n">${percent(readiness)}</td><td class="wide"><a class="digest" href="golden/blobs/sha256/${blob.slice(0, 2)}/${blob.slice(2)}">${pattern.digest}</a></td></tr>
`;
  });
  return html`<section id="patterns">
<h2>Patterns</h2>
<div class="table"><table>
<caption>Quality as declared when the pattern was frozen. Readiness is 40% success, 30% coverage, 20% security, 10% observability.</caption>
<thead><tr><th>Pattern</th><th>From</th><th>Frozen</th><th class="n">Success</th><th class="n">Coverage</th><th>Security</th><th class="n">Readiness</th><th>Digest</th></tr></thead>
<tbody>
${rows}</tbody></table></div>
</section>`;
}

function choices({ manifest, resolutions }: PackageFacts): Html {
  const rows = manifest.pins.map((pin) => {
    const known = resolutions.find(
      (one) => one.requirement === pin.requirement && formatRef(one) === formatRef(pin),
    );
    return html`<tr><td class="wide"><code>${pin.requirement}</code></td><td>${formatRef(pin)}</td><td class="wide">${known?.reason ?? 'not recorded'}</td></tr>
`;
  });
  return html`<section id="choice">
<h2>Why these patterns</h2>
<div class="table"><table>
<thead><tr><th>Asked for</th><th>Taken</th><th>Reason, as recorded when it was locked</th></tr></thead>
<tbody>
${rows}</tbody></table></div>
</section>`;
}

function policy(facts: PackageFacts): Html {
  const rows = Object.entries(facts.policy).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(', ') : String(value);
    return html`<tr><td><code>${name}</code></td><td>${text}</td></tr>
`;
  });
  return html`<section id="policy">
<h2>Policy in force</h2>
<p>What a pattern had to be to be taken. It is part of the spec.</p>
<div class="table"><table>
<thead><tr><th>Rule</th><th>Value</th></tr></thead>
<tbody>
${rows}</tbody></table></div>
</section>`;
}

function files({ manifest }: PackageFacts): Html {
  const tiers = new Map(manifest.patterns.map((pattern) => [formatRef(pattern), pattern.tier]));
  return html`<section id="files">
<h2>Files</h2>
<div class="table"><table>
<caption>Each line of a file was written by one pattern. <code>${MANIFEST_NAME}</code> lists the same with digests.</caption>
<thead><tr><th>File</th><th class="n">Bytes</th><th>Lines and the patterns that wrote them</th></tr></thead>
<tbody>
${manifest.files.map((file) => fileRow(file, tiers))}</tbody></table></div>
</section>`;
}

function fileRow(file: ManifestFile, tiers: ReadonlyMap<string, Tier>): Html {
  let llm = false;
  const spans = file.spans.map((span) => {
    const ref = formatRef(span);
    const range = span.start === span.end ? String(span.start) : `${span.start}–${span.end}`;
    if (tiers.get(ref) !== 'llm') return html`${range} ${ref}`.text;
    llm = true;
    return html`${range} ${ref} ${tierTag('llm')}`.text;
  });
  const href = `output/${file.path.split('/').map(encodeURIComponent).join('/')}`;
  const lines = new Html(spans.length === 0 ? 'no lines' : spans.join('<br>'));
  return html`<tr${llmClass(llm ? 'llm' : undefined)}><td class="wide"><a href="${href}">${file.path}</a></td><td class="n">${file.size}</td><td>${lines}</td></tr>
`;
}

function dependencies(facts: PackageFacts): Html {
  const rows = facts.dependencies.map(
    (one) => html`<tr><td>${one.name}</td><td>${one.version}</td><td class="wide">${one.file}</td></tr>
`,
  );
  return html`<section id="dependencies">
<h2>Dependencies that the files pin</h2>
${
  rows.length === 0
    ? html`<p>None was found.</p>`
    : html`<div class="table"><table>
<caption>Exact versions alone. <a href="sbom.cdx.json">sbom.cdx.json</a> has the same and the patterns, in CycloneDX.</caption>
<thead><tr><th>Name</th><th>Version</th><th>Pinned in</th></tr></thead>
<tbody>
${rows}</tbody></table></div>`
}
</section>`;
}

function reports(facts: PackageFacts): Html {
  const handedIn = facts.byproducts.filter(({ path }) => path.startsWith('data/reports/'));
  const rows = handedIn.map(
    ({
      path,
      size,
    }) => html`<li><a href="${path.slice('data/'.length)}">${path.slice('data/reports/'.length)}</a>, ${size} bytes${smokeText(facts, path)}</li>
`,
  );
  return html`<section id="reports">
<h2>How it fared</h2>
${
  rows.length === 0
    ? html`<p>No report of a smoke test or of tests was packed.</p>`
    : html`<p>Reports as they were handed in at packing, with private names taken out.</p><ul>
${rows}</ul>`
}
</section>`;
}

function smokeText({ smoke }: PackageFacts, path: string): string {
  const report = smoke.find((one) => one.path === path);
  if (report === undefined) return '';
  const { verdict, operations, calls, failed, environment } = report;
  return `: smoke test ${verdict}, ${calls - failed} of ${calls} calls of ${operations} operations as expected, on ${environment}`;
}

function howToVerify({ manifest }: PackageFacts): Html {
  return html`<section id="verify">
<h2>How to verify</h2>
<p>A page can say anything. These commands check it, with tools that are not ours. <code>VERIFY.md</code> in the folder above says what each proves and what it does not.</p>
<pre>sha256sum -c PACKAGE.tar.sha256                       # the archive that was published
cosign verify-blob-attestation --key signer.pub --bundle PACKAGE.tar.sigstore.json \\
  --type slsaprovenance1 --insecure-ignore-tlog PACKAGE.tar      # somebody vouches for it
tar -xf PACKAGE.tar &amp;&amp; cd ${bagRoot(manifest)} &amp;&amp; sh verify.sh    # nothing changed, missing or added
patterns evidence verify PACKAGE.tar --key signer.pub  # all of it, and rendered again</pre>
</section>`;
}

function tierTag(tier: Tier): Html {
  return html`<span class="tag">${TIER_TEXT[tier]}</span>`;
}

function llmClass(tier: Tier | undefined): Html {
  return tier === 'llm' ? html` class="llm"` : html``;
}

function percent(rate: number): string {
  return `${Math.round(rate * 100)}%`;
}
