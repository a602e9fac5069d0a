import { describe, expect, it } from 'vitest';
import { TRIAL_SHARE } from '../../../../lambda/control-loop/contract/limits';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import { fleetOf, inputOf, observationOf, poolOf, type UnitState, unitOf } from './fixtures';

const fleet = fleetOf({
  units: [unitOf('a', { maximumReplicas: 50 }), unitOf('b', { maximumReplicas: 50 }), unitOf('c', { maximumReplicas: 50 })],
  pools: [poolOf('a'), poolOf('b'), poolOf('c')],
});

const of = (units: Record<string, UnitState>) => {
  const { units: decided, findings } = decide([inputOf(fleet)], observationOf(fleet, units)).fleets[0]!;
  return {
    shares: Object.values(decided).map(({ share }) => share.value),
    impaired: findings.filter(({ code }) => code === 'Impaired').map(({ subject, message }) => `${subject}: ${message}`),
  };
};

const minutes = (count: number, minute: NonNullable<UnitState['minutes']>[number]) => Array.from({ length: count }, () => minute);
const sound = { requests: 60, refused: 0, failed: 0, healthyHosts: 4 };
const failing = { requests: 60, refused: 0, failed: 30, healthyHosts: 4 };
const unhealthy = { requests: 60, refused: 60, failed: 60, healthyHosts: 0 };
const others = { b: { minutes: minutes(10, sound) }, c: { minutes: minutes(10, sound) } };

describe('a unit whose pods are ready and none of whose targets is healthy', () => {
  it('loses its share to the others after three minutes, though its latency is unknown', () => {
    const a = { minutes: [...minutes(7, sound), ...minutes(3, unhealthy)], latencySeconds: { known: false, reason: 'no answer' } as const };
    const { shares, impaired } = of({ a, ...others });
    expect(shares[0]).toBe(0);
    expect(shares[1]! + shares[2]!).toBeCloseTo(1, 9);
    expect(impaired).toEqual(['a: its pods are ready, and the router finds none of them healthy']);
  });

  it('keeps it for two minutes, and gets it back after three healthy ones', () => {
    expect(of({ a: { minutes: [...minutes(7, sound), ...minutes(2, unhealthy)] }, ...others }).impaired).toEqual([]);
    expect(of({ a: { minutes: [...minutes(5, unhealthy), ...minutes(2, sound)] }, ...others }).shares[0]).toBe(0);
    expect(of({ a: { minutes: [...minutes(5, unhealthy), ...minutes(3, sound)] }, ...others }).shares[0]).toBeCloseTo(1 / 3, 6);
  });

  it('is left as it is where its healthy hosts are unknown', () => {
    const { healthyHosts: _, ...unknownHosts } = sound;
    expect(of({ a: { minutes: minutes(10, unknownHosts) }, ...others })).toEqual(of({ a: { minutes: minutes(10, sound) }, ...others }));
  });
});

describe('a unit of whose requests a large part fails while those of others do not', () => {
  it('keeps a trickle in which it can prove itself', () => {
    const { shares, impaired } = of({ a: { minutes: [...minutes(7, sound), ...minutes(3, failing)] }, ...others });
    expect(shares[0]).toBeCloseTo(TRIAL_SHARE, 9);
    expect(shares[1]! + shares[2]!).toBeCloseTo(1 - TRIAL_SHARE, 9);
    expect(impaired).toEqual(['a: 50 % of its requests fail, and 0 % of those of the other units']);
  });

  it('gets its share back once three minutes of the trickle were answered; minutes without a request prove nothing', () => {
    const quiet = { ...sound, requests: 0 };
    const trickle = { ...sound, requests: 2 };
    const since = (...rest: UnitState['minutes'] & object) =>
      of({ a: { minutes: [...minutes(4, failing), ...rest] }, ...others }).shares[0];
    expect(since(...minutes(6, quiet))).toBeCloseTo(TRIAL_SHARE, 9);
    expect(since(trickle, quiet, trickle)).toBeCloseTo(TRIAL_SHARE, 9);
    expect(since(trickle, quiet, trickle, trickle)).toBeCloseTo(1 / 3, 6);
  });

  it('is not it where all units fail alike: then nothing is shifted', () => {
    const all = { minutes: [...minutes(7, sound), ...minutes(3, failing)] };
    const { shares, impaired } = of({ a: all, b: all, c: all });
    expect(impaired).toEqual([]);
    for (const share of shares) expect(share).toBeCloseTo(1 / 3, 6);
  });

  it('is not it where no other unit has a ready pod', () => {
    const { shares, impaired } = of({
      a: { minutes: minutes(10, failing) },
      b: { ready: 0, minutes: minutes(10, sound) },
      c: { ready: 0, minutes: minutes(10, sound) },
    });
    expect(impaired).toEqual([]);
    expect(shares).toEqual([1, 0, 0]);
  });

  it('is not it for a few errors, nor for one bad minute in three', () => {
    expect(of({ a: { minutes: minutes(10, { ...sound, failed: 6 }) }, ...others }).impaired).toEqual([]);
    const nowAndThen = [failing, sound, sound, failing, sound, sound, failing, sound, sound];
    expect(of({ a: { minutes: nowAndThen }, ...others }).impaired).toEqual([]);
  });
});
