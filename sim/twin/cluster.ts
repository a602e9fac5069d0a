import { resources } from '../../lambda/control-loop/contract/names';
import type { Fleet, Pool } from '../../lambda/control-loop/model/fleet';
import type { Ec2Port } from '../../lambda/control-loop/ports';
import { type MadeAnew, unitsToCome } from '../inputs/deployments';
import { fleetsOf } from '../inputs/fleets';
import type { AvailabilityRow, ScenarioSpotPrice } from '../inputs/loaded-scenario';
import type { Scenario } from '../inputs/scenario';
import { Emitter } from '../kernel/emitter';
import type { Kernel } from '../kernel/kernel';
import type { RandomStreams } from '../kernel/random';
import { Billing } from './aws/billing';
import { Ec2 } from './aws/ec2';
import { createEc2Port } from './aws/ec2-port';
import { SpotMarket } from './aws/spot-market';
import { Karpenter } from './karpenter/controller';
import { startConsolidation } from './karpenter/disruption';
import { startDrift } from './karpenter/drift';
import { Nodes } from './karpenter/nodes';
import { type PlannedNode, plan } from './karpenter/provisioning';
import { type ShortageFact, ShortageLog } from './karpenter/shortage-log';
import { ApiServer } from './kubernetes/api-server';
import { Deployments } from './kubernetes/deployments';
import { startScaler } from './kubernetes/keda';
import type { DeployedSpec } from './kubernetes/objects';
import { PodLifecycle } from './kubernetes/pod-lifecycle';
import { bindPendingPods } from './kubernetes/scheduler';
import { poolsOf, unitsOf, type World } from './kubernetes/world';
import { createNodePool, createObjects, createScaler, removeScaler, writeSpec } from './manifests';
import { realityOf } from './reality/reality';
import { type ClusterSettings, defaultSettings } from './settings';
import { type SpendingRate, spendingRate } from './spending';
import type { PodTraffic } from './traffic/port';

export interface ClusterInput {
  /** What the scenario describes, in its order. */
  readonly fleets: readonly Fleet[];
  readonly scenario: Scenario;
  readonly kernel: Kernel;
  readonly random: RandomStreams;
  /** By unit index over all fleets. */
  readonly traffic: PodTraffic;
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

/** What the world outside the cluster may hear of it. */
type ClusterEvents = {
  /** EC2 announced that it will take an instance in two minutes. */
  spotNotice: [notice: SpotNotice];
  /** An instance is shutting down, or has ended. */
  instanceState: [instanceId: string, state: 'shutting-down' | 'terminated'];
};

/** One EKS cluster with KEDA, Karpenter and EC2 behind it, as far as fleets meet them. */
export class Cluster {
  readonly events = new Emitter<ClusterEvents>();
  readonly kubernetes: ApiServer;
  readonly ec2: Ec2Port;
  readonly billing: Billing;

  private readonly world: World;
  private readonly instances: Ec2;
  private readonly nodes: Nodes;
  private readonly lifecycle: PodLifecycle;
  private readonly deployments: Deployments;
  private readonly karpenter: Karpenter;
  private readonly market: SpotMarket;
  private readonly shortageLog = new ShortageLog();
  private readonly launchSeconds: number[] = [];

  constructor(input: ClusterInput) {
    const { fleets, scenario, kernel, random, traffic, startEpochSeconds } = input;
    const settings = { ...defaultSettings, ...input.settings };
    const reality = realityOf(scenario, settings);
    const api = new ApiServer(() => startEpochSeconds + kernel.now);
    const pools = poolsOf(fleets);
    this.world = {
      fleets,
      units: unitsOf(fleets),
      pools,
      scenario,
      settings,
      reality,
      kernel,
      random,
      traffic,
      api,
      startEpochSeconds,
      names: random('names'),
      pods: new Map(),
      nodes: new Map(),
    };
    const market = new SpotMarket(pools, scenario.spotPriceFraction, input.spotPrices);
    this.market = market;
    this.billing = new Billing(market);
    this.instances = new Ec2({
      pools,
      scenario,
      availability: input.availability ?? [],
      kernel,
      random,
      market,
      billing: this.billing,
      noticeSeconds: settings.noticeSeconds,
      shutDownSeconds: settings.shutDownSeconds,
    });
    this.lifecycle = new PodLifecycle(this.world);
    this.deployments = new Deployments(this.world, this.lifecycle);
    this.nodes = new Nodes(this.world, this.instances, market, this.lifecycle);
    this.karpenter = new Karpenter(this.world, this.nodes, market);
    this.kubernetes = api;
    this.ec2 = createEc2Port({ market, startEpochSeconds, nowSeconds: () => kernel.now });

    const toCome = unitsToCome(scenario.deployments);
    createObjects(this.world, toCome);
    const initialReplicas: Readonly<Record<string, number>> =
      input.initialReplicas ?? Object.assign({}, ...fleetsOf(scenario).map((own) => own.initialReplicas));
    this.startPods(initialReplicas, toCome);
    this.connectControllers();
    this.connectShortageLog();
    for (const pod of this.world.pods.values()) this.karpenter.podPending(pod);
    for (const seconds of [...reality.performance.changesSeconds, ...reality.targets.changesSeconds]) {
      kernel.at(seconds, () => this.lifecycle.followReality());
    }
    for (const seconds of reality.scaling.changesSeconds) kernel.at(seconds, () => this.deployments.retry());
    startConsolidation(this.world, this.nodes);
    startDrift(this.world, this.nodes, this.karpenter);
    for (const index of this.world.units.keys()) startScaler(this.world, index, this.deployments);
  }

  get settings(): ClusterSettings {
    return this.world.settings;
  }

  /** Shortages in the order they began. */
  get shortages(): readonly ShortageFact[] {
    return this.shortageLog.facts;
  }

  /** Instances that were launched since then; those of second 0 are there already. */
  launchesSince(seconds: number): number {
    return this.launchSeconds.filter((time) => time >= seconds).length;
  }

  /** By pool name, every pool of the fleet. */
  get pools(): Readonly<Record<string, PoolCount>> {
    const counts = Object.fromEntries(
      this.world.pools.map(({ name }) => [name, { runningDevices: this.instances.runningDevices(name), launchingNodes: 0, readyPods: 0 }]),
    );
    for (const node of this.world.nodes.values()) {
      const count = counts[node.pool.name]!;
      count.launchingNodes += node.phase === 'launching' ? 1 : 0;
      for (const pod of node.pods) count.readyPods += pod.phase === 'ready' ? 1 : 0;
    }
    return counts;
  }

  /** What is paid for now. */
  get spending(): SpendingRate {
    return spendingRate(this.world, this.instances, this.market);
  }

  /** By unit name: pods the Deployment asks for, and those that are ready. */
  get units(): Readonly<Record<string, { readonly replicas: number; readonly readyPods: number }>> {
    const counts = this.world.units.map((_unit, index) => ({ replicas: this.deployments.desired(index), readyPods: 0 }));
    for (const pod of this.world.pods.values()) counts[pod.unitIndex]!.readyPods += pod.phase === 'ready' ? 1 : 0;
    return Object.fromEntries(this.world.units.map(({ unit }, index) => [unit.name, counts[index]!]));
  }

  /** Creates the Deployment and the scaler of a unit. A Deployment that states no replicas has one. */
  createWorkload(unit: string): void {
    const index = this.unitIndex(unit);
    createScaler(this.world, index);
    this.deployments.create(index, 1);
  }

  /** Gives the Deployment of a unit another pod template: it replaces its pods. */
  updateWorkload(unit: string): void {
    this.deployments.update(this.unitIndex(unit));
  }

  /** Gives a pool another node template, an AMI for example: Karpenter replaces its nodes. */
  updatePool(pool: string): void {
    this.nodes.drift(pool);
  }

  /** Deletes a NodePool: Kubernetes deletes its NodeClaims with it, and Karpenter drains their nodes, all at once. */
  deletePool(pool: string): void {
    for (const node of this.world.nodes.values()) if (node.pool.name === pool) this.nodes.drain(node);
    this.world.api.remove(resources.nodePools, pool);
  }

  /** Deletes the scaler and the Deployment of a unit, with its pods. */
  deleteWorkload(unit: string): void {
    const index = this.unitIndex(unit);
    removeScaler(this.world, index);
    this.deployments.delete(index);
  }

  /** The targets of a unit at the load balancer: its ready pods. */
  targetsOf(unit: string): { readonly registered: number; readonly healthy: number } {
    const { readyPods } = this.units[unit]!;
    return { registered: readyPods, healthy: readyPods };
  }

  /** Deletes an object, and makes it again from its manifest: it has another uid, and what others wrote into it is gone. */
  makeAnew({ kind, name }: MadeAnew): void {
    const { pools, units } = this.world;
    if (kind === 'NodePool') {
      const pool = pools.find((candidate) => candidate.name === name)!;
      this.deletePool(name);
      createNodePool(this.world, pool);
      return;
    }
    const index = units.findIndex(({ unit }) => (kind === 'Deployment' ? unit.deployment : unit.scaler.name) === name);
    if (kind === 'Deployment') {
      this.deployments.delete(index);
      this.deployments.create(index, 1);
      return;
    }
    removeScaler(this.world, index);
    createScaler(this.world, index);
  }

  /** States in the spec of a fleet what deployments have changed. */
  writeSpec(fleet: Fleet, deployed: DeployedSpec): Promise<void> {
    return writeSpec(this.world, fleet, deployed);
  }

  private unitIndex(name: string): number {
    return this.world.units.findIndex(({ unit }) => unit.name === name);
  }

  /** Pods of second 0 run and are ready, as far as EC2 has the capacity and the pools stay within their maximum; the rest wait. */
  private startPods(replicas: Readonly<Record<string, number>>, toCome: ReadonlySet<string>): void {
    const { pods, nodes, units } = this.world;
    for (const [index, { unit }] of units.entries()) {
      if (!toCome.has(unit.name)) this.deployments.create(index, replicas[unit.name] ?? unit.minimumReplicas);
    }
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

  /** From here on the controllers hear of each other's work: in the order given here. */
  private connectControllers(): void {
    const { world, instances, nodes, lifecycle, karpenter } = this;
    const bind = (): void => bindPendingPods(world, lifecycle);
    lifecycle.events.on('pending', bind);
    lifecycle.events.on('pending', (pod) => karpenter.podPending(pod));
    lifecycle.events.on('gone', (_pod, node) => {
      if (!node) return;
      nodes.finishDrain(node);
      bind();
    });
    nodes.events.on('initialized', bind);
    nodes.events.on('refused', (node, uid) => karpenter.refused(node, uid));
    nodes.events.on('draining', (node) => karpenter.nodeDraining(node));
    nodes.events.on('interrupted', (instance) => karpenter.interrupted(instance));
    instances.events.on('stateChange', ({ id }, state) => this.events.emit('instanceState', id, state));
    nodes.events.on('interrupted', ({ pool, id }) =>
      this.events.emit('spotNotice', { pool: pool.name, capacityType: pool.capacityType, instanceId: id, timeSeconds: world.kernel.now }),
    );
  }

  private connectShortageLog(): void {
    const { instances, nodes, shortageLog } = this;
    const { kernel } = this.world;
    nodes.events.on('refused', ({ pool: { name } }) => shortageLog.refused(name, kernel.now, instances.grantedDevices(name)));
    nodes.events.on('launched', ({ pool }) => shortageLog.launched(pool.name, kernel.now));
    nodes.events.on('launched', () => this.launchSeconds.push(kernel.now));
    instances.events.on('availability', ({ name }) =>
      shortageLog.granted(name, kernel.now, instances.grantedDevices(name), instances.runningDevices(name)),
    );
  }
}
