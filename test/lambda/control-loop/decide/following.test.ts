import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import type { FleetMemory } from '../../../../lambda/control-loop/model/decision';
import { unitKey } from '../../../../lambda/control-loop/model/fleet';
import { type ScalerState, unknown } from '../../../../lambda/control-loop/model/observation';
import { fleetOf, inputOf, NOW, observationOf, poolOf, type UnitState, unitOf } from './fixtures';

/** Two units with a cold start of 600 s, each of which needs about a dozen pods for its half of 1200 requests a minute. */
const fleet = fleetOf({
  resilience: 0,
  units: [unitOf('a', { costShare: 0.5 }), unitOf('b', { costShare: 0.5 })],
  pools: [poolOf('a'), poolOf('b')],
});

const busy: UnitState = { requestsPerMinute: 600, ready: 12, replicas: 12, floor: 12 };

const tick = (a: UnitState, memory?: FleetMemory, nowSeconds = NOW) =>
  decide([inputOf(fleet, memory && { memory })], observationOf(fleet, { a: { ...busy, ...a }, b: busy }, {}, nowSeconds)).fleets[0]!;

/** What is decided when a state has lasted for so many seconds, with a tick a minute. */
const atSecond = (seconds: number, a: UnitState) => {
  let last = tick(a, undefined, NOW);
  for (let passed = 60; passed <= seconds; passed += 60) last = tick(a, last.memory, NOW + passed);
  return last;
};

const said = ({ findings }: ReturnType<typeof tick>) =>
  findings.filter(({ code }) => code === 'Unfollowed').map(({ subject, message }) => `${subject}: ${message}`);
const floorsOf = ({ units }: ReturnType<typeof tick>) => [units.a!.floor.value, units.b!.floor.value];

const short = (pods: number, change: Partial<ScalerState['shortfall']> = {}, state: ScalerState = {}): UnitState => ({
  floor: 14,
  ready: pods,
  replicas: pods,
  scaler: { shortfall: { pods, ...change }, ...state },
});

describe('a Deployment that does not follow its floor', () => {
  it('is named after a cold start and three minutes, with what it was asked for and what it has', () => {
    expect(said(atSecond(780, short(5)))).toEqual([]);
    expect(said(atSecond(840, short(5)))).toEqual(['a: does not follow: asked for 14 pods, its Deployment has had 5 for 14 min']);
  });

  it('is named with its cause where there is one', () => {
    expect(said(atSecond(840, short(5, { cause: 'KEDA has made no autoscaler for it' })))).toEqual([
      'a: does not follow: asked for 14 pods, its Deployment has had 5 for 14 min; KEDA has made no autoscaler for it',
    ]);
  });

  it('is counted on for what it has: the other unit is asked for the rest, and it is asked on', () => {
    const before = atSecond(780, short(5));
    const since = atSecond(840, short(5));
    expect(floorsOf(since)[1]).toBeGreaterThan(floorsOf(before)[1]!);
    expect(since.units.a!.floor).toEqual({
      value: undefined,
      reason: 'its Deployment has 5 of 14 pods, which it is asked for until it follows',
    });
    expect(since.desired!.units.a!.floor!.value).toBe(5);
  });

  it('follows again as soon as it has as many pods as it is asked for', () => {
    const { memory } = atSecond(840, short(5));
    const next = tick({ floor: 14, ready: 14, replicas: 14 }, memory, NOW + 900);
    expect(said(next)).toEqual([]);
    expect(next.memory.unfollowed).toBeUndefined();
    expect(next.desired!.units.a!.floor!.value).toBe(tick({}).desired!.units.a!.floor!.value);
  });

  it('follows while it comes nearer by a pod', () => {
    const { memory } = atSecond(780, short(5));
    const nearer = tick(short(6), memory, NOW + 840);
    expect(said(nearer)).toEqual([]);
    expect(nearer.memory.unfollowed).toEqual({ a: { sinceSeconds: NOW + 840, pods: 6 } });
    // One that loses pods does not.
    expect(said(tick(short(4), memory, NOW + 840))).toHaveLength(1);
  });

  it('is asked for fewer pods than it has where fewer are wanted, and for what a person wants', () => {
    const quiet: UnitState = { ...short(5), requestsPerMinute: 6 };
    const { memory } = atSecond(840, short(5));
    const calm = decide(
      [inputOf(fleet, { memory })],
      observationOf(fleet, { a: quiet, b: { ...busy, requestsPerMinute: 6 } }, {}, NOW + 900),
    ).fleets[0]!;
    expect(calm.units.a!.floor.value).toBeLessThan(14);
    const until = 'then';
    const override = { field: 'floor/a', value: 3, owner: 'ana', reason: 'x', until, untilSeconds: NOW + 3600 };
    const wanted = decide(
      [inputOf(fleet, { memory, overrides: { entries: [override], problems: [] } })],
      observationOf(fleet, { a: { ...busy, ...short(5) }, b: busy }, {}, NOW + 900),
    ).fleets[0]!;
    expect(wanted.units.a!.floor.value).toBeLessThan(14);
  });

  it.each<[string, UnitState]>([
    ['KEDA says that it cannot carry the ScaledObject out', short(5, {}, { problem: 'no such Deployment' })],
    ['its pods are refused', short(5, { isNamed: true })],
    ['someone edited the autoscaler', { ...short(5), autoscalerEdits: [{ field: 'floor', value: 5, manager: 'kubectl-edit' }] }],
  ])('is not named twice where %s, and is not counted on', (_, state) => {
    const last = atSecond(840, state);
    expect(said(last)).toEqual([]);
    expect(floorsOf(last)[1]).toBeGreaterThan(floorsOf(atSecond(780, state))[1]!);
  });

  it('is not asked for anything while KEDA pauses it', () => {
    const pause = { annotation: 'autoscaling.keda.sh/paused', up: true, down: true };
    const last = atSecond(840, short(5, {}, { pause }));
    expect(said(last)).toEqual([]);
    expect(last.memory.unfollowed).toBeUndefined();
  });

  it('stays what it was while nothing is known of it', () => {
    const { memory } = atSecond(840, short(5));
    const { units, ...rest } = observationOf(fleet, { a: { ...busy, ...short(5) }, b: busy }, {}, NOW + 900);
    const silent = { ...units, [unitKey(fleet, 'a')]: { ...units[unitKey(fleet, 'a')]!, scaler: unknown('not listed') } };
    const next = decide([inputOf(fleet, { memory })], { ...rest, units: silent }).fleets[0]!;
    expect(next.memory.unfollowed).toEqual({ a: { sinceSeconds: NOW, pods: 5 } });
    expect(next.desired!.units.a!.floor!.value).toBe(5);
  });
});
