import { fleet, quiet, settled } from './base';
import { type Experiment, experiments, otherEnds } from './experiments';
import { type Standing, ticksOf, type Written } from './world';

/** `docs/signals.md`: what each signal changes, by experiments on `decide`. */

/** What one experiment changed, by column. */
interface Row {
  readonly experiment: Experiment;
  readonly cells: Readonly<Record<Column, string>>;
}

const columns = ['weights', 'limits', 'targets', 'floors', 'shares', 'findings'] as const;
type Column = (typeof columns)[number];

/** Below this part of its value nothing is said to have moved: shares and targets have many digits. */
const LEAST_CHANGE = 0.001;

/** One row for each experiment: the decisions with the change against those without it, at the same time. */
export const signalRows = (): readonly Row[] => {
  const start = settled();
  return experiments.map((experiment) => {
    const { given, minutes, changed } = experiment;
    const begun = given === undefined ? start : ticksOf(fleet, start, quiet, given.world(start.nowSeconds), given.minutes);
    const world = given === undefined ? quiet : given.world(start.nowSeconds);
    const without = ticksOf(fleet, begun, world, world, minutes);
    const within = ticksOf(fleet, begun, world, changed(world, begun.nowSeconds), minutes);
    return { experiment, cells: cellsOf(without, within) };
  });
};

const cellsOf = (without: Standing, within: Standing): Row['cells'] => {
  const moved = (field: keyof Written): string => movements(without.written[field], within.written[field]);
  return {
    weights: moved('weights'),
    limits: moved('limits'),
    targets: moved('targets'),
    floors: moved('floors'),
    shares: moved('shares'),
    findings: newFindings(without, within),
  };
};

/** For example `inf2 down, g5 up`. */
const movements = (before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): string =>
  Object.entries(after)
    .filter(([name, value]) => Math.abs(value - before[name]!) > LEAST_CHANGE * Math.abs(before[name]!))
    .map(([name, value]) => `${name} ${value > before[name]! ? 'up' : 'down'}`)
    .join(', ');

/** Codes of findings on subjects that had none with it. */
const newFindings = (without: Standing, within: Standing): string => {
  const had = new Set(without.findings.map(({ code, subject }) => `${code} ${subject}`));
  return [...new Set(within.findings.filter(({ code, subject }) => !had.has(`${code} ${subject}`)).map(({ code }) => code))].join(', ');
};

const rowText = ({ experiment: { signal, change, given }, cells }: Row): string =>
  `| ${signal} | ${change}${given === undefined ? '' : `, ${given.text}`} | ${columns.map((column) => cells[column] || '-').join(' | ')} |`;

/** The page. */
export const signalPage = (): string => `# Signals and decisions

Written by \`npm run generate\` from experiments on \`decide\`: change \`scripts/signals/\`, not this page.

A fleet of three units has been quiet for two hours. Then one input changes, and the decisions are compared with those without the change, at the same time. Demand, pods and devices do not follow the decisions here; floors, targets, shares, weights and limits do. \`-\` says that nothing changes. The last column has the codes of new [findings](operating.md).

| signal | change | ${columns.join(' | ')} |
| ------ | ------ | ${columns.map((column) => '-'.repeat(column.length)).join(' | ')} |
${signalRows().map(rowText).join('\n')}

A weight that rises or falls is a change of the order in which pools are tried.

## Signals that are read to another end

| signal | what for |
| ------ | -------- |
${Object.entries(otherEnds)
  .map(([signal, end]) => `| \`${signal}\` | ${end} |`)
  .join('\n')}

## What starts a tick

A spot interruption notice, the end of an instance and an alarm on the objective start a tick at once. They carry no value: the tick reads the same signals as any other, and sees the reclaim in the ready pods, since pods on a node that is about to go no longer count. They let the loop see a loss within seconds instead of up to a minute later, and in the twin that is worth nothing that can be measured: Kubernetes makes new pods for those that are evicted, and Karpenter launches for them, whether the loop has ticked or not. On a fleet without spare pods, each of whose spot instances is reclaimed three times an hour, 0.03 % of the requests miss the objective with these ticks and without them (28 seeds; \`test/sim/reclaims.test.ts\` checks three). They are kept because they do no harm, and because a person who looks at the fleet after a loss should see one that knows of it.
`;
