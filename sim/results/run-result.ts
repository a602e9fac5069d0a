import type { Fleet } from '../../lambda/control-loop/model/fleet';
import type { Scenario } from '../inputs/scenario';
import type { ShortageFact } from '../twin/karpenter/shortage-log';
import type { RunSummary } from '../twin/traffic/statistics';
import type { RequestTraffic } from '../twin/traffic/traffic';
import type { Recorder } from './recorder';
import { totalMinutes, totalRequests } from './requests';
import type { DecisionLogEntry, FleetSummary, RunResult, RunSeries, ShortageSummary, Summary } from './result';
import type { MinuteSample } from './samples';
import { spendingOf } from './spending';

/** One fleet of a finished run. */
interface FinishedFleet {
  readonly fleet: Fleet;
  readonly traffic: RequestTraffic;
  readonly recorder: Recorder;
}

export interface Finished {
  readonly scenario: Scenario;
  readonly policy: string;
  readonly seed: number;
  /** The scenario's own first. */
  readonly fleets: readonly FinishedFleet[];
  readonly samples: readonly MinuteSample[];
  readonly shortageFacts: readonly ShortageFact[];
  /** Instances launched after the warm-up. */
  readonly launches: number;
  /** US dollars by pool, warm-up excluded. */
  readonly costByPool: Readonly<Record<string, number>>;
}

/** Puts the figures of a finished run together; everything before the end of the warm-up is left out of the summary. */
export const runResult = (finished: Finished): RunResult => {
  const { scenario, fleets, shortageFacts } = finished;
  const shortages = firstDetections(fleets.map(({ recorder }) => recorder.shortages(shortageFacts, scenario.warmUpSeconds)));
  return {
    summary: summaryOf(finished, shortages),
    series: seriesOf(finished, shortages),
    spending: spending(finished),
    launches: finished.launches,
    decisions: fleets.length === 1 ? fleets[0]!.recorder.decisions : decisionsOf(fleets),
  };
};

const spending = ({ scenario, fleets, samples }: Finished) => {
  const minutes = totalMinutes(fleets.map(({ traffic }) => traffic));
  const first = Math.ceil(scenario.warmUpSeconds / 60);
  return spendingOf(
    fleets.map(({ fleet }) => fleet),
    samples.slice(first).map(({ spending: rate, readyPodsByUnit }, index) => ({
      rate,
      readyPodsByUnit,
      requestsByUnit: minutes[first + index]?.requestsByUnit ?? [],
    })),
  );
};

const summaryOf = (finished: Finished, shortages: readonly ShortageSummary[]): Summary => {
  const { scenario, fleets, costByPool } = finished;
  const [own] = fleets;
  const requests = totalRequests(
    fleets.map(({ traffic }) => traffic),
    scenario,
  );
  const costUsd = Object.values(costByPool).reduce((sum, usd) => sum + usd, 0);
  const answered = requests.requests - requests.failed;
  return {
    scenario: scenario.name,
    policy: finished.policy,
    seed: finished.seed,
    durationSeconds: scenario.durationSeconds - scenario.warmUpSeconds,
    objective: objectiveOf(own!.fleet),
    ...figuresOf(requests, unitNames(fleets)),
    costUsd: rounded(costUsd, 4),
    costUsdPer1000Requests: answered === 0 ? null : rounded((costUsd / answered) * 1000, 6),
    costByPool: Object.fromEntries(Object.entries(costByPool).map(([pool, usd]) => [pool, rounded(usd, 4)])),
    shortages,
    switches: fleets.reduce((sum, { recorder }) => sum + recorder.switches, 0),
    ticks: own!.recorder.ticks,
    strategies: strategySeconds(own!, scenario),
    ...(fleets.length === 1
      ? {}
      : { fleets: Object.fromEntries(fleets.map((fleet) => [fleet.fleet.name, fleetSummary(fleet, scenario)])) }),
  };
};

const fleetSummary = (finished: FinishedFleet, scenario: Scenario): FleetSummary => ({
  objective: objectiveOf(finished.fleet),
  ...figuresOf(finished.traffic.summary(), unitNames([finished])),
  switches: finished.recorder.switches,
  strategies: strategySeconds(finished, scenario),
});

const objectiveOf = ({ objective: { latencySeconds, percentile, attainment } }: Fleet): Summary['objective'] => ({
  latencySeconds,
  percentile,
  attainment,
});

/** What became of requests; units by name. */
const figuresOf = (requests: RunSummary, units: readonly string[]) => {
  const { p50, p95, p99 } = requests.latencySeconds;
  return {
    requests: requests.requests,
    requestsByUnit: byName(units, (index) => requests.requestsByUnit[index] ?? 0),
    failed: requests.failed,
    attainment: rounded(requests.attainment ?? 1, 6),
    latencySeconds: { p50: roundedOrNull(p50), p95: roundedOrNull(p95), p99: roundedOrNull(p99) },
    worstFiveMinutesAttainment: rounded(requests.worstFiveMinutesAttainment ?? 1, 6),
  };
};

const seriesOf = ({ scenario, fleets, samples }: Finished, shortages: readonly ShortageSummary[]): RunSeries => {
  const { durationSeconds, startTime } = scenario;
  const [own] = fleets;
  const units = unitNames(fleets);
  const minutes = totalMinutes(fleets.map(({ traffic }) => traffic));
  const pools = [...new Set(fleets.flatMap(({ fleet }) => fleet.pools.map(({ name }) => name)))];
  return {
    startTime,
    objective: objectiveOf(own!.fleet),
    minuteSeconds: samples.map((_, index) => index * 60),
    requestsByUnit: byName(units, (index) => samples.map((_, minute) => minutes[minute]?.requestsByUnit[index] ?? 0)),
    failed: samples.map((_, minute) => minutes[minute]?.failed ?? 0),
    shareByUnit: byName(units, (index) => samples.map((sample) => rounded(sample.shareByUnit[index] ?? 0, 4))),
    latency: {
      p50: samples.map(({ latencySeconds }) => roundedOrNull(latencySeconds.p50)),
      p95: samples.map(({ latencySeconds }) => roundedOrNull(latencySeconds.p95)),
      p99: samples.map(({ latencySeconds }) => roundedOrNull(latencySeconds.p99)),
    },
    readyPodsByPool: Object.fromEntries(pools.map((name) => [name, samples.map((sample) => sample.readyPodsByPool[name] ?? 0)])),
    costUsdPerHour: samples.map((sample) => rounded(sample.costUsdPerHour, 4)),
    strategies: own!.recorder.strategies(durationSeconds),
    shortages: shortages.map((shortage) => ({
      pool: shortage.pool,
      fromSeconds: shortage.startSeconds,
      toSeconds: shortage.recoveredAfterSeconds === null ? durationSeconds : shortage.startSeconds + shortage.recoveredAfterSeconds,
    })),
  };
};

/** The decisions on all fleets by time, each under the name of its fleet. */
const decisionsOf = (fleets: readonly FinishedFleet[]): readonly DecisionLogEntry[] =>
  fleets
    .flatMap(({ fleet, recorder }) => recorder.decisions.map((entry) => ({ ...entry, what: `${fleet.name}: ${entry.what}` })))
    .sort((left, right) => left.timeSeconds - right.timeSeconds);

/** The shortages as the first fleet that knew of each detected it. */
const firstDetections = (byFleet: readonly (readonly ShortageSummary[])[]): readonly ShortageSummary[] =>
  byFleet[0]!.map((shortage, index) => {
    const detections = byFleet.flatMap((shortages) => shortages[index]!.detectedAfterSeconds ?? []);
    return { ...shortage, detectedAfterSeconds: detections.length === 0 ? null : Math.min(...detections) };
  });

const unitNames = (fleets: readonly FinishedFleet[]): readonly string[] =>
  fleets.flatMap(({ fleet }) => fleet.units.map(({ name }) => name));

const byName = <T>(names: readonly string[], value: (index: number) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(names.map((name, index) => [name, value(index)]));

const strategySeconds = ({ recorder }: FinishedFleet, { durationSeconds }: Scenario): Readonly<Record<string, number>> => {
  const seconds: Record<string, number> = {};
  for (const { fromSeconds, toSeconds, strategy } of recorder.strategies(durationSeconds)) {
    seconds[strategy] = rounded((seconds[strategy] ?? 0) + toSeconds - fromSeconds, 3);
  }
  return seconds;
};

/** Rounded in decimal places, so that a report does not show more digits than the twin knows. */
const rounded = (value: number, places: number): number => Number(value.toFixed(places));

const roundedOrNull = (value: number | undefined): number | null => (value === undefined ? null : rounded(value, 4));
