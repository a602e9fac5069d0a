import { describe, expect, it } from 'vitest';
import { erlangC, podsFor, rateFor, waitingTail } from '../../../../lambda/control-loop/decide/queueing';
import { stationOf } from '../../../../lambda/control-loop/model/profile';

describe('Erlang C', () => {
  // Closed forms of the definition: a^c/c! c/(c-a) over the same plus the sum of a^k/k! for k below c.
  it.each([
    { servers: 1, load: 0.5, waits: 1 / 2 },
    { servers: 2, load: 1, waits: 1 / 3 },
    { servers: 3, load: 2, waits: 4 / 9 },
    { servers: 4, load: 3, waits: 27 / 53 },
  ])('lets $waits of the requests wait at $load erlang on $servers servers', ({ servers, load, waits }) => {
    expect(erlangC(servers, load)).toBeCloseTo(waits, 12);
  });

  // F. S. Hillier, G. J. Lieberman, Introduction to Operations Research, the County Hospital emergency room:
  // 2 patients an hour, 3 treated an hour by each of 2 doctors: 0.167 wait at all, 0.022 over half an hour, 0.003 over an hour.
  it('agrees with the emergency room of Hillier and Lieberman', () => {
    expect(erlangC(2, 2 / 3)).toBeCloseTo(0.167, 3);
    expect(waitingTail(2, 2 / 3, 1200, 1800)).toBeCloseTo(0.022, 2);
    expect(waitingTail(2, 2 / 3, 1200, 1800)).toBeCloseTo(0.0226, 4);
    expect(waitingTail(2, 2 / 3, 1200, 3600)).toBeCloseTo(0.00305, 5);
  });

  it('lets every request wait when the servers cannot keep up', () => {
    expect(erlangC(3, 3)).toBe(1);
    expect(waitingTail(3, 4, 1, 100)).toBe(1);
  });

  it('stays a probability at loads whose factorials overflow', () => {
    const waits = erlangC(5000, 4900);
    expect(waits).toBeGreaterThan(0);
    expect(waits).toBeLessThan(1);
  });
});

describe('the station of a profile', () => {
  it('is one server for the pods of the paper, as fast as their throughput asks', () => {
    expect(stationOf({ throughputPerMinute: 105, latencySeconds: 0.67, coldStartSeconds: 0 })).toEqual({
      servers: 1,
      serviceSeconds: 60 / 105,
    });
    expect(stationOf({ throughputPerMinute: 61, latencySeconds: 0.96, coldStartSeconds: 0 })).toEqual({ servers: 1, serviceSeconds: 0.96 });
  });

  it('is several servers for a pod that batches', () => {
    expect(stationOf({ throughputPerMinute: 240, latencySeconds: 2, coldStartSeconds: 0 })).toEqual({ servers: 8, serviceSeconds: 2 });
  });
});

describe('the pods for a rate', () => {
  const profile = { throughputPerMinute: 60, latencySeconds: 1, coldStartSeconds: 0 };

  it('are none without requests', () => {
    expect(podsFor(0, profile, { latencySeconds: 2, percentile: 95 })).toBe(0);
  });

  // One erlang, one second of service, one second to wait: P(W > 1 s) is C e^-(c-1), that is 1/3 e^-1 = 0.123 for two pods,
  // and 1/11 e^-2 = 0.0123 for three.
  it('are the fewest with which the percentile holds', () => {
    expect(podsFor(60, profile, { latencySeconds: 2, percentile: 85 })).toBe(2);
    expect(podsFor(60, profile, { latencySeconds: 2, percentile: 95 })).toBe(3);
    expect(podsFor(60, profile, { latencySeconds: 2, percentile: 99 })).toBe(4);
  });

  it('use pods to 85 % where the service time leaves no room to wait', () => {
    expect(podsFor(850, { ...profile, throughputPerMinute: 100, latencySeconds: 1 }, { latencySeconds: 0.4, percentile: 95 })).toBe(10);
    expect(podsFor(851, { ...profile, throughputPerMinute: 100, latencySeconds: 1 }, { latencySeconds: 0.4, percentile: 95 })).toBe(11);
  });

  it('need less headroom each the more of them share one queue', () => {
    const pods = podsFor(60_000, profile, { latencySeconds: 2, percentile: 95 });
    expect(pods).toBeGreaterThan(1000);
    expect(pods).toBeLessThan(1020);
  });

  it('end at the maximum that is asked for', () => {
    expect(podsFor(60 * 90, profile, { latencySeconds: 1.001, percentile: 99 }, 91)).toBe(91);
  });
});

describe('the rate for pods', () => {
  const profile = { throughputPerMinute: 60, latencySeconds: 1, coldStartSeconds: 0 };
  const objective = { latencySeconds: 2, percentile: 95 };

  it('is that of an M/M/1 queue for one pod', () => {
    // rho exp(-(1 - rho)) = 0.05 has the solution rho = W(0.05 e) = 0.1203.
    expect(rateFor(1, profile, objective)).toBeCloseTo(60 * 0.1203, 1);
  });

  it('is nothing without a pod', () => {
    expect(rateFor(0, profile, objective)).toBe(0);
  });

  it('is the throughput of the profile where the objective leaves room enough', () => {
    const slow = { throughputPerMinute: 30, latencySeconds: 1, coldStartSeconds: 0 };
    expect(rateFor(4, slow, { latencySeconds: 60, percentile: 95 })).toBe(120);
  });

  it('is a part of the throughput where the service time takes up the objective', () => {
    expect(rateFor(2, profile, { latencySeconds: 1, percentile: 95 })).toBeCloseTo(2 * 60 * 0.85, 9);
  });

  it('is what these pods are counted for, and a little more asks for another', () => {
    for (const pods of [1, 2, 3, 5, 8, 13, 34, 100]) {
      const rate = rateFor(pods, profile, objective);
      expect(podsFor(rate * 0.999, profile, objective)).toBe(pods);
      expect(podsFor(rate * 1.001, profile, objective)).toBe(pods + 1);
    }
  });
});
