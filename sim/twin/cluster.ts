import { resources } from '../../lambda/control-loop/contract/names';
import type { Fleet, Pool } from '../../lambda/control-loop/model/fleet';
import type { Ec2Port, KubernetesPort } from '../../lambda/control-loop/ports';
import type { AvailabilityRow, ScenarioSpotPrice } from '../inputs/loaded-scenario';
import type { Scenario } from '../inputs/scenario';
import { Billing } from './aws/billing';
import { Ec2 } from './aws/ec2';
import { createEc2Port } from './aws/ec2-port';
import { ListenerRule } from './aws/listener-rule';
import { SpotMarket } from './aws/spot-market';
import type { Kernel, RandomStreams, Traffic } from './interfaces';
import { Karpenter } from './karpenter/controller';
import { Disruption } from './karpenter/disruption';
import { Nodes } from './karpenter/nodes';
import { type PlannedNode, plan } from './karpenter/provisioning';
import { type ShortageFact, ShortageLog } from './karpenter/shortage-log';
import { ApiServer } from './kubernetes/api-server';
import { Deployments } from './kubernetes/deployments';
import { UnitScaler } from './kubernetes/keda';
import { horizontalPodAutoscalerObject, inferenceFleetObject, nodePoolObject, scaledObjectObject } from './kubernetes/objects';
import { PodLifecycle } from './kubernetes/pod-lifecycle';
import { Scheduler } from './kubernetes/scheduler';
import { type ClusterSettings, defaultSettings } from './settings';
import type { World } from './world';

/** The manager under which the constructs' objects are created. */
const CONSTRUCTS_MANAGER = 'cdk';

export interface ClusterInput {
  readonly fleet: Fleet;
  readonly scenario: Scenario;
  readonly kernel: Kernel;
  readonly random: RandomStreams;
  readonly traffic: Traffic;
  /** The instant of second 0. */
  readonly startEpochSeconds: number;
  /** By time. */
  readonly availability?: readonly AvailabilityRow[] | undefined;
  readonly spotPrices?: readonly ScenarioSpotPrice[] | undefined;
  /** Pods by unit name that run and are ready at second 0; `minimumReplicas` where not stated. */
  readonly initialReplicas?: Readonly<Record<string, number>>;
  readonly settings?: Partial<ClusterSettings>;
}

/** What runs in one pool. */
export interface PoolCount {
  /** Devices of instances launched and not terminated, those under notice included: what is billed. */
  readonly runningDevices: number;
  /** Devices of NodeClaims that EC2 has not answered yet. */
  readonly launchingNodes: number;
  readonly readyPods: number;
}

export interface SpotNotice {
  readonly pool: string;
  readonly capacityType: Pool['capacityType'];
  readonly instanceId: string;
  readonly timeSeconds: number;
}

/** One EKS cluster with KEDA, Karpenter, an ALB rule and EC2 behind it, as far as one fleet meets them. */
export class Cluster {
  readonly kubernetes: KubernetesPort;
  readonly ec2: Ec2Port;
  readonly router: ListenerRule;
  readonly billing: Billing;

  /** EC2 said that it will take an instance in two minutes. */
  onSpotNotice: (notice: SpotNotice) => void = () => {};
  /** EC2 refused a NodeClaim. */
  onLaunchRefused: (pool: string, timeSeconds: number) => void = () => {};

  private readonly world: World;
  private readonly instances: Ec2;
  private readonly nodes: Nodes;
  private readonly lifecycle: PodLifecycle;
  private readonly deployments: Deployments;
  private readonly scheduler: Scheduler;
  private readonly karpenter: Karpenter;
  private readonly shortageLog = new ShortageLog();

  constructor(input: ClusterInput) {
    const { fleet, scenario, kernel, random, traffic, startEpochSeconds } = input;
    const settings = { ...defaultSettings, ...input.settings };
    const api = new ApiServer(() => startEpochSeconds + kernel.now);
    const names = random('names');
    this.world = {
      ...{ fleet, scenario, settings, kernel, random, traffic, api, startEpochSeconds, names },
      pods: new Map(),
      nodes: new Map(),
    };
    const market = new SpotMarket(fleet, scenario.spotPriceFraction, input.spotPrices);
    this.billing = new Billing(market);
    this.instances = new Ec2({
      ...{ scenario, kernel, random, market, billing: this.billing, pools: fleet.pools, noticeSeconds: settings.noticeSeconds },
      availability: input.availability ?? [],
    });
    this.lifecycle = new PodLifecycle(this.world);
    this.deployments = new Deployments(this.world, this.lifecycle);
    this.scheduler = new Scheduler(this.world, this.lifecycle);
    this.nodes = new Nodes(this.world, this.instances, market, this.lifecycle);
    this.karpenter = new Karpenter(this.world, this.nodes, market);
    this.kubernetes = api;
    this.ec2 = createEc2Port({ fleet, market, startEpochSeconds, nowSeconds: () => kernel.now });
    this.router = new ListenerRule(fleet, traffic, kernel);
    this.createObjects();
    this.start(input.initialReplicas ?? scenario.initialReplicas);
    this.connect();
    new Disruption(this.world, this.nodes);
    for (const [index, unit] of fleet.units.entries()) new UnitScaler(this.world, unit, index, this.deployments);
  }

  /** Shortages in the order they began. */
  get shortages(): readonly ShortageFact[] {
    return this.shortageLog.facts;
  }

  /** Router weights by unit index. */
  get weights(): readonly number[] {
    return this.router.current;
  }

  /** By pool name, every pool of the fleet. */
  get pools(): Readonly<Record<string, PoolCount>> {
    const counts = Object.fromEntries(
      this.world.fleet.pools.map(({ name }) => [
        name,
        { runningDevices: this.instances.runningDevices(name), launchingNodes: 0, readyPods: 0 },
      ]),
    );
    for (const node of this.world.nodes.values()) {
      const count = counts[node.pool.name]!;
      count.launchingNodes += node.phase === 'launching' ? 1 : 0;
      for (const pod of node.pods) count.readyPods += pod.phase === 'ready' ? 1 : 0;
    }
    return counts;
  }

  /** By unit name: pods the Deployment asks for, and those that are ready. */
  get units(): Readonly<Record<string, { readonly replicas: number; readonly readyPods: number }>> {
    const counts = this.world.fleet.units.map((_unit, index) => ({ replicas: this.deployments.wanted(index), readyPods: 0 }));
    for (const pod of this.world.pods.values()) counts[pod.unitIndex]!.readyPods += pod.phase === 'ready' ? 1 : 0;
    return Object.fromEntries(this.world.fleet.units.map((unit, index) => [unit.name, counts[index]!]));
  }

  private createObjects(): void {
    const { api, fleet } = this.world;
    for (const pool of fleet.pools) api.put(resources.nodePools, nodePoolObject(pool, this.world), CONSTRUCTS_MANAGER);
    for (const unit of fleet.units) {
      if (unit.scaler.kind === 'ScaledObject') {
        api.put(resources.scaledObjects, scaledObjectObject(unit, this.world), CONSTRUCTS_MANAGER);
      } else {
        api.put(resources.horizontalPodAutoscalers, horizontalPodAutoscalerObject(unit, this.world), CONSTRUCTS_MANAGER);
      }
    }
    api.put(resources.inferenceFleets, inferenceFleetObject(this.world), CONSTRUCTS_MANAGER);
  }

  /** Pods of second 0 run and are ready, as far as EC2 has the capacity and the pools stay within their maximum; the rest wait. */
  private start(replicas: Readonly<Record<string, number>>): void {
    const { fleet, pods, nodes } = this.world;
    for (const [index, unit] of fleet.units.entries()) this.deployments.scale(index, replicas[unit.name] ?? unit.minimumReplicas);
    const refused = new Set<string>();
    for (;;) {
      const pending = [...pods.values()].filter((pod) => pod.phase === 'pending');
      const views = this.karpenter
        .nodePools()
        .filter(({ pool }) => !refused.has(pool.name))
        .map((view) => ({ ...view, limitDevices: view.pool.maximumDevices }));
      const planned = plan(pending, views, [...nodes.values()]);
      if (planned.length === 0) break;
      for (const plannedNode of planned) {
        if (!this.startNode(plannedNode)) refused.add(plannedNode.pool.name);
      }
    }
    this.karpenter.forgetRefusals();
  }

  private startNode(planned: PlannedNode): boolean {
    const node = this.nodes.createRunning(planned);
    for (const pod of node ? planned.pods : []) this.lifecycle.startReady(pod, node!);
    return node !== undefined;
  }

  private connect(): void {
    const { kernel } = this.world;
    const { instances, nodes, lifecycle, scheduler, karpenter, shortageLog } = this;
    lifecycle.onPending = (pod) => {
      scheduler.run();
      karpenter.podPending(pod);
    };
    lifecycle.onGone = (_pod, node) => {
      if (node) {
        nodes.finishDrain(node);
        scheduler.run();
      }
    };
    nodes.onInitialized = () => scheduler.run();
    nodes.onRefused = (node, uid) => {
      karpenter.refused(node, uid);
      shortageLog.refused(node.pool.name, kernel.now, instances.grantedDevices(node.pool.name));
      this.onLaunchRefused(node.pool.name, kernel.now);
    };
    nodes.onDraining = (node) => karpenter.nodeDraining(node);
    nodes.onLaunched = (node) => shortageLog.launched(node.pool.name, kernel.now);
    nodes.onInterrupted = (instance) => {
      const { pool, id } = instance;
      karpenter.interrupted(instance);
      this.onSpotNotice({ pool: pool.name, capacityType: pool.capacityType, instanceId: id, timeSeconds: kernel.now });
    };
    instances.onAvailability = ({ name }) =>
      shortageLog.granted(name, kernel.now, instances.grantedDevices(name), instances.runningDevices(name));
    for (const pod of this.world.pods.values()) karpenter.podPending(pod);
  }
}
