import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultBehavior, HpaAlgorithm, type HpaInput, replicasForAverageValue } from '../../../../sim/twin/kubernetes/hpa';

/**
 * Worked examples of https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
 * ("Algorithm details", "Configurable scaling behavior").
 */

const input = (replicas: number, average: number | undefined, targetAverage: number, bounds: Partial<HpaInput> = {}): HpaInput => ({
  specReplicas: replicas,
  statusReplicas: replicas,
  minReplicas: 1,
  maxReplicas: 1000,
  metrics: [{ total: average === undefined ? undefined : average * replicas, targetAverage }],
  ...bounds,
});

/** Sums of a metric that stays as it is while the pods change. */
const total = (replicas: number, metricTotal: number, targetAverage: number, bounds: Partial<HpaInput> = {}): HpaInput => ({
  ...input(replicas, undefined, targetAverage, bounds),
  metrics: [{ total: metricTotal, targetAverage }],
});

describe('desired replicas', () => {
  test('a metric of 200m against a target of 100m doubles the replicas', () => {
    expect(replicasForAverageValue(0.2 * 4, 0.1, 4, 0.1)).toBe(8);
  });

  test('a metric of 50m against a target of 100m halves the replicas', () => {
    expect(replicasForAverageValue(0.05 * 4, 0.1, 4, 0.1)).toBe(2);
  });

  test('the result is rounded up', () => {
    expect(replicasForAverageValue(150, 100, 3, 0.1)).toBe(2);
    expect(replicasForAverageValue(250, 100, 3, 0.1)).toBe(3);
  });

  test.each([
    [1080, 10],
    [920, 10],
    [1110, 12],
    [890, 9],
  ])('a sum of %d over ten replicas with a target of 100 gives %d: nothing happens within a tolerance of 0.1', (sum, replicas) => {
    expect(replicasForAverageValue(sum, 100, 10, 0.1)).toBe(replicas);
  });

  test('whole multiples of a fractional target are not rounded up by one', () => {
    expect(replicasForAverageValue(89.2 * 7, 89.2, 3, 0.1)).toBe(7);
    expect(replicasForAverageValue(0.3, 0.1, 1, 0.1)).toBe(3);
  });
});

describe('with two metrics', () => {
  const atOnce = { ...defaultBehavior, scaleDown: { ...defaultBehavior.scaleDown, stabilizationWindowSeconds: 0 } };
  const replicasAt10 = (...totals: readonly (number | undefined)[]) =>
    new HpaAlgorithm(atOnce).sync(0, { ...input(10, undefined, 100), metrics: totals.map((one) => ({ total: one, targetAverage: 100 })) });

  test('the one that asks for more is followed', () => {
    expect(replicasAt10(400, 1400)).toBe(14);
    expect(replicasAt10(400, 200)).toBe(4);
  });

  test('nothing is scaled down while one cannot be had, and up all the same', () => {
    expect(replicasAt10(400, undefined)).toBe(10);
    expect(replicasAt10(1400, undefined)).toBe(14);
    expect(replicasAt10(undefined, undefined)).toBe(10);
  });
});

describe('bounds', () => {
  test('replicas below the minimum are raised to it at once, whatever the metric says', () => {
    expect(new HpaAlgorithm(defaultBehavior).sync(0, total(2, 0, 100, { minReplicas: 9 }))).toBe(9);
  });

  test('replicas above the maximum are cut to it at once', () => {
    expect(new HpaAlgorithm(defaultBehavior).sync(0, total(20, 9999, 100, { maxReplicas: 12 }))).toBe(12);
  });

  test('a metric that cannot be had changes nothing', () => {
    expect(new HpaAlgorithm(defaultBehavior).sync(0, input(7, undefined, 100))).toBe(7);
  });

  test('a unit at zero replicas is not scaled', () => {
    expect(new HpaAlgorithm(defaultBehavior).sync(0, total(0, 500, 100))).toBe(0);
  });
});

describe('default scaling behavior', () => {
  test('up by 4 pods in 15 seconds while that is more than double', () => {
    expect(new HpaAlgorithm(defaultBehavior).sync(0, total(2, 10_000, 100))).toBe(6);
  });

  test('up by 100 percent in 15 seconds from four pods on', () => {
    expect(new HpaAlgorithm(defaultBehavior).sync(0, total(10, 10_000, 100))).toBe(20);
  });

  test('down only when the highest recommendation of the last 300 seconds allows it', () => {
    const hpa = new HpaAlgorithm(defaultBehavior);
    let replicas = hpa.sync(0, total(10, 1000, 100));
    const changes: [number, number][] = [];
    for (let now = 15; now <= 600; now += 15) {
      const next = hpa.sync(now, total(replicas, now < 120 ? 500 : 200, 100));
      if (next !== replicas) {
        changes.push([now, next]);
      }
      replicas = next;
    }
    // The recommendation of 10 was made at 0 s, that of 5 last at 105 s.
    expect(changes).toEqual([
      [300, 5],
      [405, 2],
    ]);
  });

  test('a short dip is forgotten', () => {
    const hpa = new HpaAlgorithm(defaultBehavior);
    let replicas = 10;
    for (let now = 0; now <= 900; now += 15) {
      replicas = hpa.sync(now, total(replicas, now >= 300 && now < 450 ? 300 : 1000, 100));
      expect(replicas).toBe(10);
    }
  });
});

describe('scaling policies', () => {
  const documented = (selectPolicy: 'Max' | 'Min' | 'Disabled') =>
    new HpaAlgorithm({
      ...defaultBehavior,
      scaleDown: {
        stabilizationWindowSeconds: 0,
        selectPolicy,
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 60 },
          { type: 'Percent', value: 10, periodSeconds: 60 },
        ],
      },
    });

  test('80 replicas to be scaled down to 10: the first step removes 8, the next 8 of 72 (7.2 rounded up), below 40 four at a time', () => {
    const hpa = documented('Max');
    const steps: number[] = [];
    let replicas = 80;
    for (let now = 0; replicas > 10; now += 60) {
      replicas = hpa.sync(now, total(replicas, 1000, 100));
      steps.push(replicas);
    }
    expect(steps.slice(0, 3)).toEqual([72, 64, 57]);
    const fromForty = steps.filter((step) => step <= 40);
    expect(fromForty.slice(1, -1).every((step, index) => fromForty[index]! - step === 4)).toBe(true);
    expect(steps.at(-1)).toBe(10);
  });

  test('within one period a policy counts what was already removed', () => {
    const hpa = documented('Max');
    expect(hpa.sync(0, total(80, 1000, 100))).toBe(72);
    expect(hpa.sync(15, total(72, 1000, 100))).toBe(72);
    expect(hpa.sync(60, total(72, 1000, 100))).toBe(64);
  });

  test('selectPolicy Min takes the policy that changes least', () => {
    expect(documented('Min').sync(0, total(80, 1000, 100))).toBe(76);
  });

  test('selectPolicy Disabled turns a direction off', () => {
    expect(documented('Disabled').sync(0, total(80, 1000, 100))).toBe(80);
  });
});

test('replicas stay within the bounds and grow by no more than the policies allow, whatever the metric does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.integer({ min: 0, max: 100_000 })), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (sums, minimum) => {
        const hpa = new HpaAlgorithm(defaultBehavior);
        let replicas = minimum;
        for (const [index, sum] of sums.entries()) {
          const next = hpa.sync(index * 15, {
            ...input(replicas, undefined, 100, { minReplicas: minimum, maxReplicas: 100 }),
            metrics: [{ total: sum ?? undefined, targetAverage: 100 }],
          });
          expect(next).toBeGreaterThanOrEqual(minimum);
          expect(next).toBeLessThanOrEqual(100);
          expect(next).toBeLessThanOrEqual(Math.max(replicas + 4, 2 * replicas));
          if (sum === null) {
            expect(next).toBe(replicas);
          }
          replicas = next;
        }
      },
    ),
    { seed: 20_260_101, numRuns: 200 },
  );
});
