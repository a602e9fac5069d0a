import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedScenario } from '../../sim/inputs/loaded-scenario';
import type { RunResult } from '../../sim/results/result';
import { run } from '../../sim/run';
import { steadyWorld } from './worlds/steady';

const LOST_SECONDS = 3600;
const BACK_SECONDS = 5400;
const END_SECONDS = 3 * 3600;
const SPOT = ['inf2-spot', 'g5-spot'];

/** Every pod runs on spot, at 30 % of the price on demand, until EC2 takes all of it; half an hour later there is some again, or not. */
const world = (resilience: number, isBack: boolean): LoadedScenario => {
  const steady = steadyWorld({ durationSeconds: END_SECONDS, resilience });
  const spotPrices = (['inf2.xlarge', 'g5.xlarge'] as const).flatMap((instanceType) =>
    ['us-west-2a', 'us-west-2b'].map((zone) => ({
      instanceType,
      zone,
      timestampSeconds: 0,
      priceUsdPerHour: 0.3 * { 'inf2.xlarge': 0.7582, 'g5.xlarge': 1.006 }[instanceType],
    })),
  );
  const rows = (timestampSeconds: number, devices: number | null) => SPOT.map((pool) => ({ timestampSeconds, pool, devices }));
  return {
    ...steady,
    spotPrices,
    availability: [...rows(LOST_SECONDS, 0), ...(isBack ? rows(BACK_SECONDS, null) : [])],
    scenario: { ...steady.scenario, availability: { reclaim: 'all' } },
  };
};

const inTwin = (resilience: number, isBack: boolean): Promise<RunResult> =>
  run({ scenario: world(resilience, isBack), policy: 'two-mode', seed: 1 });

const minuteOf = ({ series }: RunResult, seconds: number): number => series.minuteSeconds.findIndex((minute) => minute >= seconds);

const podsOnDemand = (result: RunResult, seconds: number): number => {
  const minute = minuteOf(result, seconds);
  return ['inf2-od', 'g5-od'].reduce((sum, pool) => sum + result.series.readyPodsByPool[pool]![minute]!, 0);
};

describe.each([0, 1])('after a loss of all spot capacity, resilience %d', (resilience) => {
  let returned: RunResult;
  let stayed: RunResult;
  beforeAll(async () => {
    returned = await inTwin(resilience, true);
    stayed = await inTwin(resilience, false);
  });

  it('pods return to spot within the hour, and the fleet costs what it did before', () => {
    const { costUsdPerHour } = returned.series;
    expect(podsOnDemand(returned, BACK_SECONDS)).toBeGreaterThanOrEqual(8);
    expect(podsOnDemand(returned, BACK_SECONDS + 3600)).toBe(0);
    const before = costUsdPerHour[minuteOf(returned, LOST_SECONDS - 600)]!;
    expect(costUsdPerHour[minuteOf(returned, BACK_SECONDS + 4500)]).toBeLessThanOrEqual(1.15 * before);
  });

  it('the way back loses no request, and misses the objective for none that would have met it', () => {
    expect(returned.summary.failed).toBe(stayed.summary.failed);
    expect(returned.summary.attainment).toBeGreaterThanOrEqual(stayed.summary.attainment - 0.0005);
    expect(returned.summary.costUsd).toBeLessThan(0.8 * stayed.summary.costUsd);
  });

  it('trying where spot does not come back asks for one pod now and then', () => {
    const tried = stayed.decisions.filter(({ why }) => /pods? moves? to/.test(why));
    expect(tried.every(({ why }) => why.startsWith('1 pod moves'))).toBe(true);
    expect(tried.length).toBeLessThanOrEqual(8);
  });
});
