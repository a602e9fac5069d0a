import type { Shortage } from '../../../lambda/control-loop/model/decision';
import { parseRfc3339 } from '../../../lambda/control-loop/model/times';
import { count, duration, fixed, NONE, orNone, percent } from '../text/numbers';
import type { Style } from '../text/style';
import { leftTable, table, tableOfWords } from '../text/table';
import type { FleetView, PoolView, Steered, UnitView, UnknownView } from './fleet-view';
import { pauseText, untilText } from './steering';

/** One fleet on one screen: what needs a person first, then units and pools. */
export const statusText = (view: FleetView, nowSeconds: number, style: Style): string => {
  const sections = [
    [style('bold', title(view, nowSeconds)), ...headLines(view, style)].join('\n'),
    alarms(view, nowSeconds, style).join('\n'),
    view.decisionTime === null ? '' : `${style('bold', 'Units')}\n${table(unitRows(view, style), '  ')}`,
    view.decisionTime === null ? '' : `${style('bold', 'Pools')}\n${tableOfWords(poolRows(view, nowSeconds), '  ')}`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

const title = ({ fleet, strategy, strategySince, strategyReason }: FleetView, nowSeconds: number): string => {
  if (strategy === null) return `${fleet}: no decision yet`;
  const since = strategySince === null ? '' : ` for ${ageOf(strategySince, nowSeconds)}`;
  return `${fleet}: ${strategy}${since}${strategyReason === null ? '' : `, ${strategyReason}`}`;
};

const headLines = (view: FleetView, style: Style): readonly string[] => {
  const { objective, policy, enforcement, lastTickAgeSeconds } = view;
  const parts = [
    ...(objective === null
      ? []
      : [`objective p${objective.percentile} within ${objective.latencySeconds} s for ${percent(objective.attainment, 1)}`]),
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
    lines.push('OBSERVE     the loop writes nothing for this fleet, not even its status; its decisions are in its log');
  }
  for (const problem of view.problems) lines.push(`${style('red', 'WRONG')}       ${problem}`);
  if (view.pause !== null) lines.push(`${style('yellow', 'PAUSED')}      ${pauseText(view.pause, nowSeconds)}`);
  for (const { field, value, owner, reason, until } of view.overrides) {
    lines.push(`${style('yellow', 'OVERRIDE')}    ${field} = ${value} of ${owner} ${untilText(until, nowSeconds)}: ${reason}`);
  }
  for (const contested of view.contested) lines.push(`${style('yellow', 'CONTESTED')}   ${contested}`);
  for (const unknown of view.unknown.slice(0, MAX_UNKNOWN)) lines.push(`${style('yellow', 'UNKNOWN')}     ${unknownText(unknown)}`);
  const more = view.unknown.length - MAX_UNKNOWN;
  if (more > 0) lines.push(`${style('yellow', 'UNKNOWN')}     for ${more} more reasons; explain shows them all`);
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
    ? 'SILENT      the loop has never decided on this fleet: check that it runs, and that it may read this namespace'
    : `SILENT      the loop was last heard of ${duration(lastTickAgeSeconds)} ago: what follows is old, nothing is being steered`;

const ageOf = (time: string, nowSeconds: number): string => {
  const seconds = parseRfc3339(time);
  return seconds === undefined ? '?' : duration(Math.max(0, Math.round(nowSeconds - seconds)));
};

/** A value, and after an arrow what it shall become. */
const steered = ({ now, wanted }: Steered, format: (value: number) => string): string => {
  const shownNow = orNone(now, format);
  return wanted === null || format(wanted) === shownNow ? shownNow : `${shownNow} -> ${format(wanted)}`;
};

const plain = (value: number): string => (Number.isInteger(value) ? count(value) : fixed(value, 1));

const unitRows = ({ units, objective }: FleetView, style: Style): readonly (readonly string[])[] => [
  ['', 'ready', 'share', 'floor', 'target/min', 'requests/min', `p${objective?.percentile ?? ''}`],
  ...units.map((unit) => [
    unit.name,
    `${orNone(unit.readyPods, count)}/${orNone(unit.replicas, count)}`,
    steered(unit.share, (share) => percent(share, 0)),
    steered(unit.floor, count),
    steered(unit.target, plain),
    orNone(unit.requestsPerMinute, plain),
    latencyText(unit, objective?.latencySeconds, style),
  ]),
];

const latencyText = ({ latencySeconds }: UnitView, objectiveSeconds: number | undefined, style: Style): string => {
  if (latencySeconds === null) return NONE;
  const text = `${fixed(latencySeconds, 3)} s`;
  return objectiveSeconds !== undefined && latencySeconds > objectiveSeconds ? style('red', `${text} too slow`) : text;
};

const poolRows = ({ pools }: FleetView, nowSeconds: number): readonly (readonly string[])[] => [
  ['', 'weight', 'limit', 'running', '$/device h', 'shortage'],
  ...pools.map((pool) => [
    pool.name,
    steered(pool.weight, count),
    steered(pool.limit, count),
    `${orNone(pool.runningDevices, count)} of ${orNone(pool.maximumDevices, count)}`,
    orNone(pool.priceUsdPerDeviceHour, (price) => fixed(price, 4)),
    shortageText(pool, nowSeconds),
  ]),
];

const shortageText = ({ shortages }: PoolView, nowSeconds: number): string =>
  shortages.length === 0 ? 'none' : shortages.map((shortage) => oneShortage(shortage, nowSeconds)).join('; ');

export const oneShortage = ({ zone, failures, nextProbeSeconds, probeOpenedSeconds }: Shortage, nowSeconds: number): string => {
  const place = zone === 'unknown' ? '' : `${zone} `;
  const left = Math.round(nextProbeSeconds - nowSeconds);
  const probe = probeOpenedSeconds !== undefined ? 'probe open' : left > 0 ? `probe in ${duration(left)}` : 'probe due';
  return `${place}refused ${failures}x, ${probe}`;
};

/** Many fleets, one line each. */
export const fleetListText = (views: readonly FleetView[], style: Style): string => {
  const rows = views.map((view) => [
    view.fleet,
    view.strategy ?? NONE,
    readyOf(view),
    view.units.map(({ name, share }) => `${name} ${orNone(share.wanted ?? share.now, (value) => percent(value, 0))}`).join(', ') || NONE,
    view.lastTickAgeSeconds === null ? 'never' : `${duration(view.lastTickAgeSeconds)} ago`,
    needs(view).join(', ') || 'none',
  ]);
  const [head, ...lines] = leftTable([['fleet', 'strategy', 'ready', 'shares', 'last decision', 'needs a look'], ...rows]).split('\n');
  return `${[style('bold', head!), ...lines].join('\n')}\n`;
};

const readyOf = ({ units }: FleetView): string => {
  const sum = (values: readonly (number | null)[]) =>
    values.length === 0 || values.includes(null) ? '?' : count(values.reduce<number>((total, value) => total + value!, 0));
  return `${sum(units.map(({ readyPods }) => readyPods))}/${sum(units.map(({ replicas }) => replicas))}`;
};

const needs = (view: FleetView): readonly string[] => [
  ...(view.isSilent ? ['SILENT'] : []),
  ...(view.problems.length > 0 ? ['wrong'] : []),
  ...(view.contested.length > 0 ? ['contested'] : []),
  ...(view.pause === null ? [] : ['paused']),
  ...(view.overrides.length > 0 ? ['overridden'] : []),
  ...(view.unknown.length > 0 ? ['signals unknown'] : []),
  ...(view.pools.some(({ shortages }) => shortages.length > 0) ? ['shortage'] : []),
];
