import { describe, expect, test } from 'vitest';
import type { Pool } from '../../../../lambda/control-loop/model/fleet';
import { Billing } from '../../../../sim/twin/aws/billing';
import { SpotMarket } from '../../../../sim/twin/aws/spot-market';
import { Harness, pool, unit } from '../harness';

const inf2 = pool('inf2-od', { instanceTypes: [{ name: 'inf2.xlarge', devices: 1, priceUsdPerHour: 0.7582 }] }) as Pool;
const g5 = pool('g5-spot', { instanceTypes: [{ name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1.006 }] }) as Pool;
const zone = 'us-west-2a';
const billing = (history: ConstructorParameters<typeof SpotMarket>[2] = []) => new Billing(new SpotMarket([inf2, g5], 0.4, history));
const step = (timestampSeconds: number, priceUsdPerHour: number) => ({
  instanceType: 'g5.xlarge',
  zone,
  timestampSeconds,
  priceUsdPerHour,
});

describe('bills of single instances', () => {
  test('an inf2.xlarge at 0.7582 dollars an hour for 90 minutes costs 1.1373 dollars', () => {
    const bills = billing();
    bills.launched('i-1', { pool: inf2, instanceType: 'inf2.xlarge', zone, fromSeconds: 600 });
    bills.terminated('i-1', 600 + 5400);
    expect(bills.costUsd(99_999)).toBeCloseTo(1.1373, 10);
  });

  test('seconds count: 61 seconds of 3.6 dollars an hour cost 0.061', () => {
    const dear = pool('p-od', { instanceTypes: [{ name: 'p.large', devices: 1, priceUsdPerHour: 3.6 }] }) as Pool;
    const bills = new Billing(new SpotMarket([dear], 0.4));
    bills.launched('i-1', { pool: dear, instanceType: 'p.large', zone, fromSeconds: 0 });
    bills.terminated('i-1', 61);
    expect(bills.costUsd(61)).toBeCloseTo(0.061, 12);
  });

  test('the first minute is paid in full', () => {
    const bills = billing();
    bills.launched('i-1', { pool: inf2, instanceType: 'inf2.xlarge', zone, fromSeconds: 0 });
    bills.terminated('i-1', 5);
    expect(bills.costUsd(5)).toBeCloseTo(0.7582 / 60, 12);
  });

  test('spot is paid at the price of the time: 1000 s at 0.36, 2000 s at 0.72, 600 s at 0.18', () => {
    const bills = billing([step(-500, 0.36), step(2000, 0.72), step(4000, 0.18)]);
    bills.launched('i-1', { pool: g5, instanceType: 'g5.xlarge', zone, fromSeconds: 1000 });
    expect(bills.costUsd(2500)).toBeCloseTo(0.1 + 0.1, 12);
    bills.terminated('i-1', 4600);
    expect(bills.costUsd(9000)).toBeCloseTo(0.1 + 0.4 + 0.03, 12);
  });

  test('before the first known spot price that price holds', () => {
    const bills = billing([step(1000, 0.36)]);
    bills.launched('i-1', { pool: g5, instanceType: 'g5.xlarge', zone, fromSeconds: 0 });
    expect(bills.costUsd(2000)).toBeCloseTo(0.2, 12);
    expect(bills.rateUsdPerHour(500)).toBe(0.36);
  });

  test('without a history spot costs the fraction of on demand', () => {
    const bills = billing();
    bills.launched('i-1', { pool: g5, instanceType: 'g5.xlarge', zone, fromSeconds: 0 });
    expect(bills.costUsd(3600)).toBeCloseTo(0.4024, 12);
  });

  test('cost and rate are told by pool and in all', () => {
    const bills = billing();
    bills.launched('i-1', { pool: g5, instanceType: 'g5.xlarge', zone, fromSeconds: 0 });
    bills.launched('i-2', { pool: inf2, instanceType: 'inf2.xlarge', zone, fromSeconds: 0 });
    bills.launched('i-3', { pool: inf2, instanceType: 'inf2.xlarge', zone, fromSeconds: 1800 });
    expect(bills.rateUsdPerHour(3600)).toBeCloseTo(0.4024 + 2 * 0.7582, 12);
    const costs = bills.costByPool(3600);
    expect(Object.keys(costs)).toEqual(['g5-spot', 'inf2-od']);
    expect(costs['inf2-od']).toBeCloseTo(1.5 * 0.7582, 12);
  });
});

test('a fleet that stands still costs its rate times the hours', async () => {
  const h = new Harness({ initialReplicas: { g5: 3 }, units: [unit('g5', ['g5-od'])], pools: [pool('g5-od')] });
  await h.run(7200);
  expect(h.cluster.billing.rateUsdPerHour(7200)).toBe(3);
  expect(h.cluster.billing.costByPool(7200)).toEqual({ 'g5-od': 6 });
});

test('an instance is billed from its launch, its cold start included', async () => {
  const h = new Harness({ units: [unit('g5', ['g5-od'])], pools: [pool('g5-od')] });
  await h.run(14);
  await h.setFloor('g5', 2);
  await h.run(3618);
  // One from second 0, one launched at 18 s: pods at 15 s, batch of a second, launch of two.
  expect(h.cluster.billing.costUsd(3618)).toBeCloseTo(3618 / 3600 + 1, 12);
});
