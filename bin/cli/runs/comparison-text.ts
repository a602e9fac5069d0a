import { count, duration, fixed, NONE, percent } from '../text/numbers';
import type { Style } from '../text/style';
import { table } from '../text/table';
import type { Comparison, Figures, PolicyComparison } from './comparison';

interface Column {
  /** In two lines, so that ten figures fit a terminal. */
  readonly title: readonly [string, string];
  readonly figure: keyof Figures;
  readonly format: (value: number) => string;
}

const share = (value: number): string => percent(value).replace(' %', '');
const seconds = (value: number): string => fixed(value, 3);

const COLUMNS: readonly Column[] = [
  { title: ['attained', '%'], figure: 'attainment', format: share },
  { title: ['worst', '5 min %'], figure: 'worstFiveMinutesAttainment', format: share },
  { title: ['p95', 's'], figure: 'latencyP95Seconds', format: seconds },
  { title: ['failed', ''], figure: 'failed', format: count },
  { title: ['detect', 's'], figure: 'detectedAfterSeconds', format: count },
  { title: ['recover', 's'], figure: 'recoveredAfterSeconds', format: count },
  { title: ['switches', ''], figure: 'switches', format: (value) => fixed(value, Number.isInteger(value) ? 0 : 1) },
  { title: ['cost', '$'], figure: 'costUsd', format: (value) => fixed(value, 2) },
];

/** Policies side by side, one row each; with several seeds the mean, and the range below it. */
export const comparisonText = (comparison: Comparison, style: Style): string => {
  const { scenario, objective, seeds, policies, baseline } = comparison;
  const base = policies.find((policy) => policy.policy === baseline)!;
  const several = seeds.length > 1;
  const rows = [
    ['policy', ...COLUMNS.map((column) => column.title[0]), 'cost', 'missed'],
    ['', ...COLUMNS.map((column) => column.title[1]), 'ratio', 'ratio'],
    ...policies.flatMap((policy) => [
      [policy.policy, ...COLUMNS.map((column) => cell(policy.mean[column.figure], column.format)), ...ratios(policy, base)],
      ...(several ? [['  min..max', ...COLUMNS.map((column) => range(policy, column))]] : []),
    ]),
  ];
  const met = policies.map((policy) => {
    const reached = policy.runs.filter((run) => run.attainment >= objective.attainment).length;
    const word = reached === policy.runs.length ? 'met' : several ? `met with ${reached} of ${policy.runs.length} seeds` : 'missed';
    return `${policy.policy} ${style(reached === policy.runs.length ? 'green' : 'red', word)}`;
  });
  const seedWords = several ? `seeds ${seeds[0]} to ${seeds.at(-1)}: mean, and range below` : `seed ${seeds[0]}`;
  return [
    `Objective ${percent(objective.attainment)} within ${objective.latencySeconds} s: ${met.join(', ')}`,
    style(
      'dim',
      `${scenario}, ${duration(comparison.durationSeconds)}, ${seedWords}; ratios to ${baseline}; detect and recover: slowest shortage`,
    ),
    '',
    table(rows),
    '',
  ].join('\n');
};

const cell = (value: number | null, format: (value: number) => string): string => (value === null ? NONE : format(value));

const range = ({ minimum, maximum }: PolicyComparison, { figure, format }: Column): string => {
  const [least, most] = [minimum[figure], maximum[figure]];
  return least === null || most === null ? NONE : `${format(least)}..${format(most)}`;
};

const ratios = (policy: PolicyComparison, base: PolicyComparison): readonly string[] => [
  ratio(policy.mean.costUsd, base.mean.costUsd),
  ratio(missed(policy.mean), missed(base.mean)),
];

const missed = ({ attainment }: Figures): number | null => (attainment === null ? null : 1 - attainment);

const ratio = (value: number | null, base: number | null): string =>
  value === null || base === null || base === 0 ? NONE : fixed(value / base, 2);
