import { join } from 'node:path';
import { loadScenario } from '../../sim/inputs/load-scenario';
import type { LoadedScenario } from '../../sim/inputs/loaded-scenario';
import type { RunResult } from '../../sim/results/result';
import { run } from '../../sim/run';

/** When the outage begins, in seconds since the start of the world. */
const OUTAGE_SECONDS = 3000;
/** How long the world goes on after capacity is back, in seconds: longer than any backoff. */
const AFTERMATH_SECONDS = 3600;

const smoke = loadScenario('smoke', join(__dirname, '../..'), {});

/**
 * The fleet of the scenario `smoke` at constant demand: every pool has all the capacity it is asked for, then none for some
 * minutes, in which EC2 takes back every instance, and then all of it again.
 */
export const outageOfAllPools = (minutes: number, requestsPerMinute = 400): LoadedScenario => {
  const backSeconds = OUTAGE_SECONDS + minutes * 60;
  const rowsAt = (timestampSeconds: number, devices: number | null) =>
    smoke.scenario.fleet.pools.map(({ name }) => ({ timestampSeconds, pool: name, devices }));
  return {
    ...smoke,
    scenario: {
      ...smoke.scenario,
      name: `outage-of-${minutes}-minutes`,
      durationSeconds: backSeconds + AFTERMATH_SECONDS,
      initialReplicas: { inf2: 4, g5: 4 },
      clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: requestsPerMinute }, burstiness: 1 },
      availability: { reclaim: 'all' },
    },
    availability: [...rowsAt(OUTAGE_SECONDS, 0), ...rowsAt(backSeconds, null)],
  };
};

export interface OutageFigures {
  readonly failed: number;
  /** Minutes from the return of capacity to the first launch of the pools of each unit, by unit; infinite where there was none. */
  readonly firstLaunchMinutes: Readonly<Record<string, number>>;
  /** Minutes from the return of capacity to the last minute in which a request failed. */
  readonly lastFailureMinutes: number;
}

/** What an outage cost under a policy. */
export const outageFigures = async (minutes: number, policy: string, seed: number): Promise<OutageFigures> => {
  const world = outageOfAllPools(minutes);
  return figuresOf(world, await run({ scenario: world, policy, seed }), minutes);
};

const figuresOf = ({ scenario }: LoadedScenario, { summary, series }: RunResult, minutes: number): OutageFigures => {
  const backSeconds = OUTAGE_SECONDS + minutes * 60;
  const launches = (pools: readonly string[]) =>
    summary.shortages
      .filter(({ pool, recoveredAfterSeconds }) => pools.includes(pool) && recoveredAfterSeconds !== null)
      .map(({ startSeconds, recoveredAfterSeconds }) => startSeconds + recoveredAfterSeconds! - backSeconds);
  return {
    failed: summary.failed,
    firstLaunchMinutes: Object.fromEntries(
      scenario.fleet.units.map(({ name, pools }) => [name, Math.min(...launches(pools), Number.POSITIVE_INFINITY) / 60]),
    ),
    lastFailureMinutes: series.failed.findLastIndex((failed) => failed > 0) + 1 - backSeconds / 60,
  };
};
