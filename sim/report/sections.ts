import { type Bounds, boundNames, boundTexts, ratiosTo } from '../bounds/bound-names';
import { holdsObjective } from '../results/objective';
import type { RunResult, Summary } from '../results/result';
import { count, duration, goalPercent, instant, latency, partPercent, sharePercent, statedLatency, strategyWords, usd } from './figures';
import { escapeHtml, escapeKeepingNames } from './html';
import type { Coloured } from './pack';
import { lateRequests, slowestDetection, slowestRecovery, tilesOf, verdictOn } from './verdict';

/** Static parts of the page. Each takes one policy or all; what belongs to one policy is marked `data-policy`, so the page can show one at a time. */

const HELD_MARK = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5 6.5 12 13 4.5"/></svg>';
const MISSED_MARK = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8m0-8-8 8"/></svg>';

const stamp = (held: boolean): string =>
  `<span class="stamp ${held ? 'held' : 'missed'}">${held ? HELD_MARK : MISSED_MARK}${held ? 'Objective held' : 'Objective missed'}</span>`;

/** The verdict on one policy with its big figures, compared with the baseline where there is one. */
export const verdictSection = (summary: Summary, index: number, baseline?: Summary): string => {
  const verdict = verdictOn(summary, baseline);
  const names = [summary.policy, ...(baseline ? [baseline.policy] : []), ...summary.shortages.map((shortage) => shortage.pool)];
  const tiles = tilesOf(summary, baseline).map((tile) => {
    const tone = tile.better === undefined ? 'same' : tile.better ? 'better' : 'worse';
    const arrow = tile.better === undefined ? '' : `<span class="sr">${tile.better ? 'better: ' : 'worse: '}</span>`;
    const against = tile.against ? `<dd class="against ${tone}">${arrow}${escapeKeepingNames(tile.against, names)}</dd>` : '';
    return `<div class="tile"><dt>${escapeHtml(tile.label)}</dt><dd class="value">${escapeHtml(tile.value)}</dd><dd class="note">${escapeHtml(tile.note)}</dd>${against}</div>`;
  });
  return `<section class="verdict" data-policy="${index}" aria-label="Verdict on ${escapeHtml(summary.policy)}">
${stamp(verdict.held)}
<h1>${escapeKeepingNames(verdict.headline, names)}</h1>
<p class="lead">${escapeKeepingNames(verdict.sentences.join(' '), names)}</p>
<dl class="tiles">${tiles.join('\n')}</dl>
</section>`;
};

interface ComparedRow {
  readonly label: string;
  readonly text: (summary: Summary) => string;
  /** The less the better; left out where a figure is neither good nor bad. */
  readonly badness?: (summary: Summary) => number;
  /** Class of the cell. */
  readonly tone?: (summary: Summary) => string;
}

const afterShortage = (seconds: number | null | undefined): string =>
  seconds === undefined ? 'no shortage' : seconds === null ? 'never' : duration(seconds);

/** Not a number without a shortage: such a row has no best. */
const afterShortageBadness = (seconds: number | null | undefined): number =>
  seconds === undefined ? Number.NaN : (seconds ?? Number.MAX_VALUE);

const comparedRows = (objective: Summary['objective']): readonly ComparedRow[] => [
  {
    label: 'Objective',
    text: (summary) => (holdsObjective(summary) ? '\u2713 held' : '\u2715 missed'),
    tone: (summary) => (holdsObjective(summary) ? 'held' : 'missed'),
  },
  {
    label: `Answered within ${statedLatency(objective.latencySeconds)}`,
    text: (summary) => sharePercent(summary.attainment, objective.attainment),
    badness: (summary) => -summary.attainment,
  },
  {
    label: 'Worst five minutes',
    text: (summary) => sharePercent(summary.worstFiveMinutesAttainment),
    badness: (summary) => -summary.worstFiveMinutesAttainment,
  },
  { label: 'Failed requests', text: (summary) => count(summary.failed), badness: (summary) => summary.failed },
  { label: 'Late requests', text: (summary) => count(lateRequests(summary)), badness: lateRequests },
  { label: 'Requests', text: (summary) => count(summary.requests) },
  ...([50, 95, 99] as const).map((percentile) => ({
    label: `Latency p${percentile}`,
    text: (summary: Summary) => latency(summary.latencySeconds[`p${percentile}`]),
    badness: (summary: Summary) => summary.latencySeconds[`p${percentile}`] ?? Number.MAX_VALUE,
  })),
  { label: 'Cost', text: (summary) => usd(summary.costUsd) },
  {
    label: 'Cost per 1,000 requests',
    text: (summary) => (summary.costUsdPer1000Requests === null ? 'none answered' : usd(summary.costUsdPer1000Requests)),
    badness: (summary) => summary.costUsdPer1000Requests ?? Number.MAX_VALUE,
  },
  {
    label: 'Slowest detection',
    text: (summary) => afterShortage(slowestDetection(summary)),
    badness: (summary) => afterShortageBadness(slowestDetection(summary)),
  },
  {
    label: 'Last pool launched again',
    text: (summary) => afterShortage(slowestRecovery(summary)),
    badness: (summary) => afterShortageBadness(slowestRecovery(summary)),
  },
  { label: 'Strategy switches', text: (summary) => count(summary.switches) },
];

/** All policies side by side; the best of a row is marked. */
export const comparisonSection = (summaries: readonly Summary[]): string => {
  if (summaries.length < 2) return '';
  const rows = comparedRows(summaries[0]!.objective).map((row) => {
    const values = row.badness ? summaries.map(row.badness) : [];
    const best = Math.min(...values);
    const differ = values.some((value) => value !== values[0]);
    const cells = summaries.map((summary, index) => {
      const marked = differ && values[index] === best;
      const classes = [marked ? 'best' : '', row.tone?.(summary) ?? ''].filter(Boolean).join(' ');
      return `<td data-column="${index}"${classes ? ` class="${classes}"` : ''}>${escapeHtml(row.text(summary))}${marked ? '<span class="sr"> (best)</span>' : ''}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(row.label)}</th>${cells.join('')}</tr>`;
  });
  const heads = summaries.map((summary, index) => `<th scope="col" data-column="${index}">${escapeHtml(summary.policy)}</th>`);
  return `<section aria-labelledby="compared"><h2 id="compared">Policies compared</h2>
<p class="hint">Same scenario, same seed, so the same load and faults. The best of a row is in bold.</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="compared"><table class="compared"><thead><tr><td></td>${heads.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div></section>`;
};

/** What the scenario could have cost at least, and what each policy cost as a multiple of it. */
export const boundsSection = (summaries: readonly Summary[], bounds: Bounds | undefined): string => {
  if (bounds === undefined) return '';
  const rows = boundNames.flatMap((name) => {
    const least = bounds.usd[name];
    if (least === undefined) return [];
    const { label, meaning } = boundTexts[name];
    const cells = summaries.map(({ costUsd }, index) => {
      const ratio = ratiosTo(bounds, costUsd)[name];
      return `<td data-column="${index}">${ratio === undefined ? 'none' : `${ratio.toFixed(2)}\u00d7`}</td>`;
    });
    return [`<tr><th scope="row">${label}: ${meaning}</th><td>${usd(least)}</td>${cells.join('')}</tr>`];
  });
  const heads = summaries.map((summary, index) => `<th scope="col" data-column="${index}">${escapeHtml(summary.policy)}</th>`);
  const isUnmet = boundNames.some((name) => (bounds.unmetPart[name] ?? 0) > 0);
  return `<section aria-labelledby="bounds"><h2 id="bounds">Against the least possible cost</h2>
<p class="hint">What a buyer would have paid at least who knew load, prices and capacity in advance, and the cost of each policy as a multiple of it.${isUnmet ? ' For a part of the time no purchase could have given all that was asked for; then as much counts as could be had.' : ''}</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="bounds"><table class="compared"><thead><tr><td></td><th scope="col">Least cost</th>${heads.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div></section>`;
};

const SHORTAGES_SHOWN = 6;

/** The shortages one policy met: when they began, and how long until they were seen and the pool launched again. */
export const shortagesSection = ({ summary, series }: RunResult, index: number): string => {
  if (summary.shortages.length === 0) return '';
  const rows = summary.shortages.map((shortage) => {
    const span = series.shortages.find(
      ({ pool, fromSeconds, toSeconds }) =>
        pool === shortage.pool && fromSeconds <= shortage.startSeconds + 60 && shortage.startSeconds <= toSeconds,
    );
    const end = span?.toSeconds ?? shortage.startSeconds + 3600;
    return `<tr><th scope="row"><button type="button" class="jump" data-from="${shortage.startSeconds}" data-to="${end}">${escapeHtml(shortage.pool)}<span class="sr">: show in the timeline</span></button></th>
<td data-label="First refused (UTC)">${escapeHtml(instant(series.startTime, shortage.startSeconds))}</td><td data-label="Detected after">${shortage.detectedAfterSeconds === null ? 'never' : escapeHtml(duration(shortage.detectedAfterSeconds))}</td><td data-label="Launched again after">${shortage.recoveredAfterSeconds === null ? 'not before the end' : escapeHtml(duration(shortage.recoveredAfterSeconds))}</td></tr>`;
  });
  const head =
    '<thead><tr><th scope="col">Pool</th><th scope="col">First refused launch (UTC)</th><th scope="col">Detected after</th><th scope="col">Launched again after</th></tr></thead>';
  const table = (body: readonly string[]): string =>
    `<div class="scroll"><table class="shortages">${head}<tbody>${body.join('\n')}</tbody></table></div>`;
  const more = rows.slice(SHORTAGES_SHOWN);
  return `<section data-policy="${index}" aria-label="Shortages under ${escapeHtml(summary.policy)}"><h2>Shortages</h2>
${table(rows.slice(0, SHORTAGES_SHOWN))}${more.length > 0 ? `<details><summary>${count(more.length)} more</summary><div class="tall">${table(more)}</div></details>` : ''}</section>`;
};

const partsTable = (
  title: string,
  head: string,
  parts: Readonly<Record<string, number>>,
  text: (value: number) => string,
  colours: readonly Coloured[],
): string => {
  const total = Object.values(parts).reduce((sum, value) => sum + value, 0);
  const rows = Object.entries(parts).map(([name, value]) => {
    const known = colours.find((coloured) => coloured.name === name);
    const swatch = known ? `<i class="swatch" data-colour="${known.colour}" data-tint="${known.tint}"></i>` : '';
    return `<tr><th scope="row">${swatch}${escapeHtml(name)}</th><td>${escapeHtml(text(value))}</td><td>${total > 0 ? ((100 * value) / total).toFixed(1) : '0.0'}%</td></tr>`;
  });
  return `<div class="parts"><h3>${title}</h3><table><thead><tr><th scope="col">${head}</th><th scope="col">${title.split(' ')[0]}</th><th scope="col">Part</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
};

/** What the report is given beside the results. */
export interface ReportContext {
  /** The scenario's description. */
  readonly description?: string;
  /** Version of the package that ran it. */
  readonly version?: string;
  /** The least that the scenario could have cost. */
  readonly bounds?: Bounds;
  /** Pools by the name of the unit they can host, for the colours of pools; by default taken from the names. */
  readonly poolsByUnit?: Readonly<Record<string, readonly string[]>>;
}

/** The run's facts: what ran, on which load, for how long, and where requests and money went. */
export const factsSection = (
  { summary, series }: RunResult,
  index: number,
  context: ReportContext,
  colours: { readonly units: readonly Coloured[]; readonly pools: readonly Coloured[] },
): string => {
  const { objective } = summary;
  const total = Object.values(summary.strategies).reduce((sum, value) => sum + value, 0);
  const strategies = Object.entries(summary.strategies).map(
    ([strategy, seconds]) => `${strategyWords(strategy)} ${partPercent(seconds, total)}`,
  );
  const facts: [string, string | undefined][] = [
    ['Scenario', summary.scenario],
    ['What happens in it', context.description],
    ['Policy', summary.policy],
    ['Seed', String(summary.seed)],
    ['Begins', `${instant(series.startTime, 0)} UTC (${series.startTime})`],
    ['Measured', duration(summary.durationSeconds)],
    [
      'Objective',
      `${goalPercent(objective.attainment)} of requests within ${statedLatency(objective.latencySeconds)}; p${objective.percentile} is watched`,
    ],
    ['Control loop', `${count(summary.ticks)} ticks, ${count(summary.switches)} strategy switch${summary.switches === 1 ? '' : 'es'}`],
    ['Time by strategy', strategies.length > 0 ? strategies.join(', ') : undefined],
    ['Version', context.version && `cdk-adaptive-inference ${context.version}`],
  ];
  const list = facts.flatMap(([term, text]) => (text ? [`<div><dt>${term}</dt><dd>${escapeHtml(text)}</dd></div>`] : []));
  const command = `npx cdk-adaptive-inference simulate ${summary.scenario} --policy ${summary.policy} --seed ${summary.seed}`;
  return `<section data-policy="${index}" aria-label="Facts of the run of ${escapeHtml(summary.policy)}"><h2>About this run</h2>
<div class="about"><dl class="facts">${list.join('\n')}<div><dt>Run it again</dt><dd><code>${escapeHtml(command)}</code></dd></div></dl>
${partsTable('Requests by unit', 'Unit', summary.requestsByUnit, count, colours.units)}
${partsTable('Cost by pool', 'Pool', summary.costByPool, usd, colours.pools)}</div></section>`;
};
