import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import type { ScalerState } from '../../../../lambda/control-loop/model/observation';
import { fleetOf, inputOf, observationOf, type PoolStateOf, poolOf, type UnitState, unitOf } from './fixtures';

const fleet = fleetOf({
  resilience: 0,
  units: [unitOf('a', { maximumReplicas: 50, costShare: 0.5 }), unitOf('b', { maximumReplicas: 50, costShare: 0.5 })],
  pools: [poolOf('a', { maximumDevices: 50 }), poolOf('b', { maximumDevices: 50 })],
});

const busy: UnitState = { requestsPerMinute: 600, ready: 4, replicas: 4, floor: 4 };

const decided = (scaler: ScalerState, state: UnitState = {}, pools: Record<string, PoolStateOf> = {}) => {
  const units = { a: { ...busy, ...state, scaler }, b: busy };
  const decision = decide([inputOf(fleet)], observationOf(fleet, units, pools));
  const { units: own, findings, strategy } = decision.fleets[0]!;
  return {
    strategy,
    limits: [decision.pools.a!.limitDevices.value, decision.pools.b!.limitDevices.value],
    floors: [own.a!.floor.value, own.b!.floor.value],
    target: own.a!.targetThroughputPerMinute.value,
    said: findings.filter(({ code }) => code === 'Scaler' || code === 'NodePool').map(({ subject, message }) => `${subject}: ${message}`),
    held: findings.filter(({ code, subject }) => code === 'Paused' && subject.startsWith('a ')).map(({ message }) => message),
  };
};

const free = decided({});

describe('the own maximum of a scaler', () => {
  it('bounds the floor of its unit, and the others are asked for the rest', () => {
    const { floors, said } = decided({ maximumReplicas: 6 });
    expect(free.floors[0]).toBeGreaterThan(6);
    expect(floors[0]).toBe(6);
    expect(floors[1]).toBeGreaterThan(free.floors[1]!);
    expect(said).toEqual(['a: ScaledObject a allows 6 pods, the fleet 50: the smaller number counts']);
  });

  it('bounds the minimum of the unit too', () => {
    const quiet = fleetOf({ units: [unitOf('a', { minimumReplicas: 8 })], pools: [poolOf('a')] });
    const state = { requestsPerMinute: 1, ready: 3, floor: 3, scaler: { maximumReplicas: 3 } };
    expect(decide([inputOf(quiet)], observationOf(quiet, { a: state })).fleets[0]!.units.a!.floor.value).toBe(3);
  });

  it('above that of the fleet is nothing to say', () => {
    expect(decided({ maximumReplicas: 100 })).toEqual(free);
  });
});

describe('a ScaledObject that KEDA has paused', () => {
  const paused = { annotation: 'autoscaling.keda.sh/paused', up: true, down: true };

  it('keeps its floor and target, and the others are asked for what it cannot grow to', () => {
    const { floors, target, said, held } = decided({ pause: paused }, { target: 30 });
    expect([floors[0], target]).toEqual([4, undefined]);
    expect(floors[1]).toBeGreaterThan(free.floors[1]!);
    expect(said).toEqual(['a: autoscaling.keda.sh/paused holds it at the pods that it has: nobody follows its floor and target']);
    expect(held).toEqual([expect.stringContaining('left at 30: autoscaling.keda.sh/paused pauses its ScaledObject')]);
  });

  it('at a number of replicas counts as those', () => {
    const { floors, said, held } = decided({
      pause: { annotation: 'autoscaling.keda.sh/paused-replicas', up: true, down: true, replicas: 2 },
    });
    expect(floors[0]).toBeUndefined();
    expect(floors[1]).toBeGreaterThan(free.floors[1]!);
    expect(said).toEqual(['a: autoscaling.keda.sh/paused-replicas holds it at 2 pods: nobody follows its floor and target']);
    expect(held[0]).toMatch(/left at 4: autoscaling.keda.sh\/paused-replicas pauses its ScaledObject$/);
  });

  it('in one direction may go in the other', () => {
    const scaleIn = { pause: { annotation: 'autoscaling.keda.sh/paused-scale-in', up: false, down: true } };
    expect(decided(scaleIn).floors[0]).toBe(free.floors[0]);
    expect(decided(scaleIn, { floor: 40, ready: 40 }).floors[0]).toBeUndefined();
    const scaleOut = { pause: { annotation: 'autoscaling.keda.sh/paused-scale-out', up: true, down: false } };
    expect(decided(scaleOut).floors[0]).toBe(4);
    expect(decided(scaleOut).said).toEqual(['a: autoscaling.keda.sh/paused-scale-out keeps it from growing beyond the pods that it has']);
  });

  it('that KEDA cannot carry out is said, and steered on', () => {
    const { floors, said } = decided({ problem: 'ScaledObject does not have correct scaleTargetRef specification' });
    expect(floors).toEqual(free.floors);
    expect(said).toEqual(['a: KEDA cannot carry out ScaledObject a: ScaledObject does not have correct scaleTargetRef specification']);
  });
});

describe('a NodePool that is not ready', () => {
  it('launches nothing: it is limited to what runs in it, and the others are asked for the rest', () => {
    const { floors, limits, said, strategy } = decided({}, {}, { a: { running: 4, notReady: 'NodeClassNotFound' } });
    expect(limits).toEqual([4, 50]);
    expect(floors[1]).toBeGreaterThan(free.floors[1]!);
    expect(strategy).toBe('CapacityOptimized');
    expect(said).toEqual(['a: Karpenter launches nothing for it: NodeClassNotFound']);
  });
});
