import { describe, expect, it } from 'vitest';
import { costShares, equationShares, levelledThroughputs, priceUsdPerPodHour } from '../../../../lambda/control-loop/decide/shares';
import { fleetOf, paperFleet, paperSpec, poolObservation, poolOf, unitOf } from './fixtures';

const percent = (shares: readonly number[]) => shares.map((share) => Math.round(share * 1000) / 10);
const all = [true, true, true, true, true];
const free = () => true;

describe('cost shares', () => {
  it("are 30.8, 28.2, 19.6, 11.8 and 9.65 % by the equation for the paper's table", () => {
    const shares = equationShares([
      { throughputPerMinute: 105, priceUsdPerPodHour: 0.7582, latencySeconds: 0.67, available: true },
      { throughputPerMinute: 130, priceUsdPerPodHour: 1.3438, latencySeconds: 0.51, available: true },
      { throughputPerMinute: 90, priceUsdPerPodHour: 1.006, latencySeconds: 0.68, available: true },
      { throughputPerMinute: 61, priceUsdPerPodHour: 0.8048, latencySeconds: 0.96, available: true },
      { throughputPerMinute: 60, priceUsdPerPodHour: 1.006, latencySeconds: 0.92, available: true },
    ]);
    // The last unit has 9.65 %: 9.6 where the figures are made to sum to 100, 9.7 where each is rounded.
    expect(percent(shares.slice(0, 4))).toEqual([30.8, 28.2, 19.6, 11.8]);
    expect(shares[4]! * 100).toBeCloseTo(9.65, 2);
  });

  it('come out the same for a fleet that states none and observes no price', () => {
    expect(percent(costShares(fleetOf(paperSpec), {}, all, free).slice(0, 4))).toEqual([30.8, 28.2, 19.6, 11.8]);
  });

  it('are the stated ones where the fleet states them', () => {
    expect(costShares(paperFleet(), {}, all, free)).toEqual([0.4, 0.2, 0.15, 0.1, 0.15].map((share) => expect.closeTo(share, 12)));
  });

  it('are renormalised over the units that are available', () => {
    expect(percent(costShares(paperFleet(), {}, [false, true, true, true, true], free))).toEqual([0, 33.3, 25, 16.7, 25]);
  });

  it('follow the price of the cheapest pool that is free of shortage', () => {
    const fleet = fleetOf({
      units: [unitOf('a', { pools: ['spot', 'od'], devicesPerPod: 2 })],
      pools: [poolOf('spot', { capacityType: 'spot' }), poolOf('od')],
    });
    const pools = { spot: poolObservation({ priceUsd: 0.3 }), od: poolObservation({ priceUsd: 1 }) };
    expect(priceUsdPerPodHour(fleet, fleet.units[0]!, pools, free)).toBe(0.6);
    expect(priceUsdPerPodHour(fleet, fleet.units[0]!, pools, (pool) => pool !== 'spot')).toBe(2);
  });
});

describe('levelled throughputs', () => {
  it('are 89.2, 89.2, 89.2, 61 and 60 for the paper', () => {
    expect(levelledThroughputs([105, 130, 90, 61, 60])).toEqual([89.2, 89.2, 89.2, 61, 60]);
  });
});
