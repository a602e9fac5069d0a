import { beforeAll, describe, expect, it } from 'vitest';
import { API_GROUP, apiVersionOf, labels, podAnnotations, poolAnnotations, resources } from '../../lambda/control-loop/contract/names';
import { create } from './cluster/definitions';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addChatFleet, type ChatFleet, FLEET_POOLS, putTraffic } from './support/fleet';
import { createLoop, LOOP_GROUP, LOOP_USER, type Loop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';

/** The policy by which the API server refuses what is not the loop's, whatever roles grant: here they grant everything. */

const UNITS = ['inf2', 'g5'];
const AUTOSCALER = 'own-g5';

let chat: ChatFleet;
let loop: Loop;

const nodePools = `nodepools.${resources.nodePools.group}`;
const scaledObjects = `scaledobjects.${resources.scaledObjects.group}`;
const autoscalers = 'horizontalpodautoscalers.v2.autoscaling';
const fleets = `inferencefleets.${API_GROUP}`;

const asLoop = (args: readonly string[], input?: unknown) =>
  bed().kubectl.attempt([...args, '--as', LOOP_USER, '--as-group', LOOP_GROUP, '--as-group', 'system:authenticated'], input);

const patch = (resource: string, name: string, type: 'json' | 'merge', body: unknown, more: readonly string[] = []) =>
  asLoop(['patch', resource, name, '--namespace', 'default', '--type', type, '--patch', JSON.stringify(body), ...more]);

const refused = async (attempt: ReturnType<typeof asLoop>, why: string) =>
  expect(await attempt).toMatchObject({ code: 1, stderr: expect.stringContaining(`denied request: ${why}`) });

/** A pod of a unit, and one of nobody's. */
const podOf = (name: string, podLabels: Readonly<Record<string, string>>) => ({
  apiVersion: apiVersionOf(resources.pods),
  kind: resources.pods.kind,
  metadata: { name, namespace: 'default', labels: podLabels, annotations: { 'example.com/owner': 'us' } },
  spec: { containers: [{ name: 'server', image: 'example.com/server' }], nodeSelector: { 'example.com/none': 'true' } },
});

/** An autoscaler without KEDA, of a Deployment that is not there. */
const autoscaler = {
  apiVersion: apiVersionOf(resources.horizontalPodAutoscalers),
  kind: resources.horizontalPodAutoscalers.kind,
  metadata: { name: AUTOSCALER, namespace: 'default' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: AUTOSCALER },
    minReplicas: 1,
    maxReplicas: 10,
    metrics: [{ type: 'External', external: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '200' } } }],
  },
};

const bed = useCluster({ keda: true }, async (started) => {
  chat = await addChatFleet(started);
  await grantLoopRights(started);
  await create(started.kubectl, autoscaler);
  await create(started.kubectl, podOf('of-a-unit', { [labels.fleet]: 'other', [labels.unit]: 'g5' }));
  await create(started.kubectl, podOf('of-nobody', {}));
  await started.kubectl(['create', 'clusterrolebinding', 'all-rights', '--clusterrole', 'cluster-admin', '--group', LOOP_GROUP]);
  loop = createLoop(started);
});

beforeAll(async () => {
  await until('the policy to be in use', 60, async () => {
    const { stderr } = await patch(scaledObjects, 'chat-g5', 'merge', { spec: { maxReplicaCount: 11 } }, ['--dry-run=server']);
    return stderr.includes('denied request');
  });
});

const fieldsWritten = async (requestsPerMinute: number): Promise<readonly string[]> => {
  bed().aws.metrics.clear();
  for (const unit of UNITS) putTraffic(bed(), chat.router, unit, { requestsPerMinute, latencySeconds: 0.5, healthyHosts: 1 });
  const { writes, fleets: acted } = await loop.tick();
  expect(writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
  expect(acted.map(({ outcome }) => outcome)).toEqual(['Acted']);
  return writes.flatMap(({ object, fields }) => Object.keys(fields).map((field) => `${object.split(' ')[0]} ${field}`));
};

describe('the loop is let write', () => {
  it('all that its ticks write: weights and limits, floors and targets of both kinds of scalers, status and Events', async () => {
    const written = new Set([...(await fieldsWritten(40)), ...(await fieldsWritten(400))]);
    const { spec } = await chat.read();
    const units = spec.units.map((unit: { readonly name: string }) =>
      unit.name === 'g5' ? { ...unit, scaler: { kind: 'HorizontalPodAutoscaler', name: AUTOSCALER } } : unit,
    );
    await bed().api.patch(resources.inferenceFleets, chat.name, 'default', { spec: { units } });
    for (const field of [...(await fieldsWritten(600)), ...(await fieldsWritten(40))]) written.add(field);
    expect([...written].filter((field) => !field.startsWith('ListenerRule ')).sort()).toEqual([
      'HorizontalPodAutoscaler floor',
      'HorizontalPodAutoscaler target',
      'NodePool limit',
      'NodePool weight',
      'ScaledObject floor',
      'ScaledObject target',
    ]);
    expect((await chat.read()).status.lastTickTime).toBeDefined();
    expect(loop.log.flatMap((line) => line.eventErrors ?? [])).toEqual([]);
    const events = await bed().api.list(resources.events, { namespace: 'default', fieldSelector: 'involvedObject.kind=InferenceFleet' });
    expect(events.items.length).toBeGreaterThan(0);
  });

  it('a floor of zero, the target of a formula, and the target of each kind of metric', async () => {
    const accepted = async (attempt: ReturnType<typeof asLoop>) => expect(await attempt).toMatchObject({ code: 0 });
    const own = ['--dry-run=server'];
    await bed().api.patch(resources.scaledObjects, 'chat-inf2', 'default', {
      spec: { advanced: { scalingModifiers: { formula: 'one + 1', target: '60' } } },
    });
    await accepted(patch(scaledObjects, 'chat-inf2', 'merge', { spec: { advanced: { scalingModifiers: { target: '61.5' } } } }, own));
    await refused(
      patch(scaledObjects, 'chat-inf2', 'merge', { spec: { advanced: { scalingModifiers: { formula: 'one' } } } }, own),
      "the control loop may change only scalingModifiers.target of a ScaledObject's advanced fields, to a number",
    );
    await bed().api.patch(resources.scaledObjects, 'chat-inf2', 'default', { spec: { advanced: null } });
    await accepted(patch(scaledObjects, 'chat-inf2', 'json', [{ op: 'replace', path: '/spec/minReplicaCount', value: 0 }], own));
    await accepted(
      patch(
        autoscalers,
        AUTOSCALER,
        'json',
        [{ op: 'replace', path: '/spec/metrics/0/external/target/averageValue', value: '70.125' }],
        own,
      ),
    );
  });
});

describe('even with every right of Kubernetes the loop is refused', () => {
  const POOL = FLEET_POOLS[0]!;
  const triggerAt = (field: string) => `/spec/triggers/0/${field}`;
  const otherTrigger = { type: 'cron', metadata: { timezone: 'UTC', start: '0 1 * * *', end: '0 2 * * *', desiredReplicas: '100' } };
  const NO_METADATA = 'the control loop may change no labels, annotations, finalizers or owners';
  const NOTHING_ELSE =
    'the control loop may update NodePools, ScaledObjects, HorizontalPodAutoscalers, pods and the status of fleets, create Events, and nothing else';

  const ofPool: readonly [what: string, body: object, why: string][] = [
    [
      'its template',
      { spec: { template: { metadata: { labels: { team: 'other' } } } } },
      'the control loop may change only weight and limits of a NodePool',
    ],
    [
      'its disruption',
      { spec: { disruption: { consolidateAfter: '1s' } } },
      'the control loop may change only weight and limits of a NodePool',
    ],
    [
      'its limit of CPU',
      { spec: { limits: { cpu: '1' } } },
      'the control loop may change only limits of device resources, such as nvidia.com/gpu, not of cpu, memory or nodes',
    ],
    ['the namespaces that it admits', { metadata: { annotations: { [poolAnnotations.namespaces]: '*' } } }, NO_METADATA],
    ['its labels', { metadata: { labels: { team: 'other' } } }, NO_METADATA],
  ];
  const markPod = (name: string, annotations: object, more: object = {}) =>
    patch('pods', name, 'merge', { metadata: { annotations }, ...more }, ['--dry-run=server']);

  it('of a pod all but its deletion cost, and everything of pods of no unit', async () => {
    const cost = { [podAnnotations.deletionCost]: '-1' };
    expect(await markPod('of-a-unit', cost)).toMatchObject({ code: 0 });
    const onlyCost = `the control loop may change only the annotation ${podAnnotations.deletionCost} of a pod`;
    await refused(markPod('of-a-unit', { ...cost, 'example.com/owner': 'them' }), onlyCost);
    await refused(markPod('of-a-unit', { 'example.com/other': 'x' }), onlyCost);
    await refused(patch('pods', 'of-a-unit', 'merge', { metadata: { labels: { team: 'other' } } }, ['--dry-run=server']), onlyCost);
    await refused(markPod('of-a-unit', cost, { spec: { activeDeadlineSeconds: 1 } }), onlyCost);
    await refused(markPod('of-nobody', cost), `the control loop may change only pods with the label ${labels.fleet}`);
    await refused(asLoop(['delete', 'pod', 'of-a-unit', '--namespace', 'default', '--dry-run=server']), NOTHING_ELSE);
  });

  it.each(ofPool)('of a NodePool %s', async (_, body, why) => {
    await refused(patch(nodePools, POOL, 'merge', body, ['--dry-run=server']), why);
  });

  it('the weight of a NodePool that admits no namespace', async () => {
    const { apiVersion, kind, spec } = await bed().api.get(resources.nodePools, POOL);
    const { weight: _, limits: __, ...rest } = spec;
    await create(bed().kubectl, { apiVersion, kind, metadata: { name: 'theirs' }, spec: rest });
    await refused(
      patch(nodePools, 'theirs', 'merge', { spec: { weight: 1 } }),
      'the control loop may change only NodePools with the annotation adaptive-inference.dev/namespaces',
    );
  });

  const TRIGGER = 'the control loop may change only the target of a trigger, to a number';
  const SCALER = 'the control loop may change only minReplicaCount and the target of a ScaledObject';
  const replace = (path: string, value: unknown) => [{ op: 'replace', path, value }];
  const ofScaler: readonly [what: string, operations: object, why: string][] = [
    ['what it scales', replace('/spec/scaleTargetRef/name', 'another'), SCALER],
    ['its maximum', replace('/spec/maxReplicaCount', 100), SCALER],
    ['its fallback', replace('/spec/fallback/replicas', 100), SCALER],
    ['its idle replicas', [{ op: 'add', path: '/spec/idleReplicaCount', value: 0 }], SCALER],
    ['the metric of a trigger', replace(triggerAt('metadata/metricName'), 'Other'), TRIGGER],
    ['the place that a trigger asks', [{ op: 'add', path: triggerAt('metadata/awsEndpoint'), value: 'https://example.com' }], TRIGGER],
    ['the credentials of a trigger', replace(triggerAt('authenticationRef/name'), 'another'), TRIGGER],
    ['the type of a trigger', replace(triggerAt('type'), 'metrics-api'), TRIGGER],
    ['a target to what is no number', replace(triggerAt('metadata/targetMetricValue'), 'many'), TRIGGER],
    ['a trigger more', [{ op: 'add', path: '/spec/triggers/-', value: otherTrigger }], TRIGGER],
    ['a trigger less', [{ op: 'remove', path: '/spec/triggers/1' }], TRIGGER],
    ['a formula', [{ op: 'add', path: '/spec/advanced', value: { scalingModifiers: { formula: '1', target: '1' } } }], 'the control loop'],
    ['a pause', [{ op: 'add', path: '/metadata/annotations', value: { 'autoscaling.keda.sh/paused': 'true' } }], NO_METADATA],
    ['its owner', [{ op: 'add', path: '/metadata/finalizers', value: ['example.com/keep'] }], NO_METADATA],
  ];
  it.each(ofScaler)('of a ScaledObject %s', async (_, operations, why) => {
    await refused(patch(scaledObjects, 'chat-g5', 'json', operations, ['--dry-run=server']), why);
  });

  const AUTOSCALER_FIELDS = 'the control loop may change only minReplicas and the target of a HorizontalPodAutoscaler';
  const METRIC = 'the control loop may change only averageValue of a metric';
  const ofAutoscaler: readonly [what: string, operations: object, why: string][] = [
    ['what it scales', replace('/spec/scaleTargetRef/name', 'another'), AUTOSCALER_FIELDS],
    ['its maximum', replace('/spec/maxReplicas', 100), AUTOSCALER_FIELDS],
    ['its behaviour', [{ op: 'add', path: '/spec/behavior', value: { scaleDown: { selectPolicy: 'Disabled' } } }], AUTOSCALER_FIELDS],
    ['the name of a metric', replace('/spec/metrics/0/external/metric/name', 'other'), METRIC],
    ['the kind of a target', replace('/spec/metrics/0/external/target', { type: 'Value', value: '1' }), METRIC],
    [
      'a metric more',
      [
        {
          op: 'add',
          path: '/spec/metrics/-',
          value: { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 1 } } },
        },
      ],
      METRIC,
    ],
  ];
  it.each(ofAutoscaler)('of a HorizontalPodAutoscaler %s', async (_, operations, why) => {
    await refused(patch(autoscalers, AUTOSCALER, 'json', operations, ['--dry-run=server']), why);
  });

  it('by another version of the API as well', async () => {
    await refused(
      patch('horizontalpodautoscalers.v1.autoscaling', AUTOSCALER, 'merge', { spec: { maxReplicas: 100 } }, ['--dry-run=server']),
      AUTOSCALER_FIELDS,
    );
  });

  it('the spec of a fleet, its annotations, its end, and new fleets, pools and scalers', async () => {
    const dry = ['--dry-run=server'];
    await refused(patch(fleets, 'chat', 'merge', { spec: { resilience: 0 } }, dry), NOTHING_ELSE);
    await refused(patch(fleets, 'chat', 'merge', { metadata: { annotations: { [`${API_GROUP}/pause`]: 'all' } } }, dry), NOTHING_ELSE);
    for (const [resource, name] of [
      [fleets, 'chat'],
      [nodePools, POOL],
      [scaledObjects, 'chat-g5'],
      [autoscalers, AUTOSCALER],
    ] as const) {
      await refused(asLoop(['delete', resource, name, '--namespace', 'default', ...dry]), NOTHING_ELSE);
      const {
        metadata,
        status: _,
        ...rest
      } = JSON.parse(await bed().kubectl(['get', resource, name, '--namespace', 'default', '--output', 'json']));
      const mine = { ...rest, metadata: { name: 'mine', namespace: metadata.namespace } };
      await refused(asLoop(['create', ...dry, '--filename', '-'], mine), NOTHING_ELSE);
    }
  });

  it('Events about anything but fleets: of shortages, which it believes itself', async () => {
    const event = (changes: object) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'made-up', namespace: 'default' },
      involvedObject: { apiVersion: apiVersionOf(resources.nodeClaims), kind: 'NodeClaim', name: 'g5-spot-x', namespace: '' },
      reason: 'InsufficientCapacityError',
      source: { component: 'karpenter' },
      type: 'Warning',
      message: 'no capacity',
      ...changes,
    });
    const why = 'the control loop may create Events about fleets only, in its own name';
    const fleet = { apiVersion: apiVersionOf(resources.inferenceFleets), kind: 'InferenceFleet', name: 'chat', namespace: 'default' };
    await refused(asLoop(['create', '--dry-run=server', '--filename', '-'], event({})), why);
    await refused(asLoop(['create', '--dry-run=server', '--filename', '-'], event({ involvedObject: fleet })), why);
    expect(
      await asLoop(
        ['create', '--dry-run=server', '--filename', '-'],
        event({ involvedObject: fleet, source: { component: 'adaptive-inference' } }),
      ),
    ).toMatchObject({ code: 0 });
  });
});

it('nobody else is judged by the policy', async () => {
  const body = JSON.stringify({ spec: { maxReplicaCount: 12 } });
  await bed().kubectl(['patch', scaledObjects, 'chat-g5', '--namespace', 'default', '--type', 'merge', '--patch', body]);
});

it('the API server finds nothing to say about the types in the policy', async () => {
  const policy = JSON.parse(
    await bed().kubectl(['get', 'validatingadmissionpolicy', 'adaptive-inference-control-loop', '--output', 'json']),
  );
  expect(policy.status?.typeChecking?.expressionWarnings ?? []).toEqual([]);
});
