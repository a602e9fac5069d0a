import { describe, expect, it } from 'vitest';
import { boundNames, ratiosTo } from '../../../sim/bounds/bound-names';
import { boundsOf } from '../../../sim/bounds/bounds';
import { boundsInputOf } from '../../../sim/bounds/inputs';
import { loadScenario } from '../../../sim/inputs/load-scenario';

describe('The bounds of a scenario', () => {
  it('rise with what they ask for, and are the same each time', async () => {
    const smoke = loadScenario('smoke', process.cwd());
    const bounds = await boundsOf(smoke);
    const { lb0, lbOnDemand, lbN1, lbN1Q, lbN1QStrict } = bounds.usd;
    expect(lb0!).toBeLessThan(lbOnDemand!);
    expect(lb0!).toBeLessThan(lbN1!);
    expect(lbN1!).toBeLessThan(lbN1Q!);
    expect(lbN1Q!).toBeLessThan(lbN1QStrict!);
    expect(await boundsOf(smoke)).toEqual(bounds);
  });

  it('cost no less where the objective is to be held after a loss too, also with users who wait for their answers', async () => {
    const { lbN1Q, lbN1QStrict } = (await boundsOf(loadScenario('paper-c-inf2-loss', process.cwd()))).usd;
    expect(lbN1Q!).toBeLessThanOrEqual(lbN1QStrict!);
  });

  it('take demand, capacity and prices from the scenario', () => {
    const input = boundsInputOf(loadScenario('smoke', process.cwd()));
    expect(input.steps.stepSeconds).toBe(60);
    expect(input.steps.startsSeconds).toHaveLength(60);
    const [fleet] = input.fleets;
    // 200 requests a minute for a quarter of an hour, then 300, then 400.
    expect([0, 14, 15, 29, 30, 59].map((minute) => fleet!.demandPerMinute[minute])).toEqual([200, 200, 300, 300, 400, 400]);
    const spot = input.pools.findIndex(({ name }) => name === 'inf2-spot');
    // Lost from minute 25 to minute 45.
    expect([24, 25, 44, 45].map((minute) => input.pools[spot]!.devices[minute])).toEqual([20, 0, 0, 20]);
    // 40 % of $0.7582.
    expect(input.offers.find(({ pool }) => pool === spot)!.priceUsdPerHour[0]).toBeCloseTo(0.30328, 6);
  });

  it('take the demand of users who wait for their answers as the least that they may send', () => {
    const paper = loadScenario('paper-a-cost', process.cwd());
    const input = boundsInputOf(paper);
    // 100 users at most, each with a cycle of 1.33 s and an answer after 1.5 s at the latest: 60 x 100 / 2.83.
    expect(Math.max(...input.fleets[0]!.demandPerMinute)).toBeLessThanOrEqual(2120.2);
    expect(Math.max(...input.fleets[0]!.demandPerMinute)).toBeGreaterThan(2100);
    expect(input.fleets[0]!.hasRandomArrivals).toBe(false);
  });

  it('give the cost of a run as a multiple', () => {
    const usd = { lb0: 2, lbOnDemand: undefined, lbN1: 4, lbN1Q: 5, lbN1QStrict: 0 };
    expect(ratiosTo({ stepSeconds: 60, usd, unmetPart: usd }, 10)).toEqual({
      lb0: 5,
      lbOnDemand: undefined,
      lbN1: 2.5,
      lbN1Q: 2,
      lbN1QStrict: undefined,
    });
    expect(boundNames).toHaveLength(5);
  });
});
