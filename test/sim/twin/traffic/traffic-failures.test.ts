import { describe, expect, it } from 'vitest';
import { RecordedArrivals } from '../../../../sim/twin/traffic/arrivals';
import { trafficOf, twin, users } from './traffic-setup';

const recorded = (...timestampsSeconds: number[]) => ({ kind: 'open-loop' as const, arrivals: new RecordedArrivals(timestampsSeconds) });

describe('a group without healthy target', () => {
  it('keeps its share and answers 503', () => {
    const traffic = trafficOf({ pods: [20, 0], clients: users(10) });
    traffic.setWeights([3, 1]);
    traffic.runUntil(6_000);
    const { requests, failed, requestsByUnit } = traffic.summary();
    expect(requestsByUnit[1]).toBe(failed);
    // Four standard deviations of a binomial share of a quarter.
    expect(Math.abs(failed / requests - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / requests));
    expect(traffic.minute(1, 50)!.errors).toBe(traffic.minutes()[50]!.failed);
    expect(traffic.minute(1, 50)!.requests).toBe(0);
    expect(traffic.minute(1, 50)!.latencySeconds(95)).toBeUndefined();
    expect(traffic.minute(0, 50)!.errors).toBe(0);
  });

  it('makes its users pause, a millisecond after they asked', () => {
    const traffic = trafficOf({ pods: [0], clients: users(1) });
    traffic.runUntil(100);
    // One request each 1.001 s: at 0, 1.001, ..., 99.099.
    expect(traffic.totals).toEqual({ sent: 100, answered: 0, failed: 100, inFlight: 0 });
  });
});

describe('a pod that goes', () => {
  it('finishes its requests while it drains, and gets no new ones', () => {
    const traffic = trafficOf({ pods: [2], clients: users(6) });
    traffic.runUntil(10.5);
    expect(traffic.outstanding(0) + traffic.outstanding(1)).toBe(6);
    const draining = traffic.outstanding(0);
    expect(draining).toBeGreaterThan(0);
    traffic.drainPod(0);
    expect(traffic.healthyPods).toEqual([1]);
    expect(traffic.outstanding(0)).toBe(draining);
    traffic.runUntil(10.5 + draining);
    expect(traffic.outstanding(0)).toBe(0);
    traffic.removePod(0);
    traffic.runUntil(60);
    expect(traffic.totals.failed).toBe(0);
    expect(traffic.outstanding(1)).toBe(6);
  });

  it('fails its requests at once when it is removed', () => {
    const traffic = trafficOf({ pods: [2], clients: users(6) });
    traffic.runUntil(10.5);
    const broken = traffic.outstanding(0);
    traffic.removePod(0);
    expect(traffic.totals.failed).toBe(broken);
    expect(traffic.totals.inFlight).toBe(6 - broken);
    // Their users pause for a second and then turn to the other pod.
    traffic.runUntil(11.5);
    expect(traffic.totals.inFlight).toBe(6);
    expect(traffic.totals.failed).toBe(broken);
    traffic.runUntil(59.9);
    const { answered } = traffic.totals;
    traffic.runUntil(60);
    expect(traffic.minute(0, 0)!.errors).toBe(broken);
    expect(traffic.minute(0, 0)!.requests).toBe(answered + broken);
  });

  it('leaves its place to new pods without leaving its requests to them', () => {
    const traffic = trafficOf({ pods: [1], clients: recorded(0, 0.1, 0.2, 5) });
    traffic.runUntil(0.5);
    traffic.removePod(0);
    traffic.addPod(7, 0);
    traffic.runUntil(5.5);
    expect(traffic.outstanding(7)).toBe(1);
    traffic.runUntil(10);
    expect(traffic.totals).toEqual({ sent: 4, answered: 1, failed: 3, inFlight: 0 });
    expect(traffic.outstanding(7)).toBe(0);
  });

  it('must be known, and new ones must not', () => {
    const traffic = trafficOf({ pods: [1] });
    expect(() => traffic.outstanding(5)).toThrow('Pod 5 was named, expected a pod that was added and not removed');
    expect(() => traffic.addPod(0, 0)).toThrow('Pod 0 was added, expected a pod that is not there yet');
    expect(() => traffic.addPod(1, 3)).toThrow('added to unit 3, expected a unit from 0 to 0');
  });
});

describe('a request that takes too long', () => {
  it('fails at the timeout while its pod still works on it', () => {
    // One pod of one second a request: the requests end after 1, 2, 3, 4 s; the last two would take longer than 2.5 s.
    const traffic = trafficOf({ pods: [1], clients: recorded(0, 0, 0, 0), twin: { ...twin, requestTimeoutSeconds: 2.5 } });
    traffic.runUntil(2.4);
    expect(traffic.totals).toEqual({ sent: 4, answered: 2, failed: 0, inFlight: 2 });
    traffic.runUntil(2.6);
    expect(traffic.totals).toEqual({ sent: 4, answered: 2, failed: 2, inFlight: 0 });
    expect(traffic.outstanding(0)).toBe(2);
    traffic.runUntil(3.5);
    expect(traffic.outstanding(0)).toBe(1);
    traffic.runUntil(60);
    expect(traffic.outstanding(0)).toBe(0);
    const minute = traffic.minute(0, 0)!;
    expect([minute.requests, minute.errors]).toEqual([4, 2]);
  });

  it('is counted once when its pod is removed after the timeout', () => {
    const traffic = trafficOf({ pods: [1], clients: recorded(0, 0, 0, 0), twin: { ...twin, requestTimeoutSeconds: 2.5 } });
    traffic.runUntil(2.6);
    traffic.removePod(0);
    traffic.runUntil(60);
    expect(traffic.totals).toEqual({ sent: 4, answered: 2, failed: 2, inFlight: 0 });
  });

  it('is no longer outstanding for the load balancer', () => {
    const traffic = trafficOf({ pods: [1], clients: recorded(0, 0, 0, 0, 2.7), twin: { ...twin, requestTimeoutSeconds: 2.5 } });
    traffic.runUntil(1);
    traffic.addPod(1, 0);
    traffic.runUntil(2.65);
    expect([traffic.outstanding(0), traffic.outstanding(1)]).toEqual([2, 0]);
    traffic.runUntil(2.8);
    expect(traffic.outstanding(0) + traffic.outstanding(1)).toBe(3);
  });
});

describe('a pod whose requests wait for a dependency', () => {
  const waiting = (part: number, arrivalsSeconds: readonly number[], requestTimeoutSeconds = 60) => {
    const traffic = trafficOf({
      pods: [1],
      mayWaitForDependency: true,
      twin: { ...twin, requestTimeoutSeconds },
      clients: { kind: 'open-loop', arrivals: new RecordedArrivals([...arrivalsSeconds]) },
    });
    traffic.setServing(0, { servers: 1, serviceSeconds: 1, dependency: { part, latencySeconds: 3 } });
    return traffic;
  };

  it('answers them later, and works on the next ones meanwhile', () => {
    // Served from 0 to 1 and from 1 to 2; answered at 4 and at 5.
    const traffic = waiting(1, [0, 0]);
    traffic.runUntil(3.9);
    expect(traffic.outstanding(0)).toBe(2);
    traffic.runUntil(4.1);
    expect(traffic.outstanding(0)).toBe(1);
    traffic.runUntil(5.1);
    expect(traffic.totals).toMatchObject({ sent: 2, answered: 2, failed: 0 });
  });

  it('lets the stated part of them wait', () => {
    const traffic = waiting(
      0.3,
      Array.from({ length: 10_000 }, (_, index) => 2 * index),
    );
    traffic.runUntil(20_010);
    // Within 1.5 s only those that do not wait: 7000 of 10,000 within five standard deviations of the binomial distribution, 46 each.
    expect(Math.abs(10_000 * traffic.summary().attainment! - 7000)).toBeLessThan(230);
  });

  it('fails those that wait beyond the timeout', () => {
    const traffic = waiting(1, [0], 2.5);
    traffic.runUntil(60);
    expect(traffic.totals).toMatchObject({ sent: 1, answered: 0, failed: 1 });
  });
});

describe('a pod that answers with errors', () => {
  const failing = (part: number, requests: number) => {
    const traffic = trafficOf({
      pods: [1],
      mayAnswerWithErrors: true,
      clients: { kind: 'open-loop', arrivals: new RecordedArrivals(Array.from({ length: requests }, (_, index) => 2 * index)) },
    });
    traffic.setServing(0, { servers: 1, serviceSeconds: 1, errors: { part, latencySeconds: 0.01 } });
    return traffic;
  };

  it('answers all of its requests so at once, and is not busy with them', () => {
    const traffic = failing(1, 3);
    traffic.runUntil(0.005);
    expect(traffic.outstanding(0)).toBe(1);
    traffic.runUntil(0.02);
    expect(traffic.outstanding(0)).toBe(0);
    traffic.runUntil(60);
    expect(traffic.totals).toMatchObject({ sent: 3, answered: 0, failed: 3 });
    expect(traffic.summary()).toMatchObject({ requests: 3, failed: 3, attainment: 0, requestsByUnit: [3] });
  });

  it('answers the stated part of its requests so', () => {
    const traffic = failing(0.3, 10_000);
    traffic.runUntil(20_010);
    // 3000 of 10,000 within five standard deviations of the binomial distribution, 46 each.
    expect(Math.abs(traffic.totals.failed - 3000)).toBeLessThan(230);
    expect(traffic.totals.answered + traffic.totals.failed).toBe(10_000);
  });

  it('breaks off the answers under way when it goes', () => {
    const traffic = failing(1, 1);
    traffic.runUntil(0.005);
    traffic.removePod(0);
    traffic.runUntil(60);
    expect(traffic.totals).toMatchObject({ sent: 1, failed: 1, inFlight: 0 });
    expect(traffic.minute(0, 0)).toMatchObject({ broken: 1, answeredWithError: 0 });
  });
});

describe('a group whose targets are not all healthy', () => {
  const HEALTHY = { registered: true, healthy: true, reachable: true };
  /** Two pods; a request every two seconds. */
  const twoPods = () =>
    trafficOf({
      pods: [2],
      clients: { kind: 'open-loop', arrivals: new RecordedArrivals(Array.from({ length: 300 }, (_, index) => 2 * index)) },
    });
  const minute = (traffic: ReturnType<typeof twoPods>, index: number) => traffic.minute(0, index)!;

  it('gets its requests on the healthy ones', () => {
    const traffic = twoPods();
    traffic.setTarget(0, { ...HEALTHY, healthy: false });
    expect(traffic.healthyPods).toEqual([1]);
    traffic.runUntil(120);
    expect(traffic.totals.failed).toBe(0);
    expect(minute(traffic, 1)).toMatchObject({ requests: 30, answered: 30, healthyHosts: { maximum: 1 } });
  });

  it('gets them on all of its targets when none is healthy: the load balancer fails open', () => {
    const traffic = twoPods();
    for (const pod of [0, 1]) traffic.setTarget(pod, { ...HEALTHY, healthy: false });
    traffic.runUntil(120);
    expect(minute(traffic, 1)).toMatchObject({ requests: 30, answered: 30, healthyHosts: { minimum: 0, maximum: 0 } });
  });

  it('answers 504 ten seconds later where a target cannot be reached, and counts those requests as its own', () => {
    const traffic = twoPods();
    for (const pod of [0, 1]) traffic.setTarget(pod, { registered: true, healthy: false, reachable: false });
    traffic.runUntil(9.9);
    expect(traffic.totals.failed).toBe(0);
    traffic.runUntil(120);
    expect(minute(traffic, 1)).toMatchObject({ requests: 30, answered: 0, timedOut: 30, refused: 0 });
  });

  it('avoids a target that cannot be reached as soon as its checks have found it out', () => {
    const traffic = twoPods();
    traffic.setTarget(0, { ...HEALTHY, reachable: false });
    traffic.runUntil(60);
    const { failed } = traffic.totals;
    expect(failed).toBeGreaterThan(0);
    traffic.setTarget(0, { ...HEALTHY, healthy: false, reachable: false });
    traffic.runUntil(180);
    expect(minute(traffic, 2).answered).toBe(30);
  });

  it('answers 503 where none is registered, and reports no hosts', () => {
    const traffic = twoPods();
    for (const pod of [0, 1]) traffic.setTarget(pod, { ...HEALTHY, registered: false });
    traffic.runUntil(120);
    expect(minute(traffic, 1)).toMatchObject({ requests: 0, refused: 30 });
    expect(minute(traffic, 1).healthyHosts).toBeUndefined();
    for (const pod of [0, 1]) traffic.setTarget(pod, HEALTHY);
    traffic.runUntil(240);
    expect(minute(traffic, 3)).toMatchObject({ requests: 30, answered: 30, healthyHosts: { minimum: 2 } });
  });

  it('does not get a draining target back by its health', () => {
    const traffic = twoPods();
    traffic.drainPod(0);
    traffic.setTarget(0, { ...HEALTHY, healthy: false });
    traffic.setTarget(0, HEALTHY);
    expect(traffic.healthyPods).toEqual([1]);
  });
});
