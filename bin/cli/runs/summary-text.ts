import type { Bounds } from '../../../sim/bounds/bound-names';
import { holdsObjective } from '../../../sim/results/objective';
import type { Summary } from '../../../sim/results/result';
import { count, duration, goalPercent, latency, NONE, orNone, partPercent, sharePercent, statedLatency, usd } from '../text/numbers';
import type { Style } from '../text/style';
import { table } from '../text/table';
import { boundsText } from './bounds-text';

/** The figures of one run as text, verdict first. */
export const summaryText = (summary: Summary, style: Style, bounds?: Bounds): string => {
  const met = holdsObjective(summary);
  const title = `${summary.scenario}, ${summary.policy}, seed ${summary.seed}, ${duration(summary.durationSeconds)}`;
  const sections = [
    `${style(met ? 'green' : 'red', met ? 'Objective met' : 'Objective missed')}: ${verdict(summary)}\n${style('dim', title)}`,
    leftTable(figures(summary)),
    ...(summary.fleets === undefined ? [] : [section('Fleets', fleetRows(summary.fleets), style)]),
    section('Shortages', shortageRows(summary), style),
    section('Requests by unit', partRows(summary.requestsByUnit, count), style),
    section('Cost by pool', partRows(summary.costByPool, usd), style),
    ...(bounds === undefined ? [] : [boundsText(bounds, [{ name: summary.policy, costUsd: summary.costUsd }], style)]),
  ];
  return `${sections.join('\n\n')}\n`;
};

const verdict = ({ attainment, objective, fleets }: Summary): string =>
  fleets === undefined
    ? `${sharePercent(attainment, objective.attainment)} of requests answered within ${statedLatency(objective.latencySeconds)}, objective ${goalPercent(objective.attainment)}`
    : `${sharePercent(attainment, objective.attainment)} of requests answered within the latency of their fleet's objective`;

const figures = (summary: Summary): readonly (readonly [string, string])[] => {
  const { latencySeconds, objective, strategies } = summary;
  const shown = (seconds: number | null) => latency(seconds, objective.latencySeconds);
  return [
    ['Requests', `${count(summary.requests)}, ${count(summary.failed)} failed`],
    ['Worst five minutes', `${sharePercent(summary.worstFiveMinutesAttainment, objective.attainment)} within the objective`],
    ['Latency', `p50 ${shown(latencySeconds.p50)}, p95 ${shown(latencySeconds.p95)}, p99 ${shown(latencySeconds.p99)}`],
    ['Cost', `${usd(summary.costUsd)}, ${orNone(summary.costUsdPer1000Requests, usd)} per 1,000 answered requests`],
    ['Strategies', `${strategiesText(strategies)}; ${count(summary.switches)} ${summary.switches === 1 ? 'switch' : 'switches'}`],
    ['Ticks', count(summary.ticks)],
  ];
};

const strategiesText = (strategies: Summary['strategies']): string =>
  Object.entries(strategies)
    .map(([strategy, seconds]) => `${strategy} ${duration(seconds)}`)
    .join(', ') || NONE;

const fleetRows = (fleets: NonNullable<Summary['fleets']>): readonly (readonly string[])[] => [
  ['fleet', 'requests', 'failed', 'within the objective', 'worst five minutes'],
  ...Object.entries(fleets).map(([name, { requests, failed, attainment, worstFiveMinutesAttainment, objective }]) => [
    name,
    count(requests),
    count(failed),
    `${sharePercent(attainment, objective.attainment)} of ${goalPercent(objective.attainment)}`,
    sharePercent(worstFiveMinutesAttainment, objective.attainment),
  ]),
];

const shortageRows = ({ shortages }: Summary): readonly (readonly string[])[] => {
  if (shortages.length === 0) return [];
  const after = (seconds: number | null) => (seconds === null ? 'never' : duration(seconds));
  return [
    ['pool', 'first refused launch', 'detected after', 'launched again after'],
    ...shortages.map((shortage) => [
      shortage.pool,
      duration(shortage.startSeconds),
      after(shortage.detectedAfterSeconds),
      after(shortage.recoveredAfterSeconds),
    ]),
  ];
};

const partRows = (parts: Readonly<Record<string, number>>, format: (value: number) => string): readonly (readonly string[])[] => {
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return Object.entries(parts).map(([name, part]) => [name, format(part), total === 0 ? NONE : partPercent(part, total)]);
};

const section = (title: string, rows: readonly (readonly string[])[], style: Style): string =>
  rows.length === 0 ? `${style('bold', title)}: none` : `${style('bold', title)}\n${table(rows, '  ')}`;

const leftTable = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
};
