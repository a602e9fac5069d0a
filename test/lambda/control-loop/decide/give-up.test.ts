import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import { initialMemory } from '../../../../lambda/control-loop/decide/memory';
import type { FleetMemory } from '../../../../lambda/control-loop/model/decision';
import { fleetOf, inputOf, NOW, observationOf, poolOf, unitOf } from './fixtures';

const fleet = fleetOf({
  units: [unitOf('a', { maximumReplicas: 100 }), unitOf('b', { maximumReplicas: 100 })],
  pools: [poolOf('a', { maximumDevices: 100 }), poolOf('b', { maximumDevices: 100 })],
});

interface State {
  readonly floors: readonly number[];
  readonly targets: readonly number[];
}

/** The fleet after ticks at these seconds: 40 ready pods of each unit, and next to no requests. */
const fleetAfter = (
  tickSeconds: readonly number[],
  start: State = { floors: [40, 40], targets: [20, 20] },
): State & { memory: FleetMemory } => {
  let memory = initialMemory(fleet, NOW);
  let { floors, targets } = start;
  for (const seconds of tickSeconds) {
    const nowSeconds = NOW + seconds;
    const units = Object.fromEntries(
      fleet.units.map(({ name }, index) => [name, { ready: 40, floor: floors[index]!, target: targets[index]!, requestsPerMinute: 1 }]),
    );
    const decided = decide([inputOf(fleet, { memory })], observationOf(fleet, units, {}, nowSeconds)).fleets[0]!;
    floors = fleet.units.map(({ name }, index) => decided.units[name]!.floor.value ?? floors[index]!);
    targets = fleet.units.map(({ name }, index) => decided.units[name]!.targetThroughputPerMinute.value ?? targets[index]!);
    memory = decided.memory;
  }
  return { floors, targets, memory };
};

const every = (seconds: number, untilSeconds: number): readonly number[] =>
  Array.from({ length: Math.floor(untilSeconds / seconds) }, (_, index) => index * seconds);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('what a fleet gives up', () => {
  it('in two minutes is the same with a tick every two seconds and with two scheduled ticks', () => {
    const { floors, targets } = fleetAfter(every(2, 120));
    // A tenth of 80 ready pods a minute: 8 of 80 twice. Targets of 20 rise by a ninth twice, in five digits.
    expect(sum(floors)).toBe(64);
    expect(targets).toEqual([24.691, 24.691]);
    const scheduled = fleetAfter([0, 60]);
    expect([floors, targets]).toEqual([scheduled.floors, scheduled.targets]);
  });

  it('is given up every minute though ticks come a little early and late', () => {
    const early = [0, 59.6, 120.3, 179.8, 240.1, 299.5];
    expect(sum(fleetAfter(early).floors)).toBe(80 - 6 * 8);
  });

  it('does not wait for a clock that was ahead', () => {
    const { memory } = fleetAfter([0]);
    const ahead = { ...memory, nextGiveUpSeconds: NOW + 86_400 };
    const units = { a: { ready: 40, floor: 40, requestsPerMinute: 1 }, b: { ready: 40, floor: 40, requestsPerMinute: 1 } };
    const first = decide([inputOf(fleet, { memory: ahead })], observationOf(fleet, units, {}, NOW + 60)).fleets[0]!;
    expect(first.units.a!.floor.value).toBeUndefined();
    // The memory says a day; the fleet waits a minute from when that was seen.
    const second = decide([inputOf(fleet, { memory: first.memory })], observationOf(fleet, units, {}, NOW + 120)).fleets[0]!;
    expect(second.units.a!.floor.value).toBe(36);
  });

  it('is bounded per minute whatever the number of ticks, and raises are not', () => {
    const ticks = fc
      .array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 40 })
      .map((tenths) => [...new Set(tenths)].sort((a, b) => a - b).map((tenth) => tenth / 10));
    fc.assert(
      fc.property(ticks, (seconds) => {
        const spanSeconds = seconds.at(-1)! - seconds[0]!;
        const { floors, targets } = fleetAfter(seconds);
        // A tenth of 80 ready pods at once, and again after each minute, which an early tick may begin a second before.
        const times = 1 + Math.floor((spanSeconds + 1) / 60);
        expect(80 - sum(floors)).toBeLessThanOrEqual(8 * times);
        expect(Math.max(...targets)).toBeLessThanOrEqual(20 / 0.9 ** times + 0.01);
      }),
      { seed: 20_261_130, numRuns: 60 },
    );
    const raised = decide(
      [inputOf(fleet, { memory: fleetAfter([0]).memory })],
      observationOf(fleet, { a: { requestsPerMinute: 2000 }, b: { requestsPerMinute: 2000 } }, {}, NOW + 2),
    ).fleets[0]!;
    expect(raised.units.a!.floor.value).toBeGreaterThan(30);
  });
});
