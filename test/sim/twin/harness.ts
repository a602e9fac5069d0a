import { type FleetSpecInput, toFleetSpec } from '../../../lambda/control-loop/api';
import { resources } from '../../../lambda/control-loop/contract/names';
import type { Fleet } from '../../../lambda/control-loop/model/fleet';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { type Scenario, type ScenarioInput, ScenarioSchema } from '../../../sim/inputs/scenario';
import { VirtualKernel } from '../../../sim/kernel/kernel';
import { randomStreams } from '../../../sim/kernel/random';
import { ListenerRule } from '../../../sim/twin/aws/listener-rule';
import { Cluster, type ClusterInput } from '../../../sim/twin/cluster';
import type { MinuteStatistics } from '../../../sim/twin/traffic/minutes';
import type { Serving, TargetState } from '../../../sim/twin/traffic/pod-queues';
import type { PodTraffic, WeightedTraffic } from '../../../sim/twin/traffic/port';

/** 2026-01-01T00:00:00Z. */
export const START_EPOCH_SECONDS = 1_767_225_600;

export const RULE_ARN =
  'arn:aws:elasticloadbalancing:us-west-2:123456789012:listener-rule/app/chat/0123456789abcdef/0123456789abcdef/0123456789abcdef';
export const targetGroupArn = (unit: string): string =>
  `arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/${unit}/0123456789abcdef`;

/** Requests are what a test says; pods are only counted. */
class FakeTraffic implements PodTraffic, WeightedTraffic {
  readonly pods = new Map<
    number,
    { unitIndex: number; draining: boolean; addedSeconds: number; serving?: Serving; target?: TargetState }
  >();
  readonly removed: number[] = [];
  readonly drained: { podId: number; atSeconds: number }[] = [];
  weights: readonly number[] = [];
  /** Requests on every pod: a pod with some does not drain. */
  requestsOnPods = 0;
  requestsPerMinute: (unitIndex: number, minute: number) => number | undefined = () => undefined;
  unhealthyHosts: (minute: number) => number | undefined = () => 0;

  constructor(private readonly now: () => number) {}

  runUntil(): void {}

  setWeights(weights: readonly number[]): void {
    this.weights = weights;
  }

  addPod(podId: number, unitIndex: number): void {
    this.pods.set(podId, { unitIndex, draining: false, addedSeconds: this.now() });
  }

  setServing(podId: number, serving: Serving): void {
    this.pods.get(podId)!.serving = serving;
  }

  setTarget(podId: number, state: TargetState): void {
    this.pods.get(podId)!.target = state;
  }

  drainPod(podId: number): void {
    this.pods.get(podId)!.draining = true;
    this.drained.push({ podId, atSeconds: this.now() });
  }

  removePod(podId: number): void {
    if (!this.pods.delete(podId)) {
      throw new Error(`Pod ${podId} is not known`);
    }
    this.removed.push(podId);
  }

  outstanding(): number {
    return this.requestsOnPods;
  }

  minute(unitIndex: number, minute: number): MinuteStatistics | undefined {
    const closed = Math.floor(this.now() / 60);
    const requests = minute < closed ? this.requestsPerMinute(unitIndex, minute) : undefined;
    return requests === undefined
      ? undefined
      : { requests, errors: 0, unhealthyHosts: this.unhealthyHosts(minute), latencySeconds: () => 0.5 };
  }

  get healthyPods(): readonly number[] {
    return [...this.pods].filter(([, pod]) => !pod.draining).map(([podId]) => podId);
  }
}

export const pool = (name: string, overrides: Partial<FleetSpecInput['pools'][number]> = {}): FleetSpecInput['pools'][number] => ({
  name,
  accelerator: 'A10G',
  capacityType: name.endsWith('-spot') ? 'spot' : 'on-demand',
  deviceResource: 'nvidia.com/gpu',
  instanceTypes: [{ name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1 }],
  maximumDevices: 100,
  zones: ['us-west-2a', 'us-west-2b'],
  ...overrides,
});

export const unit = (
  name: string,
  pools: string[],
  overrides: Partial<FleetSpecInput['units'][number]> = {},
): FleetSpecInput['units'][number] => ({
  name,
  accelerator: 'A10G',
  deployment: `sd21-${name}`,
  scaler: { kind: 'ScaledObject', name: `sd21-${name}` },
  pools,
  profile: { throughputPerMinute: 90, latencySeconds: 0.6, coldStartSeconds: 100 },
  targetGroupArn: targetGroupArn(name),
  ...overrides,
});

export interface HarnessOptions {
  readonly units?: FleetSpecInput['units'];
  readonly pools?: FleetSpecInput['pools'];
  readonly twin?: ScenarioInput['twin'];
  readonly reclaim?: 'spot' | 'all' | 'none';
  readonly spotPriceFraction?: number;
  readonly spotReclaimsPerInstanceHour?: number;
  readonly initialReplicas?: Record<string, number>;
  readonly availability?: ClusterInput['availability'];
  readonly spotPrices?: ClusterInput['spotPrices'];
  readonly settings?: ClusterInput['settings'];
  readonly reality?: ScenarioInput['reality'];
  readonly seed?: number;
}

/** A cluster on a virtual clock: one unit `g5` on the pools `g5-spot` and `g5-od` unless a test says otherwise. Cold starts do not vary. */
export class Harness {
  readonly kernel = new VirtualKernel();
  readonly traffic = new FakeTraffic(() => this.kernel.now);
  readonly cluster: Cluster;
  readonly rule: ListenerRule;
  readonly fleet: Fleet;
  readonly scenario: Scenario;

  constructor(options: HarnessOptions = {}) {
    const scenario = ScenarioSchema.parse({
      name: 'test',
      description: 'test',
      startTime: '2026-01-01T00:00:00Z',
      durationSeconds: 86_400,
      fleet: {
        objective: { latencySeconds: 0.9 },
        router: { listenerRuleArn: RULE_ARN },
        units: options.units ?? [unit('g5', ['g5-spot', 'g5-od'])],
        pools: options.pools ?? [pool('g5-spot'), pool('g5-od')],
      },
      initialReplicas: options.initialReplicas ?? {},
      clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: 0 } },
      availability: { reclaim: options.reclaim ?? 'spot' },
      spotPriceFraction: options.spotPriceFraction ?? 0.4,
      spotReclaimsPerInstanceHour: options.spotReclaimsPerInstanceHour ?? 0,
      twin: { coldStartCoefficientOfVariation: 0, ...options.twin },
      reality: options.reality ?? {},
    });
    this.fleet = { ...toFleetSpec(scenario.fleet), name: 'chat', namespace: 'default' };
    this.scenario = scenario;
    this.rule = new ListenerRule({ fleet: this.fleet, traffic: this.traffic, kernel: this.kernel });
    this.cluster = new Cluster({
      fleets: [this.fleet],
      scenario,
      kernel: this.kernel,
      random: randomStreams(options.seed ?? 1),
      traffic: this.traffic,
      startEpochSeconds: START_EPOCH_SECONDS,
      availability: options.availability,
      spotPrices: options.spotPrices,
      ...(options.settings ? { settings: options.settings } : {}),
    });
  }

  run(untilSeconds: number): Promise<void> {
    return this.kernel.runUntil(untilSeconds);
  }

  async list(kind: keyof typeof resources, fieldSelector?: string): Promise<readonly KubernetesObject[]> {
    return (await this.cluster.kubernetes.list(resources[kind], fieldSelector ? { fieldSelector } : {})).items;
  }

  /** As the loop does it: server-side apply of weight and limit. */
  async setPool(name: string, spec: { readonly weight?: number; readonly limits?: Record<string, string> }): Promise<void> {
    await this.cluster.kubernetes.apply(resources.nodePools, { metadata: { name }, spec }, 'adaptive-inference');
  }

  async setFloor(unitName: string, replicas: number): Promise<void> {
    await this.cluster.kubernetes.jsonPatch(resources.scaledObjects, `sd21-${unitName}`, 'default', [
      { op: 'replace', path: '/spec/minReplicaCount', value: replicas },
    ]);
  }

  async refusals(): Promise<readonly KubernetesObject[]> {
    return this.list('events', 'reason=InsufficientCapacityError');
  }

  running(poolName: string): number {
    return this.cluster.pools[poolName]!.runningDevices;
  }

  readyPods(unitName = 'g5'): number {
    return this.cluster.units[unitName]!.readyPods;
  }
}

/** Seconds since the start of an RFC 3339 time. */
export const since = (time: string | undefined): number => Date.parse(time ?? '') / 1000 - START_EPOCH_SECONDS;
