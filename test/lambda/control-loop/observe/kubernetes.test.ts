import { describe, expect, it } from 'vitest';
import { type FleetSpecInput, FleetSpecSchema, toFleetSpec } from '../../../../lambda/control-loop/api';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../../lambda/control-loop/errors';
import { startDeadline } from '../../../../lambda/control-loop/observe/deadline';
import { observeKubernetes } from '../../../../lambda/control-loop/observe/kubernetes';
import type { KubernetesPort } from '../../../../lambda/control-loop/ports';
import type { FakePorts } from '../../../support/fake-ports';
import { addFleet, addNodeClaim, addPod, addShortageEvent, chatSpec, chatWorld, NOW_SECONDS, rfc3339 } from '../../../support/fake-world';

const observe = async (fake: FakePorts, spec: FleetSpecInput = chatSpec()) => {
  const deadline = startDeadline(10);
  const fleet = { ...toFleetSpec(FleetSpecSchema.parse(spec)), name: 'chat', namespace: 'default' };
  const cluster = await observeKubernetes(fake.ports.kubernetes, deadline, [fleet], NOW_SECONDS);
  deadline.cancel();
  const unit = (name: string) => cluster.units.get(`default/chat/${name}`)!;
  return { cluster, inf2: unit('inf2'), g5: unit('g5'), pool: (name: string) => cluster.pools.get(name)! };
};

const known = <T>(value: T) => ({ known: true, value, atSeconds: NOW_SECONDS });

describe('the pods of a unit', () => {
  it('count as ready by the pool of their node, as starting otherwise', async () => {
    const fake = chatWorld({}, { ready: { inf2: { 'inf2-spot': 1 }, g5: { 'g5-spot': 2, 'g5-od': 1 } } });
    addPod(fake, 'g5-pending', { fleet: 'chat', unit: 'g5', isReady: false });
    addPod(fake, 'g5-elsewhere', { fleet: 'chat', unit: 'g5', node: 'a-node-without-claim' });
    addPod(fake, 'other-fleet', { fleet: 'search', unit: 'g5', node: 'a-node-without-claim' });
    const { g5, inf2 } = await observe(fake);
    expect(g5.readyPodsByPool).toEqual(known({ 'g5-spot': 2, 'g5-od': 1, '': 1 }));
    expect(g5.startingPods).toEqual(known(1));
    expect(g5.pendingPods).toEqual(known(1));
    expect(g5.replicas).toEqual(known(3));
    expect(inf2.readyPodsByPool).toEqual(known({ 'inf2-spot': 1 }));
  });

  it('tell how long they took to start, and whether a node was launched for them', async () => {
    const fake = chatWorld({}, { ready: { g5: {} } });
    addNodeClaim(fake, 'c1', 'g5-spot', 'g5.xlarge', 'n1', NOW_SECONDS - 595);
    addPod(fake, 'waited', { fleet: 'chat', unit: 'g5', node: 'n1', createdSeconds: NOW_SECONDS - 3000, readySeconds: NOW_SECONDS - 200 });
    addPod(fake, 'found', { fleet: 'chat', unit: 'g5', node: 'n1', createdSeconds: NOW_SECONDS - 300, readySeconds: NOW_SECONDS - 100 });
    addPod(fake, 'untold', { fleet: 'chat', unit: 'g5', node: 'n1' });
    const { g5 } = await observe(fake);
    // The pod that waited for capacity started with its node, which was asked for 600 s ago.
    const uidOf = (pod: string) => fake.kubernetes.read(resources.pods, pod, 'default').metadata.uid;
    expect(g5.podStarts).toEqual(
      known([
        { uid: uidOf('waited'), createdSeconds: NOW_SECONDS - 600, readySeconds: NOW_SECONDS - 200, launchedNode: true },
        { uid: uidOf('found'), createdSeconds: NOW_SECONDS - 300, readySeconds: NOW_SECONDS - 100, launchedNode: false },
      ]),
    );
  });

  it('are none when they are being deleted, finished or not Ready', async () => {
    const fake = chatWorld();
    const pod = (name: string) => fake.kubernetes.read(resources.pods, name, 'default');
    addPod(fake, 'gone', { fleet: 'chat', unit: 'g5', node: 'n' });
    fake.kubernetes.put(resources.pods, {
      ...pod('gone'),
      metadata: { ...pod('gone').metadata, deletionTimestamp: rfc3339(NOW_SECONDS - 5) },
    });
    addPod(fake, 'evicted', { fleet: 'chat', unit: 'g5', node: 'n' });
    fake.kubernetes.put(resources.pods, {
      ...pod('evicted'),
      status: { phase: 'Failed', conditions: [{ type: 'Ready', status: 'False' }] },
    });
    addPod(fake, 'warming', { fleet: 'chat', unit: 'g5', node: 'n' });
    fake.kubernetes.put(resources.pods, {
      ...pod('warming'),
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] },
    });
    const { g5 } = await observe(fake);
    expect(g5.readyPodsByPool).toEqual(known({ 'g5-spot': 1 }));
    expect(g5.startingPods).toEqual(known(1));
    // It has its node.
    expect(g5.pendingPods).toEqual(known(0));
  });

  it('cannot be counted by pool without NodeClaims, and are then unknown rather than elsewhere', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.list nodeclaims', new KubernetesError('forbidden', 403));
    const { g5, pool } = await observe(fake);
    expect(g5.readyPodsByPool).toEqual({
      known: false,
      reason: 'pods cannot be counted by pool: Kubernetes list of nodeclaims failed: forbidden',
    });
    expect(g5.startingPods.known).toBe(true);
    expect(g5.floor.known).toBe(true);
    expect(pool('g5-spot').runningDevices.known).toBe(false);
    expect(pool('g5-spot').weight.known).toBe(true);
  });

  it('are read over more than one page', async () => {
    const fake = chatWorld({}, { ready: { inf2: { 'inf2-spot': 1 }, g5: { 'g5-spot': 7 } } });
    fake.kubernetes.pageSize = 2;
    const { g5, pool } = await observe(fake);
    expect(g5.readyPodsByPool).toEqual(known({ 'g5-spot': 7 }));
    expect(pool('g5-spot').runningDevices).toEqual(known(7));
  });
});

describe('the scaler of a unit', () => {
  it('is a ScaledObject with its target as text', async () => {
    const { g5, cluster } = await observe(chatWorld({}, { floors: { g5: 3 }, targets: { g5: '89.2' } }));
    expect(g5.floor).toEqual(known(3));
    expect(g5.targetThroughputPerMinute).toEqual(known(89.2));
    expect(cluster.scalers.get('default/chat/g5')).toMatchObject({
      floor: { path: '/spec/minReplicaCount', raw: 3 },
      target: { path: '/spec/triggers/0/metadata/targetMetricValue', raw: '89.2' },
    });
  });

  it('without a floor has KEDA’s default of 0', async () => {
    const fake = chatWorld();
    fake.kubernetes.put(resources.scaledObjects, {
      metadata: { name: 'g5', namespace: 'default' },
      spec: { triggers: [{ metadata: { targetMetricValue: '80' } }] },
    });
    const { g5, cluster } = await observe(fake);
    expect(g5.floor).toEqual(known(0));
    expect(cluster.scalers.get('default/chat/g5')?.floor).toEqual({ path: '/spec/minReplicaCount' });
  });

  it.each([
    [{ metadata: { targetMetricValue: 'fast' } }, /"fast", expected a number/],
    [{ metadata: {} }, /has no \/spec\/triggers\/0\/metadata\/targetMetricValue/],
  ])('whose target cannot be read is unknown, not zero', async (trigger, reason) => {
    const fake = chatWorld();
    fake.kubernetes.put(resources.scaledObjects, {
      metadata: { name: 'g5', namespace: 'default' },
      spec: { minReplicaCount: 1, triggers: [trigger] },
    });
    const { g5 } = await observe(fake);
    expect(g5.targetThroughputPerMinute).toMatchObject({ known: false, reason: expect.stringMatching(reason) });
    expect(g5.floor.known).toBe(true);
  });

  it('is a plain HorizontalPodAutoscaler with a quantity under its metric’s own type', async () => {
    const spec = chatSpec();
    const [inf2, g5Unit] = spec.units;
    const fake = chatWorld();
    fake.kubernetes.put(resources.horizontalPodAutoscalers, {
      metadata: { name: 'g5-hpa', namespace: 'default' },
      spec: {
        minReplicas: 2,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
          { type: 'External', external: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '89200m' } } },
        ],
      },
    });
    const hpa = { ...g5Unit!, scaler: { kind: 'HorizontalPodAutoscaler' as const, name: 'g5-hpa', metricIndex: 1 } };
    const { g5, cluster } = await observe(fake, { ...spec, units: [inf2!, hpa] });
    expect(g5.floor).toEqual(known(2));
    expect(g5.targetThroughputPerMinute).toEqual(known(89.2));
    expect(cluster.scalers.get('default/chat/g5')?.target).toEqual({
      path: '/spec/metrics/1/external/target/averageValue',
      raw: '89200m',
    });
  });

  it('that KEDA makes an autoscaler of has what someone else set there', async () => {
    const fake = chatWorld({}, { floors: { g5: 3 } });
    const managers = [
      { manager: 'keda', fieldsV1: { 'f:spec': { 'f:metrics': {}, 'f:scaleTargetRef': {} } } },
      { manager: 'kubectl-edit', fieldsV1: { 'f:spec': { 'f:minReplicas': {} } } },
    ];
    fake.kubernetes.put(resources.horizontalPodAutoscalers, {
      metadata: { name: 'keda-hpa-g5', namespace: 'default', managedFields: managers },
      spec: { minReplicas: 7 },
    });
    const { g5, inf2 } = await observe(fake);
    expect(g5.autoscalerEdits).toEqual(known([{ field: 'floor', value: 7, manager: 'kubectl-edit' }]));
    expect(g5.floor).toEqual(known(3));
    expect(inf2.autoscalerEdits).toEqual(known([]));
    fake.failures.set('kubernetes.list horizontalpodautoscalers', new KubernetesError('forbidden', 403));
    expect((await observe(fake)).g5.autoscalerEdits).toMatchObject({ known: false, reason: expect.stringMatching(/forbidden/) });
  });

  it('that does not exist is unknown', async () => {
    const fake = chatWorld();
    fake.kubernetes.remove(resources.scaledObjects, 'g5', 'default');
    const { g5 } = await observe(fake);
    expect(g5.floor).toEqual({ known: false, reason: 'ScaledObject g5 does not exist' });
  });
});

describe('a pool', () => {
  it('has the uid, weight and device limit of its NodePool; what is absent is known to be', async () => {
    const fake = chatWorld();
    fake.kubernetes.put(resources.nodePools, {
      metadata: { name: 'g5-od' },
      spec: { weight: 20, limits: { 'nvidia.com/gpu': '4', cpu: '100' } },
    });
    const { pool } = await observe(fake);
    expect(pool('g5-od').weight).toEqual(known(20));
    expect(pool('g5-od').limitDevices).toEqual(known(4));
    expect(pool('g5-od').uid).toEqual(known(fake.kubernetes.read(resources.nodePools, 'g5-od').metadata.uid));
    expect(pool('g5-spot').weight).toEqual(known(undefined));
    expect(pool('g5-spot').limitDevices).toEqual(known(undefined));
  });

  it('whose NodePool is gone is unknown', async () => {
    const fake = chatWorld();
    fake.kubernetes.remove(resources.nodePools, 'g5-od');
    const { pool } = await observe(fake);
    expect(pool('g5-od').weight).toEqual({ known: false, reason: 'NodePool g5-od does not exist' });
    expect(pool('g5-spot').weight.known).toBe(true);
  });

  it('with a fixed number of nodes takes no weight', async () => {
    const fake = chatWorld();
    fake.kubernetes.put(resources.nodePools, { metadata: { name: 'g5-od' }, spec: { replicas: 2 } });
    expect((await observe(fake)).pool('g5-od').weight).toMatchObject({ known: false, reason: expect.stringContaining('spec.replicas') });
  });

  it('runs the devices of its launched NodeClaims that are not being deleted', async () => {
    const fake = chatWorld({}, { ready: { inf2: { 'inf2-spot': 1 }, g5: { 'g5-od': 1 } } });
    addNodeClaim(fake, 'g5-spot-aaaaa', 'g5-spot', 'g5.12xlarge', 'n1', NOW_SECONDS - 100);
    addNodeClaim(fake, 'g5-spot-bbbbb', 'g5-spot', 'g5.xlarge', 'n2', NOW_SECONDS - 50);
    addNodeClaim(fake, 'g5-spot-ccccc', 'g5-spot', 'g5.xlarge', 'n3', NOW_SECONDS - 10);
    const leaving = fake.kubernetes.read(resources.nodeClaims, 'g5-spot-ccccc');
    fake.kubernetes.put(resources.nodeClaims, { ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: rfc3339(NOW_SECONDS) } });
    fake.kubernetes.put(resources.nodeClaims, {
      metadata: { name: 'g5-spot-ddddd', labels: { 'karpenter.sh/nodepool': 'g5-spot' } },
      status: { conditions: [{ type: 'Launched', status: 'Unknown' }] },
    });
    const { pool } = await observe(fake);
    expect(pool('g5-spot').runningDevices).toEqual(known(5));
    expect(pool('g5-spot').lastLaunchSeconds).toEqual(known(NOW_SECONDS - 50));
  });

  it('with nothing running has no last launch, and that is known', async () => {
    const { pool } = await observe(chatWorld());
    expect(pool('g5-od').runningDevices).toEqual(known(0));
    expect(pool('g5-od').lastLaunchSeconds).toEqual(known(undefined));
  });

  it('counts an instance type that the fleet does not name by its capacity', async () => {
    const fake = chatWorld({}, { ready: { inf2: { 'inf2-spot': 1 }, g5: { 'g5-od': 1 } } });
    addNodeClaim(fake, 'g5-spot-aaaaa', 'g5-spot', 'g5.24xlarge', 'n1');
    const before = fake.kubernetes.read(resources.nodeClaims, 'g5-spot-aaaaa');
    expect((await observe(fake)).pool('g5-spot').runningDevices.known).toBe(false);
    fake.kubernetes.put(resources.nodeClaims, { ...before, status: { ...before.status, capacity: { 'nvidia.com/gpu': '4' } } });
    expect((await observe(fake)).pool('g5-spot').runningDevices).toEqual(known(4));
  });

  it('has the failures of its NodeClaims, by label where they exist and by name where they are gone', async () => {
    const fake = chatWorld();
    const at = { lastTimestamp: rfc3339(NOW_SECONDS - 30) };
    addNodeClaim(fake, 'oddly-named', 'g5-od', 'g5.xlarge', 'n9');
    addShortageEvent(fake, 'oddly-named', 'no capacity in us-west-2a', at);
    addShortageEvent(fake, 'g5-spot-zzzzz', 'no capacity in us-west-2b', at);
    const { pool } = await observe(fake);
    expect(pool('g5-od').launchFailures).toMatchObject({ known: true, value: [{ zone: 'us-west-2a', atSeconds: NOW_SECONDS - 30 }] });
    expect(pool('g5-spot').launchFailures).toMatchObject({ known: true, value: [{ zone: 'us-west-2b' }] });
    expect(pool('inf2-spot').launchFailures).toEqual(known([]));
  });

  it('does not get the failures of a NodePool that no fleet names and that begins with its name', async () => {
    const fake = chatWorld();
    fake.kubernetes.put(resources.nodePools, { metadata: { name: 'g5-spot-batch' }, spec: {} });
    fake.kubernetes.put(resources.nodePools, { metadata: { name: 'g5-spot-x1' }, spec: {} });
    addShortageEvent(fake, 'g5-spot-batch-zzzzz', 'no capacity', { lastTimestamp: rfc3339(NOW_SECONDS) });
    expect((await observe(fake)).pool('g5-spot').launchFailures).toEqual(known([]));
  });

  it('without events is not free of shortage but unknown', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.list events', new KubernetesError('etcd timeout', 504));
    const { pool, g5 } = await observe(fake);
    expect(pool('g5-spot').launchFailures).toMatchObject({ known: false, reason: expect.stringContaining('etcd timeout') });
    expect(pool('g5-spot').runningDevices.known).toBe(true);
    expect(g5.readyPodsByPool.known).toBe(true);
  });
});

it('a namespace is listed by itself, the autoscalers that KEDA makes beside the ScaledObjects', async () => {
  const fake = chatWorld();
  await observe(fake);
  const lists = fake.callsOf('kubernetes.list').map(({ args }) => [(args[0] as { plural: string }).plural, args[1]]);
  expect(lists).toEqual([
    ['nodepools', {}],
    ['nodeclaims', {}],
    ['events', { namespace: 'default', fieldSelector: 'reason=InsufficientCapacityError' }],
    ['events', { namespace: 'default', fieldSelector: 'reason=NoCompatibleInstanceTypes' }],
    ['deployments', { namespace: 'default' }],
    ['scaledobjects', { namespace: 'default' }],
    ['horizontalpodautoscalers', { namespace: 'default' }],
    ['pods', { namespace: 'default', labelSelector: 'adaptive-inference.dev/fleet' }],
  ]);
});

describe('several namespaces', () => {
  const PLURALS = ['deployments', 'scaledobjects', 'horizontalpodautoscalers', 'pods'];

  /** The fleet `chat` in two namespaces, where the loop may read only those that `mayRead` says. */
  const observeTwo = async (mayRead: (namespace: string | undefined) => boolean) => {
    const fake = chatWorld();
    addFleet(fake, 'chat', chatSpec(), { namespace: 'team-a' });
    const port = fake.ports.kubernetes;
    const kubernetes: KubernetesPort = {
      ...port,
      list: async (resource, options) => {
        if (PLURALS.includes(resource.plural) && !mayRead(options?.namespace)) throw new KubernetesError('forbidden', 403);
        return port.list(resource, options);
      },
    };
    const spec = toFleetSpec(FleetSpecSchema.parse(chatSpec()));
    const fleets = ['default', 'team-a'].map((namespace) => ({ ...spec, name: 'chat', namespace }));
    const deadline = startDeadline(10);
    const cluster = await observeKubernetes(kubernetes, deadline, fleets, NOW_SECONDS);
    deadline.cancel();
    return { fake, unit: (key: string) => cluster.units.get(key)! };
  };

  it('are listed one by one: the loop needs no right to any other', async () => {
    const { fake, unit } = await observeTwo(() => true);
    for (const plural of PLURALS) {
      const lists = fake.callsOf('kubernetes.list').filter(({ args }) => (args[0] as { plural: string }).plural === plural);
      expect(lists.map(({ args }) => (args[1] as { namespace?: string }).namespace)).toEqual(['default', 'team-a']);
    }
    for (const namespace of ['default', 'team-a']) expect(unit(`${namespace}/chat/g5`).replicas).toEqual(known(1));
  });

  it('of which the loop may not read one cost its fleets alone', async () => {
    const { unit } = await observeTwo((namespace) => namespace === 'default');
    for (const signal of ['replicas', 'readyPodsByPool', 'floor'] as const) {
      expect(unit('default/chat/g5')[signal]).toMatchObject({ known: true });
      expect(unit('team-a/chat/g5')[signal]).toMatchObject({ known: false, reason: expect.stringContaining('forbidden') });
    }
  });
});
