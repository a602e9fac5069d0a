import { describe, expect, it } from 'vitest';
import { API_GROUP, apiVersionOf, poolAnnotations, resources } from '../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addChatFleet, type ChatFleet, FLEET_POOLS, putTraffic } from './support/fleet';
import { limitsOf } from './support/limits';
import { createLoop, type Loop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';

/** Somebody with Kubernetes' own role `edit` and the rendered role for tenants, both in one namespace only. */
const TENANT = 'tenant-user';
const NAMESPACE = 'team-a';
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
  loop = createLoop(started);
  for (const unit of ['inf2', 'g5'])
    putTraffic(started, chat.router, unit, { requestsPerMinute: 40, latencySeconds: 0.5, healthyHosts: 1 });
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

const conditionOf = async (name: string) => {
  const { status } = await bed().api.get(resources.inferenceFleets, name, NAMESPACE);
  return status.conditions.find(({ type }: { readonly type: string }) => type === 'Valid');
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
