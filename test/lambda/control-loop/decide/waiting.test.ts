import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import type { WaitingPods } from '../../../../lambda/control-loop/model/observation';
import { failure, fleetOf, inputOf, NOW, observationOf, type PoolStateOf, poolOf, unitOf } from './fixtures';

/** A unit with a cold start of 600 s on a spot and an on-demand pool, and another unit. */
const fleet = fleetOf({
  units: [unitOf('a', { pools: ['a-spot', 'a-od'] }), unitOf('b')],
  pools: [poolOf('a-spot', { capacityType: 'spot' }), poolOf('a-od'), poolOf('b')],
});

const decisionWith = (waiting: readonly WaitingPods[], pools: Record<string, PoolStateOf> = {}) =>
  decide([inputOf(fleet)], observationOf(fleet, { a: { waiting } }, pools)).fleets[0]!;

const messagesOf = (waiting: readonly WaitingPods[], pools: Record<string, PoolStateOf> = {}) =>
  decisionWith(waiting, pools).findings.flatMap(({ code, subject, message }) => (code === 'Waiting' ? [`${subject}: ${message}`] : []));

const unschedulable = (seconds: number): WaitingPods => ({
  reason: 'Unschedulable',
  message: 'no nodes available to schedule pods',
  pods: 3,
  sinceSeconds: NOW - seconds,
});
const crashLoop: WaitingPods = {
  reason: 'CrashLoopBackOff',
  message: '4 restarts; last end: Error, exit code 1',
  pods: 1,
  sinceSeconds: NOW - 120,
  isFailing: true,
};

describe('pods that wait', () => {
  it('are named after one and a half cold starts, with what Kubernetes says', () => {
    expect(messagesOf([unschedulable(900)])).toEqual([]);
    expect(messagesOf([unschedulable(901)], { 'a-spot': { lastLaunchSeconds: NOW - 300 } })).toEqual([
      'a: 3 pods have waited up to 15 min, Unschedulable: no nodes available to schedule pods',
    ]);
  });

  it('of a unit without any launch since are named as such', () => {
    const old = { lastLaunchSeconds: NOW - 5000 };
    expect(messagesOf([unschedulable(1200)], { 'a-spot': old, 'a-od': {} })).toEqual([
      'a: 3 pods have waited up to 20 min, Unschedulable: no nodes available to schedule pods; no launch in a-spot, a-od since then',
    ]);
  });

  it('in a crash loop are named at once', () => {
    expect(messagesOf([crashLoop])).toEqual([
      'a: 1 pod has waited up to 2 min, CrashLoopBackOff: 4 restarts; last end: Error, exit code 1',
    ]);
  });

  it('are named one cause at a time', () => {
    expect(messagesOf([unschedulable(1200), crashLoop])).toHaveLength(2);
  });

  it('change no decision: a crash loop is no shortage, and neither is a pod that no node fits', () => {
    const without = decisionWith([]);
    const { units, strategy, memory, desired } = decisionWith([unschedulable(7200), crashLoop]);
    expect({ units, strategy, memory, desired }).toEqual({
      units: without.units,
      strategy: without.strategy,
      memory: without.memory,
      desired: without.desired,
    });
    expect(memory.shortages).toEqual([]);
    // A refusal of EC2 is one.
    expect(decisionWith([], { 'a-spot': { failures: [failure(NOW - 30)] } }).memory.shortages).toHaveLength(1);
  });
});
