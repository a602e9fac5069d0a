import type { RunResult } from '../results/result';
import { readReportAssets } from './assets';
import { escapeHtml, jsonForScript } from './html';
import { packResults } from './pack';
import { boundsSection, comparisonSection, factsSection, type ReportContext, shortagesSection, verdictSection } from './sections';

/** Nothing is fetched: the browser itself refuses everything but what stands in the file. */
const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const checkSameRun = (results: readonly RunResult[]): void => {
  const first = results[0]?.summary;
  if (!first) throw new Error('A report needs the result of at least one run; none was given.');
  for (const { summary } of results) {
    if (summary.scenario !== first.scenario || summary.seed !== first.seed)
      throw new Error(
        `A report compares policies on one scenario and seed; given ${first.policy} on ${first.scenario} with seed ${first.seed} and ` +
          `${summary.policy} on ${summary.scenario} with seed ${summary.seed}. Write one report for each scenario and seed.`,
      );
  }
};

const policySwitch = (results: readonly RunResult[]): string => {
  if (results.length < 2) return '';
  const choices = results.map(
    ({ summary }, index) =>
      `<label><input type="radio" name="policy" value="${index}"${index === 0 ? ' checked' : ''}><span>${escapeHtml(summary.policy)}</span></label>`,
  );
  return `<fieldset class="switch needs-script"><legend class="sr">Policy shown</legend>${choices.join('')}</fieldset>`;
};

const timelineSection = `<section id="timeline" aria-labelledby="timeline-title"><h2 id="timeline-title">Timeline</h2>
<p class="hint needs-script"><span class="mouse">Drag across a plot to zoom, double-click to see the whole run. With the keyboard: focus a plot, then arrow keys move the crosshair, + and \u2212 zoom, 0 shows all.</span><span class="touch">Tap a plot or slide along it to read its values; zoom with the buttons.</span></p>
<noscript><p>The plots and the decision log need JavaScript; nothing is fetched from anywhere.</p></noscript>
<div class="toolbar needs-script" role="toolbar" aria-label="Time axis"><output id="readout"></output><div class="buttons">
<button type="button" data-zoom="earlier" aria-label="Earlier" title="Earlier"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10 3 5 8l5 5"/></svg></button>
<button type="button" data-zoom="in" aria-label="Zoom in" title="Zoom in"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 3v10M3 8h10"/></svg></button>
<button type="button" data-zoom="out" aria-label="Zoom out" title="Zoom out"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8h10"/></svg></button>
<button type="button" data-zoom="later" aria-label="Later" title="Later"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="m6 3 5 5-5 5"/></svg></button>
<button type="button" data-zoom="all">Whole run</button></div></div>
<div id="plots" class="needs-script"></div><p id="announcer" class="sr" aria-live="polite"></p></section>`;

const logSection = `<section id="log" class="needs-script" aria-labelledby="log-title"><h2 id="log-title">Decision log</h2>
<div class="filters"><label class="search"><span class="sr">Filter</span><input id="log-text" type="search" placeholder="Filter by what or why" autocomplete="off" spellcheck="false"></label>
<label><span class="sr">Strategy</span><select id="log-strategy"><option value="">Any strategy</option></select></label>
<label class="check"><input id="log-view" type="checkbox"><span>Only the time in view</span></label><output id="log-count"></output></div>
<table class="log"><thead><tr><th scope="col">When (UTC)</th><th scope="col">Strategy</th><th scope="col">What</th><th scope="col">Why</th></tr></thead><tbody id="log-rows"></tbody></table>
<p id="log-empty" hidden>No decision matches.</p><button id="log-more" type="button" hidden></button></section>`;

/**
 * The report of one or several policies that ran on the same scenario and seed, as one self-contained HTML file.
 *
 * The first result is the one in focus, the second its baseline. The same results give the same bytes.
 * @throws Error without a result, or where scenario or seed differ.
 */
export const renderReport = (results: readonly RunResult[], context: ReportContext = {}): string => {
  checkSameRun(results);
  const assets = readReportAssets();
  const data = packResults(results, context.poolsByUnit);
  const summaries = results.map((result) => result.summary);
  const scenario = summaries[0]!.scenario;
  const baselineOf = (index: number) => (index === 0 ? summaries[1] : summaries[0]);
  const title = `${scenario}: ${summaries.map((summary) => summary.policy).join(', ')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>
${assets.plotStyles}
${assets.styles}
</style>
</head>
<body>
<a class="skip" href="#timeline">Skip to the timeline</a>
<header class="bar"><div class="inner"><p class="scenario">${escapeHtml(scenario)}</p>${policySwitch(results)}<button id="theme" type="button" class="needs-script" aria-label="Switch between light and dark" title="Switch between light and dark"><svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="5.5"/><path class="solid" d="M8 2.5a5.5 5.5 0 0 1 0 11z"/></svg></button></div></header>
<main>
${summaries.map((summary, index) => verdictSection(summary, index, baselineOf(index))).join('\n')}
${comparisonSection(summaries)}
${boundsSection(summaries, context.bounds)}
${results.map(shortagesSection).join('\n')}
${timelineSection}
${logSection}
${results.map((result, index) => factsSection(result, index, context, data)).join('\n')}
</main>
<footer><p>Plots by uPlot, copyright 2022 Leon Sorokin, MIT licence; its notice stands in the source of this page.</p></footer>
<script type="application/json" id="data">${jsonForScript(data)}</script>
<script>
/*!
uPlot

${assets.plotLicence}
*/
${assets.plotScript}
</script>
<script>
'use strict';
${assets.scripts.join('\n')}
</script>
</body>
</html>
`;
};
