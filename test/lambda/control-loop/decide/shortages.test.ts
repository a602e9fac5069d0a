import { describe, expect, it } from 'vitest';
import {
  backoffSeconds,
  circuitState,
  isBlocked,
  keepProbesOpen,
  mergeShortages,
  updateShortages,
} from '../../../../lambda/control-loop/decide/shortages';
import type { Shortage } from '../../../../lambda/control-loop/model/decision';
import { unknown } from '../../../../lambda/control-loop/model/observation';
import { failure, NOW, type PoolStateOf, poolObservation } from './fixtures';

const update = (previous: readonly Shortage[], state: PoolStateOf, nowSeconds: number) =>
  updateShortages(previous, ['inf2'], { inf2: poolObservation(state, nowSeconds) }, nowSeconds);

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
    expect(updateShortages(previous, ['inf2'], { inf2: silent }, NOW + 600)).toEqual(previous);
    expect(updateShortages(previous, ['inf2'], {}, NOW + 600)).toEqual(previous);
  });

  it('does not end while launches are unknown', () => {
    const silent = { ...poolObservation({ failures: [failure(NOW)] }), lastLaunchSeconds: unknown('timeout') };
    expect(updateShortages([shortage()], ['inf2'], { inf2: silent }, NOW + 60)).toEqual([shortage()]);
  });

  it('forgets pools that no fleet names any more', () => {
    expect(updateShortages([shortage({ pool: 'gone' })], ['inf2'], {}, NOW + 60)).toEqual([]);
  });

  it('of several fleets keeps the latest refusal', () => {
    const late = shortage({ lastFailureSeconds: NOW + 50, failures: 2 });
    expect(mergeShortages([[shortage()], [late, shortage({ zone: 'us-west-2b' })]])).toEqual([late, shortage({ zone: 'us-west-2b' })]);
  });
});

describe('units without a pool to go to', () => {
  const refused = (pool: string, secondsAgo: number, change: Partial<Shortage> = {}): Shortage =>
    shortage({ pool, lastFailureSeconds: NOW - secondsAgo, nextProbeSeconds: NOW + 900, ...change });
  const probesOf = (shortages: readonly Shortage[], units: readonly (readonly string[])[], nowSeconds = NOW) =>
    keepProbesOpen(shortages, units, nowSeconds)
      .filter(({ probeOpenedSeconds }) => probeOpenedSeconds !== undefined)
      .map(({ pool }) => pool);

  it('have a probe at once, in the pool that was refused longest ago', () => {
    expect(probesOf([refused('spot', 20), refused('od', 90)], [['spot', 'od']])).toEqual(['od']);
    expect(probesOf([refused('spot', 20), refused('od', 20)], [['spot', 'od']])).toEqual(['spot']);
  });

  it('probe one pool after the other', () => {
    const open = refused('od', 90, { probeOpenedSeconds: NOW - 30 });
    expect(probesOf([refused('spot', 20), open], [['spot', 'od']])).toEqual(['od']);
    // The probe of od is refused; now spot was refused longer ago.
    const [answered] = updateShortages([open], ['od'], { od: poolObservation({ failures: [failure(NOW + 5)] }, NOW + 60) }, NOW + 60);
    expect(probesOf([refused('spot', 20), answered!], [['spot', 'od']], NOW + 60)).toEqual(['spot']);
  });

  it('ask every pool at least as often as Karpenter would without the loop: every three minutes', () => {
    const shortages = [refused('a', 30, { probeOpenedSeconds: NOW - 10 }), refused('b', 180), refused('c', 179)];
    expect(probesOf(shortages, [['a', 'b', 'c']])).toEqual(['a', 'b']);
  });

  it('share the probe of a pool that they share', () => {
    const shortages = [refused('common', 60), refused('x', 50), refused('y', 70)];
    expect(
      probesOf(shortages, [
        ['y', 'common'],
        ['common', 'x', 'y'],
      ]),
    ).toEqual(['y']);
    expect(
      probesOf(shortages, [
        ['x', 'common'],
        ['y', 'common'],
      ]),
    ).toEqual(['common']);
  });

  it('are spared the probe while one of their pools is not in a shortage', () => {
    expect(probesOf([refused('spot', 400)], [['spot', 'od']])).toEqual([]);
  });

  it('neither double nor restart a backoff by a probe that was opened before its end', () => {
    const early = refused('spot', 200, { failures: 3, nextProbeSeconds: NOW + 280, probeOpenedSeconds: NOW - 20 });
    const [refusedAgain] = updateShortages([early], ['spot'], { spot: poolObservation({ failures: [failure(NOW)] }, NOW + 30) }, NOW + 30);
    expect(refusedAgain).toMatchObject({ failures: 3, nextProbeSeconds: NOW + 280, lastFailureSeconds: NOW });
    expect(refusedAgain).not.toHaveProperty('probeOpenedSeconds');
  });
});

describe('the state of a pool', () => {
  const probing = shortage({ probeOpenedSeconds: NOW });

  it('is free, resting, probing, and unanswered when nobody asks for the probe in ten minutes', () => {
    expect(circuitState('inf2', [], NOW)).toBe('Closed');
    expect(circuitState('trn1', [probing], NOW)).toBe('Closed');
    expect(circuitState('inf2', [shortage()], NOW)).toBe('Open');
    expect(circuitState('inf2', [probing], NOW + 599)).toBe('HalfOpen');
    expect(circuitState('inf2', [probing], NOW + 600)).toBe('Stale');
  });

  it('blocks a mode while resting or probing only', () => {
    expect((['Closed', 'Open', 'HalfOpen', 'Stale'] as const).map(isBlocked)).toEqual([false, true, true, false]);
  });
});
