import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startDeadline } from '../../../lambda/control-loop/observe/deadline';
import { observeKubernetes } from '../../../lambda/control-loop/observe/kubernetes';
import type { ClusterInput } from '../../../sim/twin/cluster';
import { Harness, pool, START_EPOCH_SECONDS, since, unit } from './harness';

describe('second 0', () => {
  test('the stated pods run and are ready, on nodes of the pools, which carry neither weight nor limits', async () => {
    const h = new Harness({ initialReplicas: { g5: 3 } });
    expect(h.traffic.healthyPods).toHaveLength(3);
    expect(h.cluster.pools).toEqual({
      'g5-spot': { runningDevices: 3, launchingNodes: 0, readyPods: 3 },
      'g5-od': { runningDevices: 0, launchingNodes: 0, readyPods: 0 },
    });
    for (const nodePool of await h.list('nodePools')) {
      expect(nodePool.spec.weight).toBeUndefined();
      expect(nodePool.spec.limits).toBeUndefined();
    }
    expect((await h.list('scaledObjects'))[0]!.spec).toMatchObject({
      minReplicaCount: 1,
      maxReplicaCount: 100,
      pollingInterval: 30,
      triggers: [
        { type: 'aws-cloudwatch', metricType: 'AverageValue', metadata: { targetMetricValue: '90', ignoreNullValues: 'true' } },
        { type: 'aws-cloudwatch', metricType: 'AverageValue', metadata: { targetMetricValue: '1', ignoreNullValues: 'false' } },
      ],
    });
    expect((await h.list('deployments'))[0]).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 3, readyReplicas: 3 } });
    expect(await h.list('inferenceFleets')).toHaveLength(1);
  });

  test('without a statement it is the minimum of each unit', () => {
    expect(new Harness({ units: [unit('g5', ['g5-od'], { minimumReplicas: 2 })], pools: [pool('g5-od')] }).readyPods()).toBe(2);
  });

  test('what a pool does not grant, or what is above its maximum, comes from the next pool', () => {
    const short = new Harness({ initialReplicas: { g5: 5 }, availability: [{ timestampSeconds: 0, pool: 'g5-spot', devices: 2 }] });
    expect([short.running('g5-spot'), short.running('g5-od'), short.readyPods()]).toEqual([2, 3, 5]);
    const small = new Harness({ initialReplicas: { g5: 5 }, pools: [pool('g5-spot', { maximumDevices: 3 }), pool('g5-od')] });
    expect([small.running('g5-spot'), small.running('g5-od'), small.readyPods()]).toEqual([3, 2, 5]);
  });

  test('pods without any capacity wait, and run when there is some', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-od'])],
      pools: [pool('g5-od')],
      initialReplicas: { g5: 2 },
      availability: [
        { timestampSeconds: 0, pool: 'g5-od', devices: 0 },
        { timestampSeconds: 500, pool: 'g5-od', devices: null },
      ],
    });
    await h.run(100);
    expect(h.readyPods()).toBe(0);
    expect((await h.refusals()).length).toBe(2);
    await h.run(900);
    expect(h.readyPods()).toBe(2);
  });
});

test('the observer of the control loop reads the cluster', async () => {
  const h = new Harness({ initialReplicas: { g5: 2 }, availability: [{ timestampSeconds: 0, pool: 'g5-od', devices: 0 }] });
  await h.setPool('g5-spot', { weight: 10, limits: { 'nvidia.com/gpu': '2' } });
  await h.setPool('g5-od', { weight: 90 });
  await h.run(14);
  await h.setFloor('g5', 3);
  await h.run(60);
  const now = START_EPOCH_SECONDS + 60;
  const deadline = startDeadline(10);
  const { units, pools } = await observeKubernetes(h.cluster.kubernetes, deadline, [h.fleet], now);
  deadline.cancel();
  expect(units.get('default/chat/g5')).toMatchObject({
    readyPodsByPool: { known: true, value: { 'g5-spot': 2 }, atSeconds: now },
    startingPods: { known: true, value: 1, atSeconds: now },
    pendingPods: { known: true, value: 1, atSeconds: now },
    replicas: { known: true, value: 3, atSeconds: now },
    floor: { known: true, value: 3, atSeconds: now },
    targetThroughputPerMinute: { known: true, value: 90, atSeconds: now },
    autoscalerEdits: { known: true, value: [], atSeconds: now },
  });
  expect(pools.get('g5-spot')).toMatchObject({
    weight: { value: 10 },
    limitDevices: { value: 2 },
    runningDevices: { value: 2 },
    lastLaunchSeconds: { value: START_EPOCH_SECONDS },
    launchFailures: { value: [] },
  });
  const failures = pools.get('g5-od')!.launchFailures;
  expect(failures.known && failures.value.map(({ zone, atSeconds }) => [zone, atSeconds - START_EPOCH_SECONDS])).toEqual([
    // Refused in both zones, of which the cut message names one.
    ['unknown', 18],
    ['us-west-2a', 18],
  ]);
});

test('cold starts vary as stated, and the same pod meets the same one whatever runs beside it', async () => {
  const starts = async (replicas: number): Promise<number[]> => {
    const h = new Harness({
      initialReplicas: { g5: 1 },
      twin: { coldStartCoefficientOfVariation: 0.3, nodeFraction: 0 },
      seed: 3,
    });
    await h.run(14);
    await h.setFloor('g5', replicas);
    await h.run(1000);
    const [, ...launched] = [...h.traffic.pods].sort(([left], [right]) => left - right);
    // All are bound at 18 s, when their nodes were launched.
    return launched.map(([, { addedSeconds }]) => addedSeconds - 18);
  };
  const few = await starts(5);
  const many = await starts(100);
  expect(few).toHaveLength(4);
  expect(many.slice(0, 4)).toEqual(few);
  const mean = many.reduce((sum, value) => sum + value, 0) / 99;
  const deviation = Math.sqrt(many.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / 98);
  // Mean 100 s, standard deviation 30 s, within four standard errors of either.
  expect(Math.abs(mean - 100)).toBeLessThan(12);
  expect(Math.abs(deviation - 30)).toBeLessThan(12);
});

/** Everything a scenario may do to a cluster, in random order. */
const disturbance = fc.record({
  availability: fc.array(
    fc.record({
      timestampSeconds: fc.integer({ min: 0, max: 3500 }),
      pool: fc.constantFrom('g5-spot', 'g5-od'),
      devices: fc.option(fc.integer({ min: 0, max: 12 })),
    }),
    { maxLength: 8 },
  ),
  floors: fc.array(fc.record({ at: fc.integer({ min: 1, max: 3500 }), floor: fc.integer({ min: 1, max: 14 }) }), { maxLength: 6 }),
  limits: fc.array(
    fc.record({ at: fc.integer({ min: 1, max: 3500 }), pool: fc.constantFrom('g5-spot', 'g5-od'), limit: fc.integer({ min: 0, max: 12 }) }),
    { maxLength: 6 },
  ),
  hazard: fc.constantFrom(0, 2),
  load: fc.integer({ min: 0, max: 900 }),
  seed: fc.integer({ min: 1, max: 1000 }),
});

type Disturbance = typeof disturbance extends fc.Arbitrary<infer T> ? T : never;

const disturbed = (input: Disturbance): Harness => {
  const availability: ClusterInput['availability'] = [...input.availability].sort((a, b) => a.timestampSeconds - b.timestampSeconds);
  const h = new Harness({
    availability,
    pools: [
      pool('g5-spot', {
        instanceTypes: [
          { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1 },
          { name: 'g5.12xlarge', devices: 4, priceUsdPerHour: 5.6 },
        ],
      }),
      pool('g5-od'),
    ],
    initialReplicas: { g5: 3 },
    spotReclaimsPerInstanceHour: input.hazard,
    seed: input.seed,
    twin: { coldStartCoefficientOfVariation: 0.3, scaler: { scaleDownStabilizationSeconds: 60 } },
  });
  h.traffic.requestsPerMinute = (_unit, minute) => (minute % 20 < 10 ? input.load : Math.floor(input.load / 3));
  for (const { at, floor } of input.floors) {
    h.kernel.at(at, () => h.setFloor('g5', floor));
  }
  for (const { at, pool: name, limit } of input.limits) {
    h.kernel.at(at, () => h.setPool(name, { limits: { 'nvidia.com/gpu': String(limit) } }));
  }
  return h;
};

test('launches never exceed what is granted or limited, pods never exceed devices, the traffic knows exactly the ready pods', async () => {
  await fc.assert(
    fc.asyncProperty(disturbance, async (input) => {
      const h = disturbed(input);
      const granted = (name: string, time: number): number => {
        const rows = input.availability.filter((row) => row.pool === name && row.timestampSeconds <= time);
        const last = rows.reduce<(typeof rows)[number] | undefined>(
          (best, row) => (best && best.timestampSeconds > row.timestampSeconds ? best : row),
          undefined,
        );
        return last?.devices ?? Number.POSITIVE_INFINITY;
      };
      const before: Record<string, number> = { 'g5-spot': h.running('g5-spot'), 'g5-od': h.running('g5-od') };
      for (let time = 5; time <= 3600; time += 5) {
        await h.run(time);
        const { pools } = h.cluster;
        for (const [name, { runningDevices, readyPods }] of Object.entries(pools)) {
          if (runningDevices > before[name]!) {
            const most = Math.max(...[0, 1, 2, 3, 4, 5].map((back) => granted(name, time - back)));
            expect(runningDevices).toBeLessThanOrEqual(most);
          }
          before[name] = runningDevices;
          expect(readyPods).toBeLessThanOrEqual(runningDevices);
        }
        expect(h.traffic.healthyPods).toHaveLength(h.readyPods());
      }
      const claims = await h.list('nodeClaims');
      const nodeNames = new Set(claims.map((claim) => claim.status.nodeName));
      const perNode = new Map<string, number>();
      for (const pod of await h.list('pods')) {
        const { nodeName } = pod.spec as { nodeName?: string };
        if (nodeName !== undefined) {
          expect(nodeNames).toContain(nodeName);
          perNode.set(nodeName, (perNode.get(nodeName) ?? 0) + 1);
        }
      }
      for (const claim of claims) {
        const devices = Number(claim.status.capacity?.['nvidia.com/gpu'] ?? 0);
        expect(perNode.get(claim.status.nodeName as string) ?? 0).toBeLessThanOrEqual(devices);
      }
    }),
    { seed: 20_260_102, numRuns: 25 },
  );
});

test('a pool never grows beyond its limit', async () => {
  await fc.assert(
    fc.asyncProperty(disturbance, fc.integer({ min: 0, max: 9 }), async (input, limit) => {
      const h = disturbed({ ...input, limits: [] });
      await h.setPool('g5-spot', { limits: { 'nvidia.com/gpu': String(limit) } });
      const atStart = h.running('g5-spot');
      for (let time = 10; time <= 3600; time += 10) {
        await h.run(time);
        const claims = (await h.list('nodeClaims')).filter(
          ({ metadata }) => metadata.labels?.['karpenter.sh/nodepool'] === 'g5-spot' && metadata.deletionTimestamp === undefined,
        );
        const devices = claims.reduce((sum, claim) => sum + Number(claim.status.capacity?.['nvidia.com/gpu'] ?? 0), 0);
        expect(devices).toBeLessThanOrEqual(Math.max(limit, atStart));
      }
    }),
    { seed: 20_260_103, numRuns: 20 },
  );
});

test('the same seed gives the same cluster', async () => {
  const input: Disturbance = {
    availability: [
      { timestampSeconds: 700, pool: 'g5-spot', devices: 1 },
      { timestampSeconds: 1900, pool: 'g5-spot', devices: null },
    ],
    floors: [{ at: 300, floor: 8 }],
    limits: [],
    hazard: 2,
    load: 700,
    seed: 11,
  };
  const trace = async (): Promise<string> => {
    const h = disturbed(input);
    await h.run(3600);
    return JSON.stringify([await h.list('nodeClaims'), await h.list('pods'), await h.list('events'), h.cluster.billing.costByPool(3600)]);
  };
  expect(await trace()).toBe(await trace());
});

test('objects tell the time of what happened by the scenario’s clock', async () => {
  const h = new Harness();
  await h.run(14);
  await h.setFloor('g5', 2);
  await h.run(20);
  const pods = await h.list('pods');
  expect(pods.map((pod) => since(pod.metadata.creationTimestamp)).sort()).toEqual([0, 15]);
});
