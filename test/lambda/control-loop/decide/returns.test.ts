import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import { initialMemory } from '../../../../lambda/control-loop/decide/memory';
import type { FleetMemory, PodReturn } from '../../../../lambda/control-loop/model/decision';
import { NOT_PAUSED } from '../../../../lambda/control-loop/model/pause';
import { failure, fleetOf, inputOf, NOW, observationOf, type PoolStateOf, poolOf, type UnitState, unitOf } from './fixtures';

const fleet = fleetOf({
  units: [
    unitOf('a', {
      pools: ['spot', 'od'],
      maximumReplicas: 20,
      profile: { throughputPerMinute: 60, latencySeconds: 0.5, coldStartSeconds: 300 },
    }),
  ],
  pools: [poolOf('spot', { capacityType: 'spot' }), poolOf('od')],
});

/** Eight pods on demand at a dollar an hour each, spot at a quarter of it, and no more nodes than pods. */
const settled: UnitState = { requestsPerMinute: 200, ready: { od: 8 }, replicas: 8, floor: 8 };
const market: Record<string, PoolStateOf> = {
  spot: { priceUsd: 0.25, running: 0, weight: 100 },
  od: { priceUsd: 1, running: 8, weight: 90 },
};

const decideOn = (
  unit: UnitState = settled,
  pools: Record<string, PoolStateOf> = {},
  memory: Partial<FleetMemory> = {},
  nowSeconds = NOW,
) => {
  const merged = { spot: { ...market.spot, ...pools.spot }, od: { ...market.od, ...pools.od } };
  const [one] = decide(
    [inputOf(fleet, { memory: { ...initialMemory(fleet, NOW - 86_400), ...memory } })],
    observationOf(fleet, { a: unit }, merged, nowSeconds),
  ).fleets;
  const said = one!.findings.filter(({ code }) => code === 'Return').map(({ message }) => message);
  return { floor: one!.units.a!.floor.value, said, memory: one!.memory.returns?.a, costs: one!.deletionCosts };
};

const launching: PodReturn = {
  phase: 'Launching',
  pool: 'spot',
  pods: 1,
  replicas: 8,
  readyThere: 0,
  savingUsdPerHour: 0.75,
  moves: 0,
  sinceSeconds: NOW - 60,
};

const goOn = (memory: PodReturn, unit: UnitState, pools: Record<string, PoolStateOf> = {}) =>
  decideOn({ ...settled, ...unit }, pools, { returns: { a: memory } });

describe('the cost of the deletion of a pod', () => {
  it('is lower where the pod is dearer, so that a scale-down takes it first', () => {
    expect(decideOn().costs).toEqual({ a: { spot: 0, od: -1 } });
    expect(decideOn(settled, { spot: { priceUsd: 1.2 } }).costs).toEqual({ a: { od: 0, spot: -1 } });
  });

  it('does not follow a shortage, which comes and goes', () => {
    expect(decideOn(settled, { spot: { failures: [failure(NOW - 30)] } }).costs).toEqual({ a: { spot: 0, od: -1 } });
  });

  it('is nothing to write for a unit with one pool', () => {
    const alone = fleetOf({ units: [unitOf('b')], pools: [poolOf('b')] });
    expect(decide([inputOf(alone)], observationOf(alone)).fleets[0]!.deletionCosts).toEqual({});
  });
});

describe('pods that run dearer than they need', () => {
  it('move one at first: the floor rises by one above what runs', () => {
    const { floor, said, memory } = decideOn();
    expect(floor).toBe(9);
    expect(said).toEqual(['1 pod moves to spot, which saves 0.75 $/h']);
    expect(memory).toEqual({ ...launching, sinceSeconds: NOW });
  });

  it.each<[string, UnitState, Record<string, PoolStateOf>, string]>([
    ['pods are starting', { pending: 1 }, {}, 'pods of the unit come or go'],
    ['pods are leaving their nodes', { leaving: 1 }, {}, 'pods of the unit come or go'],
    ['pods are replaced by a rollout', { surge: 1 }, {}, 'pods of the unit come or go'],
    ['the Deployment has other replicas than pods are ready', { replicas: 9 }, {}, 'pods of the unit come or go'],
    ['it is not known how many replicas there are', { replicas: undefined as never }, {}, 'replicas are not known'],
    ['requests miss the objective', { latencySeconds: 3 }, {}, 'a misses the objective: 3.000 s of 0.900 s'],
    ['the cheap pool was refused a launch', {}, { spot: { failures: [failure(NOW - 30)] } }, 'spot has no capacity'],
    ['the cheap pool is not ready', {}, { spot: { notReady: 'NodeClassReady=False' } }, 'spot is not ready: NodeClassReady=False'],
    ['the cheap pool is full', {}, { spot: { running: 100 } }, 'spot has no room for another pod'],
    ['the dear pool has an empty node', {}, { od: { running: 9 } }, 'od has an empty node, which would take what is launched'],
  ])('stay where %s, and the finding says so', (_why, unit, pools, reason) => {
    const { said, memory } = decideOn({ ...settled, ...unit }, pools);
    expect(said).toEqual([`8 pods stay in od, 6.00 $/h dearer than in spot: ${reason}`]);
    expect(memory).toBeUndefined();
  });

  it('stay where the saving does not pay for the move within an hour, or is within the deadband of prices', () => {
    const said = (priceUsd: number) => decideOn(settled, { spot: { priceUsd } }).said;
    expect(said(0.75)).toEqual(['8 pods stay in od, 2.00 $/h dearer than in spot: a move would not pay for itself within an hour']);
    expect(said(0.97)).toEqual([]);
  });

  it.each(['up', 'down'] as const)('stay where the fleet is paused %s', (direction) => {
    const input = inputOf(fleet, { memory: initialMemory(fleet, NOW - 86_400), pause: { ...NOT_PAUSED, [direction]: true } });
    const [one] = decide([input], observationOf(fleet, { a: settled }, market)).fleets;
    expect(one!.findings.filter(({ code }) => code === 'Return')).toEqual([]);
    expect(one!.memory.returns).toBeUndefined();
  });

  it('stay where the unit has as many replicas as it may', () => {
    const { said, memory } = decideOn({ ...settled, ready: { od: 20 }, replicas: 20, floor: 20 }, { od: { running: 20 } });
    expect(memory).toBeUndefined();
    expect(said).toEqual(['20 pods stay in od, 15.00 $/h dearer than in spot: the unit has its 20 maximumReplicas']);
  });
});

describe('a move', () => {
  it('holds its floor until its pod is ready', () => {
    const { floor, memory } = goOn(launching, { ready: { od: 8 }, replicas: 9, floor: 9, pending: 1 });
    expect(floor).toBe(9);
    expect(memory).toEqual(launching);
  });

  it('waits until the load balancer has found the pod healthy', () => {
    const { floor, memory } = goOn(launching, { ready: { od: 8, spot: 1 }, replicas: 9, floor: 9 });
    expect(floor).toBe(9);
    expect(memory).toEqual({ ...launching, phase: 'Landed', sinceSeconds: NOW });
  });

  it('takes the other pods along once one has shown that there is capacity', () => {
    const landed: PodReturn = { ...launching, phase: 'Landed', sinceSeconds: NOW - 130 };
    const { floor, said, memory } = goOn(landed, { ready: { od: 8, spot: 1 }, replicas: 9, floor: 9 }, { spot: { running: 1 } });
    expect(floor).toBe(16);
    expect(said).toEqual(['8 pods move to spot, which saves 6.00 $/h']);
    expect(memory).toEqual({ ...landed, phase: 'Launching', pods: 8, sinceSeconds: NOW });
  });

  it('lets the floor fall when all are there, and waits for the dear pods to go', () => {
    const landed: PodReturn = { ...launching, phase: 'Landed', pods: 8, sinceSeconds: NOW - 130 };
    const { floor, memory } = goOn(landed, { ready: { od: 8, spot: 8 }, replicas: 16, floor: 16 }, { spot: { running: 8 } });
    expect(floor).toBeLessThan(16);
    expect(memory).toEqual({ ...landed, phase: 'Leaving', sinceSeconds: NOW });
    const leaving: PodReturn = { ...landed, phase: 'Leaving', sinceSeconds: NOW - 300 };
    const gone = goOn(leaving, { ready: { spot: 8 }, replicas: 8, floor: 8 }, { spot: { running: 8 } });
    expect(gone.memory).toEqual({ phase: 'Waiting', untilSeconds: NOW + 1500, moves: 1 });
  });

  it('keeps every pod while requests miss the objective', () => {
    const landed: PodReturn = { ...launching, phase: 'Landed', pods: 8, sinceSeconds: NOW - 600 };
    const { floor, memory } = goOn(landed, { ready: { od: 8, spot: 8 }, replicas: 16, floor: 16, latencySeconds: 3 });
    expect(floor).toBe(16);
    expect(memory).toEqual(landed);
  });

  it('ends with a refusal, and none is begun for half an hour', () => {
    const { floor, said, memory } = goOn(
      launching,
      { ready: { od: 8 }, replicas: 9, floor: 9 },
      { spot: { failures: [failure(NOW - 30)] } },
    );
    expect(floor).toBeLessThan(9);
    expect(said).toEqual(['no pods move to spot: it has no capacity']);
    expect(memory).toEqual({ phase: 'Waiting', untilSeconds: NOW + 1800, moves: 1 });
    const waiting = goOn({ phase: 'Waiting', untilSeconds: NOW + 1, moves: 1 }, {});
    expect(waiting.floor).toBeLessThanOrEqual(8);
    expect(waiting.said).toEqual([
      '8 pods stay in od, 6.00 $/h dearer than in spot: the next move is not before 2026-11-22T00:00:01Z, as one was made or tried lately',
    ]);
    expect(goOn({ phase: 'Waiting', untilSeconds: NOW, moves: 1 }, {}).floor).toBe(9);
  });

  it('ends where the pod found room on another node', () => {
    const { said, memory } = goOn(launching, { ready: { od: 9 }, replicas: 9, floor: 9 }, { od: { running: 9 } });
    expect(said).toEqual(['no pods move to spot: they found room elsewhere']);
    expect(memory).toEqual({ phase: 'Waiting', untilSeconds: NOW + 600, moves: 1 });
  });

  it('ends where its pod is not ready after two cold starts and five minutes', () => {
    const late: PodReturn = { ...launching, sinceSeconds: NOW - 901 };
    expect(goOn(late, { ready: { od: 8 }, replicas: 9, floor: 9, pending: 1 }).memory).toEqual({
      phase: 'Waiting',
      untilSeconds: NOW + 1800,
      moves: 1,
    });
  });

  it('ends with its new pods', () => {
    const landed: PodReturn = { ...launching, phase: 'Landed', pods: 3 };
    expect(goOn(landed, { ready: { od: 8, spot: 1 }, replicas: 11, floor: 11 }).memory).toMatchObject({ phase: 'Waiting' });
  });

  it('waits twice as long after each one before it, at most four hours, until none was needed for that long', () => {
    const leaving = (moves: number): PodReturn => ({ ...launching, phase: 'Leaving', moves, sinceSeconds: NOW - 300 });
    const waits = (moves: number) => goOn(leaving(moves), { ready: { spot: 8 } }, { spot: { running: 8 } }).memory;
    expect(waits(1)).toEqual({ phase: 'Waiting', untilSeconds: NOW - 300 + 3600, moves: 2 });
    expect(waits(9)).toEqual({ phase: 'Waiting', untilSeconds: NOW - 300 + 14_400, moves: 10 });
    const waited = (seconds: number): PodReturn => ({ phase: 'Waiting', untilSeconds: NOW - seconds, moves: 3 });
    expect(goOn(waited(60), {}).memory).toMatchObject({ phase: 'Launching', moves: 3 });
    expect(goOn(waited(14_401), {}).memory).toMatchObject({ phase: 'Launching', moves: 0 });
  });
});
