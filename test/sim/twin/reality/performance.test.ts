import { describe, expect, it } from 'vitest';
import { Harness, unit } from '../harness';

/** Mean service time of the pods of a unit as they serve now, in seconds; each once. */
const serviceSeconds = (h: Harness): number[] => [...new Set([...h.traffic.pods.values()].map(({ serving }) => serving!.serviceSeconds))];

/** 90 requests a minute at 0.6 s: one server of 0.6 s. */
const STATED_SECONDS = 0.6;

describe('The pods of a unit', () => {
  it('perform as its profile states, where nothing else is so', async () => {
    const h = new Harness({ initialReplicas: { g5: 2 } });
    await h.run(100);
    expect([...h.traffic.pods.values()].map(({ serving }) => serving)).toEqual([
      { servers: 1, serviceSeconds: STATED_SECONDS },
      { servers: 1, serviceSeconds: STATED_SECONDS },
    ]);
  });

  it('can be slower than their profile for a time, and are then as stated again', async () => {
    const h = new Harness({
      initialReplicas: { g5: 2 },
      reality: { performance: [{ unit: 'g5', serviceTimeFactor: 2, fromSeconds: 600, toSeconds: 1200 }] },
    });
    await h.run(599);
    expect(serviceSeconds(h)).toEqual([STATED_SECONDS]);
    await h.run(600);
    expect(serviceSeconds(h)).toEqual([2 * STATED_SECONDS]);
    await h.run(1200);
    expect(serviceSeconds(h)).toEqual([STATED_SECONDS]);
  });

  it('can be slower on one pool only', async () => {
    const h = new Harness({
      initialReplicas: { g5: 3 },
      availability: [{ timestampSeconds: 0, pool: 'g5-spot', devices: 2 }],
      reality: { performance: [{ unit: 'g5', pool: 'g5-od', serviceTimeFactor: 3 }] },
    });
    expect([...h.traffic.pods.values()].map(({ serving }) => serving!.serviceSeconds)).toEqual([
      STATED_SECONDS,
      STATED_SECONDS,
      expect.closeTo(3 * STATED_SECONDS),
    ]);
  });

  it('can have another breaking point than the one stated: twice the throughput at the same latency is two requests at a time', () => {
    const h = new Harness({
      initialReplicas: { g5: 1 },
      reality: { performance: [{ unit: 'g5', throughputPerMinute: 200 }] },
    });
    expect([...h.traffic.pods.values()][0]!.serving).toEqual({ servers: 2, serviceSeconds: 0.6 });
  });

  it('that start while a slower performance holds serve by it', async () => {
    const h = new Harness({ reality: { performance: [{ unit: 'g5', serviceTimeFactor: 2, fromSeconds: 30 }] } });
    await h.run(40);
    await h.setFloor('g5', 2);
    await h.run(400);
    expect(h.readyPods()).toBe(2);
    expect(serviceSeconds(h)).toEqual([2 * STATED_SECONDS]);
  });

  it('take the last of several entries that hold at a time', async () => {
    const h = new Harness({
      reality: {
        performance: [
          { unit: 'g5', serviceTimeFactor: 2 },
          { unit: 'g5', serviceTimeFactor: 4, fromSeconds: 100, toSeconds: 200 },
          { unit: 'g5', coldStartFactor: 2 },
        ],
      },
    });
    await h.run(150);
    expect(serviceSeconds(h)).toEqual([4 * STATED_SECONDS]);
    await h.run(250);
    expect(serviceSeconds(h)).toEqual([2 * STATED_SECONDS]);
  });
});

describe('A unit whose pods fail', () => {
  it('answers the stated part with an error at the stated latency while the entry holds', async () => {
    const h = new Harness({
      initialReplicas: { g5: 1 },
      reality: { failingRequests: [{ unit: 'g5', part: 0.4, latencySeconds: 0.02, fromSeconds: 60, toSeconds: 120 }] },
    });
    const errors = () => [...h.traffic.pods.values()][0]!.serving!.errors;
    expect(errors()).toBeUndefined();
    await h.run(60);
    expect(errors()).toEqual({ part: 0.4, latencySeconds: 0.02 });
    await h.run(120);
    expect(errors()).toBeUndefined();
  });

  it('answers all requests with an error in 10 ms where nothing else is stated, and may be slow besides', () => {
    const h = new Harness({
      reality: { failingRequests: [{ unit: 'g5' }], performance: [{ unit: 'g5', serviceTimeFactor: 2 }] },
    });
    expect([...h.traffic.pods.values()][0]!.serving).toEqual({
      servers: 1,
      serviceSeconds: 2 * STATED_SECONDS,
      errors: { part: 1, latencySeconds: 0.01 },
    });
  });
});

describe('A unit whose dependency is slow', () => {
  it('lets the stated part of its requests wait while the entry holds, and all of them where no part is stated', async () => {
    const entry = { unit: 'g5', latencySeconds: 2 };
    const h = new Harness({
      initialReplicas: { g5: 1 },
      reality: { slowDependencies: [entry, { ...entry, part: 0.1, fromSeconds: 60, toSeconds: 120 }] },
    });
    const dependency = () => [...h.traffic.pods.values()][0]!.serving!.dependency;
    expect(dependency()).toEqual({ part: 1, latencySeconds: 2 });
    await h.run(60);
    expect(dependency()).toEqual({ part: 0.1, latencySeconds: 2 });
    await h.run(120);
    expect(dependency()).toEqual({ part: 1, latencySeconds: 2 });
  });
});

describe('The cold start', () => {
  /** When the second pod is ready: it is asked for at 15 s, by a floor that was raised at 14 s. */
  const secondPodReady = async (reality: NonNullable<ConstructorParameters<typeof Harness>[0]>['reality']): Promise<number> => {
    const h = new Harness({ units: [unit('g5', ['g5-spot', 'g5-od'])], ...(reality ? { reality } : {}) });
    await h.run(14);
    await h.setFloor('g5', 2);
    await h.run(1000);
    return [...h.traffic.pods.values()][1]!.addedSeconds;
  };

  it('can be longer than stated, on the node and in the pod', async () => {
    const stated = await secondPodReady(undefined);
    const longer = await secondPodReady({ performance: [{ unit: 'g5', coldStartFactor: 3 }] });
    // 100 s stated: 30 s for the node and 70 s in the pod. The batch of one second before the claim does not get longer.
    expect(longer - stated).toBeCloseTo(200);
  });

  it('of another pool does not matter', async () => {
    expect(await secondPodReady({ performance: [{ unit: 'g5', pool: 'g5-od', coldStartFactor: 3 }] })).toBe(
      await secondPodReady(undefined),
    );
  });
});
