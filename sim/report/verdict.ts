import { holdsObjective } from '../results/objective';
import type { Summary } from '../results/result';
import { count, counted, duration, goalPercent, latency, partPercent, sharePercent, statedLatency, usd } from './figures';

/** The summary at the top: whether the fleet held its objective, at what cost, what was lost, and how the baseline compares. */
export interface Verdict {
  readonly held: boolean;
  readonly headline: string;
  /** Plain sentences, in the order they are read. */
  readonly sentences: readonly string[];
}

export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  /** The same figure against the baseline; left out without one. */
  readonly against?: string;
  /** Whether the policy does better than the baseline here; left out where they are equal. */
  readonly better?: boolean;
}

/** The latency that requests were to be answered within: of several fleets, each its own. */
const withinOf = ({ objective, fleets }: Summary): string =>
  fleets === undefined ? statedLatency(objective.latencySeconds) : "the latency of their fleet's objective";

/** Requests answered, but later than the objective allows. */
export const lateRequests = (summary: Summary): number =>
  Math.max(0, Math.round(summary.requests * (1 - summary.attainment)) - summary.failed);

const headline = (summary: Summary): string => {
  const { objective } = summary;
  if (summary.requests === 0) return `${summary.policy} had nothing to serve: the run has no requests. It cost ${usd(summary.costUsd)}.`;
  const goal = goalPercent(objective.attainment);
  const reached = sharePercent(summary.attainment, objective.attainment);
  const within = withinOf(summary);
  return holdsObjective(summary)
    ? `${summary.policy} held its objective: ${reached} of requests were answered within ${within}, at a cost of ${usd(summary.costUsd)}.`
    : `${summary.policy} missed its objective: ${reached} of requests were answered within ${within}, not ${goal}, at a cost of ${usd(summary.costUsd)}.`;
};

const loss = (summary: Summary): string => {
  const late = lateRequests(summary);
  const within = withinOf(summary);
  const slow = late === 0 ? `none later than ${within}` : `${count(late)} took longer than ${within}`;
  if (summary.requests === 0) return 'Nothing was lost.';
  return summary.failed === 0
    ? `No request was lost: all ${counted(summary.requests, 'request')} were answered, ${slow}.`
    : `${counted(summary.failed, 'request')} of ${count(summary.requests)} failed (${partPercent(summary.failed, summary.requests)}); of the others ${slow}.`;
};

const worst = (values: readonly (number | null)[]): number | null | undefined =>
  values.length === 0 ? undefined : values.includes(null) ? null : Math.max(...(values as number[]));

/** Seconds until the slowest detection; null when one was never detected, undefined without shortage. */
export const slowestDetection = (summary: Summary) => worst(summary.shortages.map((shortage) => shortage.detectedAfterSeconds));

/** Seconds until the last pool launched again; null when one did not before the end, undefined without shortage. */
export const slowestRecovery = (summary: Summary) => worst(summary.shortages.map((shortage) => shortage.recoveredAfterSeconds));

const POOLS_NAMED = 3;

const shortageSentence = (summary: Summary): string | undefined => {
  const detection = slowestDetection(summary);
  const recovery = slowestRecovery(summary);
  if (detection === undefined || recovery === undefined) return undefined;
  const pools = [...new Set(summary.shortages.map((shortage) => shortage.pool))];
  const named = [...pools.slice(0, POOLS_NAMED), ...(pools.length > POOLS_NAMED ? [`${pools.length - POOLS_NAMED} more`] : [])];
  const listed = named.length === 1 ? named[0] : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
  if (summary.shortages.length === 1) {
    const seen =
      detection === null
        ? `It never detected the shortage of ${listed}`
        : `It detected the shortage of ${listed} ${duration(detection)} after the first refused launch`;
    return recovery === null
      ? `${seen}; the pool did not launch again before the end.`
      : `${seen}; the pool launched again after ${duration(recovery)}.`;
  }
  const seen =
    detection === null ? 'It did not detect all of them' : `It detected each within ${duration(detection)} of the first refused launch`;
  return recovery === null
    ? `There were ${summary.shortages.length} shortages (${listed}). ${seen}; not every pool launched again before the end.`
    : `There were ${summary.shortages.length} shortages (${listed}). ${seen}; every pool launched again within ${duration(recovery)}.`;
};

const against = (summary: Summary, baseline: Summary): string => {
  const verb = holdsObjective(baseline) ? 'held' : 'missed';
  const also = holdsObjective(baseline) === holdsObjective(summary) ? ' also' : '';
  const their = `${baseline.policy}${also} ${verb} the objective (${sharePercent(baseline.attainment, baseline.objective.attainment)}) and cost ${usd(baseline.costUsd)}`;
  const parts: string[] = [];
  if (summary.costUsdPer1000Requests !== null && baseline.costUsdPer1000Requests) {
    const change = summary.costUsdPer1000Requests / baseline.costUsdPer1000Requests - 1;
    const words = `${Math.abs(100 * change).toFixed(1)}%`;
    parts.push(words === '0.0%' ? 'costs the same per request' : `costs ${words} ${change < 0 ? 'less' : 'more'} per request`);
  }
  const fewer = baseline.failed - summary.failed;
  parts.push(
    fewer === 0
      ? baseline.failed === 0
        ? 'neither loses a request'
        : 'loses as many requests'
      : `loses ${counted(Math.abs(fewer), `${fewer > 0 ? 'fewer' : 'more'} request`)}`,
  );
  return `On the same load and faults, ${their}: ${summary.policy} ${parts.join(' and ')}.`;
};

/** The verdict on one policy, beside a baseline that ran on the same scenario and seed where there is one. */
export const verdictOn = (summary: Summary, baseline?: Summary): Verdict => ({
  held: holdsObjective(summary),
  headline: headline(summary),
  sentences: [loss(summary), shortageSentence(summary), baseline && against(summary, baseline)].filter(
    (sentence) => sentence !== undefined,
  ),
});

const signed = (value: number, text: string): string => `${value < 0 ? '\u2212' : '+'}${text}`;

const pointsAgainst = (mine: number, other: number, policy: string): Pick<Tile, 'against' | 'better'> => {
  const points = 100 * (mine - other);
  const text = Math.abs(points).toFixed(2);
  if (text === '0.00') return { against: `as ${policy}` };
  return { against: `${signed(points, text)} points vs ${policy}`, better: points > 0 };
};

const relativeAgainst = (mine: number | null, other: number | null, policy: string): Pick<Tile, 'against' | 'better'> => {
  if (mine === null || other === null || other === 0) return {};
  const percent = 100 * (mine / other - 1);
  const text = Math.abs(percent).toFixed(1);
  if (text === '0.0') return { against: `as ${policy}` };
  return { against: `${signed(percent, text)}% vs ${policy}`, better: percent < 0 };
};

/** The big figures under the verdict. */
export const tilesOf = (summary: Summary, baseline?: Summary): readonly Tile[] => {
  const { objective, latencySeconds } = summary;
  const percentile = ([50, 95, 99] as const).find((known) => known === objective.percentile) ?? 95;
  const watched = latencySeconds[`p${percentile}`];
  const others = ([50, 95, 99] as const).filter((known) => known !== percentile);
  const fewer = baseline ? baseline.failed - summary.failed : 0;
  const perThousand = summary.costUsdPer1000Requests;
  return [
    {
      label: 'Within the objective',
      value: sharePercent(summary.attainment, objective.attainment),
      note: `goal ${goalPercent(objective.attainment)} within ${statedLatency(objective.latencySeconds)}`,
      ...(baseline && pointsAgainst(summary.attainment, baseline.attainment, baseline.policy)),
    },
    {
      label: 'Cost',
      value: usd(summary.costUsd),
      note: perThousand === null ? 'no request answered' : `${usd(perThousand)} per 1,000 requests`,
      ...(baseline && relativeAgainst(perThousand, baseline.costUsdPer1000Requests, baseline.policy)),
    },
    {
      label: 'Failed requests',
      value: count(summary.failed),
      note: `of ${count(summary.requests)}`,
      ...(baseline &&
        (fewer === 0
          ? { against: `as ${baseline.policy}` }
          : { against: `${count(Math.abs(fewer))} ${fewer > 0 ? 'fewer' : 'more'} than ${baseline.policy}`, better: fewer > 0 })),
    },
    {
      label: 'Worst five minutes',
      value: sharePercent(summary.worstFiveMinutesAttainment),
      note: 'within the objective',
      ...(baseline && pointsAgainst(summary.worstFiveMinutesAttainment, baseline.worstFiveMinutesAttainment, baseline.policy)),
    },
    {
      label: `Latency p${percentile}`,
      value: latency(watched),
      note: others.map((other) => `p${other} ${latency(latencySeconds[`p${other}`])}`).join(', '),
      ...(baseline && relativeAgainst(watched, baseline.latencySeconds[`p${percentile}`], baseline.policy)),
    },
  ];
};
