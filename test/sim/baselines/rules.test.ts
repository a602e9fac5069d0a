import { assert, constantFrom, integer, property, record, array as some } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFleetSpec } from '../../../lambda/control-loop/api';
import { withCheapestUnit } from '../../../sim/baselines/cheapest-unit';
import { cheapestCover } from '../../../sim/baselines/covering';
import { hpaRule } from '../../../sim/baselines/hpa';
import { reactiveIlp } from '../../../sim/baselines/reactive-ilp';
import type { FleetView, WantedFleet } from '../../../sim/baselines/rule';
import { saturation } from '../../../sim/baselines/saturation';
import { spotHedge } from '../../../sim/baselines/spot-hedge';
import { peaksOf, staticPeakRule } from '../../../sim/baselines/static-peak';
import { loadScenario } from '../../../sim/inputs/load-scenario';

const { scenario } = loadScenario('smoke', '/');

/** Two units, inf2 with 105 and g5 with 90 requests a minute and pod, each with a spot and an on-demand pool of 20 devices. */
const view = (given: Partial<FleetView> = {}): FleetView => ({
  fleet: { ...toFleetSpec(scenario.fleet), name: 'smoke', namespace: 'default' },
  nowSeconds: 10_000,
  demandPerMinute: 400,
  readyPods: {},
  startingPods: {},
  healthyHosts: { inf2: 1, g5: 1 },
  priceUsdPerDeviceHour: { 'inf2-spot': 0.2, 'inf2-od': 0.7582, 'g5-spot': 0.5, 'g5-od': 1.006 },
  refusedSeconds: {},
  ...given,
});

const floorsOf = ({ units }: WantedFleet) => Object.fromEntries(Object.entries(units).map(([name, { floor }]) => [name, floor]));

describe('An autoscaler on requests per pod', () => {
  it('scales each unit on a part of its throughput, with equal shares and spot first', () => {
    expect(hpaRule(0.5)(view())).toEqual({
      units: {
        inf2: { floor: 1, targetPerMinute: 52.5, share: 0.5 },
        g5: { floor: 1, targetPerMinute: 45, share: 0.5 },
      },
      poolOrder: ['inf2-spot', 'g5-spot', 'inf2-od', 'g5-od'],
    });
  });

  it('sends nothing to a unit without a healthy target', () => {
    expect(hpaRule(0.7)(view({ healthyHosts: { inf2: 2, g5: 0 } })).units).toMatchObject({ inf2: { share: 1 }, g5: { share: 0 } });
  });
});

describe('The cheapest unit', () => {
  it('is the one whose requests cost least on spot, and has the pods for all of the first load', () => {
    // 40 % of 0.7582 for 105 against 40 % of 1.006 for 90; 3 x 105 + 2 x 90 requests a minute are 5 pods.
    const { fleet, initialReplicas } = withCheapestUnit(scenario);
    expect(fleet.units.map(({ name }) => name)).toEqual(['inf2']);
    expect(fleet.pools.map(({ name }) => name)).toEqual(['inf2-spot', 'inf2-od']);
    expect(initialReplicas).toEqual({ inf2: 5 });
  });

  it('has the pools of the capacity types that are asked for', () => {
    const { fleet } = withCheapestUnit(scenario, ['on-demand']);
    expect(fleet.units[0]!.pools).toEqual(['inf2-od']);
    expect(fleet.pools.map(({ name }) => name)).toEqual(['inf2-od']);
  });
});

describe('Pods for the peak', () => {
  it('are those of the highest rate, at least one and no more than the unit may have', () => {
    expect(peaksOf(scenario).get('smoke')).toBe(400);
    const rows = [100, 300, 200].map((requestsPerMinute, row) => ({ timestampSeconds: row * 60, requestsPerMinute }));
    expect(peaksOf(scenario, { kind: 'rates', rows }).get('smoke')).toBe(300);
    const timestampsSeconds = Float64Array.from([1, 59, 60, 61, 62, 180]);
    expect(peaksOf(scenario, { kind: 'timestamps', timestampsSeconds }).get('smoke')).toBe(3);
    const floors = (peakPerMinute: number) => floorsOf(staticPeakRule(() => peakPerMinute)(view()));
    expect(floors(0)).toEqual({ inf2: 1, g5: 1 });
    expect(floors(100_000)).toEqual({ inf2: 100, g5: 100 });
    // More pods than the mere throughput asks for, as requests queue.
    expect(floors(840).inf2).toBeGreaterThan(4);
  });
});

describe('The cheapest cover', () => {
  const offers = [
    { ratePerMinute: 100, usdPerHour: 1, maximumPods: 2 },
    { ratePerMinute: 60, usdPerHour: 0.7, maximumPods: 5 },
  ];

  it('mixes offers where that costs less', () => {
    // 100 + 2 x 60 for 2.40; 4 x 60 cost 2.80 and 2 x 100 + 60 2.70.
    expect(cheapestCover(offers, 220)).toEqual([1, 2]);
  });

  it('takes everything where that is not enough', () => {
    expect(cheapestCover(offers, 501)).toEqual([2, 5]);
    expect(cheapestCover(offers, 0)).toEqual([0, 0]);
  });

  it('costs no more than any other that serves as much', () => {
    const offer = record({
      ratePerMinute: constantFrom(5, 10, 35, 60, 105),
      usdPerHour: integer({ min: 1, max: 20 }),
      maximumPods: integer({ min: 0, max: 3 }),
    });
    assert(
      property(some(offer, { minLength: 1, maxLength: 4 }), integer({ min: 0, max: 60 }), (given, steps) => {
        const rate = steps * 5;
        const served = (pods: readonly number[]) => pods.reduce((sum, count, index) => sum + count * given[index]!.ratePerMinute, 0);
        const usd = (pods: readonly number[]) => pods.reduce((sum, count, index) => sum + count * given[index]!.usdPerHour, 0);
        const all = given.reduce<readonly (readonly number[])[]>(
          (plans, { maximumPods }) => plans.flatMap((plan) => Array.from({ length: maximumPods + 1 }, (_, count) => [...plan, count])),
          [[]],
        );
        const enough = all.filter((plan) => served(plan) >= rate);
        const found = cheapestCover(given, rate);
        if (enough.length === 0) expect(found).toEqual(given.map(({ maximumPods }) => maximumPods));
        else {
          expect(served(found)).toBeGreaterThanOrEqual(rate);
          expect(usd(found)).toBe(Math.min(...enough.map(usd)));
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('A reactive integer program', () => {
  const options = { headroom: 1.25, everySeconds: 60, keepSeconds: 600, avoidsRefused: true };

  it('buys the cheapest pods for the demand and its headroom', () => {
    // 500 a minute: 5 x 105 on spot for 1.00. A unit keeps its minimum of one pod.
    expect(floorsOf(reactiveIlp(options)(view()))).toEqual({ inf2: 5, g5: 1 });
  });

  it('holds a pool that refused to what it runs', () => {
    // 210 are there, and of the other 290 four pods of g5 on spot cost 2.00, two of them with one of inf2 on demand serve 285.
    const refused = { refusedSeconds: { 'inf2-spot': 9940 }, readyPods: { inf2: { 'inf2-spot': 2 } } };
    expect(floorsOf(reactiveIlp(options)(view(refused)))).toEqual({ inf2: 2, g5: 4 });
    // Nobody of whom capacity is always to be had looks at that.
    expect(floorsOf(reactiveIlp({ ...options, avoidsRefused: false })(view(refused)))).toEqual({ inf2: 5, g5: 1 });
  });

  it('keeps what was wanted in the last ten minutes', () => {
    const rule = reactiveIlp(options);
    const at = (nowSeconds: number, demandPerMinute: number) => floorsOf(rule(view({ nowSeconds, demandPerMinute })));
    expect(at(10_000, 400).inf2).toBe(5);
    expect(at(10_060, 100).inf2).toBe(5);
    expect(at(10_720, 100).inf2).toBe(2);
  });
});

describe('SpotHedge', () => {
  const rule = spotHedge({ utilization: 0.5, extraPods: 1 });

  it('spreads spot pods and one more over the pools, and stands in for them on demand until they are ready', () => {
    // 200 a minute by pods of 52.5 and 45 in turns: 3 and 2, and one extra. On demand 4 x 52.5.
    expect(floorsOf(rule(view({ demandPerMinute: 200 })))).toEqual({ inf2: 3 + 4, g5: 3 });
    const readyPods = { inf2: { 'inf2-spot': 3 }, g5: { 'g5-spot': 3 } };
    expect(floorsOf(rule(view({ demandPerMinute: 200, readyPods })))).toEqual({ inf2: 3, g5: 3 });
  });

  it('leaves a pool that refused to what it runs', () => {
    // 52.5 are there; 147.5 are 4 pods of 45 and one extra, and until they are ready 3 on demand.
    const refused = { demandPerMinute: 200, refusedSeconds: { 'inf2-spot': 9000 }, readyPods: { inf2: { 'inf2-spot': 1 } } };
    expect(floorsOf(rule(view(refused)))).toEqual({ inf2: 1 + 3, g5: 5 });
  });
});

describe('Saturation', () => {
  it('adds the cheapest at once, and removes one of the dearest that is not the last, ten minutes later', () => {
    const rule = saturation(0.5);
    const readyPods = { inf2: { 'inf2-spot': 1 }, g5: { 'g5-spot': 1 } };
    // Twice 200: 195 and 2 x 105 are 405.
    expect(floorsOf(rule(view({ demandPerMinute: 200, readyPods })))).toEqual({ inf2: 3, g5: 1 });
    expect(floorsOf(rule(view({ demandPerMinute: 40, nowSeconds: 10_540 })))).toEqual({ inf2: 3, g5: 1 });
    expect(floorsOf(rule(view({ demandPerMinute: 40, nowSeconds: 10_600 })))).toEqual({ inf2: 2, g5: 1 });
  });
});
