import { poolDefaults } from '../../../lambda/control-loop/contract/defaults';
import { resources } from '../../../lambda/control-loop/contract/names';
import { Emitter } from '../../kernel/emitter';
import type { Ec2, Instance, LaunchRefusal } from '../aws/ec2';
import type { SpotMarket } from '../aws/spot-market';
import { nodeResource } from '../kubernetes/api-server';
import { nameSuffix } from '../kubernetes/names';
import { nodeObject } from '../kubernetes/objects';
import type { PodLifecycle } from '../kubernetes/pod-lifecycle';
import { livePods, type TwinNode, type TwinPod, type World } from '../kubernetes/world';
import { nodeClaimObject } from './objects';
import type { PlannedNode } from './provisioning';

/** What happens to NodeClaims and their Nodes. */
type NodeEvents = {
  /** One offering was refused, whether or not another was granted. */
  offeringRefused: [node: TwinNode, refusal: LaunchRefusal];
  /** EC2 refused every offering: the claim is gone. `uid` was the claim's. */
  refused: [node: TwinNode, uid: string];
  launched: [node: TwinNode];
  initialized: [node: TwinNode];
  draining: [node: TwinNode];
  /** EC2 gave notice that it will take the instance; the drain follows. */
  interrupted: [instance: Instance];
};

/** NodeClaims with their instances and Nodes: launch, registration, initialization, drain, termination. */
export class Nodes {
  readonly events = new Emitter<NodeEvents>();
  private addresses = 0;

  constructor(
    private readonly world: World,
    private readonly ec2: Ec2,
    private readonly market: SpotMarket,
    private readonly lifecycle: PodLifecycle,
  ) {
    ec2.events.on('notice', (instance) => this.onNotice(instance));
    ec2.events.on('taken', (instance) => this.onTaken(instance));
  }

  /** Creates a NodeClaim and launches it. `isOffered` says which offerings Karpenter does not hold to be unavailable. */
  create(planned: PlannedNode, isOffered: (instanceType: string, zone: string) => boolean): TwinNode {
    const { kernel, settings } = this.world;
    const node = this.claim(planned);
    kernel.after(settings.launchSeconds, () => this.launch(node, planned, isOffered));
    return node;
  }

  /** A node that runs from the beginning, or `undefined` where EC2 does not grant it. */
  createRunning(planned: PlannedNode): TwinNode | undefined {
    const node = this.claim(planned);
    if (!this.obtain(node, planned, () => true)) {
      this.forget(node);
      return undefined;
    }
    this.initialize(node);
    return node;
  }

  /** Its NodePool or EC2NodeClass describes another node from now on: another AMI, for example. */
  drift(pool: string): void {
    for (const node of this.world.nodes.values()) {
      if (node.pool.name !== pool) continue;
      node.isDrifted = true;
      this.write(node);
    }
  }

  /** Taints the node, evicts its pods as their disruption budgets allow, and terminates its instance when they are gone. */
  drain(node: TwinNode, reason?: TwinNode['disruptionReason']): void {
    if (node.phase === 'draining' || node.phase === 'launching') return;
    node.phase = 'draining';
    node.disruptionReason = reason;
    node.deletedSeconds = this.world.kernel.now;
    this.write(node);
    this.events.emit('draining', node);
    this.evict(node);
    // Then pods end whatever their disruption budgets say (Karpenter documentation, "Disruption": "TerminationGracePeriod").
    if (node.pods.size > 0) this.world.kernel.after(poolDefaults.terminationGracePeriodSeconds, () => this.endPods(node));
  }

  private endPods(node: TwinNode): void {
    for (const pod of [...node.pods]) this.lifecycle.terminate(pod);
  }

  /** Evictions that a PodDisruptionBudget refuses are asked for again, until the pods or the instance are gone. */
  private evict(node: TwinNode): void {
    const { kernel, nodes, settings } = this.world;
    if (!nodes.has(node.name)) return;
    for (const pod of [...node.pods]) {
      if (pod.phase !== 'terminating' && (pod.phase !== 'ready' || this.mayDisrupt(pod))) this.lifecycle.terminate(pod);
    }
    this.finishDrain(node);
    if ([...node.pods].some((pod) => pod.phase !== 'terminating')) kernel.after(settings.evictionRetrySeconds, () => this.evict(node));
  }

  /** Each unit has a PodDisruptionBudget with `maxUnavailable` (Kubernetes documentation, "Specifying a Disruption Budget"). */
  private mayDisrupt({ unitIndex }: TwinPod): boolean {
    const pods = livePods(this.world, unitIndex);
    return pods.filter((pod) => pod.phase === 'ready').length > pods.length - this.world.scenario.twin.pod.maximumUnavailable;
  }

  /** To be called when a pod of the node is gone. */
  finishDrain(node: TwinNode): void {
    if (node.phase === 'draining' && node.pods.size === 0 && node.instance && this.world.nodes.has(node.name)) {
      this.ec2.terminate(node.instance);
      this.forget(node);
    }
  }

  private claim(planned: PlannedNode): TwinNode {
    const { kernel, names, nodes, reality, scenario, settings } = this.world;
    const [first] = planned.pods;
    const factor = first ? reality.performance.coldStartFactor(first.unit, planned.pool.name, kernel.now) : 1;
    const nodeSeconds = (first?.coldStartSeconds ?? 0) * scenario.twin.nodeFraction * factor;
    const node: TwinNode = {
      name: `${planned.pool.name}-${nameSuffix(names)}`,
      pool: planned.pool,
      createdSeconds: kernel.now,
      startSeconds: Math.max(nodeSeconds, settings.launchSeconds),
      phase: 'launching',
      isDrifted: false,
      disruptionReason: undefined,
      deletedSeconds: undefined,
      instance: undefined,
      nodeName: '',
      launchedSeconds: undefined,
      initializedSeconds: undefined,
      lastPodEventSeconds: kernel.now,
      pods: new Set(),
    };
    nodes.set(node.name, node);
    this.write(node);
    return node;
  }

  private launch(node: TwinNode, planned: PlannedNode, isOffered: (instanceType: string, zone: string) => boolean): void {
    const { kernel } = this.world;
    if (!this.obtain(node, planned, isOffered)) {
      const uid = this.world.api.read(resources.nodeClaims, node.name)?.metadata.uid ?? '';
      this.forget(node);
      this.events.emit('refused', node, uid);
      return;
    }
    kernel.at(Math.max(kernel.now, node.createdSeconds + node.startSeconds), () => {
      if (node.phase === 'launched') this.initialize(node);
    });
  }

  private obtain(node: TwinNode, planned: PlannedNode, isOffered: (instanceType: string, zone: string) => boolean): boolean {
    const { pool } = node;
    const offerings = planned.instanceTypes.flatMap((instanceType) =>
      this.market
        .zones(pool, instanceType.name)
        .filter((zone) => isOffered(instanceType.name, zone))
        .map((zone) => ({ instanceType, zone })),
    );
    const { instance, refusals } = this.ec2.launch(pool, offerings);
    for (const refusal of refusals) this.events.emit('offeringRefused', node, refusal);
    if (!instance) return false;
    node.phase = 'launched';
    node.instance = instance;
    node.launchedSeconds = this.world.kernel.now;
    node.nodeName = this.nodeName();
    this.write(node);
    this.events.emit('launched', node);
    return true;
  }

  private initialize(node: TwinNode): void {
    node.phase = 'initialized';
    node.initializedSeconds = this.world.kernel.now;
    node.lastPodEventSeconds = this.world.kernel.now;
    this.write(node);
    this.events.emit('initialized', node);
  }

  private onNotice(instance: Instance): void {
    this.events.emit('interrupted', instance);
    const node = this.nodeOf(instance);
    if (node) this.drain(node);
  }

  private onTaken(instance: Instance): void {
    const node = this.nodeOf(instance);
    if (node) {
      this.forget(node);
      node.phase = 'draining';
      for (const pod of [...node.pods]) this.lifecycle.kill(pod);
    }
  }

  private nodeOf(instance: Instance): TwinNode | undefined {
    for (const node of this.world.nodes.values()) {
      if (node.instance === instance) return node;
    }
    return undefined;
  }

  private nodeName(): string {
    const address = this.addresses;
    this.addresses += 1;
    return `ip-10-${(address >>> 16) & 255}-${(address >>> 8) & 255}-${address & 255}.us-west-2.compute.internal`;
  }

  private write(node: TwinNode): void {
    const { api } = this.world;
    api.put(resources.nodeClaims, nodeClaimObject(node, this.world));
    if (node.initializedSeconds !== undefined) api.put(nodeResource, nodeObject(node, this.world));
  }

  private forget(node: TwinNode): void {
    const { api, nodes } = this.world;
    nodes.delete(node.name);
    api.remove(resources.nodeClaims, node.name);
    api.remove(nodeResource, node.nodeName);
  }
}
