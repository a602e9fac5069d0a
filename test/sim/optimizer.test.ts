import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedScenario } from '../../sim/inputs/loaded-scenario';
import type { RunResult } from '../../sim/results/result';
import { run } from '../../sim/run';
import { steadyWorld } from './worlds/steady';

/** Four units of two kinds, each with a pool on spot and one on demand, under 400 requests a minute for four hours. */
const world = (resilience: number): LoadedScenario =>
  steadyWorld({ durationSeconds: 4 * 3600, resilience, furtherUnits: ['g6', 'l4'], initialReplicas: { inf2: 4, g5: 3, g6: 2, l4: 2 } });

/** The pool that has most of the pods loses its instances after two hours, and there are no others. */
const withoutLargest = (steady: LoadedScenario): LoadedScenario => ({
  ...steady,
  availability: [{ timestampSeconds: 7200, pool: 'inf2-spot', devices: 0 }],
  scenario: { ...steady.scenario, availability: { reclaim: 'all' } },
});

const under = (policy: 'optimizer' | 'two-mode', scenario: LoadedScenario): Promise<RunResult> => run({ scenario, policy, seed: 1 });

describe.each([
  // Where the loss of any pool is to be survived, both buy nearly the same pods here.
  [0, 0.75],
  [1, 1.05],
])('the Optimizer beside TwoMode, resilience %d', (resilience, atMost) => {
  let optimizer: RunResult;
  let twoMode: RunResult;
  beforeAll(async () => {
    optimizer = await under('optimizer', world(resilience));
    twoMode = await under('two-mode', world(resilience));
  });

  it(`costs at most ${atMost} of it`, () => {
    expect(optimizer.summary.costUsd).toBeLessThanOrEqual(atMost * twoMode.summary.costUsd!);
  });

  it('loses no request, and has as many within the objective but for one in a thousand', () => {
    expect(optimizer.summary.failed).toBe(0);
    expect(optimizer.summary.attainment).toBeGreaterThanOrEqual(twoMode.summary.attainment! - 0.001);
  });
});

describe('the loss of the largest pool', () => {
  it('loses no request where it is to be survived', async () => {
    const { summary } = await under('optimizer', withoutLargest(world(1)));
    expect(summary.failed).toBe(0);
    expect(summary.attainment).toBeGreaterThanOrEqual(0.995);
  });
});

describe('a unit that is three times as slow as stated from the half hour on', () => {
  it('costs the Optimizer no more than one in a hundred requests after ten minutes: it plans with what it has learned', async () => {
    const reality = { performance: [{ unit: 'inf2', serviceTimeFactor: 3, fromSeconds: 1800 }] };
    const scenario = steadyWorld({ durationSeconds: 3600, warmUpSeconds: 2400, resilience: 1, reality });
    const [optimizer, twoMode] = await Promise.all([under('optimizer', scenario), under('two-mode', scenario)]);
    expect(optimizer.summary.failed).toBe(0);
    expect(optimizer.summary.attainment).toBeGreaterThanOrEqual(0.99);
    expect(optimizer.summary.costUsd).toBeLessThan(0.7 * twoMode.summary.costUsd!);
  });
});

describe('spot prices that nobody can read for an hour', () => {
  it('cost no more than a tenth: pods do not move by prices that are stated beside prices that were observed', async () => {
    // Spot is nearly as dear as on demand for one unit, and a fifth of it for the other.
    const usdPerHour = { 'inf2.xlarge': 0.9 * 0.7582, 'g5.xlarge': 0.2 * 1.006 } as const;
    const spotPrices = (['inf2.xlarge', 'g5.xlarge'] as const).flatMap((instanceType) =>
      ['us-west-2a', 'us-west-2b'].map((zone) => ({ instanceType, zone, timestampSeconds: 0, priceUsdPerHour: usdPerHour[instanceType] })),
    );
    const silent = { silentSignals: [{ signal: 'spot-prices' as const, fromSeconds: 7200, toSeconds: 10_800 }] };
    const costOf = async (reality: Parameters<typeof steadyWorld>[0]['reality']): Promise<number> => {
      const scenario = { ...steadyWorld({ durationSeconds: 4 * 3600, resilience: 0, ...(reality && { reality }) }), spotPrices };
      const { summary } = await under('optimizer', scenario);
      expect(summary.failed).toBe(0);
      return summary.costUsd!;
    };
    expect(await costOf(silent)).toBeLessThanOrEqual(1.1 * (await costOf(undefined)));
  });
});
