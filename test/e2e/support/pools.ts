import { poolDefaults } from '../../../lambda/control-loop/contract/defaults';
import { labels, nodeLabels, POOL_TAG, poolAnnotations, resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { nodeClassResource } from '../cluster/api-resources';
import type { TestCluster } from '../cluster/test-bed';
import { until } from '../cluster/wait';

export interface PoolInput {
  readonly name: string;
  readonly capacityType: 'spot' | 'on-demand';
  readonly instanceTypes: readonly string[];
  /** Default: `nvidia.com/gpu`. */
  readonly deviceResource?: string;
  /** Default: `A10G`. */
  readonly accelerator?: string;
  readonly weight?: number;
  readonly limitDevices?: number;
  readonly zones?: readonly string[];
  /** Time after which an empty node goes, and how many nodes may be disrupted at a time; default: as the constructs deploy it. */
  readonly consolidateAfterSeconds?: number;
  readonly budgets?: readonly object[];
  /** Namespaces whose fleets may use it; default: `default`. */
  readonly namespaces?: string;
}

const READY_SECONDS = 30;

/** Spec of an EC2NodeClass in the played AWS. */
export const nodeClassSpec = ({ aws: { account } }: TestCluster): KubernetesObject['spec'] => ({
  amiSelectorTerms: [{ alias: 'al2023@v20260714' }],
  instanceProfile: account.instanceProfileName,
  subnetSelectorTerms: account.subnetIds.map((id) => ({ id })),
  securityGroupSelectorTerms: [{ id: account.securityGroupId }],
});

/** A NodePool with an EC2NodeClass of its name, as `lib` shapes them, and ready. */
export const addPool = async (bed: TestCluster, pool: PoolInput): Promise<void> => {
  await bed.api.create(nodeClassResource, {
    metadata: { name: pool.name },
    spec: { ...(bed.nodeClass ?? nodeClassSpec(bed)), tags: { [POOL_TAG]: pool.name } },
  });
  await bed.api.create(resources.nodePools, nodePoolObject(pool));
  await until(`NodePool ${pool.name} to be ready`, READY_SECONDS, async () => {
    const object = await bed.api.get(resources.nodePools, pool.name);
    return isTrue(object, 'Ready');
  });
};

const nodePoolObject = (pool: PoolInput): KubernetesObject => {
  const { deviceResource = 'nvidia.com/gpu', accelerator = 'A10G' } = pool;
  const oneOf = (key: string, values: readonly string[]) => ({ key, operator: 'In', values });
  return {
    metadata: { name: pool.name, annotations: { [poolAnnotations.namespaces]: pool.namespaces ?? 'default' } },
    spec: {
      ...(pool.weight === undefined ? {} : { weight: pool.weight }),
      ...(pool.limitDevices === undefined ? {} : { limits: { [deviceResource]: String(pool.limitDevices) } }),
      template: {
        metadata: { labels: { [labels.accelerator]: accelerator } },
        spec: {
          nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: pool.name },
          taints: [{ key: deviceResource, value: 'true', effect: 'NoSchedule' }],
          requirements: [
            oneOf(nodeLabels.capacityType, [pool.capacityType]),
            oneOf(nodeLabels.instanceType, pool.instanceTypes),
            ...(pool.zones ? [oneOf(nodeLabels.zone, pool.zones)] : []),
          ],
          expireAfter: poolDefaults.expireAfter,
        },
      },
      disruption: {
        consolidationPolicy: poolDefaults.consolidationPolicy,
        consolidateAfter: `${pool.consolidateAfterSeconds ?? poolDefaults.consolidateAfterSeconds}s`,
        budgets: pool.budgets ?? poolDefaults.budgets,
      },
    },
  };
};

/** Whether a condition of an object holds. */
export const isTrue = (object: KubernetesObject, type: string): boolean =>
  (object.status?.conditions ?? []).some(
    (condition: { type?: string; status?: string }) => condition.type === type && condition.status === 'True',
  );

/** NodeClaims by pool. */
export const nodeClaimsOf = async (bed: TestCluster, pool: string): Promise<readonly KubernetesObject[]> =>
  bed.api.all(resources.nodeClaims, { labelSelector: `${nodeLabels.nodePool}=${pool}` });
