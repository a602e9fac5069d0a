import type { Summary } from '../../../sim/results/result';
import { count, duration, NONE, orNone, percent, usd } from '../text/numbers';
import type { Style } from '../text/style';
import { table } from '../text/table';

/** The figures of one run for a reader: verdict first. */
export const summaryText = (summary: Summary, style: Style): string => {
  const { objective } = summary;
  const met = summary.attainment >= objective.attainment;
  const title = `${summary.scenario}, ${summary.policy}, seed ${summary.seed}, ${duration(summary.durationSeconds)}`;
  const sections = [
    `${style(met ? 'green' : 'red', met ? 'Objective met' : 'Objective missed')}: ${verdict(summary)}\n${style('dim', title)}`,
    leftTable(figures(summary)),
    section('Shortages', shortageRows(summary), style),
    section('Requests by unit', partRows(summary.requestsByUnit, count), style),
    section('Cost by pool', partRows(summary.costByPool, usd), style),
  ];
  return `${sections.join('\n\n')}\n`;
};

const verdict = ({ attainment, objective }: Summary): string =>
  `${percent(attainment)} of requests answered within ${objective.latencySeconds} s, objective ${percent(objective.attainment, 2)}`;

const figures = (summary: Summary): readonly (readonly [string, string])[] => {
  const { latencySeconds, strategies } = summary;
  const seconds = (value: number | null) => orNone(value, (known) => `${known.toFixed(3)} s`);
  return [
    ['Requests', `${count(summary.requests)}, ${count(summary.failed)} failed`],
    ['Worst five minutes', percent(summary.worstFiveMinutesAttainment)],
    ['Latency', `p50 ${seconds(latencySeconds.p50)}, p95 ${seconds(latencySeconds.p95)}, p99 ${seconds(latencySeconds.p99)}`],
    ['Cost', `${usd(summary.costUsd)}, ${orNone(summary.costUsdPer1000Requests, (value) => usd(value, 4))} per 1,000 answered requests`],
    ['Modes', `${modesText(strategies)}; ${count(summary.switches)} ${summary.switches === 1 ? 'switch' : 'switches'}`],
    ['Ticks', count(summary.ticks)],
  ];
};

const modesText = (strategies: Summary['strategies']): string =>
  Object.entries(strategies)
    .map(([strategy, seconds]) => `${strategy} ${duration(seconds)}`)
    .join(', ') || NONE;

const shortageRows = ({ shortages }: Summary): readonly (readonly string[])[] => {
  if (shortages.length === 0) return [];
  const after = (seconds: number | null) => (seconds === null ? 'never' : duration(seconds));
  return [
    ['pool', 'first failed launch', 'detected after', 'recovered after'],
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
  return Object.entries(parts).map(([name, part]) => [name, format(part), total === 0 ? NONE : percent(part / total, 1)]);
};

const section = (title: string, rows: readonly (readonly string[])[], style: Style): string =>
  rows.length === 0 ? `${style('bold', title)}: none` : `${style('bold', title)}\n${table(rows, '  ')}`;

const leftTable = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
};
