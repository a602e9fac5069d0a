import { describe, expect, it } from 'vitest';
import { decide } from '../../../../../lambda/control-loop/decide/decide';
import { fleetOf, inputOf, observationOf, poolOf, type UnitState, unitOf } from '../fixtures';

const fleet = fleetOf({
  units: [unitOf('a', { maximumReplicas: 50 }), unitOf('b', { maximumReplicas: 50 })],
  pools: [poolOf('a'), poolOf('b')],
});

const floorsOf = (units: Record<string, UnitState>) => {
  const decided = decide([inputOf(fleet)], observationOf(fleet, units)).fleets[0]!.units;
  return {
    floors: Object.values(decided).map(({ floor }) => floor.value!),
    shares: Object.values(decided).map(({ share }) => share.value!),
  };
};

describe('the floor of a unit', () => {
  // 400 requests a minute, half of them for each unit: 60 a minute and pod.
  const sound: UnitState = { requestsPerMinute: 200, ready: 5, floor: 5 };

  it('holds its share, where every unit can have its own', () => {
    const { floors, shares } = floorsOf({ a: sound, b: sound });
    expect(shares).toEqual([0.5, 0.5]);
    expect(Math.max(...floors)).toBeLessThanOrEqual(6);
  });

  it('holds all that moves to it from a dead unit in the same tick, which keeps its own for its return', () => {
    const { floors, shares } = floorsOf({ a: { ...sound, ready: 0 }, b: sound });
    expect(shares).toEqual([0, 1]);
    // 400 requests a minute at 60 a minute and pod take at least 7 pods.
    expect(floors[1]).toBeGreaterThanOrEqual(7);
    expect(floors[0]).toBe(floorsOf({ a: sound, b: sound }).floors[0]);
  });

  it('never exceeds maximumReplicas, whatever moves to it', () => {
    const crowd: UnitState = { requestsPerMinute: 20_000, ready: 5, floor: 5 };
    expect(floorsOf({ a: { ...crowd, ready: 0 }, b: crowd }).floors[1]).toBe(50);
  });
});
