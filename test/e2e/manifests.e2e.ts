import { beforeAll, describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import { served } from './cluster/definitions';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { isTrue } from './support/pools';
import { ofKind as objectsOfKind, type Synthesized, synthesize } from './support/synthesized';

let synthesized: Synthesized;
/** What the API server said to objects that it refused. */
const refused: string[] = [];

const bed = useCluster({ keda: true }, async (started) => {
  synthesized = await synthesize(started);
  for (const object of [
    ...ofKind('CustomResourceDefinition'),
    ...synthesized.objects.filter(({ kind }) => kind !== 'CustomResourceDefinition'),
  ]) {
    const { code, stderr } = await started.kubectl.attempt(['create', '--validate=strict', '--filename', '-'], object);
    if (code !== 0) refused.push(`${object.kind} ${object.metadata.name}: ${stderr}`);
    if (object.kind === 'CustomResourceDefinition') await served(started.kubectl, 'crd', object.metadata.name);
  }
});

const ofKind = (kind: string): readonly KubernetesObject[] => objectsOfKind(synthesized, kind);

describe('what the constructs render', () => {
  it('is every kind of object that a fleet needs', () => {
    const kinds = new Set([...synthesized.objects.map(({ kind }) => kind), ...synthesized.leftOut]);
    for (const kind of [
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
      'ScaledObject',
      'Service',
      'ServiceAccount',
      'TargetGroupBinding',
      'TriggerAuthentication',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]) {
      expect(kinds).toContain(kind);
    }
  });

  it('is accepted by the API server, every field of it known', () => {
    expect(refused).toEqual([]);
  });

  it('has pods that fit the strictest of the Pod Security Standards', async () => {
    const namespace = 'restricted';
    await bed().kubectl(['create', '--filename', '-'], {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    await until(
      'the service account of the namespace',
      30,
      async () => (await bed().kubectl.attempt(['get', 'serviceaccount', 'default', '--namespace', namespace])).code === 0,
    );
    for (const { metadata, spec } of ofKind('Deployment')) {
      const { serviceAccountName: _, ...pod } = spec.template.spec;
      const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: metadata.name, namespace }, spec: pod };
      expect(await bed().kubectl.attempt(['create', '--dry-run=server', '--filename', '-'], object)).toMatchObject({ code: 0 });
    }
  });

  it('has patches of scalers that apply, and what the loop owns is not in them', async () => {
    expect(synthesized.patches).toHaveLength(2);
    for (const { resource, namespace, operations } of synthesized.patches) {
      await bed().kubectl(['patch', resource, '--namespace', namespace, '--type=json', '--patch', JSON.stringify(operations)]);
      expect(JSON.stringify(operations)).not.toMatch(/minReplicaCount|targetMetricValue/);
    }
    for (const scaler of ofKind('ScaledObject')) {
      const { name, namespace } = scaler.metadata;
      const { spec } = await bed().api.get(resources.scaledObjects, name, namespace);
      expect(spec.maxReplicaCount).toBeGreaterThan(0);
      expect(spec.triggers[0].metadata.targetMetricValue).toBe('60');
    }
  });

  it('gives pools that Karpenter finds ready', async () => {
    const pools = ofKind('NodePool');
    expect(pools).toHaveLength(4);
    for (const pool of pools) {
      await until(`NodePool ${pool.metadata.name} to be ready`, 60, async () =>
        isTrue(await bed().api.get(resources.nodePools, pool.metadata.name), 'Ready'),
      );
    }
  });

  it('applied again leaves everything as it is', async () => {
    // Not so a ScaledObject, whose list of triggers an apply replaces whole: its text never changes, so that nothing applies it again.
    for (const kind of ['NodePool', 'EC2NodeClass', 'InferenceFleet', 'Deployment', 'Service', 'TargetGroupBinding']) {
      for (const object of ofKind(kind)) {
        const before = await bed().kubectl(['get', kind, object.metadata.name, '-o', 'jsonpath={.spec}']);
        await bed().kubectl(['apply', '--validate=strict', '--filename', '-'], object);
        expect(await bed().kubectl(['get', kind, object.metadata.name, '-o', 'jsonpath={.spec}'])).toBe(before);
      }
    }
  });
});

describe('an InferenceFleet', () => {
  let fleet: KubernetesObject;

  beforeAll(() => {
    [fleet] = ofKind('InferenceFleet') as [KubernetesObject];
  });

  const attempt = (change: (spec: Record<string, never>) => unknown) => {
    const spec = JSON.parse(JSON.stringify(fleet.spec));
    change(spec);
    const changed = { ...fleet, metadata: { name: 'wrong', namespace: 'default' }, spec };
    return bed().kubectl.attempt(['create', '--dry-run=server', '--validate=strict', '--filename', '-'], changed);
  };

  it.each([
    ['a field that there is not', { replicas: 3 }, /unknown field "spec\.replicas"/],
    ['an objective without latency', { objective: { percentile: 95 } }, /spec\.objective\.latencySeconds: Required value/],
    ['a percentile above 100', { objective: { latencySeconds: 1, percentile: 120 } }, /spec\.objective\.percentile/],
    ['an enforcement that does not exist', { enforcement: 'Dream' }, /spec\.enforcement: Unsupported value: "Dream"/],
    ['no units', { units: [] }, /spec\.units/],
    ['a resilience of two', { resilience: 2 }, /spec\.resilience/],
  ])('with %s is refused by its definition', async (_, wrong, message) => {
    const { code, stderr } = await attempt((spec) => Object.assign(spec, wrong));
    expect(stderr).toMatch(message);
    expect(code).not.toBe(0);
  });

  it('as rendered is accepted, so that each refusal has but its own reason', async () => {
    expect(await attempt(() => undefined)).toMatchObject({ code: 0 });
  });
});
