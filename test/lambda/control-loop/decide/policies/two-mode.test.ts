import { describe, expect, it } from 'vitest';
import { decide } from '../../../../../lambda/control-loop/decide/decide';
import type { FleetMemory } from '../../../../../lambda/control-loop/model/decision';
import type { Fleet } from '../../../../../lambda/control-loop/model/fleet';
import { unknown } from '../../../../../lambda/control-loop/model/observation';
import {
  failure,
  fleetOf,
  inputOf,
  NOW,
  observationOf,
  type PoolStateOf,
  paperFleet,
  poolOf,
  seriesOf,
  type UnitState,
  unitOf,
} from '../fixtures';

const memoryOf = (change: Partial<FleetMemory> = {}): FleetMemory => ({
  strategy: 'CostOptimized',
  strategySinceSeconds: NOW - 86_400,
  clearSinceSeconds: NOW - 86_400,
  switches: 0,
  shortages: [],
  profiles: {},
  written: {},
  ...change,
});

const decideOne = (
  fleet: Fleet,
  units: Record<string, UnitState>,
  pools: Record<string, PoolStateOf>,
  memory: FleetMemory = memoryOf(),
  nowSeconds = NOW,
) => {
  const decision = decide([inputOf(fleet, { memory })], observationOf(fleet, units, pools, nowSeconds));
  const one = decision.fleets[0]!;
  const field = (name: 'floor' | 'targetThroughputPerMinute' | 'share') =>
    Object.fromEntries(Object.entries(one.units).map(([unit, fields]) => [unit, fields[name].value]));
  return { ...one, decision, floors: field('floor'), targets: field('targetThroughputPerMinute'), shares: field('share') };
};

/** Enough ready pods everywhere that shares are not clipped. */
const plenty = (fleet: Fleet, change: UnitState = {}): Record<string, UnitState> =>
  Object.fromEntries(fleet.units.map(({ name }) => [name, { ready: 40, requestsPerMinute: 120, target: 60, floor: 1, ...change }]));

const inf2Shortage = { pool: 'inf2', zone: 'us-west-2a', firstSeenSeconds: NOW - 60, lastFailureSeconds: NOW - 60, failures: 1 };

describe('The floor of a unit whose pods serve 51 requests a minute each', () => {
  // Of its 60 requests a minute 85 %, for no pod is within the objective.
  const profile = { throughputPerMinute: 60, latencySeconds: 1, coldStartSeconds: 300 };
  const fleet = fleetOf({ units: [unitOf('a', { profile })], pools: [poolOf('a')], resilience: 0, objective: { latencySeconds: 0.9 } });
  const floorOf = (floor: number, requests: (minute: number) => number): number | undefined =>
    decideOne(
      fleet,
      { a: { ready: 40, requestsPerMinute: seriesOf(Array.from({ length: 20 }, (_, minute) => requests(minute))), floor } },
      {},
    ).floors.a;
  const steady = () => 100;
  const wavering = (minute: number) => (minute % 2 === 0 ? 90 : 110);

  it('falls to what a steady demand of 100 needs', () => {
    expect(floorOf(5, steady)).toBe(2);
    expect(floorOf(3, steady)).toBe(2);
  });

  it('falls, where demand wavers between 90 and 110, to what two standard deviations more would need', () => {
    // About 101 planned and 21 above it: 122 / 51.
    expect(floorOf(5, wavering)).toBe(3);
    expect(floorOf(3, wavering)).toBe(3);
  });

  it('does not take what was raised for leaving pods for an answer to demand, and raise it again', () => {
    const state = { ready: 40, requestsPerMinute: seriesOf(Array.from({ length: 20 }, (_, minute) => wavering(minute) - 5)), leaving: 1 };
    expect(decideOne(fleet, { a: { ...state, floor: 3 } }, {}).floors.a).toBe(3);
  });

  it('does not rise for noise', () => {
    expect(floorOf(2, (minute) => wavering(minute) - 5)).toBe(2);
  });
});

describe('TwoMode on the fleet of the paper', () => {
  const fleet = paperFleet();

  it('wants the shares 40, 20, 15, 10, 15 in cost-optimized mode', () => {
    const { strategy, shares } = decideOne(fleet, plenty(fleet), {});
    expect(strategy).toBe('CostOptimized');
    expect(shares).toEqual({
      inf2: expect.closeTo(0.4, 9),
      trn1: expect.closeTo(0.2, 9),
      'g5-triton': expect.closeTo(0.15, 9),
      g6: expect.closeTo(0.1, 9),
      'g5-cuda': expect.closeTo(0.15, 9),
    });
  });

  it('scales on 80 % of the throughput of each unit', () => {
    expect(decideOne(fleet, plenty(fleet, { target: 100 }), {}).targets).toEqual({
      inf2: 84,
      trn1: 104,
      'g5-triton': 72,
      g6: 48.8,
      'g5-cuda': 48,
    });
  });

  it('fails over at once when the only pool of a unit is refused a launch', () => {
    const { strategy, strategyReason, targets, shares, memory } = decideOne(
      fleet,
      { ...plenty(fleet, { target: 100 }), inf2: { ready: 0, requestsPerMinute: 120, target: 100 } },
      { inf2: { failures: [failure(NOW - 30)], running: 0 } },
    );
    expect(strategy).toBe('CapacityOptimized');
    expect(strategyReason).toBe('every pool of inf2 is in shortage');
    expect(shares).toEqual({
      inf2: 0,
      trn1: expect.closeTo(0.25, 9),
      'g5-triton': expect.closeTo(0.25, 9),
      g6: expect.closeTo(0.25, 9),
      'g5-cuda': expect.closeTo(0.25, 9),
    });
    expect(targets).toEqual({ inf2: 71.36, trn1: 71.36, 'g5-triton': 71.36, g6: 48.8, 'g5-cuda': 48 });
    expect(memory).toMatchObject({ strategy: 'CapacityOptimized', strategySinceSeconds: NOW, switches: 1 });
    expect(memory.clearSinceSeconds).toBeUndefined();
    expect(memory.shortages).toHaveLength(1);
  });

  it('leaves a unit in shortage what its ready pods serve', () => {
    // g6 levelled 61 x 0.8 x 2 ready = 97.6 of 1,000 requests a minute; the others share the rest in four equal parts.
    const { shares } = decideOne(
      fleet,
      { ...plenty(fleet, { requestsPerMinute: 200 }), g6: { ready: 2, requestsPerMinute: 200, target: 48.8, floor: 2 } },
      { g6: { failures: [failure(NOW - 30)], running: 2 } },
    );
    expect(shares).toEqual({
      inf2: expect.closeTo(0.2256, 9),
      trn1: expect.closeTo(0.2256, 9),
      'g5-triton': expect.closeTo(0.2256, 9),
      g6: expect.closeTo(0.0976, 9),
      'g5-cuda': expect.closeTo(0.2256, 9),
    });
  });

  it('sizes the floors of the others for what the unit in shortage cannot serve', () => {
    const calm = decideOne(fleet, plenty(fleet, { requestsPerMinute: 400 }), {});
    const lost = decideOne(
      fleet,
      { ...plenty(fleet, { requestsPerMinute: 400 }), inf2: { ready: 0, requestsPerMinute: 400 } },
      { inf2: { failures: [failure(NOW - 30)], running: 0 } },
    );
    for (const unit of ['g6', 'g5-cuda', 'g5-triton', 'trn1']) expect(lost.floors[unit]).toBeGreaterThan(calm.floors[unit]!);
    // 25 % of 2,000 requests a minute: 8.2 pods of 61 on g6 whose service takes longer than 0.9 s: 500 / (61 x 0.85) = 9.6.
    expect(lost.floors.g6).toBe(10);
  });

  it('stays in capacity-optimized mode until every unit has had a free pool for ten minutes, whatever the load', () => {
    const clearFor = (seconds: number) =>
      decideOne(fleet, plenty(fleet), {}, memoryOf({ strategy: 'CapacityOptimized', clearSinceSeconds: NOW - seconds }));
    expect(clearFor(599).strategy).toBe('CapacityOptimized');
    expect(clearFor(600).strategy).toBe('CostOptimized');
    expect(clearFor(600).strategyReason).toBe('every unit has had a pool free of shortage for 600 s');
  });

  it('asks for one pod more than are ready while a probe is open', () => {
    const probing = { ...inf2Shortage, lastFailureSeconds: NOW - 200, nextProbeSeconds: NOW - 80 };
    const { floors, decision } = decideOne(
      fleet,
      { ...plenty(fleet), inf2: { ready: 7, requestsPerMinute: 0, floor: 3 } },
      { inf2: { running: 7 } },
      memoryOf({ strategy: 'CapacityOptimized', shortages: [probing] }),
    );
    expect(floors.inf2).toBe(8);
    expect(decision.pools.inf2!.limitDevices.value).toBe(8);
    expect(decision.fleets[0]!.memory.shortages[0]!.probeOpenedSeconds).toBe(NOW);
  });

  it('lets probes raise floors when demand is unknown', () => {
    const probing = { ...inf2Shortage, lastFailureSeconds: NOW - 200, nextProbeSeconds: NOW - 80 };
    const { floors } = decideOne(
      fleet,
      { ...plenty(fleet), inf2: { ready: 7, requestsPerMinute: unknown('throttled'), floor: 3 } },
      { inf2: { running: 7 } },
      memoryOf({ shortages: [probing] }),
    );
    expect(floors).toEqual({ inf2: 8, trn1: undefined, 'g5-triton': undefined, g6: undefined, 'g5-cuda': undefined });
  });

  it('is not held back by a probe that nobody used for ten minutes', () => {
    const unanswered = { ...inf2Shortage, lastFailureSeconds: NOW - 800, nextProbeSeconds: NOW - 680, probeOpenedSeconds: NOW - 600 };
    const { strategy, memory, decision } = decideOne(
      fleet,
      plenty(fleet),
      { inf2: { running: 3 } },
      memoryOf({ strategy: 'CapacityOptimized', clearSinceSeconds: NOW - 600, shortages: [unanswered] }),
    );
    expect(strategy).toBe('CostOptimized');
    expect(memory.shortages).toEqual([unanswered]);
    expect(decision.pools.inf2!.limitDevices.value).toBe(4);
  });
});

describe('TwoMode on units with several pools', () => {
  const fleet = fleetOf({
    units: [unitOf('a', { pools: ['a-spot', 'a-od'] }), unitOf('b', { pools: ['b'] })],
    pools: [poolOf('a-spot', { capacityType: 'spot', maximumDevices: 20 }), poolOf('a-od', { maximumDevices: 30 }), poolOf('b')],
  });
  const prices = { 'a-spot': { priceUsd: 0.3 }, 'a-od': { priceUsd: 1 }, b: { priceUsd: 1 } };

  it('orders them by price', () => {
    const { decision } = decideOne(fleet, plenty(fleet), prices);
    expect(decision.pools['a-spot']!.weight.value).toBe(100);
    expect(decision.pools['a-od']!.weight.value).toBe(90);
    expect(decision.pools['a-spot']!.limitDevices.value).toBe(20);
  });

  it('stays in cost-optimized mode while another pool can take the place of the one in shortage', () => {
    const { strategy, decision } = decideOne(fleet, plenty(fleet), {
      ...prices,
      'a-spot': { priceUsd: 0.3, failures: [failure(NOW - 30)], running: 3 },
    });
    expect(strategy).toBe('CostOptimized');
    expect(decision.pools['a-od']!.weight.value).toBe(100);
    expect(decision.pools['a-spot']!.weight.value).toBe(90);
    expect(decision.pools['a-spot']!.limitDevices.value).toBe(3);
    expect(decision.pools['a-od']!.limitDevices.value).toBe(30);
  });

  it('fails over when both are in shortage', () => {
    const { strategy, decision } = decideOne(fleet, plenty(fleet), {
      'a-spot': { failures: [failure(NOW - 30)], running: 3 },
      'a-od': { failures: [failure(NOW - 30)], running: 40 },
    });
    expect(strategy).toBe('CapacityOptimized');
    // More runs than the pool may have: the limit stays at its maximum.
    expect(decision.pools['a-od']!.limitDevices.value).toBe(30);
  });

  it('returns to cost-optimized mode once each unit has a pool, although another of its pools is still in shortage', () => {
    const short = { ...prices, 'a-spot': { priceUsd: 0.3, failures: [failure(NOW - 30)], running: 3 } };
    const clear = decideOne(fleet, plenty(fleet), short, memoryOf({ strategy: 'CapacityOptimized', clearSinceSeconds: NOW - 600 }));
    expect([clear.strategy, clear.strategyReason]).toEqual(['CostOptimized', 'every unit has had a pool free of shortage for 600 s']);
  });

  it('does not return to cost-optimized mode while every pool of a unit is in shortage', () => {
    const failures = [failure(NOW - 30)];
    const short = { ...prices, 'a-spot': { priceUsd: 0.3, failures, running: 3 }, 'a-od': { priceUsd: 1, failures, running: 3 } };
    const { strategy } = decideOne(fleet, plenty(fleet), short, memoryOf({ strategy: 'CapacityOptimized', clearSinceSeconds: NOW - 600 }));
    expect(strategy).toBe('CapacityOptimized');
  });

  it('puts a pool with an open probe back in its place, so that the probe is asked for', () => {
    const probing = { pool: 'a-spot', zone: 'unknown', firstSeenSeconds: NOW - 300, lastFailureSeconds: NOW - 300, failures: 1 };
    const { decision, floors } = decideOne(
      fleet,
      { ...plenty(fleet), a: { ready: { 'a-spot': 3, 'a-od': 2 }, floor: 1, requestsPerMinute: 60 } },
      { ...prices, 'a-spot': { priceUsd: 0.3, running: 3 } },
      memoryOf({ shortages: [{ ...probing, nextProbeSeconds: NOW - 180 }] }),
    );
    expect(decision.pools['a-spot']!.weight.value).toBe(100);
    expect(decision.pools['a-spot']!.limitDevices.value).toBe(4);
    expect(floors.a).toBe(6);
  });

  it('does not ask for a pod to probe a pool that would not be tried first', () => {
    const probing = { pool: 'a-od', zone: 'unknown', firstSeenSeconds: NOW - 300, lastFailureSeconds: NOW - 300, failures: 1 };
    const { floors } = decideOne(
      fleet,
      { ...plenty(fleet), a: { ready: 20, floor: 1, requestsPerMinute: 60 } },
      prices,
      memoryOf({ shortages: [{ ...probing, nextProbeSeconds: NOW - 180 }] }),
    );
    expect(floors.a).toBeLessThan(20);
  });

  it('tries spot before on-demand while a price is unknown', () => {
    const { decision } = decideOne(fleet, plenty(fleet), { 'a-od': { priceUsd: 0.1 } });
    expect(decision.pools['a-spot']!.weight.value).toBe(100);
    expect(decision.pools['a-od']!.weight.value).toBe(90);
  });

  it('tries a reserved pool before a spot pool of the same price', () => {
    const reserved = fleetOf({
      units: [unitOf('a', { pools: ['a-spot', 'a-reserved'] })],
      pools: [poolOf('a-spot', { capacityType: 'spot' }), poolOf('a-reserved', { capacityType: 'reserved' })],
    });
    const { decision } = decideOne(reserved, plenty(reserved), { 'a-spot': { priceUsd: 1 }, 'a-reserved': { priceUsd: 1 } });
    expect(decision.pools['a-reserved']!.weight.value).toBe(100);
  });

  it('leaves weights alone that express the order already', () => {
    const { decision } = decideOne(fleet, plenty(fleet), {
      'a-spot': { priceUsd: 0.3, weight: 77 },
      'a-od': { priceUsd: 1, weight: 12 },
      b: { priceUsd: 1, weight: 12 },
    });
    expect(decision.pools['a-spot']!.weight.value).toBe(77);
    expect(decision.pools['a-od']!.weight.value).toBe(12);
    expect(decision.pools.b!.weight.value).toBe(12);
  });
});

describe('an outage of every pool', () => {
  const fleet = fleetOf({
    units: [unitOf('a', { pools: ['a-spot', 'a-od'] }), unitOf('b', { pools: ['b'] })],
    pools: [poolOf('a-spot', { capacityType: 'spot' }), poolOf('a-od'), poolOf('b')],
  });
  const lost = { failures: [failure(NOW - 30)], running: 0 };
  const outage = decideOne(
    fleet,
    { a: { ready: 0, floor: 9, requestsPerMinute: 300 }, b: { ready: 0, floor: 2, requestsPerMinute: 300 } },
    { 'a-spot': { ...lost, priceUsd: 0.3 }, 'a-od': { ...lost, priceUsd: 1 }, b: { ...lost, priceUsd: 1 } },
  );

  it('lets each unit ask for one instance at once', () => {
    const limits = Object.entries(outage.decision.pools).map(([pool, { limitDevices }]) => [pool, limitDevices.value]);
    expect(limits).toEqual([
      ['a-spot', 1],
      ['a-od', 0],
      ['b', 1],
    ]);
  });

  it('lowers no floor to what runs, and raises those that are too low for the demand', () => {
    expect(outage.floors.a).toBe(9);
    expect(outage.floors.b).toBeGreaterThanOrEqual(6);
  });

  it('reports the demand for which there is no capacity', () => {
    expect(outage.findings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^no unit has room for \d+ of 600 requests\/min$/),
    );
  });

  it('leaves the order of the pools as it is, so that probes that take turns cause no writes', () => {
    const probed = decideOne(
      fleet,
      { a: { ready: 0 }, b: { ready: 0 } },
      { 'a-spot': { running: 0, priceUsd: 0.3 }, 'a-od': { running: 0, priceUsd: 1 }, b: { running: 4, priceUsd: 1 } },
      memoryOf({
        shortages: [
          { ...inf2Shortage, pool: 'a-spot', nextProbeSeconds: NOW + 60 },
          { ...inf2Shortage, pool: 'a-od', nextProbeSeconds: NOW + 60, probeOpenedSeconds: NOW - 10 },
        ],
      }),
    );
    expect(probed.decision.pools['a-spot']!.weight.value).toBe(100);
    expect(probed.decision.pools['a-od']!.weight.value).toBe(90);
  });
});

describe('surviving the loss of a pool', () => {
  // Service takes longer than the objective allows, so that a pod carries 0.85 x 100 = 85 requests a minute.
  const profile = { throughputPerMinute: 100, latencySeconds: 1, coldStartSeconds: 0 };
  const three = (resilience: number, change: Parameters<typeof unitOf>[1] = {}) =>
    fleetOf({
      objective: { latencySeconds: 0.5 },
      resilience,
      units: ['a', 'b', 'c'].map((name) => unitOf(name, { profile, costShare: 0.333, ...change })),
      pools: ['a', 'b', 'c'].map((name) => poolOf(name)),
    });
  const state = { requestsPerMinute: 850, ready: 30, floor: 1, latencySeconds: 0.4 };

  it('needs no more than the shares without resilience', () => {
    expect(decideOne(three(0), { a: state, b: state, c: state }, {}).floors).toEqual({ a: 10, b: 10, c: 10 });
  });

  it('raises the others so that they carry all of the demand: 30 pods on two units', () => {
    expect(decideOne(three(1), { a: state, b: state, c: state }, {}).floors).toEqual({ a: 15, b: 15, c: 15 });
  });

  it('raises them for the fraction that is asked for: 24 pods on two units', () => {
    expect(decideOne(three(0.8), { a: state, b: state, c: state }, {}).floors).toEqual({ a: 12, b: 12, c: 12 });
  });

  it('says so when the others have no room', () => {
    const { floors, findings } = decideOne(three(1, { maximumReplicas: 12 }), { a: state, b: state, c: state }, {});
    expect(floors).toEqual({ a: 12, b: 12, c: 12 });
    expect(findings.filter(({ code }) => code === 'Rejected').map(({ message }) => message)).toContain(
      'resilience 1 cannot be reached: without pool a there is no room for 510 of 2550 requests/min',
    );
  });

  it('turns to a unit without a share when the others are lost', () => {
    const fleet = fleetOf({
      objective: { latencySeconds: 0.5 },
      resilience: 1,
      units: [unitOf('a', { profile, costShare: 1 }), unitOf('b', { profile, costShare: 0 })],
      pools: [poolOf('a'), poolOf('b')],
    });
    expect(decideOne(fleet, { a: state, b: { ...state, requestsPerMinute: 0 } }, {}).floors).toEqual({ a: 10, b: 10 });
  });

  it('counts the pods that a unit has elsewhere', () => {
    const fleet = fleetOf({
      objective: { latencySeconds: 0.5 },
      resilience: 1,
      units: [unitOf('a', { profile, costShare: 0.5, pools: ['a', 'a2'] }), unitOf('b', { profile, costShare: 0.5 })],
      pools: [poolOf('a'), poolOf('a2'), poolOf('b')],
    });
    // Without pool a, unit a keeps 4 pods on a2 (340/min): b must carry 1,700 - 340 = 1,360, that is 16 pods.
    const { floors } = decideOne(fleet, { a: { ...state, ready: { a: 6, a2: 4 } }, b: state }, { a2: { priceUsd: 1 } });
    expect(floors.b).toBe(16);
    // Without pool b, a must carry everything: 20 pods.
    expect(floors.a).toBe(20);
  });
});

describe('Static', () => {
  const fleet = paperFleet({ policy: { name: 'Static' } });

  it('holds the stated shares, minimum floors and full limits through a shortage', () => {
    const { strategy, shares, floors, targets, decision } = decideOne(
      fleet,
      plenty(fleet, { target: 100 }),
      { inf2: { failures: [failure(NOW - 30)], running: 2 } },
      memoryOf({ strategy: 'Static' }),
    );
    expect(strategy).toBe('Static');
    expect(shares).toMatchObject({ inf2: expect.closeTo(0.4, 9), g6: expect.closeTo(0.1, 9) });
    expect(floors).toEqual({ inf2: 1, trn1: 1, 'g5-triton': 1, g6: 1, 'g5-cuda': 1 });
    expect(targets).toMatchObject({ inf2: 84, trn1: 104 });
    expect(decision.pools.inf2!.limitDevices.value).toBe(100);
  });

  it('still remembers the shortage', () => {
    const { memory } = decideOne(fleet, plenty(fleet), { inf2: { failures: [failure(NOW - 30)] } });
    expect(memory.shortages).toHaveLength(1);
  });
});

describe('a unit with reserved capacity', () => {
  // Service takes longer than the objective allows, so that a pod carries 0.85 x 100 = 85 requests a minute.
  const fleet = fleetOf({
    objective: { latencySeconds: 0.5 },
    units: [unitOf('a', { pools: ['spot', 'reserved'], profile: { throughputPerMinute: 100, latencySeconds: 1, coldStartSeconds: 0 } })],
    pools: [
      poolOf('spot', { capacityType: 'spot', maximumDevices: 3 }),
      poolOf('reserved', { capacityType: 'reserved', capacityReservationIds: ['cr-1'], maximumDevices: 20 }),
    ],
  });
  const demand = { ready: 10, requestsPerMinute: 850, floor: 1, latencySeconds: 0.4 };
  const withFree = (reserved: number) => decideOne(fleet, { a: demand }, { spot: { running: 0 }, reserved: { running: 2, reserved } });

  it('counts on what runs and what is free of it, no more', () => {
    const { decision } = withFree(4);
    expect(decision.pools.reserved!.limitDevices.value).toBe(6);
    expect(decision.pools.reserved!.weight.value).toBe(100);
    expect(decision.pools.spot!.limitDevices.value).toBe(3);
  });

  it('is promised nothing by a reservation that is used up', () => {
    const { decision, findings } = withFree(0);
    expect(decision.pools.reserved!.limitDevices.value).toBe(2);
    // Two reserved and three spot devices carry 425 of 850.
    expect(findings.map(({ message }) => message)).toContain('no unit has room for 425 of 850 requests/min');
  });
});
