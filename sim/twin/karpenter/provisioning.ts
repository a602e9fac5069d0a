import type { Pool } from '../../../lambda/control-loop/model/fleet';
import type { InstanceType } from '../aws/ec2';
import { fitsOn, mayHost, mayHostOn } from '../kubernetes/scheduler';
import { freeDevices, type TwinNode, type TwinPod } from '../kubernetes/world';

/** A NodePool as Karpenter reads it. */
export interface NodePoolView {
  readonly pool: Pool;
  /** `spec.weight`; 0 where absent. */
  readonly weight: number;
  /** `spec.limits` of the device resource; infinite where absent. */
  readonly limitDevices: number;
  /** Instance types with an offering that is not held to be unavailable. */
  readonly instanceTypes: readonly InstanceType[];
}

/** A NodeClaim to be made, and what it is for. */
export interface PlannedNode {
  readonly pool: Pool;
  /** What it may become: every type that holds all its pods. */
  readonly instanceTypes: readonly InstanceType[];
  readonly pods: readonly TwinPod[];
}

/**
 * By weight, highest first; at equal weights the name later in the alphabet first
 * (sigs.k8s.io/karpenter `pkg/utils/nodepool`, `OrderByWeight`; Karpenter documentation, NodePools, `spec.weight`).
 */
export const orderByWeight = (pools: readonly NodePoolView[]): NodePoolView[] =>
  [...pools].sort((left, right) => right.weight - left.weight || (left.pool.name < right.pool.name ? 1 : -1));

interface OpenNode {
  readonly pool: Pool;
  instanceTypes: readonly InstanceType[];
  devices: number;
  readonly pods: TwinPod[];
}

const sumOfDevices = (nodes: readonly TwinNode[], poolName: string): number =>
  nodes.reduce((sum, node) => (node.pool.name === poolName ? sum + (node.instance?.type.devices ?? 0) : sum), 0);

/** Types with devices enough, on which the pod fits besides. */
const holding = (instanceTypes: readonly InstanceType[], devices: number, { unit }: TwinPod): readonly InstanceType[] =>
  instanceTypes.filter((type) => type.devices >= devices && fitsOn(unit, type.name));

/**
 * What Karpenter launches for the pending pods of one batch (sigs.k8s.io/karpenter `provisioning/scheduling/scheduler.go`).
 *
 * Each pod goes to a node that is there or on its way, else to one opened before in this batch that can still hold it, else to a new one of
 * the first pool in the order that may host it, has an offering left and stays within its limit. While the type of an opened node is
 * open, the largest is counted against the limit, so that the launch cannot exceed it.
 */
export const plan = (pods: readonly TwinPod[], nodePools: readonly NodePoolView[], nodes: readonly TwinNode[]): PlannedNode[] => {
  const active = nodes.filter((node) => node.phase !== 'draining');
  const free = new Map(active.map((node) => [node, freeDevices(node)]));
  const order = orderByWeight(nodePools);
  const left = new Map(order.map(({ pool, limitDevices }) => [pool.name, limitDevices - sumOfDevices(active, pool.name)]));
  const opened: OpenNode[] = [];

  const useExisting = (pod: TwinPod): boolean => {
    const need = pod.unit.devicesPerPod;
    const node = active.find((candidate) => mayHostOn(pod, candidate) && free.get(candidate)! >= need);
    if (node) free.set(node, free.get(node)! - need);
    return node !== undefined;
  };

  const useOpened = (pod: TwinPod): boolean => {
    const need = pod.unit.devicesPerPod;
    // The one with the fewest pods first.
    const candidates = [...opened].sort((a, b) => a.pods.length - b.pods.length);
    const node = candidates.find(
      (candidate) => mayHost(pod, candidate.pool.name) && holding(candidate.instanceTypes, candidate.devices + need, pod).length > 0,
    );
    if (node) {
      node.devices += need;
      node.instanceTypes = holding(node.instanceTypes, node.devices, pod);
      node.pods.push(pod);
    }
    return node !== undefined;
  };

  const openNode = (pod: TwinPod): void => {
    for (const { pool, instanceTypes } of order) {
      const room = left.get(pool.name)!;
      const types = mayHost(pod, pool.name)
        ? holding(instanceTypes, pod.unit.devicesPerPod, pod).filter((type) => type.devices <= room)
        : [];
      if (types.length > 0) {
        opened.push({ pool, instanceTypes: types, devices: pod.unit.devicesPerPod, pods: [pod] });
        left.set(pool.name, room - Math.max(...types.map((type) => type.devices)));
        return;
      }
    }
  };

  // Large pods first, then the oldest.
  const sorted = [...pods].sort((a, b) => b.unit.devicesPerPod - a.unit.devicesPerPod || a.id - b.id);
  for (const pod of sorted) {
    if (!useExisting(pod) && !useOpened(pod)) openNode(pod);
  }
  return opened;
};
