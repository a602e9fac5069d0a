import { describe, expect, it } from 'vitest';
import { helmCharts, kubernetesObjects, prerequisitesOf } from '../../lib/assertions';
import { built, idOf, idsOf } from './support/fixture';
import { newFleet } from './support/fleet';

const KUBERNETES = 'Custom::AWSCDK-EKS-KubernetesResource';
const PATCH = 'Custom::AWSCDK-EKS-KubernetesPatch';

const { template } = built((stack) => newFleet(stack));
const outlivedBy = new Map<string, ReadonlySet<string>>();

/** Everything that a resource is destroyed before. */
const outlives = (id: string): ReadonlySet<string> => {
  const known = outlivedBy.get(id);
  if (known) return known;
  const found = new Set(prerequisitesOf(template, id));
  outlivedBy.set(id, found);
  return found;
};

const objects = (kind: string): string[] => {
  const ids = kubernetesObjects(template, kind).map(({ logicalId }) => logicalId);
  if (ids.length === 0) throw new Error(`the template has no ${kind}`);
  return ids;
};

const charts = (...names: string[]): string[] => {
  const ids = helmCharts(template)
    .filter(({ body }) => names.includes(String(body.Chart)))
    .map(({ logicalId }) => logicalId);
  if (ids.length !== names.length) throw new Error(`the template has no chart among ${names.join(', ')}`);
  return ids;
};

/** Who goes when, first to last; within one stage the order is free. */
const STAGES: readonly (readonly [stage: string, ids: () => readonly string[]])[] = [
  ['what starts the loop', () => [...idsOf(template, 'AWS::Scheduler::Schedule'), ...idsOf(template, 'AWS::Events::Rule', /ControlLoop/)]],
  ['the fleet', () => objects('InferenceFleet')],
  ['the ScaledObjects', () => objects('ScaledObject')],
  ['the Deployments', () => objects('Deployment')],
  ['the NodePools', () => objects('NodePool')],
  ['the drain of their nodes', () => idsOf(template, 'Custom::AdaptiveInferenceNodeDrain')],
  ['the EC2NodeClasses', () => objects('EC2NodeClass')],
  ['Karpenter', () => charts('karpenter')],
  ['the CRDs of Karpenter', () => charts('karpenter-crd')],
];

describe('an app that is destroyed', () => {
  it.each(STAGES.slice(0, -1).map(([stage, ids], index) => [stage, STAGES[index + 1]?.[0] ?? '', ids, STAGES[index + 1]?.[1]] as const))(
    'removes %s before %s',
    (_, __, ids, later) => {
      const [first, second] = [ids(), later?.() ?? []];
      expect(first.length).toBeGreaterThan(0);
      expect(second.length).toBeGreaterThan(0);
      for (const id of second)
        expect(
          first.some((one) => outlives(one).has(id)),
          `something is removed before ${id}`,
        ).toBe(true);
      for (const id of first)
        expect(
          second.some((one) => outlives(id).has(one)),
          `${id} is removed before something`,
        ).toBe(true);
    },
  );

  it('removes each unit before the pools it runs on, and their nodes', () => {
    for (const deployment of objects('Deployment')) {
      const accelerator = /g5/.test(deployment) ? /A10G/ : /INFERENTIA2/;
      const pools = objects('NodePool').filter((id) => accelerator.test(id));
      expect(pools).toHaveLength(2);
      for (const pool of pools) expect(outlives(deployment)).toContain(pool);
    }
  });

  it('removes what has a finalizer while its controller still runs', () => {
    const [loadBalancerController] = charts('aws-load-balancer-controller');
    const [keda] = charts('keda');
    for (const id of objects('TargetGroupBinding')) expect(outlives(id)).toContain(loadBalancerController);
    for (const id of [...objects('ScaledObject'), ...idsOf(template, PATCH)]) expect(outlives(id)).toContain(keda);
    for (const id of [...objects('NodePool'), ...objects('EC2NodeClass')]) expect(outlives(id)).toContain(charts('karpenter')[0]);
  });

  it('removes the bindings before the target groups they fill', () => {
    for (const id of objects('TargetGroupBinding')) {
      expect([...outlives(id)].filter((one) => idsOf(template, 'AWS::ElasticLoadBalancingV2::TargetGroup').includes(one))).toHaveLength(1);
    }
  });

  it.each([
    ['its policies', 'AWS::IAM::ManagedPolicy', 6],
    ['its queue', 'AWS::SQS::Queue', 1],
    ['the system nodes', 'AWS::EKS::Nodegroup', 1],
    ['the way out of the private subnets', 'AWS::EC2::NatGateway', 1],
    ['the access entries of kubectl and of its nodes', 'AWS::EKS::AccessEntry', 2],
  ])('removes Karpenter before %s', (_, type, least) => {
    const [karpenter = ''] = charts('karpenter');
    const removedLater = idsOf(template, type).filter((id) => outlives(karpenter).has(id));
    expect(removedLater.length).toBeGreaterThanOrEqual(least);
  });

  it('reaches the Kubernetes API to the end', () => {
    const admin = idOf(template, 'AWS::EKS::AccessEntry', /ClusterAdmin/);
    for (const id of [...idsOf(template, KUBERNETES), ...idsOf(template, PATCH), ...idsOf(template, 'Custom::AWSCDK-EKS-HelmChart')]) {
      expect(outlives(id), id).toContain(admin);
    }
  });

  it('leaves nothing behind: neither a resource that is retained, nor a log group that Lambda makes by itself', () => {
    const resources: { [id: string]: { Type: string; DeletionPolicy?: string } } = template.toJSON().Resources;
    const retained = Object.values(resources).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain');
    // The object that was patched goes; there is nothing to take back.
    expect(new Set(retained.map(({ Type }) => Type))).toEqual(new Set([PATCH]));
    const groups = template.findResources('AWS::Logs::LogGroup');
    for (const [id, { Properties }] of Object.entries(template.findResources('AWS::Lambda::Function'))) {
      const named = Object.values(groups).some((group) => JSON.stringify(group).includes(JSON.stringify({ Ref: id })));
      expect(named || Properties.LoggingConfig?.LogGroup?.Ref in groups, id).toBe(true);
    }
  });

  it('has no circle', () => {
    for (const id of Object.keys(template.toJSON().Resources)) expect(outlives(id)).not.toContain(id);
  });
});
