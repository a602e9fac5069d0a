import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounts, BUCKETS, bucketOf, MAX_SECONDS, percentileOf, SHORTEST_SECONDS } from '../../../../sim/twin/traffic/histogram';

const histogramOf = (latencies: readonly number[]): Uint32Array => {
  const counts = new Uint32Array(BUCKETS);
  for (const latency of latencies) counts[bucketOf(latency)]! += 1;
  return counts;
};

const latency = fc.double({ min: SHORTEST_SECONDS, max: MAX_SECONDS * 0.999, noNaN: true });

describe('a histogram of latencies', () => {
  it('gives every percentile within 1 % of the nearest-rank percentile of the latencies themselves', () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(1, 50, 90, 95, 99, 99.9, 100),
        (latencies, percentile) => {
          const sorted = [...latencies].sort((a, b) => a - b);
          const exact = sorted[Math.ceil((percentile * sorted.length) / 100) - 1]!;
          const estimate = percentileOf(histogramOf(latencies), percentile)!;
          return Math.abs(estimate / exact - 1) <= 0.01;
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  it('never puts a longer latency into an earlier bucket', () => {
    fc.assert(
      fc.property(latency, latency, (one, other) => (one <= other ? bucketOf(one) <= bucketOf(other) : bucketOf(one) >= bucketOf(other))),
      { seed: 2, numRuns: 500 },
    );
  });

  it('counts what is out of its range at its ends', () => {
    expect(bucketOf(0)).toBe(0);
    expect(bucketOf(1e-9)).toBe(0);
    expect(bucketOf(MAX_SECONDS)).toBe(BUCKETS - 1);
    expect(bucketOf(1e9)).toBe(BUCKETS - 1);
  });

  it('of two is the one of all latencies', () => {
    const sum = histogramOf([0.1, 0.2, 0.2]);
    addCounts(sum, histogramOf([0.2, 5]));
    expect(sum).toEqual(histogramOf([0.1, 0.2, 0.2, 0.2, 5]));
  });

  it('without latencies has no percentile, and there is none of 0 or above 100', () => {
    expect(percentileOf(new Uint32Array(BUCKETS), 95)).toBeUndefined();
    expect(() => percentileOf(histogramOf([1]), 0)).toThrow('given as 0, expected above 0');
    expect(() => percentileOf(histogramOf([1]), 101)).toThrow(RangeError);
  });
});
