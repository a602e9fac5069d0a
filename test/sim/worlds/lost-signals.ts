import { join } from 'node:path';
import { loadScenario } from '../../../sim/inputs/load-scenario';
import type { LoadedScenario } from '../../../sim/inputs/loaded-scenario';
import type { Reality } from '../../../sim/inputs/reality';
import { run } from '../../../sim/run';

/** One signal that is lost for an hour. */
export type LostSignal = Reality['silentSignals'][number] extends infer Entry
  ? Entry extends unknown
    ? Omit<Entry, 'fromSeconds' | 'toSeconds'>
    : never
  : never;

const DURATION_SECONDS = 9000;
/** A pool of the fleet is lost; two minutes later, when the loop has lowered its limit, so is the signal. */
const SHORTAGE_SECONDS = 1500;
const LOST_SECONDS = SHORTAGE_SECONDS + 120;
const HOUR_SECONDS = 3600;
/** Capacity returns within that hour. */
const RETURN_SECONDS = SHORTAGE_SECONDS + 2400;
const REQUESTS_PER_MINUTE = 400;
const SEED = 1;

const smoke = loadScenario('smoke', join(__dirname, '../../..'), {});

const world = (signal: LostSignal | undefined): LoadedScenario => ({
  ...smoke,
  scenario: {
    ...smoke.scenario,
    name: 'lost-signal',
    durationSeconds: DURATION_SECONDS,
    initialReplicas: { inf2: 4, g5: 4 },
    clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: REQUESTS_PER_MINUTE }, burstiness: 1 },
    reality: {
      ...smoke.scenario.reality,
      silentSignals:
        signal === undefined ? [] : [{ ...signal, fromSeconds: LOST_SECONDS, toSeconds: LOST_SECONDS + HOUR_SECONDS } as never],
    },
  },
  availability: [
    { timestampSeconds: SHORTAGE_SECONDS, pool: 'inf2-spot', devices: 0 },
    { timestampSeconds: RETURN_SECONDS, pool: 'inf2-spot', devices: null },
  ],
});

/** Attainment and cost of the fleet at constant demand while a pool is lost and returns, with every signal or without one. */
export const figuresWithout = async (signal?: LostSignal): Promise<{ readonly attainment: number; readonly costUsd: number }> => {
  const { summary } = await run({ scenario: world(signal), policy: 'two-mode', seed: SEED });
  return { attainment: summary.attainment ?? 0, costUsd: summary.costUsd };
};
