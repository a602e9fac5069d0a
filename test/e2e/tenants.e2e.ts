import { beforeAll, describe, expect, it } from 'vitest';
import {
  API_GROUP,
  annotations,
  apiVersionOf,
  FLEET_TAG,
  loopAccess,
  poolAnnotations,
  resources,
} from '../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addChatFleet, type ChatFleet, FLEET_POOLS, putTraffic } from './support/fleet';
import { limitsOf } from './support/limits';
import { createLoop, type Loop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { addRouter } from './support/router';

/** Somebody with Kubernetes' own role `edit` and the rendered role for tenants, both in one namespace only. */
const TENANT = 'tenant-user';
const NAMESPACE = 'team-a';
const UNITS = ['inf2', 'g5'];
const RBAC = 'rbac.authorization.k8s.io';

let chat: ChatFleet;
let loop: Loop;

const bed = useCluster({ keda: true }, async (started) => {
  chat = await addChatFleet(started);
  await grantLoopRights(started);
  await started.kubectl(['create', 'namespace', NAMESPACE]);
  for (const role of ['edit', 'adaptive-inference-tenant']) {
    await started.kubectl(['create', '--filename', '-'], {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: role, namespace: NAMESPACE },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'User', name: TENANT, apiGroup: RBAC }],
    });
  }
  // Whoever runs the cluster lets the loop into the namespace.
  const { group, role, fleetsRole } = loopAccess;
  await started.kubectl(['create', 'rolebinding', role, '--namespace', NAMESPACE, '--clusterrole', fleetsRole, '--group', group]);
  loop = createLoop(started);
  for (const unit of UNITS) putTraffic(started, chat.router, unit, { requestsPerMinute: 40, latencySeconds: 0.5, healthyHosts: 1 });
  await until('the loop to have set every limit', 60, async () => {
    await loop.tick();
    return (await limitsOf(started)).every((limit) => limit === 8);
  });
});

const asTenant = (args: readonly string[], input?: unknown) => bed().kubectl.attempt([...args, '--as', TENANT], input);

/** A fleet of the tenant with the spec of `chat`, changed. */
const fleetOf = async (name: string, change: (spec: KubernetesObject['spec']) => object): Promise<KubernetesObject> => {
  const { spec } = await chat.read();
  return {
    apiVersion: apiVersionOf(resources.inferenceFleets),
    kind: resources.inferenceFleets.kind,
    metadata: { name, namespace: NAMESPACE },
    spec: change(structuredClone(spec)),
  };
};

const conditionOf = async (name: string, namespace = NAMESPACE, wanted = 'Valid') => {
  const { status } = await bed().api.get(resources.inferenceFleets, name, namespace);
  return status.conditions.find(({ type }: { readonly type: string }) => type === wanted);
};

const forbidden = (args: readonly string[], input?: unknown) =>
  expect(asTenant(args, input)).resolves.toMatchObject({ code: 1, stderr: expect.stringContaining('Forbidden') });

describe('a tenant can', () => {
  it('create, read, annotate and delete fleets of their own namespace', async () => {
    const fleet = await fleetOf('mine', (spec) => ({ ...spec, enforcement: 'Recommend' }));
    const kind = `inferencefleets.${API_GROUP}`;
    const own = ['--namespace', NAMESPACE];
    for (const [args, input] of [
      [['create', '--filename', '-'], fleet],
      [['get', kind, 'mine', ...own]],
      [['annotate', kind, 'mine', `${API_GROUP}/pause=all`, ...own]],
      [['delete', kind, 'mine', ...own]],
    ] as const) {
      expect(await asTenant(args, input)).toMatchObject({ code: 0 });
    }
  });

  it('create the scaler of a unit there', async () => {
    const scaler = await bed().api.get(resources.scaledObjects, 'chat-g5', 'default');
    const own = { apiVersion: scaler.apiVersion, kind: scaler.kind, metadata: { name: 'mine', namespace: NAMESPACE }, spec: scaler.spec };
    expect(await asTenant(['create', '--dry-run=server', '--filename', '-'], own)).toMatchObject({ code: 0 });
  });
});

describe('a tenant cannot', () => {
  it('create, change, pause or delete a fleet of another namespace', async () => {
    const fleet = await fleetOf('evil', (spec) => spec);
    await forbidden(['create', '--filename', '-'], { ...fleet, metadata: { name: 'evil', namespace: 'default' } });
    await forbidden(['annotate', `inferencefleets.${API_GROUP}`, 'chat', `${API_GROUP}/pause=all`, '--namespace', 'default']);
    await forbidden(['delete', `inferencefleets.${API_GROUP}`, 'chat', '--namespace', 'default']);
  });

  it('change a NodePool, its limits or the namespaces that it admits', async () => {
    await forbidden(['annotate', '--overwrite', 'nodepools.karpenter.sh', 'g5-spot', `${poolAnnotations.namespaces}=${NAMESPACE}`]);
    await forbidden(['patch', 'nodepools.karpenter.sh', 'g5-spot', '--type', 'merge', '--patch', '{"spec":{"weight":1}}']);
  });

  it('write the status of a fleet, which the loop takes for its memory', async () => {
    const fleet = await fleetOf('memory', (spec) => ({ ...spec, enforcement: 'Observe' }));
    expect(await asTenant(['create', '--filename', '-'], fleet)).toMatchObject({ code: 0 });
    const patch = ['--subresource', 'status', '--type', 'merge', '--patch', '{"status":{"strategy":"Static"}}'];
    await forbidden(['patch', `inferencefleets.${API_GROUP}`, 'memory', '--namespace', NAMESPACE, ...patch]);
    expect(await asTenant(['delete', `inferencefleets.${API_GROUP}`, 'memory', '--namespace', NAMESPACE])).toMatchObject({ code: 0 });
  });

  it('change scalers of another namespace', async () => {
    await forbidden([
      'patch',
      'scaledobjects.keda.sh',
      'chat-g5',
      '--namespace',
      'default',
      '--type',
      'merge',
      '--patch',
      '{"spec":{"minReplicaCount":0}}',
    ]);
  });

  it('cut, freeze or order the pools of another namespace by naming them: their fleet is invalid, and says why', async () => {
    const evil = await fleetOf('evil', (spec) => ({
      ...spec,
      pools: spec.pools.map((pool: object) => ({ ...pool, maximumDevices: 1 })),
    }));
    expect(await asTenant(['create', '--filename', '-'], evil)).toMatchObject({ code: 0 });
    const weights = async () => Promise.all(FLEET_POOLS.map(async (name) => (await bed().api.get(resources.nodePools, name)).spec.weight));
    const before = await weights();
    const records = [await loop.tick(), await loop.tick()];
    expect(records.map(({ fleets }) => fleets.map(({ fleet, outcome }) => [fleet, outcome]))).toEqual(
      Array(2).fill([
        ['default/chat', 'Acted'],
        [`${NAMESPACE}/evil`, 'Invalid'],
      ]),
    );
    expect(await limitsOf(bed())).toEqual([8, 8, 8, 8]);
    expect(await weights()).toEqual(before);
    expect(await conditionOf('evil')).toMatchObject({
      status: 'False',
      reason: 'ClaimRefused',
      message: expect.stringMatching(/given a fleet in namespace team-a, expected .*\(default\)/),
    });
  });

  it('steer the traffic of another fleet by naming its rule, even where the pools admit them', async () => {
    for (const name of FLEET_POOLS) {
      await bed().kubectl([
        'annotate',
        '--overwrite',
        'nodepools.karpenter.sh',
        name,
        `${poolAnnotations.namespaces}=default,${NAMESPACE}`,
      ]);
    }
    const { fleets, writes } = await loop.tick();
    expect(fleets.map(({ outcome }) => outcome)).toEqual(['Acted', 'Invalid']);
    expect(writes.filter(({ fleets: served }) => served.includes(`${NAMESPACE}/evil`))).toEqual([]);
    expect(await conditionOf('evil')).toMatchObject({
      reason: 'ClaimRefused',
      message: expect.stringContaining('the fleet that its tags name, default/chat'),
    });
  });
});

describe('an elder fleet keeps what a younger one names too', () => {
  /** Without a tag a rule is anybody's who names it first. */
  const untag = async (listenerRuleArn: string): Promise<void> => {
    await bed().aws.moto('elasticloadbalancing', 'RemoveTags', { 'ResourceArns.member.1': listenerRuleArn, 'TagKeys.member.1': FLEET_TAG });
  };

  /** Everything of the elder that the loop may write, but its memory. */
  const ofElder = async () => ({
    weights: await chat.router.weights(),
    pools: await Promise.all(
      FLEET_POOLS.map(async (name) => {
        const { spec } = await bed().api.get(resources.nodePools, name);
        return { name, weight: spec.weight, limits: spec.limits };
      }),
    ),
    scalers: await Promise.all(
      UNITS.map(async (unit) => {
        const { spec } = await bed().api.get(resources.scaledObjects, `chat-${unit}`, 'default');
        return { unit, floor: spec.minReplicaCount, target: spec.triggers[0].metadata.targetMetricValue };
      }),
    ),
  });

  let otherRule: string;

  beforeAll(async () => {
    await bed().api.remove(resources.inferenceFleets, 'evil', NAMESPACE);
    ({ listenerRuleArn: otherRule } = await addRouter(bed(), 'other', { inf2: 500, g5: 499 }));
    for (const rule of [otherRule, chat.router.listenerRuleArn]) await untag(rule);
    // A process remembers for a while what the tags said.
    loop = createLoop(bed());
    // From here on the elder moves nothing by itself: whatever moves was moved by the younger.
    await pause('all');
    await loop.tick();
  });

  const pause = (value: string | null) =>
    bed().api.patch(resources.inferenceFleets, 'chat', 'default', { metadata: { annotations: { [annotations.pause]: value } } });

  type Spec = KubernetesObject['spec'];
  const otherGroups = (spec: Spec): Spec['units'] =>
    spec.units.map((unit: { readonly targetGroupArn: string }) => ({
      ...unit,
      targetGroupArn: unit.targetGroupArn.replace(/.$/, (last) => (last === 'f' ? 'e' : 'f')),
    }));
  const otherScalers = (units: Spec['units']): Spec['units'] =>
    units.map((unit: { readonly scaler: object; readonly name: string }) => ({
      ...unit,
      scaler: { ...unit.scaler, name: `own-${unit.name}` },
    }));

  it.each<[string, string, (spec: Spec) => Spec, () => string]>([
    ['its rule', 'default', (spec) => ({ ...spec, units: otherScalers(otherGroups(spec)) }), () => chat.router.listenerRuleArn],
    [
      'a target group',
      NAMESPACE,
      (spec) => ({ ...spec, router: { listenerRuleArn: otherRule } }),
      () => chat.router.targetGroupArns.inf2 ?? '',
    ],
    [
      'a scaler',
      'default',
      (spec) => ({ ...spec, router: { listenerRuleArn: otherRule }, units: otherGroups(spec) }),
      () => 'ScaledObject default/chat-inf2',
    ],
  ])('%s: the younger is invalid, with the reason, and nothing of the elder moves', async (_, namespace, change, taken) => {
    // Listed before the elder, where it is in the same namespace.
    const younger = await fleetOf('an-other', (spec) => ({
      ...change(spec),
      pools: spec.pools.map((pool: object) => ({ ...pool, maximumDevices: 1 })),
    }));
    const before = await ofElder();
    await bed().api.create(resources.inferenceFleets, { ...younger, metadata: { name: 'an-other', namespace } });
    try {
      for (let times = 0; times < 2; times += 1) {
        const { fleets, writes } = await loop.tick();
        expect(Object.fromEntries(fleets.map(({ fleet, outcome }) => [fleet, outcome]))).toEqual({
          'default/chat': 'Acted',
          [`${namespace}/an-other`]: 'Invalid',
        });
        expect(writes.flatMap((write) => write.fleets)).not.toContain(`${namespace}/an-other`);
      }
      expect(await ofElder()).toEqual(before);
      expect(await conditionOf('an-other', namespace)).toMatchObject({
        status: 'False',
        reason: 'ClaimRefused',
        message: `${taken()}: given fleet ${namespace}/an-other, expected the elder fleet default/chat, which steers it; it serves one fleet`,
      });
    } finally {
      await bed().api.remove(resources.inferenceFleets, 'an-other', namespace);
    }
  });

  it('until it no longer enforces its decisions: then the younger one has it', async () => {
    const younger = await fleetOf('an-other', (spec) => ({ ...spec, units: otherScalers(spec.units) }));
    await bed().api.create(resources.inferenceFleets, younger);
    const enforce = (enforcement: string) => bed().api.patch(resources.inferenceFleets, 'chat', 'default', { spec: { enforcement } });
    const outcomes = async () => Object.fromEntries((await loop.tick()).fleets.map(({ fleet, outcome }) => [fleet, outcome]));
    expect(await outcomes()).toEqual({ 'default/chat': 'Acted', [`${NAMESPACE}/an-other`]: 'Invalid' });
    await enforce('Recommend');
    expect(await outcomes()).toEqual({ 'default/chat': 'Recommended', [`${NAMESPACE}/an-other`]: 'Acted' });
    await enforce('Enforce');
    expect(await outcomes()).toEqual({ 'default/chat': 'Acted', [`${NAMESPACE}/an-other`]: 'Invalid' });
    await bed().api.remove(resources.inferenceFleets, 'an-other', NAMESPACE);
  });
});

describe('a namespace that does not let the loop in', () => {
  it('costs its own fleets alone, and their status says why', async () => {
    await bed().api.create(resources.inferenceFleets, await fleetOf('shut-out', (spec) => ({ ...spec, enforcement: 'Recommend' })));
    const tickOutcomes = async () => Object.fromEntries((await loop.tick()).fleets.map(({ fleet, outcome }) => [fleet, outcome]));
    const both = { 'default/chat': 'Acted', [`${NAMESPACE}/shut-out`]: 'Recommended' };
    const forbidden = async (name: string, namespace: string): Promise<boolean> =>
      /Kubernetes list of pods failed: .*forbidden/.test((await conditionOf(name, namespace, 'Observed')).message);
    expect(await tickOutcomes()).toEqual(both);
    expect(await forbidden('shut-out', NAMESPACE)).toBe(false);
    await bed().kubectl(['delete', 'rolebinding', loopAccess.role, '--namespace', NAMESPACE]);
    await until('the API server to know', 30, async () => {
      await loop.tick();
      return forbidden('shut-out', NAMESPACE);
    });
    expect(await tickOutcomes()).toEqual(both);
    expect(await forbidden('chat', 'default')).toBe(false);
    await bed().api.remove(resources.inferenceFleets, 'shut-out', NAMESPACE);
  });
});
