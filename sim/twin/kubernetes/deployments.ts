import { resources } from '../../../lambda/control-loop/contract/names';
import { deploymentObject } from './objects';
import type { PodLifecycle } from './pod-lifecycle';
import { livePods, type TwinPod, type World } from './world';

const phaseRank: Readonly<Record<TwinPod['phase'], number>> = { pending: 0, starting: 1, ready: 2, terminating: 3 };

/**
 * Which pod a ReplicaSet deletes first: not bound before bound, not ready before ready, one that shares its node with more of its
 * kind, one that is ready for less time, the youngest (kubernetes/kubernetes `pkg/controller/controller_utils.go`,
 * `ActivePodsWithRanks`; its logarithmic buckets of age are left out).
 */
const deletionOrder = (pods: readonly TwinPod[]): TwinPod[] => {
  const neighbours = (pod: TwinPod): number =>
    pod.node ? pods.filter((other) => other.node === pod.node && other.unitIndex === pod.unitIndex).length : 0;
  const crowds = new Map(pods.map((pod) => [pod, neighbours(pod)]));
  return [...pods].sort(
    (left, right) =>
      phaseRank[left.phase] - phaseRank[right.phase] ||
      crowds.get(right)! - crowds.get(left)! ||
      (right.readySeconds ?? 0) - (left.readySeconds ?? 0) ||
      right.createdSeconds - left.createdSeconds ||
      right.id - left.id,
  );
};

/** Deployments: as many pods as `spec.replicas` says. */
export class Deployments {
  private readonly replicas: number[];
  private readonly reconciling = new Set<number>();

  constructor(
    private readonly world: World,
    private readonly lifecycle: PodLifecycle,
  ) {
    this.replicas = world.units.map(() => 0);
    lifecycle.events.on('changed', (unitIndex) => this.changed(unitIndex));
  }

  /** `spec.replicas` of a unit's Deployment. */
  desired(unitIndex: number): number {
    return this.replicas[unitIndex]!;
  }

  /** `status.replicas`: pods that are not terminating. */
  running(unitIndex: number): number {
    return livePods(this.world, unitIndex).length;
  }

  scale(unitIndex: number, replicas: number): void {
    this.replicas[unitIndex] = replicas;
    this.changed(unitIndex);
  }

  private changed(unitIndex: number): void {
    if (this.reconciling.has(unitIndex)) return;
    this.reconciling.add(unitIndex);
    this.reconcile(unitIndex);
    this.reconciling.delete(unitIndex);
    this.world.api.put(resources.deployments, deploymentObject(unitIndex, this.desired(unitIndex), this.world));
  }

  private reconcile(unitIndex: number): void {
    const live = livePods(this.world, unitIndex);
    const missing = this.desired(unitIndex) - live.length;
    for (let count = 0; count < missing; count += 1) this.lifecycle.create(unitIndex);
    if (missing < 0) {
      for (const pod of deletionOrder(live).slice(0, -missing)) this.lifecycle.terminate(pod);
    }
  }
}
