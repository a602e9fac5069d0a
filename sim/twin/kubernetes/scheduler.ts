import type { PodLifecycle } from './pod-lifecycle';
import { freeDevices, type TwinNode, type TwinPod, type World } from './world';

/** Whether a unit's pods may run on a node of the pool (node selectors and tolerations of the constructs). */
export const mayHost = (pod: TwinPod, poolName: string): boolean => pod.unit.pools.includes(poolName);

/** Whether memory and CPU of an instance type hold a pod of the unit. */
export const fitsOn = ({ instanceTypes }: Pick<TwinPod['unit'], 'instanceTypes'>, instanceType: string): boolean =>
  instanceTypes?.includes(instanceType) ?? true;

/** Whether a pod may run on a node, devices apart. */
export const mayHostOn = (pod: TwinPod, { pool, instance }: Pick<TwinNode, 'pool' | 'instance'>): boolean =>
  mayHost(pod, pool.name) && (instance === undefined || fitsOn(pod.unit, instance.type.name));

/**
 * Binds pending pods, oldest first, to ready nodes with free devices: the fullest node that still fits (the `MostAllocated` strategy of
 * kube-scheduler's NodeResourcesFit), at equal fill the oldest. With one device a node, as accelerator nodes mostly have, every
 * strategy is the same.
 */
export const bindPendingPods = (world: World, lifecycle: PodLifecycle): void => {
  for (const pod of world.pods.values()) {
    if (pod.phase !== 'pending') continue;
    const node = nodeFor(pod, world);
    if (node) lifecycle.bind(pod, node);
  }
};

const nodeFor = (pod: TwinPod, world: World): TwinNode | undefined => {
  let best: TwinNode | undefined;
  let bestFree = Number.POSITIVE_INFINITY;
  for (const node of world.nodes.values()) {
    if (node.phase !== 'initialized' || !mayHostOn(pod, node)) continue;
    const free = freeDevices(node);
    if (free >= pod.unit.devicesPerPod && free < bestFree) {
      best = node;
      bestFree = free;
    }
  }
  return best;
};
