import { describe, expect, it } from 'vitest';
import { outageFigures } from './outages';

/** Karpenter asks again for what was refused after three minutes. */
const KARPENTER_RETRY_MINUTES = 3;

describe.each([20, 40])('an outage of all pools for %d minutes', (minutes) => {
  it.each([1, 2, 3])('ends no later than without a loop plus one retry of Karpenter, and fails fewer requests, seed %d', async (seed) => {
    const loop = await outageFigures(minutes, 'two-mode', seed);
    const none = await outageFigures(minutes, 'static', seed);
    expect(loop.firstLaunchMinutes).toBeLessThanOrEqual(none.firstLaunchMinutes + KARPENTER_RETRY_MINUTES);
    expect(loop.failed).toBeLessThan(none.failed);
  });
});

describe.each(['inf2-spot', 'inf2-od', 'g5-spot', 'g5-od'])('an outage of all pools after which only %s has capacity again', (pool) => {
  it('ends no later than without a loop plus one retry of Karpenter', async () => {
    const loop = await outageFigures(20, 'two-mode', 1, [pool]);
    const none = await outageFigures(20, 'static', 1, [pool]);
    expect(loop.firstLaunchMinutes).toBeLessThanOrEqual(none.firstLaunchMinutes + KARPENTER_RETRY_MINUTES);
    expect(loop.failed).toBeLessThan(none.failed);
  });
});
