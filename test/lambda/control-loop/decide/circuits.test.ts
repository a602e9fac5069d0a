import { describe, expect, it } from 'vitest';
import { type CircuitState, circuitState, isBlocked, keepProbesOpen } from '../../../../lambda/control-loop/decide/circuits';
import { updateShortages } from '../../../../lambda/control-loop/decide/shortages';
import type { Shortage } from '../../../../lambda/control-loop/model/decision';
import { failure, NOW, poolObservation } from './fixtures';

const instanceTypes = [{ name: 'g5.xlarge' }, { name: 'g5.2xlarge' }];
const zones = ['us-west-2a', 'us-west-2b'];

const shortage = (change: Partial<Shortage> = {}): Shortage => ({
  pool: 'spot',
  zone: 'unknown',
  firstSeenSeconds: NOW - 500,
  lastFailureSeconds: NOW,
  failures: 1,
  nextProbeSeconds: NOW + 120,
  ...change,
});

const isClosedIn = (shortages: readonly Shortage[]) => (pool: string) => !shortages.some((one) => one.pool === pool);

describe('the circuit breaker of a pool', () => {
  const stateOf = (shortages: readonly Shortage[], nowSeconds = NOW): CircuitState =>
    circuitState(shortages, { zones, instanceTypes }, nowSeconds);
  const probing = shortage({ probeOpenedSeconds: NOW });

  it('is closed, open, half-open, and stale when nobody uses its probe in ten minutes', () => {
    expect(stateOf([])).toBe('Closed');
    expect(stateOf([shortage()])).toBe('Open');
    expect(stateOf([probing], NOW + 599)).toBe('HalfOpen');
    expect(stateOf([probing], NOW + 600)).toBe('Stale');
  });

  it('blocks a strategy while it is open or half-open', () => {
    expect((['Closed', 'Open', 'HalfOpen', 'Stale'] as const).map(isBlocked)).toEqual([false, true, true, false]);
  });

  it('stays closed while one zone has not been refused, and opens when all have', () => {
    const a = shortage({ zone: 'us-west-2a' });
    const b = shortage({ zone: 'us-west-2b' });
    expect(stateOf([a])).toBe('Closed');
    expect(stateOf([b])).toBe('Closed');
    expect(stateOf([a, b])).toBe('Open');
    expect(stateOf([a, { ...b, probeOpenedSeconds: NOW }])).toBe('HalfOpen');
  });

  it('stays closed while one instance type has not been refused, and opens when all have', () => {
    const small = shortage({ instanceType: 'g5.xlarge' });
    const large = shortage({ instanceType: 'g5.2xlarge' });
    expect(stateOf([small])).toBe('Closed');
    expect(stateOf([small, large])).toBe('Open');
  });

  it('opens when every type is refused in every zone, by whatever refusals', () => {
    const smallInA = shortage({ instanceType: 'g5.xlarge', zone: 'us-west-2a' });
    const smallInB = shortage({ instanceType: 'g5.xlarge', zone: 'us-west-2b' });
    const large = shortage({ instanceType: 'g5.2xlarge' });
    expect(stateOf([smallInA, large])).toBe('Closed');
    expect(stateOf([smallInA, smallInB, large])).toBe('Open');
    expect(stateOf([shortage({ zone: 'us-west-2a' }), smallInB, large])).toBe('Open');
  });

  it('opens with a refusal that names neither', () => {
    expect(stateOf([shortage({ zone: 'us-west-2a' }), shortage()])).toBe('Open');
  });

  it('opens with the refusal of one zone where no other zone is known, or the pool has no other', () => {
    const a = shortage({ zone: 'us-west-2a' });
    expect(circuitState([a], { instanceTypes }, NOW)).toBe('Open');
    expect(circuitState([a], { instanceTypes, zones: ['us-west-2a'] }, NOW)).toBe('Open');
  });
});

describe('units without a pool to go to', () => {
  const refused = (pool: string, secondsAgo: number, change: Partial<Shortage> = {}): Shortage =>
    shortage({ pool, lastFailureSeconds: NOW - secondsAgo, nextProbeSeconds: NOW + 900, ...change });
  const probesOf = (shortages: readonly Shortage[], units: readonly (readonly string[])[], nowSeconds = NOW) =>
    keepProbesOpen(shortages, units, isClosedIn(shortages), nowSeconds)
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
    const answered = updateShortages(
      [open],
      [{ name: 'od', capacityType: 'on-demand', instanceTypes }],
      { od: poolObservation({ failures: [failure(NOW + 5)] }, NOW + 60) },
      NOW + 60,
    );
    expect(probesOf([refused('spot', 20), ...answered], [['spot', 'od']], NOW + 60)).toEqual(['spot']);
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
});
