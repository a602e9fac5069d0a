import { describe, expect, it } from 'vitest';
import { backoffSeconds, mergeShortages, type RememberedPool, updateShortages } from '../../../../lambda/control-loop/decide/shortages';
import type { Shortage } from '../../../../lambda/control-loop/model/decision';
import { unknown } from '../../../../lambda/control-loop/model/observation';
import { failure, NOW, type PoolStateOf, poolObservation } from './fixtures';

const pool: RememberedPool = { name: 'inf2', capacityType: 'on-demand', instanceTypes: [{ name: 'inf2.xlarge' }] };

const update = (previous: readonly Shortage[], state: PoolStateOf, nowSeconds: number, offerings: Partial<RememberedPool> = {}) =>
  updateShortages(previous, [{ ...pool, ...offerings }], { inf2: poolObservation(state, nowSeconds) }, nowSeconds);

const shortage = (change: Partial<Shortage> = {}): Shortage => ({
  pool: 'inf2',
  zone: 'us-west-2a',
  firstSeenSeconds: NOW,
  lastFailureSeconds: NOW,
  failures: 1,
  nextProbeSeconds: NOW + 120,
  ...change,
});

describe('shortage memory', () => {
  it('rests 120 s after the first refusal and twice as long after each further one, at most 1800 s', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map(backoffSeconds)).toEqual([120, 240, 480, 960, 1800, 1800, 1800]);
  });

  it('begins with a refused launch', () => {
    expect(update([], { failures: [failure(NOW)] }, NOW + 20)).toEqual([shortage()]);
  });

  it('counts a burst of refusals in one tick as one attempt', () => {
    const [begun] = update([], { failures: [failure(NOW - 20), failure(NOW - 10), failure(NOW)] }, NOW + 20);
    expect(begun).toMatchObject({ failures: 1, firstSeenSeconds: NOW, lastFailureSeconds: NOW });
  });

  it('does not begin with a refusal that a launch has answered since', () => {
    expect(update([], { failures: [failure(NOW)], lastLaunchSeconds: NOW + 5 }, NOW + 20)).toEqual([]);
  });

  it('does not begin with a refusal from long ago', () => {
    expect(update([], { failures: [failure(NOW)] }, NOW + 301)).toEqual([]);
  });

  it('does not count a refusal twice', () => {
    const previous = [shortage()];
    expect(update(previous, { failures: [failure(NOW)] }, NOW + 60)).toEqual(previous);
  });

  it('rests longer when refusals go on, without a new attempt', () => {
    expect(update([shortage()], { failures: [failure(NOW), failure(NOW + 30)] }, NOW + 60)).toEqual([
      shortage({ lastFailureSeconds: NOW + 30, nextProbeSeconds: NOW + 150 }),
    ]);
  });

  it('opens a probe when the rest is over', () => {
    expect(update([shortage()], { failures: [failure(NOW)] }, NOW + 119)).toEqual([shortage()]);
    expect(update([shortage()], { failures: [failure(NOW)] }, NOW + 120)).toEqual([shortage({ probeOpenedSeconds: NOW + 120 })]);
  });

  it('ends when a launch answers the probe', () => {
    const probing = shortage({ probeOpenedSeconds: NOW + 120 });
    expect(update([probing], { failures: [failure(NOW)], lastLaunchSeconds: NOW + 130 }, NOW + 180)).toEqual([]);
  });

  it('ends when any launch follows the last refusal', () => {
    expect(update([shortage()], { failures: [failure(NOW)], lastLaunchSeconds: NOW + 10 }, NOW + 60)).toEqual([]);
  });

  it('does not end with a launch from before the last refusal', () => {
    expect(update([shortage()], { failures: [failure(NOW)], lastLaunchSeconds: NOW - 10 }, NOW + 60)).toEqual([shortage()]);
  });

  it('does not end with a launch in the very second of the last refusal, because either may have come first', () => {
    expect(update([shortage()], { failures: [failure(NOW)], lastLaunchSeconds: NOW }, NOW + 60)).toEqual([shortage()]);
  });

  it('closes a probe that is refused and doubles the rest', () => {
    const probing = shortage({ probeOpenedSeconds: NOW + 120 });
    expect(update([probing], { failures: [failure(NOW + 130)] }, NOW + 180)).toEqual([
      shortage({ failures: 2, lastFailureSeconds: NOW + 130, nextProbeSeconds: NOW + 370 }),
    ]);
  });

  it('closes a probe that is refused in another zone', () => {
    const probing = shortage({ probeOpenedSeconds: NOW + 120 });
    const updated = update([probing], { failures: [failure(NOW + 130, 'us-west-2b')] }, NOW + 180);
    expect(updated.map(({ zone, failures, probeOpenedSeconds }) => ({ zone, failures, probeOpenedSeconds }))).toEqual([
      { zone: 'us-west-2a', failures: 2, probeOpenedSeconds: undefined },
      { zone: 'us-west-2b', failures: 1, probeOpenedSeconds: undefined },
    ]);
  });

  it('keeps an open probe when an older refusal turns up late', () => {
    const probing = shortage({ probeOpenedSeconds: NOW + 120 });
    expect(update([probing], { failures: [failure(NOW + 110)] }, NOW + 180)).toEqual([
      shortage({ lastFailureSeconds: NOW + 110, probeOpenedSeconds: NOW + 120 }),
    ]);
  });

  it('begins anew when refusals follow a launch', () => {
    const old = shortage({ failures: 4 });
    expect(update([old], { failures: [failure(NOW + 100)], lastLaunchSeconds: NOW + 50 }, NOW + 110)).toEqual([
      shortage({ firstSeenSeconds: NOW + 100, lastFailureSeconds: NOW + 100, nextProbeSeconds: NOW + 220 }),
    ]);
  });

  it('is changed by nothing while refusals are unknown', () => {
    const previous = [shortage()];
    const silent = { ...poolObservation({ lastLaunchSeconds: NOW + 500 }, NOW + 600), launchFailures: unknown('timeout') };
    expect(updateShortages(previous, [pool], { inf2: silent }, NOW + 600)).toEqual(previous);
    expect(updateShortages(previous, [pool], {}, NOW + 600)).toEqual(previous);
  });

  it('does not end while launches are unknown', () => {
    const silent = { ...poolObservation({ failures: [failure(NOW)] }), lastLaunchSeconds: unknown('timeout') };
    expect(updateShortages([shortage()], [pool], { inf2: silent }, NOW + 60)).toEqual([shortage()]);
  });

  it('forgets pools that no fleet names any more', () => {
    expect(updateShortages([shortage({ pool: 'gone' })], [pool], {}, NOW + 60)).toEqual([]);
  });

  it('of several fleets keeps the latest refusal', () => {
    const late = shortage({ lastFailureSeconds: NOW + 50, failures: 2 });
    expect(mergeShortages([[shortage()], [late, shortage({ zone: 'us-west-2b' })]])).toEqual([late, shortage({ zone: 'us-west-2b' })]);
  });

  it('neither doubles nor restarts a backoff by the refusal of a probe that was opened before its end', () => {
    const early = shortage({ lastFailureSeconds: NOW - 200, failures: 3, nextProbeSeconds: NOW + 280, probeOpenedSeconds: NOW - 20 });
    const [refusedAgain] = update([early], { failures: [failure(NOW)] }, NOW + 30);
    expect(refusedAgain).toMatchObject({ failures: 3, nextProbeSeconds: NOW + 280, lastFailureSeconds: NOW });
    expect(refusedAgain).not.toHaveProperty('probeOpenedSeconds');
  });
});

describe('a refusal that names what was refused', () => {
  const wide = {
    zones: ['us-west-2a', 'us-west-2b'],
    instanceTypes: [{ name: 'inf2.xlarge' }, { name: 'inf2.8xlarge' }],
  };
  const refusal = (atSeconds: number, zone: string, instanceType?: string) => ({
    ...failure(atSeconds, zone),
    ...(instanceType !== undefined && { instanceType }),
  });

  it('is remembered with its zone and instance type', () => {
    const [entry] = update([], { failures: [refusal(NOW, 'us-west-2a', 'inf2.xlarge')] }, NOW + 20, wide);
    expect(entry).toEqual(shortage({ instanceType: 'inf2.xlarge' }));
  });

  it('is remembered for the whole pool where the pool is not known to have that zone and type', () => {
    const [entry] = update([], { failures: [refusal(NOW, 'us-west-2d', 'p5.48xlarge')] }, NOW + 20, wide);
    expect(entry).toEqual(shortage({ zone: 'unknown' }));
  });

  it('of one zone does not answer the probe of another, while the pool has both', () => {
    const probing = shortage({ probeOpenedSeconds: NOW + 120 });
    const [a, b] = update([probing], { failures: [refusal(NOW + 130, 'us-west-2b')] }, NOW + 140, wide);
    expect(a).toEqual(probing);
    expect(b).toMatchObject({ zone: 'us-west-2b', failures: 1 });
  });

  it('is forgotten when it was not refused again ten minutes after its backoff', () => {
    const probing = shortage({ probeOpenedSeconds: NOW + 120 });
    expect(update([probing], {}, NOW + 719, wide)).toEqual([probing]);
    expect(update([probing], {}, NOW + 720, wide)).toEqual([]);
  });

  it('is over when the pool launches', () => {
    expect(update([shortage()], { failures: [failure(NOW)], lastLaunchSeconds: NOW + 10 }, NOW + 60, wide)).toEqual([]);
  });
});

describe('a quota of the account', () => {
  const pools: readonly RememberedPool[] = [
    { name: 'g5-spot', capacityType: 'spot', instanceTypes: [{ name: 'g5.xlarge' }] },
    { name: 'g6-spot', capacityType: 'spot', instanceTypes: [{ name: 'g6.xlarge' }] },
    { name: 'g5-od', capacityType: 'on-demand', instanceTypes: [{ name: 'g5.xlarge' }] },
    { name: 'inf2-spot', capacityType: 'spot', instanceTypes: [{ name: 'inf2.xlarge' }] },
  ];
  const quotaRefusal = (atSeconds: number) => ({
    zone: 'unknown',
    atSeconds,
    message: 'MaxSpotInstanceCountExceeded',
    isQuota: true as const,
  });
  const observed = (states: Readonly<Record<string, PoolStateOf>>, nowSeconds: number) =>
    Object.fromEntries(pools.map(({ name }) => [name, poolObservation(states[name], nowSeconds)]));
  const begun = updateShortages([], pools, observed({ 'g5-spot': { failures: [quotaRefusal(NOW)] } }, NOW + 20), NOW + 20);

  it('that is used up closes every pool that counts against it, and no other', () => {
    expect(begun.map(({ pool: name, isQuota }) => [name, isQuota])).toEqual([
      ['g5-spot', true],
      ['g6-spot', true],
    ]);
  });

  it('counts one refusal in whichever pool as one for all', () => {
    const probed = begun.map((entry) => ({ ...entry, probeOpenedSeconds: NOW + 120 }));
    const again = updateShortages(probed, pools, observed({ 'g6-spot': { failures: [quotaRefusal(NOW + 130)] } }, NOW + 140), NOW + 140);
    expect(again.map(({ failures, nextProbeSeconds }) => [failures, nextProbeSeconds])).toEqual([
      [2, NOW + 370],
      [2, NOW + 370],
    ]);
  });

  it('has room again for all of them when one of them launches', () => {
    expect(updateShortages(begun, pools, observed({ 'g6-spot': { lastLaunchSeconds: NOW + 60 } }, NOW + 90), NOW + 90)).toEqual([]);
  });
});
