import type { DecisionLogEntry, RunResult, RunSeries, Summary } from '../../../sim/results/result';

/** A made-up run to draw: three days, five units, a load with a 15 h period, a shortage of inf2 on the second day. */

const MINUTES = 4320;
const UNITS: Readonly<Record<string, number>> = { inf2: 0.4, trn1: 0.2, 'g5-triton': 0.15, g6: 0.1, 'g5-cuda': 0.15 };
const POOLS: Readonly<Record<string, readonly [unit: string, part: number, throughputPerMinute: number, usdPerHour: number]>> = {
  'inf2-on-demand': ['inf2', 1, 84, 0.7582],
  'trn1-on-demand': ['trn1', 1, 104, 1.3438],
  'g5-on-demand': ['g5-triton', 2, 66, 1.006],
  'g6-spot': ['g6', 0.5, 50, 0.32],
  'g6-on-demand': ['g6', 0.5, 50, 0.8048],
};
const SHORTAGE = { from: 1690, to: 2300 };

/** The same noise on every machine: a linear congruential generator, -1 to 1. */
const noise = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2_147_483_648 - 1;
  };
};

const loadAt = (minute: number): number => 40 + (2920 * (1 - Math.cos((2 * Math.PI * minute) / 900))) / 2;

const inShortage = (minute: number): boolean => minute >= SHORTAGE.from && minute < SHORTAGE.to;

const seriesOf = (clumsiness: number, seed: number): RunSeries => {
  const next = noise(seed);
  const minutes = Array.from({ length: MINUTES }, (_, minute) => minute);
  const back = SHORTAGE.to + 60 * clumsiness;
  const shareAt = (unit: string, minute: number): number => {
    if (minute < SHORTAGE.from + clumsiness || minute >= back) return UNITS[unit]!;
    const easing = Math.min(1, (minute - SHORTAGE.from) / 40);
    return UNITS[unit]! + ((unit === 'inf2' ? 0.06 : 0.235) - UNITS[unit]!) * easing;
  };
  const shareByUnit = Object.fromEntries(Object.keys(UNITS).map((unit) => [unit, minutes.map((minute) => shareAt(unit, minute))]));
  const requestsByUnit = Object.fromEntries(
    Object.keys(UNITS).map((unit) => [
      unit,
      minutes.map((minute) => Math.max(0, Math.round(loadAt(minute) * shareAt(unit, minute) * (1 + 0.03 * next()) + 3 * next()))),
    ]),
  );
  const struggling = (minute: number): number => (minute >= SHORTAGE.from && minute < SHORTAGE.from + 6 * clumsiness ? clumsiness : 0);
  const p50 = minutes.map((minute) => (minute % 1441 === 1440 ? null : 0.66 + 0.015 * next() + 0.02 * struggling(minute)));
  const ratio = (spread: number) =>
    p50.map((value, minute) => (value === null ? null : value * (1 + spread * (1 + 0.3 * next())) + 0.2 * struggling(minute) * spread));
  const podsAt = (pool: string, minute: number): number => {
    const [unit, part, throughput] = POOLS[pool]!;
    const lagged = Math.max(0, minute - 6);
    return Math.max(1, Math.ceil((loadAt(lagged) * shareAt(unit, lagged) * part) / throughput));
  };
  const readyPodsByPool = Object.fromEntries(Object.keys(POOLS).map((pool) => [pool, minutes.map((minute) => podsAt(pool, minute))]));
  const costUsdPerHour = minutes.map((minute) =>
    Object.entries(POOLS).reduce((sum, [pool, [, , , price]]) => sum + price * podsAt(pool, minute) * (1 + 0.03 * clumsiness), 0),
  );
  const from = (SHORTAGE.from + clumsiness) * 60;
  return {
    startTime: '2024-11-13T00:00:00Z',
    objective: OBJECTIVE,
    minuteSeconds: minutes.map((minute) => minute * 60),
    requestsByUnit,
    failed: minutes.map((minute) => (struggling(minute) > 1 ? Math.round(12 + 10 * next()) : 0)),
    shareByUnit,
    latency: { p50, p95: ratio(0.12), p99: ratio(0.22) },
    readyPodsByPool,
    costUsdPerHour,
    strategies: [
      { fromSeconds: 0, toSeconds: from, strategy: 'CostOptimized' },
      { fromSeconds: from, toSeconds: back * 60, strategy: 'CapacityOptimized' },
      { fromSeconds: back * 60, toSeconds: MINUTES * 60, strategy: 'CostOptimized' },
    ],
    shortages: [{ pool: 'inf2-on-demand', fromSeconds: SHORTAGE.from * 60 + 20, toSeconds: SHORTAGE.to * 60 }],
  };
};

const OBJECTIVE = { latencySeconds: 0.9, percentile: 95, attainment: 0.99 };

const decisionsOf = (series: RunSeries): DecisionLogEntry[] => {
  const switches = series.strategies.map(({ fromSeconds, strategy }) => ({
    timeSeconds: fromSeconds,
    strategy,
    what: `Strategy ${strategy}`,
    why:
      strategy === 'CostOptimized'
        ? 'No pool has been in shortage for 10 minutes'
        : 'inf2-on-demand is in shortage in us-west-2a since 04:10:20',
  }));
  const floors = series.minuteSeconds
    .filter((seconds) => seconds % 420 === 0)
    .map((timeSeconds, index) => ({
      timeSeconds,
      strategy: inShortage(timeSeconds / 60) ? 'CapacityOptimized' : 'CostOptimized',
      what: `Floor of ${Object.keys(UNITS)[index % 5]} ${4 + (index % 9)} -> ${5 + (index % 9)}`,
      why: `Demand ${Math.round(loadAt(timeSeconds / 60))} requests per minute over ${4 + (index % 9)} ready pods at 84 a pod`,
    }));
  return [...switches, ...floors].sort((one, other) => one.timeSeconds - other.timeSeconds);
};

/** The figures that go with the curves, each of which a test may replace. */
export const syntheticSummary = (changes: Partial<Summary> = {}): Summary => ({
  scenario: 'paper-c-inf2-loss',
  policy: 'two-mode',
  seed: 7,
  durationSeconds: 259_200,
  objective: OBJECTIVE,
  requests: 6_412_345,
  requestsByUnit: { inf2: 2_380_000, trn1: 1_330_000, 'g5-triton': 1_010_000, g6: 680_000, 'g5-cuda': 1_012_345 },
  failed: 0,
  attainment: 0.9962,
  latencySeconds: { p50: 0.663, p95: 0.741, p99: 0.826 },
  worstFiveMinutesAttainment: 0.871,
  costUsd: 1873.2,
  costUsdPer1000Requests: 0.2921,
  costByPool: { 'inf2-on-demand': 410.2, 'trn1-on-demand': 505.7, 'g5-on-demand': 720.1, 'g6-spot': 62.2, 'g6-on-demand': 175 },
  shortages: [{ pool: 'inf2-on-demand', startSeconds: 101_420, detectedAfterSeconds: 38, recoveredAfterSeconds: 250 }],
  switches: 2,
  ticks: 4320,
  strategies: { CostOptimized: 222_540, CapacityOptimized: 36_660 },
  ...changes,
});

/** Of a run of which nobody reads what its money went for. */
export const noSpending: Pick<RunResult, 'spending' | 'launches'> = {
  spending: { servingUsd: 0, idleUsd: 0, startUpUsd: 0, reclaimedUsd: 0, emptyUsd: 0, dearerUsd: 0, longestDearerSeconds: 0 },
  launches: 0,
};

/** A run whose policy copes with the shortage; `clumsiness` minutes late where above 0. */
export const syntheticRun = (changes: Partial<Summary> = {}, clumsiness = 1): RunResult => {
  const series = seriesOf(clumsiness, 11 + clumsiness);
  return { summary: syntheticSummary(changes), series, decisions: decisionsOf(series), ...noSpending };
};

/** The published controller on the same load: slow to see the shortage, and it loses requests. */
export const syntheticBaseline = (changes: Partial<Summary> = {}): RunResult =>
  syntheticRun(
    {
      policy: 'paper-as-published',
      failed: 1204,
      attainment: 0.981,
      latencySeconds: { p50: 0.671, p95: 0.842, p99: 1.63 },
      worstFiveMinutesAttainment: 0.412,
      costUsd: 2085.4,
      costUsdPer1000Requests: 0.3253,
      shortages: [{ pool: 'inf2-on-demand', startSeconds: 101_420, detectedAfterSeconds: 290, recoveredAfterSeconds: 2460 }],
      ...changes,
    },
    5,
  );
