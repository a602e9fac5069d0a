import { describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import type { TickRecord } from '../../lambda/control-loop/tick';
import type { TestCluster } from './cluster/test-bed';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { putTraffic } from './support/fleet';
import { createLoop, type Loop } from './support/loop';
import { CONSTRUCT_POOLS, deploy, ofKind, type Synthesized, synthesize } from './support/synthesized';
import { isRunning, podsOf } from './support/workload';

let synthesized: Synthesized;
let loop: Loop;

const UNITS = ['inf2', 'g5'];

const bed = useCluster({ keda: true }, async (started) => {
  synthesized = await synthesize(started);
  await deploy(started, synthesized);
  loop = createLoop(started);
  load(started, 60);
  await until('a running pod of each unit', 180, async () => {
    const pods = await Promise.all(UNITS.map((unit) => podsOf(started, { fleet: 'chat', unit })));
    return pods.every((list) => list.some(isRunning));
  });
  await settle();
});

/** Minutes of traffic, in place of what was told before. */
const load = ({ aws }: Pick<TestCluster, 'aws'>, requestsPerMinute: number): void => {
  aws.metrics.clear();
  for (const unit of UNITS) putTraffic({ aws }, synthesized.router, unit, { requestsPerMinute, latencySeconds: 0.5, healthyHosts: 1 });
};

/** Ticks until a tick finds nothing to write. */
const settle = (): Promise<TickRecord> =>
  until('nothing left to write', 120, async () => {
    const record = await loop.tick();
    return record.writes.length === 0 && record.fleets.every(({ outcome }) => outcome === 'Acted') && record;
  });

interface Owned {
  readonly pools: Readonly<Record<string, unknown>>;
  readonly scalers: Readonly<Record<string, unknown>>;
  readonly weights: Readonly<Record<string, number>>;
  readonly memory: unknown;
}

/** Everything in the cluster and in AWS that is the loop's. */
const owned = async (): Promise<Owned> => {
  const { api } = bed();
  const pools = await Promise.all(CONSTRUCT_POOLS.map((name) => api.get(resources.nodePools, name)));
  const scalers = await Promise.all(UNITS.map((unit) => api.get(resources.scaledObjects, `chat-${unit}`, 'default')));
  const { status } = await api.get(resources.inferenceFleets, 'chat', 'default');
  return {
    pools: Object.fromEntries(pools.map(({ metadata, spec }) => [metadata.name, { weight: spec.weight, limits: spec.limits }])),
    scalers: Object.fromEntries(
      scalers.map(({ metadata, spec }) => [
        metadata.name,
        { floor: spec.minReplicaCount, target: spec.triggers[0].metadata.targetMetricValue },
      ]),
    ),
    weights: await synthesized.router.weights(),
    memory: status.memory,
  };
};

/** As CDK's kubectl provider does at an update of a resource. */
const apply = (object: KubernetesObject) => bed().kubectl(['apply', '--filename', '-'], object);

/** Kinds whose text a deployment may change; that of a ScaledObject never does. */
const APPLIED = [
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'Deployment',
  'EC2NodeClass',
  'InferenceFleet',
  'NodePool',
  'PodDisruptionBudget',
  'Role',
  'RoleBinding',
  'Service',
  'ServiceAccount',
  'TargetGroupBinding',
  'TriggerAuthentication',
];

/** The same object with a field changed that is no business of the loop. */
const changed = (object: KubernetesObject): KubernetesObject => {
  const copy = structuredClone(object) as KubernetesObject & { spec: Record<string, never> };
  const labelled = { ...copy, metadata: { ...copy.metadata, labels: { ...copy.metadata.labels, team: 'chat' } } };
  switch (object.kind) {
    case 'NodePool':
      return { ...labelled, spec: { ...object.spec, disruption: { ...object.spec.disruption, consolidateAfter: '11m' } } };
    case 'EC2NodeClass':
      return { ...labelled, spec: { ...object.spec, tags: { ...object.spec.tags, team: 'chat' } } };
    case 'Deployment':
      return { ...labelled, spec: { ...object.spec, progressDeadlineSeconds: 1900 } };
    default:
      return labelled;
  }
};

describe('what the loop owns', () => {
  it('stays when all manifests are applied again', async () => {
    const before = await owned();
    for (const object of ofKind(synthesized, ...APPLIED)) await apply(object);
    expect(await owned()).toEqual(before);
    await expectNobodyElse();
  });

  it('stays when they are applied with other fields changed, and the changes arrive', async () => {
    const before = await owned();
    for (const object of ofKind(synthesized, ...APPLIED)) await apply(changed(object));
    // Settings of scalers are patches that name their own fields.
    for (const { resource, namespace, operations } of synthesized.patches) {
      const others = (operations as { path: string; value: unknown }[]).map((one) =>
        one.path === '/spec/maxReplicaCount' ? { ...one, value: 90 } : one,
      );
      await bed().kubectl(['patch', resource, '--namespace', namespace, '--type=json', '--patch', JSON.stringify(others)]);
    }
    expect(await owned()).toEqual(before);
    expect((await bed().api.get(resources.nodePools, 'a10g-spot')).spec.disruption.consolidateAfter).toBe('11m');
    expect((await bed().api.get(resources.scaledObjects, 'chat-g5', 'default')).spec.maxReplicaCount).toBe(90);
    expect((await bed().api.get(resources.inferenceFleets, 'chat', 'default')).metadata.labels).toMatchObject({ team: 'chat' });
    await expectNobodyElse();
  });

  it('stays its own by name: another manager that applies the same field is refused, or must force it', async () => {
    const proposal = { apiVersion: 'karpenter.sh/v1', kind: 'NodePool', metadata: { name: 'a10g-spot' }, spec: { weight: 7 } };
    const { code, stderr } = await bed().kubectl.attempt(
      ['apply', '--server-side', '--field-manager=someone', '--dry-run=server', '--filename', '-'],
      proposal,
    );
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/conflict with "adaptive-inference[^"]*".*: \.spec\.weight/s);
  });
});

const contested = ({ decision }: TickRecord): readonly string[] =>
  decision.fleets.flatMap(({ findings }) => findings.filter(({ code }) => code === 'Contested').map(({ subject }) => subject)).sort();

/** Nothing looks to the loop as another's doing, and what it still has to write is accepted. */
const expectNobodyElse = async (): Promise<void> => {
  load(bed(), 60);
  const record = await loop.tick();
  expect(contested(record)).toEqual([]);
  expect(record.writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
};

describe('a field that someone takes over', () => {
  /** Ticks under changing load, so that the loop has reason to write whatever it may. */
  const ticks = async (): Promise<readonly TickRecord[]> => {
    const records: TickRecord[] = [];
    for (const requestsPerMinute of [60, 600, 60]) {
      load(bed(), requestsPerMinute);
      records.push(await loop.tick());
    }
    return records;
  };

  it('is reported and left to them, in the cluster and in AWS, while the loop goes on with the others', async () => {
    await settle();
    await bed().kubectl(['patch', 'nodepool', 'a10g-spot', '--type=merge', '--patch', '{"spec":{"weight":7}}']);
    const limit = {
      apiVersion: 'karpenter.sh/v1',
      kind: 'NodePool',
      metadata: { name: 'a10g-on-demand' },
      spec: { limits: { 'nvidia.com/gpu': '9' } },
    };
    await bed().kubectl(['apply', '--server-side', '--force-conflicts', '--field-manager=someone', '--filename', '-'], limit);
    await bed().kubectl(['patch', 'scaledobject', 'chat-g5', '--type=merge', '--patch', '{"spec":{"minReplicaCount":5}}']);
    const records = await ticks();
    for (const record of records) expect(contested(record)).toEqual(['a10g-on-demand limit', 'a10g-spot weight', 'g5 floor']);
    const { pools, scalers } = await owned();
    expect(pools).toMatchObject({ 'a10g-spot': { weight: 7 }, 'a10g-on-demand': { limits: { 'nvidia.com/gpu': '9' } } });
    expect(scalers).toMatchObject({ 'chat-g5': { floor: 5 } });
    // The other unit's floor followed the load.
    const floors = records.flatMap(({ writes }) => writes.filter(({ object }) => object === 'ScaledObject default/chat-inf2'));
    expect(floors.map(({ outcome }) => outcome)).toEqual(floors.map(() => 'Done'));
    expect(floors.some(({ fields }) => 'floor' in fields)).toBe(true);
    expect(records.flatMap(({ writes }) => writes.map(({ outcome }) => outcome))).not.toContain('Conflict');

    // Whoever reads the fleet is told.
    const { status } = await bed().api.get(resources.inferenceFleets, 'chat', 'default');
    expect(JSON.stringify(status)).toMatch(/another writer set it to 7 after the loop wrote \d+; it is left alone/);

    // Given back, it is the loop's again.
    const weight = status.memory.written['weight/a10g-spot'].value as number;
    await bed().kubectl(['patch', 'nodepool', 'a10g-spot', '--type=merge', '--patch', JSON.stringify({ spec: { weight } })]);
    expect(contested(await loop.tick())).not.toContain('a10g-spot weight');
  });

  it('may be the weights of the load balancer', async () => {
    const { moto } = bed().aws;
    const { listenerRuleArn, targetGroupArns } = synthesized.router;
    const parameters: Record<string, string> = { RuleArn: listenerRuleArn, 'Actions.member.1.Type': 'forward' };
    UNITS.forEach((unit, index) => {
      const prefix = `Actions.member.1.ForwardConfig.TargetGroups.member.${index + 1}`;
      parameters[`${prefix}.TargetGroupArn`] = targetGroupArns[unit] ?? '';
      parameters[`${prefix}.Weight`] = unit === 'g5' ? '11' : '22';
    });
    await moto('elasticloadbalancing', 'ModifyRule', parameters);
    // One rule carries them all, so one remark stands for all.
    for (const record of await ticks()) expect(contested(record)).toContain('g5 share');
    expect(await synthesized.router.weights()).toEqual({ inf2: 22, g5: 11 });
  });
});
