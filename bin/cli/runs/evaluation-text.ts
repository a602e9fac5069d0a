import { type BoundName, boundNames, boundTexts } from '../../../sim/bounds/bound-names';
import type { PolicyEvaluation, ScenarioEvaluation } from '../../../sim/evaluation/evaluation';
import type { Estimate } from '../../../sim/evaluation/statistics';
import { amount, duration, goalPercent, NONE, orNone, partPercent, sharePercent, statedLatency, usd } from '../text/numbers';
import type { Style } from '../text/style';
import { table } from '../text/table';

/** An evaluation as tables: for each scenario requests, cost against the bounds, and what the money went for. */
export const evaluationText = (evaluations: readonly ScenarioEvaluation[], style: Style): string =>
  `${evaluations.map((evaluation) => scenarioText(evaluation, style)).join('\n\n')}\n`;

const scenarioText = (evaluation: ScenarioEvaluation, style: Style): string => {
  const { scenario, objective, durationSeconds, policies } = evaluation;
  const seeds = Math.max(...policies.map((policy) => policy.seeds.length));
  const title = `${scenario}, ${duration(durationSeconds)}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}: ${goalPercent(objective.attainment)} of requests within ${statedLatency(objective.latencySeconds)}`;
  return [style('bold', title), '', requestTable(evaluation), '', costTable(evaluation), '', spendingTable(evaluation)].join('\n');
};

const requestTable = ({ policies, objective }: ScenarioEvaluation): string =>
  table(
    [
      ['requests', 'within objective', 'least', 'worst 5 min', 'failed', 'met', 'detected', 'launched again'],
      ...policies.map((policy) => [
        policy.policy,
        sharePercent(policy.attainment.mean, objective.attainment),
        sharePercent(policy.leastAttainment, objective.attainment),
        sharePercent(policy.worstFiveMinutesAttainment),
        amount(policy.failed),
        `${policy.met} of ${policy.seeds.length}`,
        orNone(policy.detectedAfterSeconds, duration),
        orNone(policy.recoveredAfterSeconds, duration),
      ]),
    ],
    '  ',
  );

const costTable = ({ policies }: ScenarioEvaluation): string => {
  const bounds = boundNames.filter((name) => policies.some(({ ratios }) => ratios[name] !== undefined));
  const first = policies[0]!.policy;
  return table(
    [
      ['cost', '', ...bounds.map((name) => `/ ${boundTexts[name].label}`), `/ ${first}`],
      ...policies.map((policy) => [
        policy.policy,
        usd(policy.costUsd.mean),
        ...bounds.map((name) => ratioText(policy, name)),
        policy.costToFirst === undefined ? NONE : estimateText(policy.costToFirst),
      ]),
    ],
    '  ',
  );
};

const ratioText = ({ ratios }: PolicyEvaluation, name: BoundName): string => {
  const ratio = ratios[name];
  return ratio === undefined ? NONE : estimateText(ratio);
};

/** For example `1.92 (1.85-1.99)`; without an interval where there is one value. */
const estimateText = ({ mean, low, high }: Estimate): string =>
  low === high ? mean.toFixed(2) : `${mean.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;

const spendingTable = ({ policies }: ScenarioEvaluation): string =>
  table(
    [
      ['money for', 'serving', 'idle', 'start-up', 'reclaimed', 'empty', 'dearer*', 'return', 'launches', 'switches'],
      ...policies.map(({ policy, spending, launches, switches }) => {
        const { servingUsd, idleUsd, startUpUsd, reclaimedUsd, emptyUsd, dearerUsd, longestDearerSeconds } = spending;
        const all = servingUsd + idleUsd + startUpUsd + reclaimedUsd + emptyUsd;
        const parts = [servingUsd, idleUsd, startUpUsd, reclaimedUsd, emptyUsd, dearerUsd].map((part) => partPercent(part, all));
        return [policy, ...parts, duration(longestDearerSeconds), amount(launches), amount(switches)];
      }),
    ],
    '  ',
  ) +
  '\n  * part of the rest: what ready pods cost more than in a cheaper pool of their unit that had capacity; return: the longest time of it';
