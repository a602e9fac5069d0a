import { describe, expect, it } from 'vitest';
import { slowdownOf, unloadedLatencySeconds } from '../../../../../lambda/control-loop/decide/profiles/latency-model';

const profile = { throughputPerMinute: 100, latencySeconds: 0.6, coldStartSeconds: 0 };

describe('the latency of a unit that nothing waits for', () => {
  it('is that of its profile, where that is measured with all that adds to the service', () => {
    expect(unloadedLatencySeconds({ ...profile, latencySeconds: 0.7 })).toBe(0.7);
  });

  it('is a tenth above the service time, where the profile states no more', () => {
    expect(unloadedLatencySeconds(profile)).toBeCloseTo(0.66, 12);
  });
});

describe('the slowdown that a latency tells of', () => {
  it('is the ratio to the unloaded latency while pods are idle', () => {
    const { low, high } = slowdownOf(profile, { pods: 50, requestsPerMinute: 100 }, 1.32, 95);
    expect(low).toBeCloseTo(2, 4);
    expect(high).toBeCloseTo(1.32 / 0.6, 4);
  });

  // One pod, half busy, as M/D/1: a queue of pure waiting, of which Erlang C gives one half to wait at all.
  it('leaves to the queue what the queue explains', () => {
    expect(slowdownOf(profile, { pods: 1, requestsPerMinute: 50 }, 1.9, 95).low).toBeLessThan(1);
    expect(slowdownOf(profile, { pods: 1, requestsPerMinute: 50 }, 4.5, 95).low).toBeGreaterThan(1.1);
  });

  it('is never more than makes the pods busy all the time', () => {
    for (const latencySeconds of [1, 10, 100, 1000]) {
      expect(slowdownOf(profile, { pods: 4, requestsPerMinute: 320 }, latencySeconds, 95).high).toBeLessThanOrEqual(1.25);
      expect(slowdownOf(profile, { pods: 4, requestsPerMinute: 480 }, latencySeconds, 95).high).toBeLessThan(1);
    }
  });

  it('lies between its bounds, which draw near to each other with the number of requests', () => {
    let width = Number.POSITIVE_INFINITY;
    for (const pods of [1, 4, 16, 64]) {
      const { low, high } = slowdownOf(profile, { pods, requestsPerMinute: 60 * pods }, 1.8, 95);
      expect(low).toBeLessThan(high);
      expect(high / low).toBeLessThan(width);
      width = high / low;
    }
  });
});
