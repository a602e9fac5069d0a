import { podDefaults } from '../../../lambda/control-loop/contract/defaults';
import { labels, resources } from '../../../lambda/control-loop/contract/names';
import type { ApiResource, KubernetesObject } from '../../../lambda/control-loop/ports';
import type { TestCluster } from '../cluster/test-bed';

export interface UnitInput {
  readonly fleet: string;
  readonly unit: string;
  readonly replicas: number;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Default: `nvidia.com/gpu`. */
  readonly deviceResource?: string;
  /** Default: `A10G`. */
  readonly accelerator?: string;
}

/** Name of a unit's Deployment, ScaledObject and so on. */
export const unitName = ({ fleet, unit }: Pick<UnitInput, 'fleet' | 'unit'>): string => `${fleet}-${unit}`;

/** A unit's Deployment, with the labels by which the loop finds its pods. */
export const addUnit = (bed: TestCluster, input: UnitInput): Promise<KubernetesObject> => {
  const { deviceResource = 'nvidia.com/gpu', accelerator = 'A10G', namespace = 'default' } = input;
  const unitLabels = { [labels.fleet]: input.fleet, [labels.unit]: input.unit };
  return bed.api.create(resources.deployments, {
    metadata: { name: unitName(input), namespace, labels: unitLabels },
    spec: {
      replicas: input.replicas,
      selector: { matchLabels: unitLabels },
      template: {
        metadata: { labels: unitLabels },
        spec: {
          nodeSelector: { [labels.accelerator]: accelerator },
          tolerations: [{ key: deviceResource, operator: 'Exists', effect: 'NoSchedule' }],
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'server',
              image: 'registry.k8s.io/pause:3.10',
              resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { [deviceResource]: '1' } },
            },
          ],
        },
      },
    },
  });
};

const budgets: ApiResource = { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets', kind: 'PodDisruptionBudget' };

/** Lets a drain take away as many pods of a unit at a time as the constructs do. */
export const addDisruptionBudget = (bed: TestCluster, input: Pick<UnitInput, 'fleet' | 'unit'>): Promise<KubernetesObject> =>
  bed.api.create(budgets, {
    metadata: { name: unitName(input), namespace: 'default' },
    spec: {
      maxUnavailable: podDefaults.maximumUnavailable,
      selector: { matchLabels: { [labels.fleet]: input.fleet, [labels.unit]: input.unit } },
    },
  });

/** Pods of a unit. */
export const podsOf = (
  bed: TestCluster,
  input: Pick<UnitInput, 'fleet' | 'unit'>,
  namespace = 'default',
): Promise<readonly KubernetesObject[]> =>
  bed.api.all(resources.pods, {
    namespace,
    labelSelector: `${labels.fleet}=${input.fleet},${labels.unit}=${input.unit}`,
  });

export const isRunning = (pod: KubernetesObject): boolean =>
  pod.status?.phase === 'Running' &&
  (pod.status.conditions ?? []).some(
    (condition: { type: string; status: string }) => condition.type === 'Ready' && condition.status === 'True',
  );
