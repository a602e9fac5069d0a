import type { ShownProfile } from '../../../lambda/control-loop/model/last-decision';
import { amount, count, duration, goalPercent, latency, NONE, orNone, statedLatency, trafficPercent } from '../text/numbers';
import type { Style } from '../text/style';
import { leftTable, table } from '../text/table';
import type { FleetView, Steered, UnitView, UnknownView } from './fleet-view';
import { ageText, pauseText, shortageText, untilText } from './phrases';
import { price } from './signal-names';

/** One fleet on one screen: what needs a person first, then units and pools. */
export const statusText = (view: FleetView, nowSeconds: number, style: Style): string => {
  const sections = [
    [style('bold', title(view, nowSeconds)), ...headLines(view, style)].join('\n'),
    alarms(view, nowSeconds, style).join('\n'),
    ...(view.decisionTime === null ? [] : figures(view, nowSeconds, style)),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

const figures = (view: FleetView, nowSeconds: number, style: Style): readonly string[] => [
  `${style('bold', 'Units')}\n${table(unitRows(view, style), '  ')}`,
  ...profiles(view, nowSeconds, style),
  `${style('bold', 'Pools')}\n${table(poolRows(view), '  ')}`,
  shortages(view, nowSeconds, style),
];

const title = ({ fleet, strategy, strategySince, strategyReason }: FleetView, nowSeconds: number): string => {
  if (strategy === null) return `${fleet}: no decision yet`;
  const since = strategySince === null ? '' : ` for ${ageText(strategySince, nowSeconds)}`;
  return `${fleet}: ${strategy}${since}${strategyReason === null ? '' : `, ${strategyReason}`}`;
};

const headLines = (view: FleetView, style: Style): readonly string[] => {
  const { objective, policy, enforcement, lastTickAgeSeconds } = view;
  const parts = [
    ...(objective === null
      ? []
      : [`objective ${goalPercent(objective.attainment)} of requests within ${statedLatency(objective.latencySeconds)}`]),
    ...(policy === null ? [] : [`policy ${policy}`]),
    ...(enforcement === null ? [] : [enforcement]),
    ...(lastTickAgeSeconds === null ? [] : [`last decision ${duration(lastTickAgeSeconds)} ago`]),
  ];
  return [style('dim', parts.join('; '))];
};

/** More would push the figures off the screen. */
const MAX_UNKNOWN = 5;

/** What a person should know before any figure. */
const alarms = (view: FleetView, nowSeconds: number, style: Style): readonly string[] => {
  const lines: string[] = [];
  if (view.isSilent) lines.push(style(['red', 'bold'], silence(view)));
  if (view.enforcement === 'Observe') {
    lines.push('OBSERVE     the loop writes nothing for this fleet, not even its status; its decisions are only in its log');
  }
  for (const problem of view.problems) lines.push(`${style('red', 'WRONG')}       ${problem}`);
  if (view.pause !== null) lines.push(`${style('yellow', 'PAUSED')}      ${pauseText(view.pause, nowSeconds)}`);
  for (const { field, value, owner, reason, until } of view.overrides) {
    lines.push(`${style('yellow', 'OVERRIDE')}    ${field} = ${value} by ${owner} ${untilText(until, nowSeconds)}: ${reason}`);
  }
  for (const contested of view.contested) lines.push(`${style('yellow', 'CONTESTED')}   ${contested}`);
  if (view.unwritten !== null) lines.push(`${style('red', 'NOT WRITTEN')} ${view.unwritten}`);
  for (const waiting of view.waiting) lines.push(`${style('yellow', 'WAITING')}     ${waiting}`);
  for (const unfollowed of view.unfollowed) lines.push(`${style('yellow', 'UNFOLLOWED')}  ${unfollowed}`);
  for (const unknown of view.unknown.slice(0, MAX_UNKNOWN)) lines.push(`${style('yellow', 'UNKNOWN')}     ${unknownText(unknown)}`);
  const more = view.unknown.length - MAX_UNKNOWN;
  if (more > 0) lines.push(`${style('yellow', 'UNKNOWN')}     and ${more} more reasons, all of which explain shows`);
  return lines;
};

const MAX_SIGNALS = 4;
const MAX_REASON = 120;

/** For example `g5 floor, g5 replicas and 3 more: Kubernetes list of pods failed: ...`. */
const unknownText = ({ signals, reason }: UnknownView): string => {
  const more = signals.length - MAX_SIGNALS;
  const shown = `${signals.slice(0, MAX_SIGNALS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${shown}: ${reason.length <= MAX_REASON ? reason : `${reason.slice(0, MAX_REASON - 3)}...`}`;
};

const silence = ({ lastTickAgeSeconds }: FleetView): string =>
  lastTickAgeSeconds === null
    ? 'SILENT      the loop has not decided on this fleet yet: check that it runs and may read this namespace'
    : `SILENT      the last decision is ${duration(lastTickAgeSeconds)} old: the figures below are out of date, and nothing is being adjusted`;

/** A value, and after an arrow what was decided where it differs. */
const steered = ({ now, decided }: Steered<number | 'unlimited'>, format: (value: number) => string): string => {
  const shownNow = now === 'unlimited' ? now : orNone(now, format);
  return decided === null || format(decided) === shownNow ? shownNow : `${shownNow} -> ${format(decided)}`;
};

const unitRows = ({ units, objective }: FleetView, style: Style): readonly (readonly string[])[] => [
  ['', 'ready', 'share', 'floor', 'target/min', 'requests/min', `p${objective?.percentile ?? ''}`],
  ...units.map((unit) => [
    unit.name,
    `${orNone(unit.readyPods, count)}/${orNone(unit.replicas, count)}`,
    steered(unit.share, trafficPercent),
    steered(unit.floor, count),
    steered(unit.target, amount),
    orNone(unit.requestsPerMinute, amount),
    latencyText(unit, objective?.latencySeconds, style),
  ]),
];

const latencyText = ({ latencySeconds }: UnitView, objectiveSeconds: number | undefined, style: Style): string => {
  if (latencySeconds === null) return NONE;
  const text = latency(latencySeconds, objectiveSeconds);
  return objectiveSeconds !== undefined && latencySeconds > objectiveSeconds ? style('red', `${text} too slow`) : text;
};

/** What units are stated to do beside what they do. */
const profiles = ({ units }: FleetView, nowSeconds: number, style: Style): readonly string[] => {
  const rows = units.flatMap(({ name, profile }) => (profile === null ? [] : [[name, ...profileCells(profile, nowSeconds, style)]]));
  if (rows.length === 0) return [];
  const head = ['', 'throughput/min', 'latency', 'cold start', ''];
  return [`${style('bold', 'Profiles')}, stated / learned\n${table([head, ...rows], '  ')}`];
};

const profileCells = ({ stated, learned, partedSince, slowSince }: ShownProfile, nowSeconds: number, style: Style): readonly string[] => [
  `${amount(stated.throughputPerMinute)} / ${amount(learned.throughputPerMinute)}`,
  `${latency(stated.latencySeconds)} / ${latency(learned.latencySeconds)}`,
  `${duration(stated.coldStartSeconds)} / ${duration(Math.round(learned.coldStartSeconds))}`,
  slowSince !== undefined
    ? style('yellow', `slower than the objective for ${ageText(slowSince, nowSeconds)}`)
    : partedSince === undefined
      ? ''
      : style('yellow', `parted for ${ageText(partedSince, nowSeconds)}`),
];

const poolRows = ({ pools }: FleetView): readonly (readonly string[])[] => [
  ['', 'weight', 'limit', 'running', 'per device-hour'],
  ...pools.map((pool) => [
    pool.name,
    steered(pool.weight, count),
    steered(pool.limit, count),
    `${orNone(pool.runningDevices, count)} of ${orNone(pool.maximumDevices, count)}`,
    orNone(pool.priceUsdPerDeviceHour, price),
  ]),
];

const shortages = ({ pools }: FleetView, nowSeconds: number, style: Style): string => {
  const rows = pools.flatMap((pool) => pool.shortages.map((shortage) => [pool.name, shortageText(shortage, nowSeconds)]));
  return rows.length === 0 ? `${style('bold', 'Shortages')}: none` : `${style('bold', 'Shortages')}\n${leftTable(rows, '  ')}`;
};

/** Many fleets, one line each. */
export const fleetListText = (views: readonly FleetView[], style: Style): string => {
  const rows = views.map((view) => [
    view.fleet,
    view.strategy ?? NONE,
    readyOf(view),
    view.units.map(({ name, share }) => `${name} ${orNone(share.decided ?? share.now, trafficPercent)}`).join(', ') || NONE,
    view.lastTickAgeSeconds === null ? 'never' : `${duration(view.lastTickAgeSeconds)} ago`,
    needs(view).join(', ') || 'none',
  ]);
  const [head, ...lines] = leftTable([['fleet', 'strategy', 'ready', 'shares', 'last decision', 'attention'], ...rows]).split('\n');
  return `${[style('bold', head!), ...lines].join('\n')}\n`;
};

const readyOf = ({ units }: FleetView): string => {
  const sum = (values: readonly (number | null)[]) =>
    values.length === 0 || values.includes(null) ? '?' : count(values.reduce<number>((total, value) => total + value!, 0));
  return `${sum(units.map(({ readyPods }) => readyPods))}/${sum(units.map(({ replicas }) => replicas))}`;
};

const needs = (view: FleetView): readonly string[] => [
  ...(view.isSilent ? ['SILENT'] : []),
  ...(view.problems.length > 0 ? ['WRONG'] : []),
  ...(view.contested.length > 0 ? ['contested'] : []),
  ...(view.unwritten === null ? [] : ['not written']),
  ...(view.pause === null ? [] : ['paused']),
  ...(view.overrides.length > 0 ? ['overridden'] : []),
  ...(view.waiting.length > 0 ? ['pods waiting'] : []),
  ...(view.unfollowed.length > 0 ? ['floor not followed'] : []),
  ...(view.unknown.length > 0 ? ['signals unknown'] : []),
  ...(view.pools.some(({ shortages }) => shortages.length > 0) ? ['shortage'] : []),
];
