import { describe, expect, it } from 'vitest';
import { toFleetSpec } from '../../../lambda/control-loop/api';
import { loadScenario } from '../../../sim/inputs/load-scenario';
import { spendingOf } from '../../../sim/results/spending';
import { run } from '../../../sim/run';

const smoke = loadScenario('smoke', '/');
const fleet = { ...toFleetSpec(smoke.scenario.fleet), name: 'smoke', namespace: 'default' };

/** What is paid for in a minute, in US dollars per hour. */
const rate = { readyByUnit: [6, 12], starting: 3, reclaimed: 1.2, empty: 0.6, dearer: 0 };

describe('What the money of a run went for', () => {
  it('is divided by what ready pods worked on', () => {
    // inf2 serves 105 a minute and pod and got half of it, g5 nothing. Two such minutes are a thirtieth of an hour.
    const minute = { rate, requestsByUnit: [105, 0], readyPodsByUnit: [2, 1] };
    const spent = spendingOf([fleet], [minute, minute]);
    expect(spent.servingUsd).toBeCloseTo(3 / 30, 3);
    expect(spent.idleUsd).toBeCloseTo(15 / 30, 3);
    expect(spent).toMatchObject({ startUpUsd: 0.1, reclaimedUsd: 0.04, emptyUsd: 0.02, dearerUsd: 0, longestDearerSeconds: 0 });
  });

  it('has the longest time in which pods were dearer than need be', () => {
    const minutes = [1, 5, 5, 1, 5, 5, 5, 1].map((dearer) => ({
      rate: { ...rate, dearer },
      requestsByUnit: [0, 0],
      readyPodsByUnit: [2, 1],
    }));
    // A tenth of 22.8 is 2.28.
    expect(spendingOf([fleet], minutes).longestDearerSeconds).toBe(180);
  });

  it('adds up to what the run cost', async () => {
    const { summary, spending, launches } = await run({ scenario: smoke, policy: 'two-mode', seed: 1 });
    const { servingUsd, idleUsd, startUpUsd, reclaimedUsd, emptyUsd } = spending;
    expect(Math.abs((servingUsd + idleUsd + startUpUsd + reclaimedUsd + emptyUsd) / summary.costUsd - 1)).toBeLessThan(0.02);
    expect(reclaimedUsd).toBeGreaterThan(0);
    expect(startUpUsd).toBeGreaterThan(0);
    expect(launches).toBeGreaterThan(0);
  });
});
