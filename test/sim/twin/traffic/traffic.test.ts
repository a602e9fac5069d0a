import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../../sim/kernel/random';
import { RateArrivals, RecordedArrivals } from '../../../../sim/twin/traffic/arrivals';
import type { RequestTraffic } from '../../../../sim/twin/traffic/traffic';
import { constant, trafficOf, twin, users } from './traffic-setup';

const poisson = (requestsPerMinute: number, seed = 1, burstiness = 1) => ({
  kind: 'open-loop' as const,
  arrivals: new RateArrivals(constant(requestsPerMinute), burstiness, randomStreams(seed)('arrivals')),
});

const noisy = { ...twin, service: 'log-normal', serviceCoefficientOfVariation: 0.5 } as const;

describe('a pod', () => {
  it('serves first come, first served, one request a server at a time', () => {
    // Three users, two servers of one second: the third request waits a second.
    const traffic = trafficOf({ pods: [1], units: [{ name: 'unit', servers: 2, serviceSeconds: 1 }], clients: users(3) });
    expect(traffic.outstanding(0)).toBe(0);
    traffic.runUntil(0.5);
    expect(traffic.outstanding(0)).toBe(3);
    expect(traffic.totals).toEqual({ sent: 3, answered: 0, failed: 0, inFlight: 3 });
    traffic.runUntil(1);
    expect(traffic.totals).toEqual({ sent: 5, answered: 2, failed: 0, inFlight: 3 });
    traffic.runUntil(1000);
    expect(traffic.totals.answered).toBe(2000);
  });

  it('is no target of another unit', () => {
    const traffic = trafficOf({ pods: [1, 1], clients: users(5) });
    traffic.setWeights([0, 1]);
    traffic.runUntil(10);
    expect(traffic.outstanding(0)).toBe(0);
    expect(traffic.outstanding(100)).toBe(5);
  });
});

describe('a closed loop', () => {
  it.each([0, 2.5])("obeys Little's law with a think time of %d s", (thinkSeconds) => {
    const traffic = trafficOf({
      pods: [3, 2],
      clients: { kind: 'closed-loop', users: constant(12), thinkSeconds, pauseAfterFailureSeconds: 1 },
      twin: noisy,
    });
    traffic.runUntil(20_000);
    const { requests, meanLatencySeconds } = traffic.summary();
    // Twelve users are either waiting for an answer or thinking: 12 = throughput x (latency + think time).
    expect((requests / 20_000) * (meanLatencySeconds! + thinkSeconds)).toBeGreaterThan(12 * 0.999);
    expect((requests / 20_000) * (meanLatencySeconds! + thinkSeconds)).toBeLessThan(12 * 1.001);
  });

  it('has as many users as the curve says, surplus ones leaving when their request has ended', () => {
    const rows = [
      { timestampSeconds: 0, value: 2 },
      { timestampSeconds: 60, value: 5 },
      { timestampSeconds: 120.5, value: 1 },
      { timestampSeconds: 121.2, value: 3 },
      { timestampSeconds: 180, value: 0 },
    ];
    const traffic = trafficOf({
      pods: [10],
      clients: { kind: 'closed-loop', users: { kind: 'steps', rows }, thinkSeconds: 0, pauseAfterFailureSeconds: 1 },
    });
    const presentAt = (timeSeconds: number): number => {
      traffic.runUntil(timeSeconds);
      return traffic.presentUsers;
    };
    expect([0, 59, 60, 120, 120.9, 121.1, 121.2, 179.9].map(presentAt)).toEqual([2, 2, 5, 5, 5, 1, 3, 3]);
    expect(presentAt(182)).toBe(0);
    expect(traffic.totals.inFlight).toBe(0);
  });

  it('follows a cosine through its steps', () => {
    const traffic = trafficOf({
      pods: [30],
      clients: {
        kind: 'closed-loop',
        users: { kind: 'cosine', minimum: 1, maximum: 21, periodSeconds: 3_600, stepSeconds: 600, phaseSeconds: 0 },
        thinkSeconds: 0,
        pauseAfterFailureSeconds: 1,
      },
    });
    // 1 + 20 (1 - cos(2 pi k / 6)) / 2 for the steps k = 0 to 5: cosines 1, 1/2, -1/2, -1, -1/2, 1/2.
    const present = [500, 1_100, 1_700, 2_300, 2_900, 3_500].map((timeSeconds) => {
      traffic.runUntil(timeSeconds);
      return traffic.presentUsers;
    });
    expect(present).toEqual([1, 6, 16, 21, 16, 6]);
  });
});

describe('the router', () => {
  it('draws the unit by weight', () => {
    const weights = [40, 20, 15, 10, 15];
    const traffic = trafficOf({ pods: [20, 20, 20, 20, 20], clients: users(50) });
    traffic.setWeights(weights);
    traffic.runUntil(2_000);
    const { requests, requestsByUnit } = traffic.summary();
    requestsByUnit.forEach((count, unit) => {
      const share = weights[unit]! / 100;
      // Four standard deviations of a binomial share.
      expect(Math.abs(count / requests - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / requests));
    });
  });

  it('gives a unit of weight zero nothing, and answers 503 when no unit has a weight', () => {
    const traffic = trafficOf({ pods: [1, 1], clients: users(2) });
    traffic.setWeights([1, 0]);
    traffic.runUntil(100);
    expect(traffic.summary().requestsByUnit[1]).toBe(0);
    traffic.setWeights([0, 0]);
    traffic.runUntil(200);
    expect(traffic.totals.failed).toBeGreaterThan(100);
    expect(() => traffic.setWeights([1])).toThrow('the weights [1], expected 2 numbers');
    expect(() => traffic.setWeights([1, -1])).toThrow(RangeError);
  });

  it.each(['least_outstanding_requests', 'round_robin'] as const)('with %s loads equal pods evenly', (routing) => {
    const traffic = trafficOf({ pods: [7], clients: users(3), twin: { ...twin, routing } });
    let most = 0;
    for (let timeSeconds = 0.5; timeSeconds < 700; timeSeconds += 1) {
      traffic.runUntil(timeSeconds);
      for (let pod = 0; pod < 7; pod += 1) most = Math.max(most, traffic.outstanding(pod));
    }
    expect(most).toBe(1);
    expect(traffic.totals.answered).toBe(2_097);
  });

  it('waits less with least outstanding requests than with round robin at the same load', () => {
    const meanLatency = (routing: 'least_outstanding_requests' | 'round_robin'): number => {
      const traffic = trafficOf({ pods: [8], clients: poisson(0.85 * 8 * 60), twin: { ...noisy, routing } });
      traffic.runUntil(20_000);
      return traffic.summary().meanLatencySeconds!;
    };
    // M/G/8 against eight queues: both far from each other, so that luck does not matter.
    expect(meanLatency('least_outstanding_requests') - 1).toBeLessThan(0.5 * (meanLatency('round_robin') - 1));
  });
});

describe('a run', () => {
  const figures = (seed: number): string => {
    const traffic = trafficOf({ pods: [3, 2], clients: users(8), twin: noisy, random: randomStreams(seed) });
    traffic.runUntil(1_000);
    traffic.removePod(1);
    traffic.runUntil(2_000);
    return JSON.stringify([traffic.summary(), traffic.minutes()]);
  };

  it('is the same for the same seed and another for another', () => {
    expect(figures(1)).toBe(figures(1));
    expect(figures(1)).not.toBe(figures(2));
  });

  it('does not depend on the steps in which it is run', () => {
    const inSteps = (step: number) => {
      const traffic = trafficOf({ pods: [3, 2], clients: users(8), twin: noisy });
      for (let timeSeconds = step; timeSeconds <= 1_200; timeSeconds += step) traffic.runUntil(timeSeconds);
      return [traffic.summary(), traffic.minutes()];
    };
    expect(inSteps(7.5)).toEqual(inSteps(1_200));
    expect(inSteps(60)).toEqual(inSteps(1_200));
  });

  it('meets the same open-loop requests whatever happens to the pods', () => {
    const sent = (disturb: (traffic: ReturnType<typeof trafficOf>) => void) => {
      const traffic = trafficOf({ pods: [4, 4], clients: poisson(300, 9, 3), twin: noisy });
      for (let minute = 1; minute <= 30; minute += 1) {
        if (minute === 10) disturb(traffic);
        traffic.runUntil(60 * minute);
      }
      return traffic.minutes().map((minute) => minute.sent);
    };
    const undisturbed = sent(() => undefined);
    expect(undisturbed.length).toBe(30);
    expect(
      sent((traffic) => {
        traffic.removePod(0);
        traffic.drainPod(1);
        traffic.setWeights([1, 5]);
      }),
    ).toEqual(undisturbed);
  });

  it('loses no request: sent = answered + failed + in flight, whatever happens to pods and weights', () => {
    const action = fc.record({
      kind: fc.constantFrom('add', 'drain', 'remove', 'weights', 'run'),
      unit: fc.nat(2),
      pick: fc.nat(1000),
      seconds: fc.double({ min: 0.1, max: 90, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), fc.boolean(), fc.nat(1000), (actions, closed, seed) => {
        const traffic = trafficOf({
          pods: [1, 2, 0],
          clients: closed ? users(9) : poisson(200, seed, 2),
          twin: { ...noisy, requestTimeoutSeconds: 3 },
          random: randomStreams(seed),
        });
        const pods = new Set([0, 100, 101]);
        let timeSeconds = 0;
        let nextPod = 1000;
        for (const { kind, unit, pick, seconds } of actions) {
          const pod = [...pods][pick % Math.max(1, pods.size)];
          if (kind === 'add') {
            traffic.addPod(nextPod, unit);
            pods.add(nextPod);
            nextPod += 1;
          } else if (kind === 'weights') {
            traffic.setWeights([pick % 2, unit, pick % 5]);
          } else if (kind === 'run') {
            timeSeconds += seconds;
            traffic.runUntil(timeSeconds);
          } else if (pod !== undefined) {
            if (kind === 'drain') {
              traffic.drainPod(pod);
            } else {
              traffic.removePod(pod);
              pods.delete(pod);
            }
          }
        }
        const { sent, answered, failed, inFlight } = traffic.totals;
        const minutes = traffic.minutes();
        const summary = traffic.summary();
        const inPods = [...pods].reduce((sum, pod) => sum + traffic.outstanding(pod), 0);
        expect(sent).toBe(answered + failed + inFlight);
        // A request that timed out is no longer in flight, but its pod may still work on it.
        expect(inPods).toBeGreaterThanOrEqual(inFlight);
        expect(summary.requests).toBe(answered + failed);
        expect(summary.failed).toBe(failed);
        expect(minutes.reduce((sum, minute) => sum + minute.sent, 0)).toBe(sent);
        expect(minutes.reduce((sum, minute) => sum + minute.requests, 0)).toBe(answered + failed);
        expect(minutes.reduce((sum, minute) => sum + minute.failed, 0)).toBe(failed);
        summary.requestsByUnit.forEach((count, unit) => {
          expect(minutes.reduce((sum, minute) => sum + minute.requestsByUnit[unit]!, 0)).toBe(count);
        });
        expect(summary.requestsByUnit.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(summary.requests);
        if (closed) expect(inFlight).toBeLessThanOrEqual(9);
      }),
      { seed: 3, numRuns: 150 },
    );
  });
});

describe('A pod that changes how it serves', () => {
  /** Latencies of the answers, by the minute they came in: one request every ten seconds, one pod of one second. */
  const world = () => trafficOf({ pods: [1], clients: { kind: 'open-loop', arrivals: new RecordedArrivals([1, 11, 61, 71, 121]) } });
  const latency = (traffic: RequestTraffic, minute: number) => traffic.minute(0, minute)?.latencySeconds(100);

  it('takes its new service time for the requests that come from then on', () => {
    const traffic = world();
    traffic.runUntil(60);
    traffic.setServing(0, { servers: 1, serviceSeconds: 4 });
    traffic.runUntil(120);
    traffic.setServing(0, { servers: 1, serviceSeconds: 2 });
    traffic.runUntil(180);
    expect([latency(traffic, 0), latency(traffic, 1), latency(traffic, 2)].map((value) => Math.round(value!))).toEqual([1, 4, 2]);
  });

  it('works on more requests at a time as soon as it has more servers', () => {
    const traffic = trafficOf({ pods: [1], clients: { kind: 'open-loop', arrivals: new RecordedArrivals([10, 10, 10, 20, 20, 20]) } });
    traffic.runUntil(15);
    expect(traffic.totals.answered).toBe(3);
    traffic.setServing(0, { servers: 3, serviceSeconds: 1 });
    traffic.runUntil(21);
    expect(traffic.totals.answered).toBe(6);
  });

  it('with fewer servers first works off what it has begun', () => {
    const traffic = trafficOf({
      pods: [1],
      units: [{ name: 'g5', servers: 3, serviceSeconds: 5 }],
      clients: { kind: 'open-loop', arrivals: new RecordedArrivals([10, 11, 12, 13]) },
    });
    traffic.runUntil(12.5);
    traffic.setServing(0, { servers: 1, serviceSeconds: 5 });
    // Three requests end at 15, 16 and 17 s. Only then is there room for the fourth.
    traffic.runUntil(21.9);
    expect(traffic.totals.answered).toBe(3);
    traffic.runUntil(22);
    expect(traffic.totals.answered).toBe(4);
  });
});
