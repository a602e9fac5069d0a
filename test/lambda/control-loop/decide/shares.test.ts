import { describe, expect, it } from 'vitest';
import {
  type CostInput,
  costShares,
  equationShares,
  levelledThroughputs,
  priceUsdPerPodHour,
} from '../../../../lambda/control-loop/decide/shares';
import { fleetOf, NOW, type PoolStateOf, paperFleet, paperSpec, poolObservation, poolOf, unitOf } from './fixtures';

const percent = (shares: readonly number[]) => shares.map((share) => Math.round(share * 1000) / 10);

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

  const sharesOf = (change: Partial<CostInput> & Pick<CostInput, 'fleet'>) =>
    costShares({ pools: {}, isFree: () => true, nowSeconds: NOW, ...change });

  it('come out the same for a fleet that states none and observes no price', () => {
    expect(percent(sharesOf({ fleet: fleetOf(paperSpec) }).slice(0, 4))).toEqual([30.8, 28.2, 19.6, 11.8]);
  });

  it('are the stated ones where the fleet states them', () => {
    expect(sharesOf({ fleet: paperFleet() })).toEqual([0.4, 0.2, 0.15, 0.1, 0.15].map((share) => expect.closeTo(share, 12)));
  });

  it('follow the price of the cheapest pool that is free of shortage', () => {
    const fleet = fleetOf({
      units: [unitOf('a', { pools: ['spot', 'od'], devicesPerPod: 2 })],
      pools: [poolOf('spot', { capacityType: 'spot' }), poolOf('od')],
    });
    const pools = { spot: poolObservation({ priceUsd: 0.3 }), od: poolObservation({ priceUsd: 1 }) };
    expect(priceUsdPerPodHour({ fleet, pools, isFree: () => true }, fleet.units[0]!)).toBe(0.6);
    expect(priceUsdPerPodHour({ fleet, pools, isFree: (pool) => pool !== 'spot' }, fleet.units[0]!)).toBe(2);
  });

  it('count the instance types that hold the pod: by its devices, and by memory and CPU where the fleet says which', () => {
    const instanceTypes = [
      { name: 'inf2.xlarge', devices: 1, priceUsdPerHour: 0.7582 },
      { name: 'inf2.8xlarge', devices: 1, priceUsdPerHour: 1.96786 },
      { name: 'inf2.24xlarge', devices: 6, priceUsdPerHour: 6.49063 },
    ];
    const small = unitOf('small', { pools: ['pool'] });
    const large = unitOf('large', { pools: ['pool'], instanceTypes: ['inf2.8xlarge', 'inf2.24xlarge'] });
    const largest = unitOf('largest', { pools: ['pool'], instanceTypes: ['inf2.8xlarge'] });
    const wide = unitOf('wide', { pools: ['pool'], devicesPerPod: 2 });
    const fleet = fleetOf({ units: [small, large, largest, wide], pools: [poolOf('pool', { instanceTypes })] });
    const priceIn = (pools: CostInput['pools']) =>
      fleet.units.map((unit) => priceUsdPerPodHour({ fleet, pools, isFree: () => true }, unit));
    // 6.49063 / 6 = 1.08177 a device.
    const stated = [0.7582, 6.49063 / 6, 1.96786, (2 * 6.49063) / 6];
    expect(priceIn({})).toEqual(stated.map((price) => expect.closeTo(price, 9)));
    const observation = poolObservation({ priceUsd: 0.2 });
    const byType = { 'inf2.xlarge': 0.2, 'inf2.8xlarge': 0.6, 'inf2.24xlarge': 0.35 };
    const spot = { ...observation, priceUsdPerDeviceHour: { ...observation.priceUsdPerDeviceHour, byType } };
    expect(priceIn({ pool: spot })).toEqual([0.2, 0.35, 0.6, 0.7]);
    // A type whose market price is not known costs what the fleet states.
    const partly = { ...observation, priceUsdPerDeviceHour: { ...observation.priceUsdPerDeviceHour, byType: { 'inf2.xlarge': 0.2 } } };
    expect(priceIn({ pool: partly })[2]).toBe(1.96786);
  });

  describe('of a unit with reserved capacity', () => {
    // At 0.8 of 60 requests/min a pod on one of the five devices serves 48: 240 in all.
    const fleet = fleetOf({
      units: [unitOf('a', { pools: ['a-reserved', 'a-od'] }), unitOf('b')],
      pools: [poolOf('a-reserved', { capacityType: 'reserved', capacityReservationIds: ['cr-1'] }), poolOf('a-od'), poolOf('b')],
    });
    const pools = (change: PoolStateOf = {}) => ({
      'a-reserved': poolObservation({ running: 2, reserved: 3, ...change }),
      'a-od': poolObservation({ priceUsd: 1 }),
      b: poolObservation({ priceUsd: 1 }),
    });

    it('fill what is paid for first, and divide the rest by price', () => {
      expect(sharesOf({ fleet, pools: pools(), demandPerMinute: 200 })).toEqual([1, 0]);
      // 240 of 1,000 are paid for; of the other 760 each unit gets half.
      expect(sharesOf({ fleet, pools: pools(), demandPerMinute: 1000 })).toEqual([expect.closeTo(0.62, 9), expect.closeTo(0.38, 9)]);
    });

    it('are those of the price alone where nothing is known to be reserved', () => {
      expect(sharesOf({ fleet, pools: pools({ running: 0, reserved: undefined }), demandPerMinute: 200 })).toEqual([0.5, 0.5]);
    });
  });
});

describe('levelled throughputs', () => {
  it('are 89.2, 89.2, 89.2, 61 and 60 for the paper', () => {
    expect(levelledThroughputs([105, 130, 90, 61, 60])).toEqual([89.2, 89.2, 89.2, 61, 60]);
  });
});
