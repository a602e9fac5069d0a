import { describe, expect, test } from 'vitest';
import type { Pool } from '../../../../lambda/control-loop/model/fleet';
import type { KubernetesObject } from '../../../../lambda/control-loop/ports';
import { type NodePoolView, orderByWeight } from '../../../../sim/twin/karpenter/provisioning';
import { Harness, type HarnessOptions, pool, since, unit } from '../harness';

/** Karpenter documentation v1.14, "NodePools", "Scheduling", "Disruption", and what the real controller was seen to do. */

const view = (name: string, weight: number): NodePoolView => ({
  pool: pool(name) as Pool,
  weight,
  limitDevices: Number.POSITIVE_INFINITY,
  instanceTypes: [],
});
const names = (objects: readonly KubernetesObject[]): string[] => objects.map((object) => object.metadata.name);
const createdAt = (objects: readonly KubernetesObject[]): number[] =>
  objects.map((object) => since(object.metadata.creationTimestamp)).sort((left, right) => left - right);
const refusedAt = async (h: Harness): Promise<number[]> =>
  (await h.refusals()).map((event) => since(event.lastTimestamp)).sort((left, right) => left - right);
const noCapacity = [{ timestampSeconds: 0, pool: 'g5-spot', devices: 0 }];

describe('order of NodePools', () => {
  test('higher weight first, no weight counts as zero, at equal weights the name later in the alphabet first', () => {
    const ordered = orderByWeight([view('a', 0), view('b', 50), view('c', 0), view('d', 100), view('e', 50)]);
    expect(ordered.map(({ pool: { name } }) => name)).toEqual(['d', 'e', 'b', 'c', 'a']);
  });

  test('new nodes come from the heavier pool', async () => {
    const h = new Harness({ initialReplicas: { g5: 0 }, units: [unit('g5', ['g5-spot', 'g5-od'], { minimumReplicas: 0 })] });
    await h.setPool('g5-spot', { weight: 20 });
    await h.setPool('g5-od', { weight: 80 });
    await h.setFloor('g5', 3);
    await h.run(300);
    expect(h.running('g5-od')).toBe(3);
    expect(h.running('g5-spot')).toBe(0);
  });

  test('a change of weight moves nothing that runs', async () => {
    const h = new Harness({ initialReplicas: { g5: 3 } });
    expect(h.running('g5-spot')).toBe(3);
    await h.setPool('g5-od', { weight: 100 });
    await h.run(3600);
    expect(h.running('g5-spot')).toBe(3);
    expect(h.running('g5-od')).toBe(0);
  });

  test('only pools that may host the unit are asked', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-od']), unit('inf2', ['inf2-od'])],
      pools: [pool('g5-od'), pool('inf2-od', { deviceResource: 'aws.amazon.com/neuron' })],
    });
    await h.setPool('inf2-od', { weight: 100 });
    await h.setFloor('g5', 4);
    await h.run(600);
    expect(h.running('g5-od')).toBe(4);
    expect(h.running('inf2-od')).toBe(1);
  });
});

describe('batching and launch', () => {
  test('pods that come together wait for one idle second and are launched together two seconds later', async () => {
    const h = new Harness();
    await h.run(14);
    await h.setFloor('g5', 4);
    await h.run(15.9);
    expect(await h.list('nodeClaims')).toHaveLength(1);
    await h.run(16);
    expect(createdAt(await h.list('nodeClaims'))).toEqual([0, 16, 16, 16]);
    expect(h.cluster.pools['g5-spot']).toMatchObject({ runningDevices: 1, launchingNodes: 3 });
    await h.run(18);
    expect(h.cluster.pools['g5-spot']).toMatchObject({ runningDevices: 4, launchingNodes: 0 });
  });

  test('conditions tell launch, registration and initialization, each with its time', async () => {
    const h = new Harness({ twin: { nodeFraction: 0.3 } });
    await h.run(14);
    await h.setFloor('g5', 2);
    await h.run(300);
    const claim = (await h.list('nodeClaims')).find((object) => since(object.metadata.creationTimestamp) > 0)!;
    const times = Object.fromEntries(
      (claim.status.conditions as { type: string; status: string; lastTransitionTime: string }[]).map((condition) => [
        condition.type,
        `${condition.status} ${since(condition.lastTransitionTime)}`,
      ]),
    );
    // Created at 16 s; launched after 2 s; initialized after 30 % of the cold start of 100 s.
    expect(times).toEqual({ Launched: 'True 18', Registered: 'True 46', Initialized: 'True 46', Ready: 'True 46' });
    expect(claim.status.capacity).toEqual({ 'nvidia.com/gpu': '1' });
    expect(claim.metadata.labels).toMatchObject({ 'karpenter.sh/nodepool': 'g5-spot', 'karpenter.sh/capacity-type': 'spot' });
    const pods = await h.list('pods');
    const pod = pods.find((object) => object.spec.nodeName === claim.status.nodeName)!;
    expect(pod.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
    expect([...h.traffic.pods.values()].map(({ addedSeconds }) => addedSeconds)).toEqual([0, 116]);
  });

  test('a pod on a node that is there needs only its own part of the cold start', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-od'])],
      pools: [pool('g5-od', { instanceTypes: [{ name: 'g5.12xlarge', devices: 4, priceUsdPerHour: 5.672 }] })],
    });
    await h.run(14);
    await h.setFloor('g5', 2);
    await h.run(200);
    expect(await h.list('nodeClaims')).toHaveLength(1);
    expect([...h.traffic.pods.values()].map(({ addedSeconds }) => addedSeconds)).toEqual([0, 15 + 70]);
  });

  test('pods of one batch share a NodeClaim of the cheapest type that holds them all', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-od'], { minimumReplicas: 0 })],
      pools: [
        pool('g5-od', {
          instanceTypes: [
            { name: 'g5.12xlarge', devices: 4, priceUsdPerHour: 5.672 },
            { name: 'g5.48xlarge', devices: 8, priceUsdPerHour: 16.288 },
            { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1.006 },
          ],
        }),
      ],
    });
    await h.setFloor('g5', 3);
    await h.run(20);
    expect(h.running('g5-od')).toBe(4);
    await h.setFloor('g5', 5);
    await h.run(45);
    expect((await h.list('nodeClaims')).map((claim) => claim.metadata.labels?.['node.kubernetes.io/instance-type']).sort()).toEqual([
      'g5.12xlarge',
      'g5.xlarge',
    ]);
  });

  test('a pod goes to instance types that hold it, also where a smaller one of another unit has a device free', async () => {
    const instanceTypes = [
      { name: 'inf2.xlarge', devices: 1, priceUsdPerHour: 0.7582 },
      { name: 'inf2.8xlarge', devices: 1, priceUsdPerHour: 1.96786 },
    ];
    const h = new Harness({
      initialReplicas: { small: 1, large: 1 },
      units: [
        unit('small', ['inf2-od'], { minimumReplicas: 0 }),
        unit('large', ['inf2-od'], { minimumReplicas: 0, instanceTypes: ['inf2.8xlarge'] }),
      ],
      pools: [pool('inf2-od', { instanceTypes })],
    });
    await h.setFloor('small', 0);
    await h.setFloor('large', 2);
    await h.run(400);
    const types = (await h.list('nodeClaims')).map((claim) => claim.metadata.labels?.['node.kubernetes.io/instance-type']);
    expect(types.filter((type) => type === 'inf2.8xlarge')).toHaveLength(2);
  });

  test('pods that have a node on its way get no second one', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-od'], { profile: { throughputPerMinute: 90, latencySeconds: 0.6, coldStartSeconds: 900 } })],
      pools: [pool('g5-od')],
    });
    await h.setFloor('g5', 3);
    await h.run(1000);
    expect(await h.list('nodeClaims')).toHaveLength(3);
    expect(h.readyPods()).toBe(3);
  });
});

describe('limits', () => {
  test('a limit on the device resource caps a pool exactly, further nodes come from the other', async () => {
    const h = new Harness({ initialReplicas: { g5: 1 } });
    await h.setPool('g5-spot', { weight: 80, limits: { 'nvidia.com/gpu': '4' } });
    await h.setPool('g5-od', { weight: 20 });
    await h.setFloor('g5', 9);
    await h.run(600);
    expect(h.running('g5-spot')).toBe(4);
    expect(h.running('g5-od')).toBe(5);
    expect(h.readyPods()).toBe(9);
  });

  test('a limit below what runs evicts nothing', async () => {
    const h = new Harness({ initialReplicas: { g5: 6 } });
    await h.setPool('g5-spot', { weight: 80, limits: { 'nvidia.com/gpu': '2' } });
    await h.run(600);
    expect(h.running('g5-spot')).toBe(6);
    await h.setFloor('g5', 7);
    await h.run(1200);
    expect(h.running('g5-spot')).toBe(6);
    expect(h.running('g5-od')).toBe(1);
  });

  test('while the type is open the largest counts: a limit of 5 holds one node of up to four devices, then one of one', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-od'], { minimumReplicas: 0, devicesPerPod: 1 })],
      pools: [
        pool('g5-od', {
          instanceTypes: [
            { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1.006 },
            { name: 'g5.12xlarge', devices: 4, priceUsdPerHour: 5.672 },
          ],
        }),
      ],
    });
    await h.setPool('g5-od', { limits: { 'nvidia.com/gpu': '5' } });
    await h.setFloor('g5', 9);
    await h.run(600);
    expect(h.running('g5-od')).toBe(5);
    expect(h.readyPods()).toBe(5);
  });

  test('pods wait while every pool is at its limit, and go on when one is raised', async () => {
    const h = new Harness({ units: [unit('g5', ['g5-od'])], pools: [pool('g5-od')] });
    await h.setPool('g5-od', { limits: { 'nvidia.com/gpu': '1' } });
    await h.setFloor('g5', 3);
    await h.run(600);
    expect(h.running('g5-od')).toBe(1);
    expect((await h.list('events')).length).toBe(0);
    await h.setPool('g5-od', { limits: { 'nvidia.com/gpu': '3' } });
    await h.run(612);
    expect(await h.list('nodeClaims')).toHaveLength(3);
  });
});

describe('a pool in shortage', () => {
  test('without a memory of refusals Karpenter asks the heaviest pool every ten seconds, for ever, and pods wait', async () => {
    const h = new Harness({
      availability: noCapacity,
      settings: { shortageCacheSeconds: 0 },
      units: [unit('g5', ['g5-spot', 'g5-od'], { minimumReplicas: 0 })],
    });
    await h.setPool('g5-spot', { weight: 80 });
    await h.setPool('g5-od', { weight: 20 });
    await h.run(20);
    await h.setFloor('g5', 1);
    await h.run(30 + 60);
    // Pods at 30 s, batch of one second, launch of two: refused at 33 s and every ten seconds after.
    expect(await refusedAt(h)).toEqual([33, 43, 53, 63, 73, 83]);
    expect(h.readyPods()).toBe(0);
    expect(h.running('g5-od')).toBe(0);
  });

  test('raising the weight of the other pool ends it', async () => {
    const h = new Harness({
      availability: noCapacity,
      settings: { shortageCacheSeconds: 0 },
      units: [unit('g5', ['g5-spot', 'g5-od'], { minimumReplicas: 0 })],
    });
    await h.setPool('g5-spot', { weight: 80 });
    await h.setPool('g5-od', { weight: 20 });
    await h.setFloor('g5', 2);
    await h.run(70);
    expect(h.running('g5-od')).toBe(0);
    await h.setPool('g5-od', { weight: 95 });
    await h.run(70 + 13);
    expect(h.running('g5-od')).toBe(2);
  });

  test('the refused offerings are left out for three minutes: the next pool takes over within one retry', async () => {
    const h = new Harness({ availability: noCapacity, units: [unit('g5', ['g5-spot', 'g5-od'], { minimumReplicas: 0 })] });
    await h.setPool('g5-spot', { weight: 80 });
    await h.setPool('g5-od', { weight: 20 });
    await h.run(20);
    await h.setFloor('g5', 2);
    await h.run(45);
    expect(await refusedAt(h)).toEqual([33, 33]);
    expect(h.running('g5-od')).toBe(2);
    expect((await h.list('events', 'reason=NoCompatibleInstanceTypes')).map((event) => event.involvedObject.name)).toEqual(['g5-spot']);
  });

  test('after three minutes the pool is asked again before the fallback', async () => {
    const h = new Harness({ availability: noCapacity, units: [unit('g5', ['g5-spot', 'g5-od'], { minimumReplicas: 0 })] });
    await h.setPool('g5-spot', { weight: 80 });
    await h.setPool('g5-od', { weight: 20 });
    await h.run(20);
    await h.setFloor('g5', 1);
    await h.run(200);
    await h.setFloor('g5', 2); // Pods at 210 s: refused at 33 s, left out until 213 s.
    await h.run(212);
    await h.setFloor('g5', 3); // Pods at 225 s.
    await h.run(300);
    expect(await refusedAt(h)).toEqual([33, 228]);
    expect(h.running('g5-od')).toBe(3);
  });

  test('with every pool short, each NodePool tells so at most once a minute, in one event that counts', async () => {
    const h = new Harness({ units: [unit('g5', ['g5-spot'], { minimumReplicas: 0 })], pools: [pool('g5-spot')], availability: noCapacity });
    await h.setFloor('g5', 1);
    await h.run(18 + 170);
    const events = await h.list('events', 'reason=NoCompatibleInstanceTypes');
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'Warning', count: 3, involvedObject: { kind: 'NodePool', name: 'g5-spot' } });
    expect(since(events[0]!.firstTimestamp)).toBe(26);
    expect(since(events[0]!.lastTimestamp)).toBe(146);
  });

  test('the event names the NodeClaim of the pool, the zones EC2 refused on demand, and is cut', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-od'], { minimumReplicas: 0 })],
      pools: [pool('g5-od')],
      availability: [{ timestampSeconds: 0, pool: 'g5-od', devices: 0 }],
    });
    await h.setFloor('g5', 1);
    await h.run(20);
    const [event] = await h.refusals();
    const claim = event!.involvedObject.name as string;
    expect(claim).toMatch(/^g5-od-[a-z0-9]{5}$/);
    expect(event).toMatchObject({ type: 'Warning', count: 1, metadata: { namespace: 'default' }, involvedObject: { kind: 'NodeClaim' } });
    expect(event!.message).toMatch(
      new RegExp(
        `^NodeClaim ${claim} event: creating instance, insufficient capacity, with fleet error\\(s\\), InsufficientInstanceCapacity: We currently do not have sufficient g5\\.xlarge capacity in the Availability Zone you requested \\(us-west-2a\\)\\.`,
      ),
    );
    expect(event!.message.length).toBe(`NodeClaim ${claim} event: `.length + 303);
    expect(await h.list('nodeClaims')).toEqual([]);
  });

  test('a part of the batch is granted as far as the capacity goes', async () => {
    const h = new Harness({ initialReplicas: { g5: 1 }, availability: [{ timestampSeconds: 0, pool: 'g5-spot', devices: 3 }] });
    await h.setPool('g5-spot', { weight: 80 });
    await h.setFloor('g5', 5);
    await h.run(600);
    expect(h.running('g5-spot')).toBe(3);
    expect(h.running('g5-od')).toBe(2);
    expect(await h.refusals()).toHaveLength(2);
  });

  test('facts of the shortage: first refusal, return of the capacity, first launch after it', async () => {
    const h = new Harness({
      units: [unit('g5', ['g5-spot'])],
      pools: [pool('g5-spot')],
      availability: [
        { timestampSeconds: 0, pool: 'g5-spot', devices: 2 },
        { timestampSeconds: 1000, pool: 'g5-spot', devices: null },
      ],
    });
    await h.setFloor('g5', 4);
    await h.run(2000);
    expect(h.cluster.shortages).toHaveLength(1);
    const [fact] = h.cluster.shortages;
    expect(fact).toMatchObject({ pool: 'g5-spot', firstFailureSeconds: 18, capacityBackSeconds: 1000 });
    // Refused last before 1000 s, left out for at most 180 s, a retry every 10 s, batch and launch of 3 s.
    expect(fact!.firstSuccessAfterSeconds).toBeGreaterThan(1000);
    expect(fact!.firstSuccessAfterSeconds).toBeLessThanOrEqual(1000 + 180 + 10 + 3);
    expect(h.readyPods()).toBe(4);
  });
});

describe('consolidation of empty nodes', () => {
  /** A fleet of which all pods but one have left their nodes; the first of them at the returned second. */
  const scaledDown = async (replicas: number, nodePool: NonNullable<HarnessOptions['twin']>['nodePool'] = {}) => {
    const h = new Harness({
      initialReplicas: { g5: replicas },
      twin: { scaler: { scaleDownStabilizationSeconds: 15 }, pod: { drainSeconds: 0 }, nodePool },
    });
    h.traffic.requestsPerMinute = () => 1;
    await h.run(120);
    return { h, emptySeconds: h.traffic.drained[0]!.atSeconds };
  };

  test('a node goes when it was empty for ten minutes, and still is a quarter of a minute later', async () => {
    const { h, emptySeconds } = await scaledDown(2);
    await h.run(emptySeconds + 614);
    expect(h.running('g5-spot')).toBe(2);
    await h.run(emptySeconds + 625);
    expect(h.running('g5-spot')).toBe(1);
    expect(names(await h.list('nodeClaims'))).toHaveLength(1);
  });

  test('or for as long as a scenario states', async () => {
    const { h, emptySeconds } = await scaledDown(2, { consolidateAfterSeconds: 60 });
    await h.run(emptySeconds + 74);
    expect(h.running('g5-spot')).toBe(2);
    await h.run(emptySeconds + 85);
    expect(h.running('g5-spot')).toBe(1);
  });

  test('all empty nodes of a pool go at once', async () => {
    const { h, emptySeconds } = await scaledDown(21);
    const empty = h.traffic.drained.filter(({ atSeconds }) => atSeconds === emptySeconds).length;
    expect(empty).toBeGreaterThan(2);
    await h.run(emptySeconds + 614);
    expect(h.running('g5-spot')).toBe(21);
    await h.run(emptySeconds + 625);
    expect(h.running('g5-spot')).toBe(21 - empty);
  });

  const everyQuarterMinute = async (budgets: NonNullable<NonNullable<HarnessOptions['twin']>['nodePool']>['budgets']) => {
    const { h, emptySeconds } = await scaledDown(21, { consolidateAfterSeconds: 60, budgets });
    const counts: number[] = [];
    for (let time = emptySeconds + 85; time < emptySeconds + 175; time += 15) {
      await h.run(time);
      counts.push(h.running('g5-spot'));
    }
    return counts;
  };

  test('a budget in percent lets that part of the nodes go every quarter of a minute, rounded up', async () => {
    expect(await everyQuarterMinute([{ nodes: '10%' }])).toEqual([18, 16, 14, 12, 10, 9]);
  });

  test('the smallest budget that names emptiness, or no reason, holds', async () => {
    const budgets = [{ nodes: '0', reasons: ['Drifted' as const] }, { nodes: '100%' }, { nodes: '2', reasons: ['Empty' as const] }];
    expect(await everyQuarterMinute(budgets)).toEqual([19, 17, 15, 13, 11, 9]);
  });

  test('an empty node that a new pod takes stays', async () => {
    const { h } = await scaledDown(2);
    await h.setFloor('g5', 2);
    await h.run(1000);
    expect(h.running('g5-spot')).toBe(2);
    expect(h.readyPods()).toBe(2);
  });
});
