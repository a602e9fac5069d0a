import { amount, duration, goalPercent, latency, NONE, orNone, sharePercent, statedLatency, usd } from '../text/numbers';
import type { Style } from '../text/style';
import { table } from '../text/table';
import { boundsText } from './bounds-text';
import type { Comparison, Figures } from './comparison';

interface Column {
  /** In two lines, so that a table fits 80 columns. */
  readonly title: readonly [string, string];
  readonly cell: (figures: Figures) => string;
  /** Set for a ratio of means, which has no lowest and highest. */
  readonly isOfMeans?: true;
}

/** Policies side by side in two tables of 80 columns; with several seeds the mean, and below it the lowest and the highest. */
export const comparisonText = (comparison: Comparison, style: Style): string => {
  const { scenario, objective, seeds, policies, baseline, bounds } = comparison;
  const mean = policies.find(({ policy }) => policy === baseline)!.mean;
  const runs = seeds.length === 1 ? `seed ${seeds[0]}` : `means of seeds ${seeds[0]} to ${seeds.at(-1)}`;
  return [
    `Objective: ${goalPercent(objective.attainment)} of requests within ${statedLatency(objective.latencySeconds)}`,
    ...verdicts(comparison, style),
    style('dim', `${scenario}, ${duration(comparison.durationSeconds)}, ${runs}; baseline ${baseline}`),
    '',
    sideBySide('Requests', requestColumns(comparison, mean), comparison),
    '',
    sideBySide('Capacity', capacityColumns(mean), comparison),
    ...(bounds === undefined
      ? []
      : [
          '',
          boundsText(
            bounds,
            policies.map(({ policy, mean: { costUsd } }) => ({ name: policy, costUsd })),
            style,
          ),
        ]),
    '',
  ].join('\n');
};

const verdicts = ({ objective, policies }: Comparison, style: Style): readonly string[] => {
  const width = Math.max(...policies.map(({ policy }) => policy.length));
  return policies.map(({ policy, runs }) => {
    const met = runs.filter(({ attainment }) => attainment >= objective.attainment).length;
    return `  ${policy.padEnd(width)}  ${style(met === runs.length ? 'green' : 'red', verdict(met, runs.length))}`;
  });
};

/** For example `met`, `missed with both seeds` or `met with 3 of 5 seeds`. */
const verdict = (met: number, seeds: number): string => {
  const word = met === 0 ? 'missed' : 'met';
  if (seeds === 1) return word;
  if (met > 0 && met < seeds) return `${word} with ${met} of ${seeds} seeds`;
  return `${word} with ${seeds === 2 ? 'both' : `all ${seeds}`} seeds`;
};

const requestColumns = ({ objective }: Comparison, baseline: Figures): readonly Column[] => [
  { title: ['within', 'objective'], cell: ({ attainment }) => orNone(attainment, (share) => sharePercent(share, objective.attainment)) },
  { title: ['missed, vs', 'baseline'], cell: (figures) => ratio(missed(figures), missed(baseline)), isOfMeans: true },
  { title: ['worst', '5 min'], cell: (figures) => orNone(figures.worstFiveMinutesAttainment, (share) => sharePercent(share)) },
  {
    title: ['latency', 'p95'],
    cell: ({ latencyP95Seconds }) => orNone(latencyP95Seconds, (seconds) => latency(seconds, objective.latencySeconds)),
  },
  { title: ['failed', ''], cell: ({ failed }) => orNone(failed, amount) },
];

/** Times of a run are those of its slowest shortage. */
const capacityColumns = (baseline: Figures): readonly Column[] => [
  { title: ['shortage', 'detected'], cell: ({ detectedAfterSeconds }) => orNone(detectedAfterSeconds, duration) },
  { title: ['launched', 'again'], cell: ({ recoveredAfterSeconds }) => orNone(recoveredAfterSeconds, duration) },
  { title: ['strategy', 'switches'], cell: ({ switches }) => orNone(switches, amount) },
  { title: ['cost', ''], cell: ({ costUsd }) => orNone(costUsd, usd) },
  { title: ['cost, vs', 'baseline'], cell: ({ costUsd }) => ratio(costUsd, baseline.costUsd), isOfMeans: true },
];

const sideBySide = (name: string, columns: readonly Column[], { policies, seeds }: Comparison): string =>
  table([
    [name, ...columns.map(({ title }) => title[0])],
    ['', ...columns.map(({ title }) => title[1])],
    ...policies.flatMap((policy) => [
      [policy.policy, ...columns.map(({ cell }) => cell(policy.mean))],
      ...(seeds.length === 1 ? [] : [extremes('  lowest', policy.minimum, columns), extremes('  highest', policy.maximum, columns)]),
    ]),
  ]);

const extremes = (name: string, figures: Figures, columns: readonly Column[]): readonly string[] => [
  name,
  ...columns.map(({ cell, isOfMeans }) => (isOfMeans ? '' : cell(figures))),
];

const missed = ({ attainment }: Figures): number | null => (attainment === null ? null : 1 - attainment);

/** For example `0.50x`; none where the baseline has nothing to compare with. */
const ratio = (value: number | null, baseline: number | null): string => {
  if (value === null || baseline === null || baseline === 0) return NONE;
  const times = value / baseline;
  return times > 0 && times < 0.005 ? '<0.01x' : `${times.toFixed(2)}x`;
};
