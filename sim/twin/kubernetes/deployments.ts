import { podDefaults } from '../../../lambda/control-loop/contract/defaults';
import { podAnnotations, resources } from '../../../lambda/control-loop/contract/names';
import { deploymentObject } from './objects';
import type { PodLifecycle } from './pod-lifecycle';
import { livePods, type TwinPod, type World } from './world';

const phaseRank: Readonly<Record<TwinPod['phase'], number>> = { pending: 0, starting: 1, ready: 2, terminating: 3 };

/**
 * Which pod a ReplicaSet deletes first: not bound before bound, not ready before ready, one with the lower deletion cost, one that shares its node with more of its
 * kind, one that is ready for less time, the youngest (kubernetes/kubernetes `pkg/controller/controller_utils.go`,
 * `ActivePodsWithRanks`; its logarithmic buckets of age are left out).
 */
const deletionOrder = (pods: readonly TwinPod[], { api }: World): TwinPod[] => {
  const costOf = ({ name, fleet }: TwinPod): number =>
    Number(api.read(resources.pods, name, fleet.namespace)?.metadata.annotations?.[podAnnotations.deletionCost] ?? 0);
  const costs = new Map(pods.map((pod) => [pod, costOf(pod)]));
  const neighbours = (pod: TwinPod): number =>
    pod.node ? pods.filter((other) => other.node === pod.node && other.unitIndex === pod.unitIndex).length : 0;
  const crowds = new Map(pods.map((pod) => [pod, neighbours(pod)]));
  return [...pods].sort(
    (left, right) =>
      phaseRank[left.phase] - phaseRank[right.phase] ||
      costs.get(left)! - costs.get(right)! ||
      crowds.get(right)! - crowds.get(left)! ||
      (right.readySeconds ?? 0) - (left.readySeconds ?? 0) ||
      right.createdSeconds - left.createdSeconds ||
      right.id - left.id,
  );
};

/** Deployments: as many pods as `spec.replicas` says. */
export class Deployments {
  private readonly replicas: number[];
  /** Since when the API server has refused pods of a unit. */
  private readonly refusedSeconds = new Map<number, number>();
  /** Indices of the units that have one. */
  private readonly existing = new Set<number>();
  /** Of the pod template of each unit. */
  private readonly revisions: number[];
  private readonly reconciling = new Set<number>();

  constructor(
    private readonly world: World,
    private readonly lifecycle: PodLifecycle,
  ) {
    this.replicas = world.units.map(() => 0);
    this.revisions = world.units.map(() => 0);
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

  create(unitIndex: number, replicas: number): void {
    this.existing.add(unitIndex);
    this.scale(unitIndex, replicas);
  }

  /** Gives a Deployment another pod template, and so starts a rolling update. */
  update(unitIndex: number): void {
    this.revisions[unitIndex]! += 1;
    this.changed(unitIndex);
  }

  /** Deletes a Deployment, and all its pods with it. */
  delete(unitIndex: number): void {
    this.existing.delete(unitIndex);
    this.scale(unitIndex, 0);
    const { fleet, unit } = this.world.units[unitIndex]!;
    this.world.api.remove(resources.deployments, unit.deployment, fleet.namespace);
  }

  scale(unitIndex: number, replicas: number): void {
    this.replicas[unitIndex] = replicas;
    this.changed(unitIndex);
  }

  /** To be called when the API server may refuse pods, or create them again. */
  retry(): void {
    for (const unitIndex of this.existing) this.changed(unitIndex);
  }

  private changed(unitIndex: number): void {
    if (this.reconciling.has(unitIndex)) return;
    this.reconciling.add(unitIndex);
    this.reconcile(unitIndex);
    this.reconciling.delete(unitIndex);
    if (!this.existing.has(unitIndex)) return;
    const { api } = this.world;
    const refusedSeconds = this.refusedSeconds.get(unitIndex);
    api.put(
      resources.deployments,
      deploymentObject(unitIndex, this.desired(unitIndex), this.world, this.revisions[unitIndex]!, refusedSeconds),
    );
  }

  /**
   * As many pods as there are to be, of the present template.
   *
   * While there are pods of another, new ones come up to the surge beyond the replicas, and old ones go as far as that leaves the replicas
   * available, those first that are not (kubernetes/kubernetes `pkg/controller/deployment/rolling.go`; `maxUnavailable` is 0).
   */
  private reconcile(unitIndex: number): void {
    const revision = this.revisions[unitIndex]!;
    const desired = this.desired(unitIndex);
    const live = livePods(this.world, unitIndex);
    const old = live.filter((pod) => pod.revision !== revision);
    const { maximumSurgePercent } = this.world.scenario.twin.pod;
    const surge = old.length === 0 ? 0 : Math.ceil((desired * maximumSurgePercent) / 100);
    const missing = Math.min(desired - (live.length - old.length), desired + surge - live.length);
    const isRefused = this.world.reality.scaling.isRefusedPods(this.world.units[unitIndex]!.unit.name, this.world.kernel.now);
    for (let count = 0; count < missing && !isRefused; count += 1) this.lifecycle.create(unitIndex, revision);
    if (!isRefused || missing <= 0) this.refusedSeconds.delete(unitIndex);
    else if (!this.refusedSeconds.has(unitIndex)) this.refusedSeconds.set(unitIndex, this.world.kernel.now);
    const going = old.length === 0 ? live.length - desired : this.replaceable(live, old, unitIndex);
    if (going <= 0) return;
    for (const pod of deletionOrder(old.length === 0 ? live : old, this.world).slice(0, going)) this.lifecycle.terminate(pod);
  }

  /** How many pods of old templates may go. */
  private replaceable(live: readonly TwinPod[], old: readonly TwinPod[], unitIndex: number): number {
    const { kernel } = this.world;
    const desired = this.desired(unitIndex);
    const isAvailable = ({ phase, readySeconds }: TwinPod): boolean =>
      phase === 'ready' && kernel.now - readySeconds! >= podDefaults.minReadySeconds;
    for (const { phase, readySeconds, revision } of live) {
      const availableSeconds = phase === 'ready' ? readySeconds! + podDefaults.minReadySeconds : 0;
      if (revision === this.revisions[unitIndex] && availableSeconds > kernel.now) {
        kernel.at(availableSeconds, () => this.changed(unitIndex));
      }
    }
    const available = live.filter(isAvailable).length;
    const oldUnavailable = old.filter((pod) => !isAvailable(pod)).length;
    const newUnavailable = live.length - old.length - (available - (old.length - oldUnavailable));
    return Math.min(live.length - desired - newUnavailable, oldUnavailable + Math.max(0, available - desired));
  }
}
