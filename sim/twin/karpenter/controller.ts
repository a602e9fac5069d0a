import { resources } from '../../../lambda/control-loop/contract/names';
import type { Instance, LaunchRefusal } from '../aws/ec2';
import type { SpotMarket } from '../aws/spot-market';
import type { TwinNode, TwinPod, World } from '../kubernetes/world';
import { KarpenterEvents } from './events';
import type { Nodes } from './nodes';
import { type NodePoolView, type PlannedNode, plan } from './provisioning';

const toNumber = (quantity: unknown, absent: number): number => (quantity === undefined || quantity === null ? absent : Number(quantity));

/**
 * Karpenter's provisioning: batches pending pods, plans NodeClaims by weight and limits, launches them, and leaves out for three minutes
 * what EC2 refused (Karpenter documentation, "Scheduling", "NodePools"; karpenter-provider-aws `pkg/cache/unavailableofferings.go`).
 */
export class Karpenter {
  private readonly events: KarpenterEvents;
  /** Until when an offering is left out, by `capacityType:instanceType:zone`. */
  private readonly unavailableUntil = new Map<string, number>();
  private readonly refusals = new Map<TwinNode, LaunchRefusal[]>();
  private batchStartSeconds: number | undefined;
  private lastTriggerSeconds = 0;

  constructor(
    private readonly world: World,
    private readonly nodes: Nodes,
    private readonly market: SpotMarket,
  ) {
    this.events = new KarpenterEvents(world);
    nodes.events.on('offeringRefused', (node, refusal) => this.remember(node, refusal));
  }

  /** A pod waits: it is asked for now and every ten seconds until it is bound or gone. */
  podPending(pod: TwinPod): void {
    const { kernel, settings } = this.world;
    if (pod.phase !== 'pending' || !this.world.pods.has(pod.id)) return;
    this.trigger();
    kernel.after(settings.podRetrySeconds, () => this.podPending(pod));
  }

  /** A node is drained: room for the pods still on it is asked for now and every ten seconds until it is gone (`provisioning/controller.go`). */
  nodeDraining(node: TwinNode): void {
    const { kernel, nodes, settings } = this.world;
    if (!nodes.has(node.name)) return;
    this.trigger();
    kernel.after(settings.podRetrySeconds, () => this.nodeDraining(node));
  }

  /** All offerings of a NodeClaim were refused. */
  refused(node: TwinNode, uid: string): void {
    this.events.insufficientCapacity(node.name, uid, this.refusals.get(node) ?? []);
    this.refusals.delete(node);
  }

  /** A spot notice counts as a shortage of its offering, though EC2 refused nothing (`pkg/controllers/interruption/controller.go`). */
  interrupted({ pool, type, zone }: Pick<Instance, 'pool' | 'type' | 'zone'>): void {
    if (pool.capacityType === 'spot') this.leaveOut('spot', type.name, zone);
  }

  /** What was refused before second 0 is not news. */
  forgetRefusals(): void {
    this.unavailableUntil.clear();
    this.refusals.clear();
  }

  /** The NodePools as they stand in the API server, each with the types it may still launch. */
  nodePools(): NodePoolView[] {
    return this.world.pools.flatMap((pool) => {
      const object = this.world.api.read(resources.nodePools, pool.name);
      if (!object) return [];
      const instanceTypes = pool.instanceTypes.filter((type) =>
        this.market.zones(pool, type.name).some((zone) => this.isOffered(pool.capacityType, type.name, zone)),
      );
      return [
        {
          pool,
          weight: toNumber(object.spec.weight, 0),
          limitDevices: toNumber(object.spec.limits?.[pool.deviceResource], Number.POSITIVE_INFINITY),
          instanceTypes,
        },
      ];
    });
  }

  /** A batch ends when no pod came for a second, or after ten. */
  private trigger(): void {
    const { kernel, settings } = this.world;
    this.lastTriggerSeconds = kernel.now;
    if (this.batchStartSeconds === undefined) {
      this.batchStartSeconds = kernel.now;
      kernel.after(Math.min(settings.batchIdleSeconds, settings.batchMaximumSeconds), () => this.endBatch());
    }
  }

  private endBatch(): void {
    const { kernel, settings } = this.world;
    const due = Math.min(this.lastTriggerSeconds + settings.batchIdleSeconds, this.batchStartSeconds! + settings.batchMaximumSeconds);
    if (due > kernel.now) {
      kernel.at(due, () => this.endBatch());
      return;
    }
    this.batchStartSeconds = undefined;
    this.provision();
  }

  private provision(): void {
    const { world } = this;
    const nodes = [...world.nodes.values()];
    // Pods that wait, and those that will: Karpenter asks for their room before their node lets go of them (`provisioner.go`).
    const leaving = new Set(nodes.filter(({ phase }) => phase === 'draining').flatMap((node) => [...node.pods]));
    const homeless = [...world.pods.values()].filter((pod) => pod.phase === 'pending' || (leaving.has(pod) && pod.phase !== 'terminating'));
    // While EC2 has not answered, Karpenter's picture of the cluster is not complete, and it waits for the next trigger.
    if (homeless.length === 0 || nodes.some((node) => node.phase === 'launching')) return;
    const pools = this.nodePools();
    for (const { pool, instanceTypes } of pools) {
      if (instanceTypes.length === 0) this.events.noCompatibleInstanceTypes(pool.name);
    }
    for (const planned of plan(homeless, pools, nodes)) this.launch(planned);
  }

  /** Makes a NodeClaim of the offerings that are not left out. */
  launch(planned: PlannedNode): TwinNode {
    const { capacityType } = planned.pool;
    return this.nodes.create(planned, (instanceType, zone) => this.isOffered(capacityType, instanceType, zone));
  }

  private isOffered(capacityType: string, instanceType: string, zone: string): boolean {
    return this.world.kernel.now >= (this.unavailableUntil.get(`${capacityType}:${instanceType}:${zone}`) ?? 0);
  }

  private remember(node: TwinNode, refusal: LaunchRefusal): void {
    this.leaveOut(node.pool.capacityType, refusal.instanceType.name, refusal.zone);
    this.refusals.set(node, [...(this.refusals.get(node) ?? []), refusal]);
  }

  private leaveOut(capacityType: string, instanceType: string, zone: string): void {
    const { kernel, settings } = this.world;
    this.unavailableUntil.set(`${capacityType}:${instanceType}:${zone}`, kernel.now + settings.shortageCacheSeconds);
  }
}
