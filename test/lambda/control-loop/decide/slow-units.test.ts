import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import type { FleetMemory } from '../../../../lambda/control-loop/model/decision';
import type { Fleet } from '../../../../lambda/control-loop/model/fleet';
import type { UnitMinute } from '../../../../lambda/control-loop/model/observation';
import { fleetOf, inputOf, NOW, observationOf, poolOf, type UnitState, unitOf } from './fixtures';

/** Two units of 60 requests a minute and pod, each of which takes 0.5 s; the objective is 0.9 s. */
const fleet = (change: Partial<Parameters<typeof fleetOf>[0]> = {}): Fleet =>
  fleetOf({ units: [unitOf('a', { costShare: 0.6 }), unitOf('b', { costShare: 0.4 })], pools: [poolOf('a'), poolOf('b')], ...change });

type Minute = Omit<UnitMinute, 'startSeconds'>;

/** Half an hour of minutes that are all alike, up to the youngest complete one. */
const minutes = (latencySeconds: number, answered = 60, healthyHosts = 10): readonly Minute[] =>
  Array.from({ length: 30 }, () => ({
    answered,
    latencySeconds,
    errors: 0,
    healthyHosts,
  }));

const tick = (world: Fleet, units: Record<string, UnitState>, memory?: FleetMemory, nowSeconds = NOW) => {
  const decision = decide([inputOf(world, { ...(memory && { memory }) })], observationOf(world, units, {}, nowSeconds)).fleets[0]!;
  const field = (name: 'floor' | 'targetThroughputPerMinute' | 'share') =>
    Object.values(decision.units).map((fields) => fields[name].value);
  return { ...decision, floors: field('floor'), targets: field('targetThroughputPerMinute'), shares: field('share') };
};

/** Unit `a` takes so long for a request, with pods enough for all. */
const slowA = (latencySeconds: number): Record<string, UnitState> => ({
  a: { ready: 10, latencySeconds, minutes: minutes(latencySeconds), floor: 2 },
  b: { ready: 10, minutes: minutes(0.5), floor: 2 },
});

describe('a unit that is slower than stated', () => {
  it('gets a target, a floor and a share by what it was seen to serve', () => {
    const before = tick(fleet(), slowA(0.5));
    const after = tick(fleet(), slowA(0.85));
    // A percentile of 0.55 s is that of the stated 0.5 s, where nothing waits.
    expect(after.memory.profiles.a!.throughputPerMinute).toBeCloseTo((60 * 0.55) / 0.85, 1);
    expect(before.targets[0]).toBe(48);
    expect(after.targets[0]).toBeCloseTo((48 * 0.55) / 0.85, 1);
    expect(after.floors[0]).toBeGreaterThan(before.floors[0]!);
    expect(after.floors[1]).toBe(before.floors[1]);
    expect(after.shares[0]).toBeCloseTo(0.6, 6);
  });

  it('stays as stated where the fleet does without learning, or its policy does', () => {
    for (const world of [
      fleet({ learning: { enabled: false } }),
      fleet({ policy: { name: 'Static' } }),
      fleet({ learning: { minimumFactor: 1 } }),
    ]) {
      expect(tick(world, slowA(0.85)).targets[0]).toBe(48);
    }
    // What would be learned is shown all the same.
    expect(tick(fleet({ learning: { enabled: false } }), slowA(0.85)).memory.profiles.a!.throughputPerMinute).toBeLessThan(40);
  });
});

describe('a unit whose requests wait in a long queue', () => {
  // Ten pods of 60 requests a minute each, of which the unit answers 200 in all, and the rest times out.
  const queue = (latencySeconds: number) => minutes(latencySeconds, 200).map((minute) => ({ ...minute, errors: 50 }));
  const shareOf = (latencySeconds: number) =>
    tick(fleet(), {
      a: { ready: 10, requestsPerMinute: 250, latencySeconds, minutes: queue(latencySeconds) },
      b: { ready: 10, requestsPerMinute: 150, minutes: minutes(0.5, 150) },
    }).shares[0];

  it('gets no more than three quarters of what it answers, while another has room; minutes with errors teach nothing', () => {
    expect(shareOf(40)).toBeCloseTo((0.75 * 200) / 400, 2);
    expect(shareOf(10)).toBeCloseTo(0.6, 6);
  });
});

describe('a unit that is slower than the objective with any number of pods', () => {
  it('gets no traffic while the others have room', () => {
    const { shares, units, memory } = tick(fleet(), slowA(1.8));
    expect(memory.profiles.a!.slowSinceSeconds).toBeDefined();
    expect(shares).toEqual([0, 1]);
    expect(units.a!.share.reason).toContain('slower than the objective');
  });

  it('is a finding: no pods are added to make it faster', () => {
    // A request of 0.5 s shows a percentile of 0.55 s where nothing waits: one of 1.8 s is learned as 1.8 s.
    expect(tick(fleet(), slowA(1.8)).findings.filter(({ code }) => code === 'Slow')).toEqual([
      {
        code: 'Slow',
        subject: 'a',
        message:
          'a request takes 1.80 s when it waits for nothing, the objective allows 0.90 s: more pods do not make it faster, and none are added for it; other units take its traffic as far as they have room',
      },
    ]);
    expect(tick(fleet(), slowA(0.85)).findings.filter(({ code }) => code === 'Slow')).toEqual([]);
    expect(tick(fleet({ learning: { enabled: false } }), slowA(1.8)).findings.filter(({ code }) => code === 'Slow')).toEqual([]);
  });

  it('gets what the others have no room for', () => {
    const units = slowA(1.8);
    const { shares } = tick(fleet(), {
      a: { ...units.a, requestsPerMinute: 400, minutes: minutes(1.8, 400, 30), ready: 30 },
      b: { ...units.b, requestsPerMinute: 400, minutes: minutes(0.5, 400) },
    });
    // Ten pods of b serve 600 of the 800 requests a minute.
    expect(shares[1]).toBeCloseTo(600 / 800, 2);
  });

  it('is no reason to move traffic where every unit is as slow', () => {
    const { shares } = tick(fleet(), { ...slowA(1.8), b: { ready: 10, latencySeconds: 1.8, minutes: minutes(1.8) } });
    expect(shares[0]).toBeGreaterThan(0);
    expect(shares[1]).toBeGreaterThan(0);
  });

  it('leaves the floor of the others to carry all of the demand', () => {
    expect(tick(fleet(), slowA(1.8)).floors[1]).toBeGreaterThan(tick(fleet(), slowA(0.5)).floors[1]!);
  });

  it('keeps the share that a person gives it', () => {
    const override = { field: 'share/a', value: 0.5, owner: 'ops', reason: 'test', until: 'then', untilSeconds: NOW + 900 };
    const world = fleet();
    const input = inputOf(world, { overrides: { entries: [override], problems: [] } });
    const decision = decide([input], observationOf(world, slowA(1.8))).fleets[0]!;
    expect(decision.units.a!.share.value).toBeCloseTo(0.5, 6);
  });

  it('is probed after half an hour with a few requests, then after as long as it has been slow', () => {
    const world = fleet();
    let memory: FleetMemory | undefined;
    const given: number[] = [];
    for (let minute = 0; minute < 160; minute++) {
      const nowSeconds = NOW + 60 * minute;
      const isProbed = (given.at(-2) ?? 1) > 0;
      const state = slowA(1.8);
      // Its requests of the last minutes, as long as it got any.
      const a = isProbed ? state.a! : { ...state.a!, minutes: minutes(1.8, 0).map(({ latencySeconds: _, ...one }) => one) };
      const one = tick(world, { ...state, a: { ...a, requestsPerMinute: isProbed ? 60 : 0 } }, memory, nowSeconds);
      memory = one.memory;
      given.push(one.shares[0]!);
    }
    const began = given.flatMap((share, minute) => (share > 0 && given[minute - 1] === 0 ? [minute] : []));
    expect(began).toHaveLength(2);
    expect(began[0]).toBeGreaterThanOrEqual(28);
    expect(began[0]).toBeLessThanOrEqual(32);
    expect(began[1]! - began[0]!).toBeGreaterThanOrEqual(began[0]!);
    const most = Math.max(...given.slice(1));
    // 30 of the 120 requests a minute.
    expect(most).toBeLessThanOrEqual(0.25);
    expect(given.filter((share) => share > 0).length).toBeLessThan(12);
  });

  it('comes back once the probe is answered within the objective', () => {
    const world = fleet();
    const slow = tick(world, slowA(1.8));
    expect(slow.shares[0]).toBe(0);
    const due = slow.memory.profiles.a!.nextProbeSeconds!;
    let memory: FleetMemory = slow.memory;
    let shares: readonly (number | undefined)[] = [];
    for (let minute = 0; minute < 60; minute++) {
      const nowSeconds = due + 120 + 60 * minute;
      const one = tick(world, slowA(0.5), memory, nowSeconds);
      memory = one.memory;
      shares = one.shares;
      if (minute === 2) expect(shares[0]).toBeCloseTo(0.25, 2);
    }
    expect(memory.profiles.a!.slowSinceSeconds).toBeUndefined();
    expect(shares[0]).toBeCloseTo(0.6, 2);
  });
});

describe('a fleet whose dependency is slow', () => {
  it('gives up, in time, what it does not need: 40 requests a minute, 0.95 s of 0.9 s, 20 pods a unit', () => {
    const world = fleet({ resilience: 1 });
    let memory: FleetMemory | undefined;
    let floors = { a: 20, b: 20 };
    for (let minute = 0; minute < 120; minute++) {
      const nowSeconds = NOW + 60 * minute;
      const state = (unit: 'a' | 'b', answered: number): UnitState => ({
        requestsPerMinute: answered,
        latencySeconds: 0.95,
        ready: floors[unit],
        floor: floors[unit],
        minutes: minutes(0.95, answered, floors[unit]),
      });
      const one = tick(world, { a: state('a', 24), b: state('b', 16) }, memory, nowSeconds);
      memory = one.memory;
      floors = { a: one.floors[0] ?? floors.a, b: one.floors[1] ?? floors.b };
    }
    expect(floors.a).toBeLessThanOrEqual(3);
    expect(floors.b).toBeLessThanOrEqual(3);
  });
});
