import { labels, nodeLabels, resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject, KubernetesPort } from '../../../lambda/control-loop/ports';
import type { Scenario } from '../../../sim/inputs/scenario';

/** One look at a cluster. */
export interface Sample {
  /** Seconds since the start of the scenario. */
  readonly atSeconds: number;
  /** Counts by curve: `nodes <pool>`, `ready <unit>`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Time between two looks, in seconds. */
export const SAMPLE_SECONDS = 5;

export const curvesOf = ({ fleet }: Scenario): readonly string[] => [
  ...fleet.pools.map(({ name }) => `nodes ${name}`),
  ...fleet.units.map(({ name }) => `ready ${name}`),
];

/** Whether a condition of an object holds. */
const holds = (object: KubernetesObject, type: string): boolean =>
  (object.status?.conditions ?? []).some(
    (condition: { type?: string; status?: string }) => condition.type === type && condition.status === 'True',
  );

const isStaying = ({ metadata }: KubernetesObject): boolean => metadata.deletionTimestamp === undefined;

/** Ready pods that stay, of one fleet. */
export const readyPods = async (kubernetes: KubernetesPort, fleet: string): Promise<readonly KubernetesObject[]> => {
  const { items } = await kubernetes.list(resources.pods, {
    namespace: 'default',
    labelSelector: `${labels.fleet}=${fleet}`,
  });
  return items.filter((pod) => isStaying(pod) && holds(pod, 'Ready'));
};

/** Counts initialized nodes that stay by pool, and ready pods that stay by unit: the same way in a cluster and in the twin. */
export const sample = async (kubernetes: KubernetesPort, { fleet, name }: Scenario, atSeconds: number): Promise<Sample> => {
  const [claims, pods] = await Promise.all([kubernetes.list(resources.nodeClaims, {}), readyPods(kubernetes, name)]);
  const counts: Record<string, number> = {};
  for (const pool of fleet.pools) {
    counts[`nodes ${pool.name}`] = claims.items.filter(
      (claim) => claim.metadata.labels?.[nodeLabels.nodePool] === pool.name && isStaying(claim) && holds(claim, 'Initialized'),
    ).length;
  }
  for (const unit of fleet.units) {
    counts[`ready ${unit.name}`] = pods.filter((pod) => pod.metadata.labels?.[labels.unit] === unit.name).length;
  }
  return { atSeconds, counts };
};
