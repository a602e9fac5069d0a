import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import { fleetOf, inputOf, observationOf, poolOf, type UnitState, unitOf } from './fixtures';

/** Two units on two pools each: a has ten pods of one device and no more room, b has plenty. */
const fleetWith = (resilience: number, devicesPerPod = 1) =>
  fleetOf({
    resilience,
    units: [
      unitOf('a', { pools: ['a-spot', 'a-od'], costShare: 0.5, devicesPerPod }),
      unitOf('b', { pools: ['b-spot', 'b-od'], costShare: 0.5, devicesPerPod }),
    ],
    pools: [
      poolOf('a-spot', { capacityType: 'spot', maximumDevices: 6 * devicesPerPod }),
      poolOf('a-od', { maximumDevices: 4 * devicesPerPod }),
      poolOf('b-spot', { capacityType: 'spot' }),
      poolOf('b-od'),
    ],
  });

const full: UnitState = { requestsPerMinute: 560, ready: { 'a-spot': 6, 'a-od': 4 }, replicas: 10, floor: 10, target: 48 };
const other: UnitState = { requestsPerMinute: 560, ready: { 'b-spot': 14 }, replicas: 14, floor: 14, target: 48 };

const decided = (a: UnitState, fleet = fleetWith(0)) => {
  const { units, findings, desired } = decide([inputOf(fleet)], observationOf(fleet, { a: { ...full, ...a }, b: other })).fleets[0]!;
  const of = (name: string) => ({ floor: desired!.units[name]!.floor!.value, target: desired!.units[name]!.targetThroughputPerMinute! });
  return { a: of('a'), b: of('b'), floor: units.a!.floor.value, said: findings.map(({ message }) => message) };
};

describe('a rollout at the maximum of the pools of a unit', () => {
  it('has the place of one pod: the floor leaves it, and other units are asked for the rest', () => {
    const before = decided({});
    const rolling = decided({ surge: 3 });
    expect(before.a.floor).toBe(10);
    expect(rolling.a.floor).toBe(9);
    expect(rolling.floor).toBe(9);
    expect(rolling.b.floor).toBeGreaterThan(before.b.floor);
  });

  it.each([1, 4])('leaves the devices of a whole pod, here of %d', (devicesPerPod) => {
    expect(decided({ surge: 3 }, fleetWith(0, devicesPerPod)).a.floor).toBe(9);
  });

  it('has a target with which requests ask for no more pods than that, as far as a pod sustains them', () => {
    // 560 requests a minute on nine pods, and a tenth more for noise, would be 68; a pod sustains 60.
    expect(decided({ surge: 3 }).a.target).toEqual({ value: 60, reason: 'room for a pod of its rollout' });
    // 420 are 51.3.
    expect(decided({ surge: 3, requestsPerMinute: 420 }).a.target.value).toBeCloseTo(51.33, 2);
    expect(decided({ surge: 3, requestsPerMinute: 300 }).a.target.value).toBe(48);
    expect(decided({}).a.target.value).toBe(48);
  });

  it('is said where a floor is cut for it', () => {
    const fleet = fleetOf({ resilience: 0, units: [unitOf('a')], pools: [poolOf('a', { maximumDevices: 10 })] });
    const { findings } = decide([inputOf(fleet)], observationOf(fleet, { a: { ...full, ready: 10, requestsPerMinute: 560, surge: 3 } }))
      .fleets[0]!;
    expect(findings.map(({ message }) => message)).toContain(
      'a needs 10 pods and gets 9 in a: it has no more room there, and a pod of the rollout of a has its place',
    );
  });
});

describe('a rollout with room', () => {
  it('changes nothing', () => {
    const few: UnitState = { requestsPerMinute: 100, ready: { 'a-spot': 4 }, replicas: 4, floor: 4 };
    expect(decided({ ...few, surge: 1 })).toEqual(decided(few));
  });

  it('that is nobody’s changes nothing, and neither does one that takes pods away first', () => {
    expect(decided({ surge: 0 })).toEqual(decided({}));
  });
});

describe('fleets that share a pool', () => {
  it('leave the place of a pod to the rollout of either', () => {
    const one = fleetOf({ units: [unitOf('a', { pools: ['p'] })], pools: [poolOf('p', { maximumDevices: 20 })] }, 'one');
    const two = fleetOf({ units: [unitOf('b', { pools: ['p'] })], pools: [poolOf('p', { maximumDevices: 20 })] }, 'two');
    const state: UnitState = { requestsPerMinute: 560, ready: 10, replicas: 10, floor: 10 };
    const observe = (surge: number) => {
      const [of, other2] = [observationOf(one, { a: { ...state, surge } }), observationOf(two, { b: state })];
      return {
        ...of,
        units: { ...of.units, ...other2.units },
        routerWeights: { ...of.routerWeights, ...other2.routerWeights },
      };
    };
    const floorsOf = (surge: number) =>
      decide([inputOf(one), inputOf(two)], observe(surge)).fleets.map(({ desired }) => Object.values(desired!.units)[0]!.floor!.value);
    expect(floorsOf(0).reduce((sum, floor) => sum + floor)).toBe(20);
    expect(floorsOf(3).reduce((sum, floor) => sum + floor)).toBeLessThan(20);
  });
});
