import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claim, grantPods } from '../../../../lambda/control-loop/decide/grants';

const claim = (pods: number, pools: readonly string[], devicesPerPod = 1): Claim => ({ pods, pools, devicesPerPod });

describe('devices of pools', () => {
  it('that hold all pods are granted to all', () => {
    const { pods, left } = grantPods([claim(4, ['p']), claim(5, ['p'])], new Map([['p', 10]]));
    expect(pods).toEqual([4, 5]);
    expect(left.get('p')).toBe(1);
  });

  it('are divided by what is asked for where there are too few, and each is granted once', () => {
    expect(grantPods([claim(10, ['p']), claim(10, ['p'])], new Map([['p', 10]])).pods).toEqual([5, 5]);
    expect(grantPods([claim(30, ['p']), claim(10, ['p'])], new Map([['p', 10]])).pods).toEqual([8, 2]);
    // Ten devices for pods of four: two of them.
    expect(grantPods([claim(3, ['p'], 4), claim(3, ['p'], 4)], new Map([['p', 10]])).pods).toEqual([1, 1]);
  });

  it('that others need too are asked for last', () => {
    const devices = new Map([
      ['shared', 10],
      ['own', 6],
    ]);
    expect(grantPods([claim(8, ['shared', 'own']), claim(8, ['shared'])], devices).pods).toEqual([8, 8]);
  });

  it('are never granted twice, and no claim gets more than it asks for', () => {
    const pools = ['a', 'b', 'c'];
    const anyClaim = fc.record({
      pods: fc.nat(20),
      devicesPerPod: fc.integer({ min: 1, max: 4 }),
      pools: fc.subarray(pools, { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(anyClaim, { maxLength: 5 }), fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40)), (claims, sizes) => {
        const devices = new Map(pools.map((pool, index) => [pool, sizes[index]!]));
        const granted = grantPods(claims, devices);
        for (const [pool, size] of devices) {
          const used = granted.devices.get(pool)!.reduce((sum, one) => sum + one, 0);
          expect(used + granted.left.get(pool)!).toBe(size);
          expect(granted.left.get(pool)!).toBeGreaterThanOrEqual(0);
        }
        for (const [index, { pods, devicesPerPod, pools: own }] of claims.entries()) {
          expect(granted.pods[index]!).toBeLessThanOrEqual(pods);
          const byPool = pools.map((pool) => granted.devices.get(pool)![index]!);
          expect(byPool.reduce((sum, one) => sum + one, 0)).toBe(granted.pods[index]! * devicesPerPod);
          expect(pools.every((pool, at) => own.includes(pool) || byPool[at] === 0)).toBe(true);
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
