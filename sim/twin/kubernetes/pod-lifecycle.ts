import { resources } from '../../../lambda/control-loop/contract/names';
import { Emitter } from '../../kernel/emitter';
import { startContainer } from './containers';
import { nameSuffix } from './names';
import { podObject } from './pod-object';
import { settleTraffic, type TwinNode, type TwinPod, type World } from './world';

/** How often a terminating pod is looked at, whether its requests are done. */
const DRAIN_POLL_SECONDS = 1;

/** What happens to pods. */
type PodEvents = {
  /** A pod waits for a node. */
  pending: [pod: TwinPod];
  /** A pod of the unit came, went or changed. */
  changed: [unitIndex: number];
  /** The pod is gone and its devices are free. */
  gone: [pod: TwinPod, node: TwinNode | undefined];
};

/**
 * One pod from creation to its end: pending, bound to a node, image and model loaded, ready and a target of the load balancer;
 * then terminating: no new requests at once. Its preStop hook holds it for the time of its drain; after that it is gone when its
 * requests are done or its grace period is over.
 */
export class PodLifecycle {
  readonly events = new Emitter<PodEvents>();
  private nextId = 1;
  private readonly ordinals = new Map<string, number>();

  constructor(private readonly world: World) {}

  create(unitIndex: number, revision = 0): TwinPod {
    const { world } = this;
    const { fleet, unit } = world.units[unitIndex]!;
    const ordinal = this.ordinals.get(unit.name) ?? 0;
    this.ordinals.set(unit.name, ordinal + 1);
    // One stream a pod: its cold start depends on its ordinal only, whatever else a policy does.
    const random = world.random(`cold-start/${unit.name}/${ordinal}`);
    const pod: TwinPod = {
      id: this.nextId,
      ordinal,
      name: `${unit.deployment}-${unitIndex}-${nameSuffix(world.names)}`,
      fleet,
      unit,
      unitIndex,
      revision,
      createdSeconds: world.kernel.now,
      coldStartSeconds: random.logNormal(unit.profile.coldStartSeconds, world.scenario.twin.coldStartCoefficientOfVariation),
      phase: 'pending',
      node: undefined,
      boundSeconds: undefined,
      container: { state: 'ContainerCreating', restarts: 0 },
      readySeconds: undefined,
      isTarget: false,
    };
    this.nextId += 1;
    world.pods.set(pod.id, pod);
    this.changed(pod);
    return pod;
  }

  /** Binds a pending pod; its image and model are loaded in the part of the cold start that is not the node's. */
  bind(pod: TwinPod, node: TwinNode): void {
    this.place(pod, node);
    startContainer(pod, this.world, { changed: () => this.changed(pod), ready: () => this.becomeReady(pod) });
    this.changed(pod);
  }

  /** A pod that runs from the beginning. */
  startReady(pod: TwinPod, node: TwinNode): void {
    this.place(pod, node);
    pod.container = { state: 'running', restarts: 0, startedSeconds: this.world.kernel.now };
    this.becomeReady(pod);
  }

  /** Ends the pod gracefully. */
  terminate(pod: TwinPod): void {
    const { world } = this;
    if (pod.phase === 'terminating') return;
    pod.phase = 'terminating';
    if (!pod.isTarget) {
      this.remove(pod);
      return;
    }
    settleTraffic(world);
    world.traffic.drainPod(pod.id);
    const { drainSeconds, endingSeconds } = world.scenario.twin.pod;
    const drainedSeconds = world.kernel.now + drainSeconds;
    world.kernel.at(drainedSeconds, () => this.awaitRequests(pod, drainedSeconds + endingSeconds));
    this.changed(pod);
  }

  /** The pod's instance is gone: requests on it fail. */
  kill(pod: TwinPod): void {
    pod.phase = 'terminating';
    if (this.world.pods.has(pod.id)) {
      settleTraffic(this.world);
      this.remove(pod);
    }
  }

  /** To be called when the reality of pods may change: lets each serve, and be found by the load balancer, as is really so now. */
  followReality(): void {
    settleTraffic(this.world);
    for (const pod of this.world.pods.values()) if (pod.isTarget) this.setReality(pod);
  }

  private setReality({ id, ordinal, unit, node, readySeconds }: TwinPod): void {
    const { kernel, reality, traffic } = this.world;
    const pool = node!.pool.name;
    traffic.setServing(id, reality.performance.serving(unit, pool, kernel.now));
    traffic.setTarget(id, reality.targets.state({ unit, pool, ordinal, readySeconds: readySeconds! }, kernel.now));
  }

  private place(pod: TwinPod, node: TwinNode): void {
    pod.phase = 'starting';
    pod.node = node;
    pod.boundSeconds = this.world.kernel.now;
    node.pods.add(pod);
    node.lastPodEventSeconds = this.world.kernel.now;
  }

  private becomeReady(pod: TwinPod): void {
    const { world } = this;
    pod.phase = 'ready';
    pod.readySeconds = world.kernel.now;
    pod.isTarget = true;
    settleTraffic(world);
    world.traffic.addPod(pod.id, pod.unitIndex);
    this.setReality(pod);
    this.changed(pod);
  }

  private awaitRequests(pod: TwinPod, deadlineSeconds: number): void {
    const { kernel, pods, traffic } = this.world;
    if (!pods.has(pod.id)) return;
    settleTraffic(this.world);
    if (traffic.outstanding(pod.id) === 0 || kernel.now >= deadlineSeconds) {
      this.remove(pod);
      return;
    }
    kernel.at(Math.min(kernel.now + DRAIN_POLL_SECONDS, deadlineSeconds), () => this.awaitRequests(pod, deadlineSeconds));
  }

  private remove(pod: TwinPod): void {
    const { world } = this;
    if (pod.isTarget) {
      world.traffic.removePod(pod.id);
      pod.isTarget = false;
    }
    const { node } = pod;
    if (node) {
      node.pods.delete(pod);
      node.lastPodEventSeconds = world.kernel.now;
    }
    world.pods.delete(pod.id);
    world.api.remove(resources.pods, pod.name, pod.fleet.namespace);
    this.events.emit('changed', pod.unitIndex);
    this.events.emit('gone', pod, node);
  }

  private changed(pod: TwinPod): void {
    this.world.api.put(resources.pods, podObject(pod, this.world));
    this.events.emit('changed', pod.unitIndex);
    if (pod.phase === 'pending') this.events.emit('pending', pod);
  }
}
