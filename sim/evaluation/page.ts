import { boundNames, boundTexts } from '../bounds/bound-names';
import { escapeHtml } from '../report/html';
import { amount, figuresWith, goalPercent, partPercent, sharePercent, usd } from '../results/figures';
import type { PolicyEvaluation, ScenarioEvaluation } from './evaluation';
import type { Estimate } from './statistics';

const { duration, statedLatency } = figuresWith('\u00a0');

const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLES = `:root { color-scheme: light dark; --ink: #16202b; --muted: #56626f; --line: #dde2e8; --page: #ffffff; --good: #00694c; --bad: #b03a00; --bar: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf2; --muted: #9fabb8; --line: #2a343f; --page: #0e1318; --good: #4fd1a5; --bad: #ff9a62; --bar: #2f8fd0; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 2rem auto; max-width: 78rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin-bottom: .25rem; }
p { color: var(--muted); } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--muted); font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } small { color: var(--muted); }`;

/** What the page says of itself. */
export interface PageContext {
  readonly version: string;
  /** The command that made it. */
  readonly command: string;
}

/** An evaluation as one HTML page that needs nothing else, and no script. The same results give the same bytes. */
export const evaluationPage = (evaluations: readonly ScenarioEvaluation[], { version, command }: PageContext): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<title>Evaluation</title>
<style>
${STYLES}
</style>
</head>
<body>
<h1>Evaluation</h1>
<p>Version ${escapeHtml(version)}. <code>${escapeHtml(command)}</code></p>
<p>In brackets: 95 % intervals over the seeds, by bootstrap. Ratios are of runs and bounds of the same seed.</p>
${evaluations.map(scenarioSection).join('\n')}
</body>
</html>
`;

const scenarioSection = (evaluation: ScenarioEvaluation): string => {
  const { scenario, objective, durationSeconds, policies } = evaluation;
  return `<section><h2>${escapeHtml(scenario)}</h2>
<p>${duration(durationSeconds)}; ${goalPercent(objective.attainment)} of requests within ${statedLatency(objective.latencySeconds)}</p>
<h3>Requests</h3>
${htmlTable(
  ['policy', 'within objective', 'least', 'worst five minutes', 'failed', 'objective met', 'shortage detected', 'launched again'],
  policies.map((policy) => requestCells(policy, objective.attainment)),
)}
<h3>Cost, and as a multiple of the least possible</h3>
${costTable(policies)}
<h3>What the money went for</h3>
${spendingTable(policies)}
</section>`;
};

const requestCells = (policy: PolicyEvaluation, goal: number): readonly string[] => {
  const isMet = policy.met === policy.seeds.length;
  return [
    escapeHtml(policy.policy),
    `<span class="${isMet ? 'good' : 'bad'}">${sharePercent(policy.attainment.mean, goal)}</span>`,
    sharePercent(policy.leastAttainment, goal),
    sharePercent(policy.worstFiveMinutesAttainment),
    amount(policy.failed),
    `${policy.met} of ${policy.seeds.length}`,
    policy.detectedAfterSeconds === null ? '-' : duration(policy.detectedAfterSeconds),
    policy.recoveredAfterSeconds === null ? '-' : duration(policy.recoveredAfterSeconds),
  ];
};

const costTable = (policies: readonly PolicyEvaluation[]): string => {
  const bounds = boundNames.filter((name) => policies.some(({ ratios }) => ratios[name] !== undefined));
  return htmlTable(
    ['policy', 'cost', ...bounds.map((name) => boundTexts[name].label), `against ${escapeHtml(policies[0]!.policy)}`],
    policies.map(({ policy, costUsd, ratios, costToFirst }) => [
      escapeHtml(policy),
      usd(costUsd.mean),
      ...bounds.map((name) => estimateCell(ratios[name])),
      estimateCell(costToFirst),
    ]),
  );
};

const estimateCell = (estimate: Estimate | undefined): string => {
  if (estimate === undefined) return '-';
  const { mean, low, high } = estimate;
  return low === high ? mean.toFixed(2) : `${mean.toFixed(2)} <small>(${low.toFixed(2)}\u2013${high.toFixed(2)})</small>`;
};

const spendingTable = (policies: readonly PolicyEvaluation[]): string =>
  htmlTable(
    [
      'policy',
      'serving',
      'idle and reserve',
      'start-up',
      'reclaimed',
      'empty',
      'of all, dearer than need be',
      'longest',
      'launches',
      'switches',
    ],
    policies.map(({ policy, spending, launches, switches }) => {
      const { servingUsd, idleUsd, startUpUsd, reclaimedUsd, emptyUsd, dearerUsd, longestDearerSeconds } = spending;
      const all = servingUsd + idleUsd + startUpUsd + reclaimedUsd + emptyUsd;
      const parts = [servingUsd, idleUsd, startUpUsd, reclaimedUsd, emptyUsd, dearerUsd].map((part) => partPercent(part, all));
      return [escapeHtml(policy), ...parts, duration(longestDearerSeconds), amount(launches), amount(switches)];
    }),
  );

const htmlTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => `<div class="scroll"><table>
<thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')}
</tbody></table></div>`;
