import { strategies as loopStrategies, policies, policyNames } from '../../lambda/control-loop/contract/policies';
import type { DecisionLogEntry, RunResult, RunSeries } from '../results/result';
import { strategyWords } from './figures';

/** A column of numbers: as it is, or as runs `[value, length, value, length, ...]` where that is shorter. */
export type Column = readonly (number | null)[] | { readonly runs: readonly (number | null)[] };

/** A name and its colour: an index into the palette; `tint` 1 or 2 lightens it (spot beside on-demand). */
export interface Coloured {
  readonly name: string;
  readonly colour: number;
  readonly tint: number;
}

/** Curves and log of one policy, packed. Units: requests per minute, permille, milliseconds, pods, US cents per hour, seconds. */
interface PackedPolicy {
  readonly policy: string;
  readonly requests: readonly Column[];
  readonly failed: Column;
  readonly sharesPermille: readonly Column[];
  readonly latencyMilliseconds: { readonly p50: Column; readonly p95: Column; readonly p99: Column };
  readonly pods: readonly Column[];
  readonly costCentsPerHour: Column;
  /** `[from, to, index of the strategy]`, seconds since the start. */
  readonly strategies: readonly (readonly [number, number, number])[];
  /** `[from, to, index of the pool in `shortagePools`]`, seconds since the start. */
  readonly shortages: readonly (readonly [number, number, number])[];
  readonly log: PackedLog;
}

/** The decision log by column; `what` and `why` are indices into `texts`. */
interface PackedLog {
  readonly times: readonly number[];
  readonly strategies: readonly number[];
  readonly what: readonly number[];
  readonly why: readonly number[];
  readonly texts: readonly string[];
}

/** Everything the page draws. */
export interface PageData {
  readonly startSeconds: number;
  readonly minuteSeconds: Column;
  readonly objective: RunSeries['objective'];
  readonly units: readonly Coloured[];
  readonly pools: readonly Coloured[];
  readonly shortagePools: readonly string[];
  readonly strategies: readonly string[];
  /** Of each strategy its place in the palette, and whether it is marked in every plot: a strategy that a policy starts in is not. */
  readonly strategyColours: readonly number[];
  readonly markedStrategies: readonly boolean[];
  readonly policies: readonly PackedPolicy[];
}

const PALETTE_SIZE = 8;

const KNOWN = loopStrategies.map(strategyWords);
const INITIAL = policyNames.map((name) => strategyWords(policies[name].initialStrategy));

/** Rounded to whole numbers (in the column's small unit) and packed as runs where that takes fewer numbers. */
export const packColumn = (values: readonly (number | null)[], scale: number): Column => {
  const rounded = values.map((value) => (value === null || !Number.isFinite(value) ? null : Math.round(value * scale) + 0));
  const runs: (number | null)[] = [];
  let index = 0;
  while (index < rounded.length) {
    let end = index + 1;
    while (end < rounded.length && rounded[end] === rounded[index]) end += 1;
    runs.push(rounded[index]!, end - index);
    index = end;
  }
  return runs.length < rounded.length ? { runs } : rounded;
};

/** Differences between neighbours: a regular axis becomes one run. */
const packAxis = (values: readonly number[]): Column =>
  packColumn(
    values.map((value, index) => value - (values[index - 1] ?? 0)),
    1,
  );

const packLog = (decisions: readonly DecisionLogEntry[], strategies: readonly string[]): PackedLog => {
  const texts: string[] = [];
  const indices = new Map<string, number>();
  const intern = (text: string): number => {
    const known = indices.get(text);
    if (known !== undefined) return known;
    indices.set(text, texts.length);
    texts.push(text);
    return texts.length - 1;
  };
  return {
    times: decisions.map((entry) => Math.round(entry.timeSeconds)),
    strategies: decisions.map((entry) => strategies.indexOf(strategyWords(entry.strategy))),
    what: decisions.map((entry) => intern(entry.what)),
    why: decisions.map((entry) => intern(entry.why)),
    texts,
  };
};

const union = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())];

const capacityTint = (pool: string): number => (/(^|-)spot(-|$)/.test(pool) ? 1 : /(^|-)reserved(-|$)/.test(pool) ? 2 : 0);

/** How many leading words two names share: `g5-triton` and `g5-spot` share one. */
const sharedWords = (name: string, other: string): number => {
  const words = name.toLowerCase().split(/[-_.]/);
  const others = other.toLowerCase().split(/[-_.]/);
  const differing = words.findIndex((word, index) => word !== others[index]);
  return differing < 0 ? words.length : differing;
};

/** The unit whose name is nearest to that of the pool, the first of equals. */
const namesake = (pool: string, units: readonly Coloured[]): Coloured | undefined => {
  const nearest = Math.max(0, ...units.map((unit) => sharedWords(unit.name, pool)));
  return nearest === 0 ? undefined : units.find((unit) => sharedWords(unit.name, pool) === nearest);
};

/** Each unit its own colour, beyond the palette a lighter round of it. */
const colourUnits = (units: readonly string[]): Coloured[] =>
  units.map((name, index) => ({ name, colour: index % PALETTE_SIZE, tint: Math.min(2, Math.floor(index / PALETTE_SIZE)) }));

/** A pool takes the colour of the first unit it hosts: as stated, else by its name (`inf2-spot` and `inf2`). */
const colourPools = (
  pools: readonly string[],
  units: readonly Coloured[],
  poolsByUnit: Readonly<Record<string, readonly string[]>>,
): Coloured[] => {
  let next = units.length;
  const coloured = pools.map((name) => {
    const host = units.find((unit) => poolsByUnit[unit.name]?.includes(name)) ?? namesake(name, units);
    if (host) return { name, colour: host.colour, tint: capacityTint(name) };
    next += 1;
    return { name, colour: (next - 1) % PALETTE_SIZE, tint: capacityTint(name) };
  });
  const order = (pool: Coloured): number => pool.colour * 4 + pool.tint;
  return coloured.sort((one, other) => order(one) - order(other) || (one.name < other.name ? -1 : 1));
};

/** The curves and logs of all policies as compact JSON data: whole numbers in small units, constant stretches as runs. */
export const packResults = (results: readonly RunResult[], poolsByUnit: Readonly<Record<string, readonly string[]>> = {}): PageData => {
  const first = results[0]!;
  const units = colourUnits(union(results.map((result) => Object.keys(result.series.requestsByUnit))));
  const pools = colourPools(union(results.map((result) => Object.keys(result.series.readyPodsByPool))), units, poolsByUnit);
  const shortagePools = union(results.map((result) => result.series.shortages.map((shortage) => shortage.pool)));
  const strategies = union(
    results.map((result) => [...result.series.strategies, ...result.decisions].map((entry) => strategyWords(entry.strategy))),
  );
  const zeros = (result: RunResult): readonly number[] => result.series.minuteSeconds.map(() => 0);
  const byName = (
    result: RunResult,
    names: readonly Coloured[],
    columns: Readonly<Record<string, readonly number[]>>,
    scale: number,
  ): Column[] => names.map(({ name }) => packColumn(columns[name] ?? zeros(result), scale));
  const packPolicy = (result: RunResult): PackedPolicy => ({
    policy: result.summary.policy,
    requests: byName(result, units, result.series.requestsByUnit, 1),
    failed: packColumn(result.series.failed, 1),
    sharesPermille: byName(result, units, result.series.shareByUnit, 1000),
    latencyMilliseconds: {
      p50: packColumn(result.series.latency.p50, 1000),
      p95: packColumn(result.series.latency.p95, 1000),
      p99: packColumn(result.series.latency.p99, 1000),
    },
    pods: byName(result, pools, result.series.readyPodsByPool, 1),
    costCentsPerHour: packColumn(result.series.costUsdPerHour, 100),
    strategies: result.series.strategies.map((span) => [
      Math.round(span.fromSeconds),
      Math.round(span.toSeconds),
      strategies.indexOf(strategyWords(span.strategy)),
    ]),
    shortages: result.series.shortages.map((span) => [
      Math.round(span.fromSeconds),
      Math.round(span.toSeconds),
      shortagePools.indexOf(span.pool),
    ]),
    log: packLog(result.decisions, strategies),
  });
  return {
    startSeconds: Math.round(Date.parse(first.series.startTime) / 1000),
    minuteSeconds: packAxis(first.series.minuteSeconds),
    objective: first.summary.objective,
    units,
    pools,
    shortagePools,
    strategies,
    strategyColours: strategies.map((strategy, index) => (KNOWN.includes(strategy) ? KNOWN.indexOf(strategy) : KNOWN.length + index)),
    markedStrategies: strategies.map((strategy) => !INITIAL.includes(strategy)),
    policies: results.map(packPolicy),
  };
};
