import type { Fleet } from '../../lambda/control-loop/model/fleet';
import type { Scenario } from '../inputs/scenario';
import type { ShortageFact } from '../twin/karpenter/shortage-log';
import type { RequestTraffic } from '../twin/traffic/traffic';
import type { Recorder } from './recorder';
import type { RunResult, Summary } from './result';

export interface Finished {
  readonly scenario: Scenario;
  readonly fleet: Fleet;
  readonly policy: string;
  readonly seed: number;
  readonly traffic: RequestTraffic;
  readonly recorder: Recorder;
  readonly shortageFacts: readonly ShortageFact[];
  /** US dollars by pool, warm-up excluded. */
  readonly costByPool: Readonly<Record<string, number>>;
}

/** Puts the figures of a finished run together; everything before the end of the warm-up is left out of the summary. */
export const runResult = (finished: Finished): RunResult => {
  const { scenario, fleet, recorder, traffic } = finished;
  const { durationSeconds } = scenario;
  const requests = traffic.summary();
  const { latencySeconds, percentile, attainment } = fleet.objective;
  const objective = { latencySeconds, percentile, attainment };
  const strategies = recorder.strategies(durationSeconds);
  const shortages = recorder.shortages(finished.shortageFacts, scenario.warmUpSeconds);
  const costUsd = Object.values(finished.costByPool).reduce((sum, usd) => sum + usd, 0);
  const answered = requests.requests - requests.failed;
  const { p50, p95, p99 } = requests.latencySeconds;

  const summary: Summary = {
    scenario: scenario.name,
    policy: finished.policy,
    seed: finished.seed,
    durationSeconds: durationSeconds - scenario.warmUpSeconds,
    objective,
    requests: requests.requests,
    requestsByUnit: byUnit(fleet, (index) => requests.requestsByUnit[index] ?? 0),
    failed: requests.failed,
    attainment: rounded(requests.attainment ?? 1, 6),
    latencySeconds: { p50: roundedOrNull(p50), p95: roundedOrNull(p95), p99: roundedOrNull(p99) },
    worstFiveMinutesAttainment: rounded(requests.worstFiveMinutesAttainment ?? 1, 6),
    costUsd: rounded(costUsd, 4),
    costUsdPer1000Requests: answered === 0 ? null : rounded((costUsd / answered) * 1000, 6),
    costByPool: Object.fromEntries(Object.entries(finished.costByPool).map(([pool, usd]) => [pool, rounded(usd, 4)])),
    shortages,
    switches: recorder.switches,
    ticks: recorder.ticks,
    strategies: secondsByMode(strategies),
  };

  const minutes = traffic.minutes();
  const { samples } = recorder;
  return {
    summary,
    series: {
      startTime: scenario.startTime,
      objective,
      minuteSeconds: samples.map((_, index) => index * 60),
      requestsByUnit: byUnit(fleet, (index) => samples.map((_, minute) => minutes[minute]?.requestsByUnit[index] ?? 0)),
      failed: samples.map((_, minute) => minutes[minute]?.failed ?? 0),
      shareByUnit: byUnit(fleet, (index) => samples.map((sample) => rounded(sample.shareByUnit[index] ?? 0, 4))),
      latency: {
        p50: samples.map((_, minute) => roundedOrNull(minutes[minute]?.latencySeconds.p50)),
        p95: samples.map((_, minute) => roundedOrNull(minutes[minute]?.latencySeconds.p95)),
        p99: samples.map((_, minute) => roundedOrNull(minutes[minute]?.latencySeconds.p99)),
      },
      readyPodsByPool: Object.fromEntries(
        fleet.pools.map(({ name }) => [name, samples.map((sample) => sample.readyPodsByPool[name] ?? 0)]),
      ),
      costUsdPerHour: samples.map((sample) => rounded(sample.costUsdPerHour, 4)),
      strategies,
      shortages: shortages.map((shortage) => ({
        pool: shortage.pool,
        fromSeconds: shortage.startSeconds,
        toSeconds: shortage.recoveredAfterSeconds === null ? durationSeconds : shortage.startSeconds + shortage.recoveredAfterSeconds,
      })),
    },
    decisions: recorder.decisions,
  };
};

const byUnit = <T>(fleet: Fleet, value: (index: number) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(fleet.units.map(({ name }, index) => [name, value(index)]));

const secondsByMode = (strategies: RunResult['series']['strategies']): Readonly<Record<string, number>> => {
  const seconds: Record<string, number> = {};
  for (const { fromSeconds, toSeconds, strategy } of strategies)
    seconds[strategy] = rounded((seconds[strategy] ?? 0) + toSeconds - fromSeconds, 3);
  return seconds;
};

/** Rounded in decimal places, so that a report does not show more digits than the twin knows. */
const rounded = (value: number, places: number): number => Number(value.toFixed(places));

const roundedOrNull = (value: number | undefined): number | null => (value === undefined ? null : rounded(value, 4));
