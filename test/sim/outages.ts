import { join } from 'node:path';
import { loadScenario } from '../../sim/inputs/load-scenario';
import type { LoadedScenario } from '../../sim/inputs/loaded-scenario';
import type { RunResult } from '../../sim/results/result';
import { run } from '../../sim/run';

/** When the outage begins, in seconds since the start of the world. */
const OUTAGE_SECONDS = 3000;
/** How long the world goes on after capacity is back, in seconds: longer than any backoff. */
const AFTERMATH_SECONDS = 3600;
const REQUESTS_PER_MINUTE = 400;

const smoke = loadScenario('smoke', join(__dirname, '../..'), {});
const smokePools = smoke.scenario.fleet.pools.map(({ name }) => name);

/**
 * The fleet of the scenario `smoke` at constant demand: every pool has all the capacity it is asked for, then none for some
 * minutes, in which EC2 takes back every instance, and then all of it again.
 *
 * @param returning the pools that have capacity again; the others have none until the end
 */
const outage = (minutes: number, returning: readonly string[] = smokePools): LoadedScenario => {
  const backSeconds = OUTAGE_SECONDS + minutes * 60;
  const rowsAt = (timestampSeconds: number, pools: readonly string[], devices: number | null) =>
    pools.map((pool) => ({ timestampSeconds, pool, devices }));
  return {
    ...smoke,
    scenario: {
      ...smoke.scenario,
      name: `outage-of-${minutes}-minutes`,
      durationSeconds: backSeconds + AFTERMATH_SECONDS,
      initialReplicas: { inf2: 4, g5: 4 },
      clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: REQUESTS_PER_MINUTE }, burstiness: 1 },
      availability: { reclaim: 'all' },
    },
    availability: [...rowsAt(OUTAGE_SECONDS, smokePools, 0), ...rowsAt(backSeconds, returning, null)],
  };
};

/** What an outage cost under a policy. */
export interface OutageFigures {
  readonly failed: number;
  /** Minutes from the return of capacity to the first launch; infinite where there was none. */
  readonly firstLaunchMinutes: number;
}

export const outageFigures = async (
  minutes: number,
  policy: string,
  seed: number,
  returning: readonly string[] = smokePools,
): Promise<OutageFigures> => figuresOf(await run({ scenario: outage(minutes, returning), policy, seed }), minutes);

const figuresOf = ({ summary }: RunResult, minutes: number): OutageFigures => {
  const backSeconds = OUTAGE_SECONDS + minutes * 60;
  const launches = summary.shortages.flatMap(({ startSeconds, recoveredAfterSeconds }) =>
    recoveredAfterSeconds === null ? [] : [startSeconds + recoveredAfterSeconds - backSeconds],
  );
  return { failed: summary.failed, firstLaunchMinutes: Math.min(...launches, Number.POSITIVE_INFINITY) / 60 };
};
