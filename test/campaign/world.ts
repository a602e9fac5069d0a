import { resources } from '../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import { loadBalancerDimension, targetGroupDimension } from '../../lambda/control-loop/routers/alb/metric-queries';
import type { RandomStream } from '../../sim/kernel/random';
import { FakePorts } from '../support/fake-ports';
import { addFleet, addNodeClaim, addPod, addShortageEvent, NOW_SECONDS, rfc3339 } from '../support/fake-world';
import { type PlannedFleet, planFleets } from './plan';

const POD_START_SECONDS = 120;
const MINUTE = 60;

interface Pod {
  readonly name: string;
  readonly pool: string;
  readonly readySeconds: number;
}

type Resource = (typeof resources)[keyof typeof resources];

/** An object of the cluster; `undefined` where it is gone. */
export const objectIn = (fake: FakePorts, resource: Resource, name: string, namespace?: string): KubernetesObject | undefined => {
  try {
    return fake.kubernetes.read(resource, name, namespace);
  } catch {
    return undefined;
  }
};

/** One unit as it runs. */
export interface RunningUnit {
  readonly name: string;
  readonly pods: Pod[];
  /** Of the last minute, and of the minute before, which CloudWatch has by then. */
  refused: number;
  refusedBefore: number;
}

export interface RunningFleet extends PlannedFleet {
  readonly units: readonly RunningUnit[];
  demandPerMinute: number;
}

/**
 * A cluster with load in memory, of which the truth is known: demand that wanders, scalers that follow floor and target, NodePools that
 * launch in the order of their weights as far as limit and EC2 allow, a load balancer that counts what it sends and refuses.
 */
export class CampaignWorld {
  readonly fake = new FakePorts(NOW_SECONDS);
  readonly fleets: readonly RunningFleet[];
  /** Objects that a fault has changed, as `kind namespace/name`: no other fault changes them meanwhile. */
  readonly changed = new Set<string>();
  /** What becomes of a metric on its way, by the fault that does it. */
  readonly distortions = new Map<string, (value: number | undefined) => number | undefined>();
  /** Pools for which EC2 has nothing. */
  readonly closed = new Set<string>();
  /** Minutes since the beginning. */
  minute = 0;
  private readonly counts = new Map<string, Map<number, number>>();
  private created = 0;

  constructor(private readonly random: RandomStream) {
    this.fleets = planFleets(random).map((planned) => ({
      ...planned,
      units: planned.spec.units.map(({ name }) => ({ name, pods: [], refused: 0, refusedBefore: 0 })),
      demandPerMinute: 20 + 400 * random.uniform(),
    }));
    for (const { name, namespace, spec } of this.fleets) {
      addFleet(this.fake, name, spec, { namespace, ready: Object.fromEntries(spec.units.map((unit) => [unit.name, {}])) });
    }
    this.fake.metric = ({ metricName, dimensions, statistic }, minuteSeconds) => {
      const counted = this.counts
        .get(`${dimensions.TargetGroup ?? dimensions.LoadBalancer} ${metricName} ${statistic}`)
        ?.get(minuteSeconds);
      return [...this.distortions.values()].reduce((value, distort) => distort(value), counted);
    };
    for (let minute = 0; minute < 15; minute += 1) this.step();
  }

  /** One minute goes by. */
  step(): void {
    const { fake } = this;
    fake.nowSeconds += MINUTE;
    this.minute += 1;
    for (const fleet of this.fleets) {
      fleet.demandPerMinute = Math.min(900, Math.max(20, fleet.demandPerMinute * (0.93 + 0.14 * this.random.uniform())));
      this.route(fleet);
      for (const unit of fleet.units) this.scale(fleet, unit);
    }
    for (const event of fake.kubernetes.all(resources.events)) {
      // The API server forgets Events after an hour.
      if (Date.parse(String(event.lastTimestamp ?? '')) / 1000 < fake.nowSeconds - 3600) {
        fake.kubernetes.remove(resources.events, event.metadata.name, event.metadata.namespace);
      }
    }
  }

  /** Pods of a unit that serve now. */
  readyPods(unit: RunningUnit): number {
    return unit.pods.filter(({ readySeconds }) => readySeconds <= this.fake.nowSeconds).length;
  }

  private count(dimension: string | undefined, metric: string, value: number): void {
    const at = Math.floor(this.fake.nowSeconds / MINUTE) * MINUTE - MINUTE;
    const key = `${dimension} ${metric}`;
    const minutes = this.counts.get(key) ?? new Map<number, number>();
    this.counts.set(key, minutes);
    minutes.set(at, value);
    minutes.delete(at - 45 * MINUTE);
  }

  /** What the load balancer counts in this minute. Counts that would be zero are missing. */
  private route({ spec, units, demandPerMinute }: RunningFleet): void {
    const rule = this.fake.rules.get(spec.router!.listenerRuleArn) ?? {};
    const total = Object.values(rule).reduce((sum, weight) => sum + weight, 0);
    const balancer = loadBalancerDimension(spec.router!.listenerRuleArn);
    let refusedOfAll = 0;
    spec.units.forEach(({ targetGroupArn, profile }, index) => {
      const unit = units[index]!;
      const group = targetGroupDimension(targetGroupArn!);
      const requests = total === 0 ? 0 : Math.round((demandPerMinute * (rule[targetGroupArn!] ?? 0)) / total);
      const ready = this.readyPods(unit);
      unit.refusedBefore = unit.refused;
      unit.refused = ready === 0 ? requests : 0;
      refusedOfAll += unit.refused;
      this.count(group, 'HealthyHostCount Maximum', ready);
      if (ready === 0 || requests === 0) return;
      const utilization = requests / (ready * profile.throughputPerMinute);
      this.count(group, 'RequestCount Sum', requests);
      this.count(group, 'TargetResponseTime SampleCount', Math.min(requests, Math.round(ready * profile.throughputPerMinute * 1.2)));
      this.count(group, 'TargetResponseTime p95', profile.latencySeconds * (0.5 + 0.5 * Math.min(8, utilization ** 3)));
    });
    if (refusedOfAll > 0) {
      this.count(balancer, 'HTTPCode_ELB_5XX_Count Sum', refusedOfAll);
      this.count(balancer, 'HTTPCode_ELB_503_Count Sum', refusedOfAll);
    }
  }

  /** KEDA and Karpenter in one: as many pods as floor and target ask for, on the first pool in the order that has room. */
  private scale({ name: fleet, namespace, spec }: RunningFleet, unit: RunningUnit): void {
    const stated = spec.units.find(({ name }) => name === unit.name)!;
    const scaler = this.objectOf(resources.scaledObjects, stated.scaler.name, namespace);
    if (scaler === undefined) return;
    const target = Number(scaler.spec?.triggers?.[0]?.metadata?.targetMetricValue);
    const requests = this.lastCount(`${targetGroupDimension(stated.targetGroupArn!)} RequestCount Sum`) + unit.refused;
    const asked = Number.isFinite(target) && target > 0 ? Math.ceil(requests / target) : 0;
    const desired = Math.min(stated.maximumReplicas ?? 10, Math.max(Number(scaler.spec?.minReplicaCount) || 0, asked));
    while (unit.pods.length > desired) this.remove(namespace, unit.pods.pop()!);
    const order = stated.pools
      .map((pool) => ({ pool, object: this.objectOf(resources.nodePools, pool) }))
      .filter(({ object }) => object !== undefined)
      .sort((a, b) => (Number(b.object!.spec?.weight) || 0) - (Number(a.object!.spec?.weight) || 0));
    for (let missing = desired - unit.pods.length; missing > 0; missing -= 1) {
      const place = order.find(({ pool, object }) => this.hasRoom(fleet, pool, object!.spec?.limits));
      if (place === undefined) break;
      this.created += 1;
      const pod: Pod = { name: `${unit.name}-${this.created}`, pool: place.pool, readySeconds: this.fake.nowSeconds + POD_START_SECONDS };
      unit.pods.push(pod);
      const instanceType = spec.pools.find(({ name }) => name === place.pool)!.instanceTypes[0]!.name;
      addNodeClaim(this.fake, `${place.pool}-${this.created}`, place.pool, instanceType, `node-${pod.name}`, this.fake.nowSeconds);
    }
    for (const pod of unit.pods) {
      const isReady = pod.readySeconds <= this.fake.nowSeconds;
      addPod(this.fake, pod.name, { namespace, fleet, unit: unit.name, node: `node-${pod.name}`, isReady, readySeconds: pod.readySeconds });
    }
    this.fake.kubernetes.put(resources.deployments, { metadata: { name: stated.deployment, namespace }, spec: { replicas: desired } });
  }

  private hasRoom(fleet: string, pool: string, limits: Readonly<Record<string, string>> | undefined): boolean {
    const used = this.fleets.flatMap(({ units }) => units.flatMap(({ pods }) => pods)).filter((pod) => pod.pool === pool).length;
    const [limit] = Object.values(limits ?? {});
    if (limit !== undefined && used >= Number(limit)) return false;
    if (!this.closed.has(pool)) return true;
    this.created += 1;
    const time = rfc3339(this.fake.nowSeconds);
    addShortageEvent(this.fake, `${pool}-${fleet}${this.created}`, 'InsufficientInstanceCapacity: no capacity', {
      firstTimestamp: time,
      lastTimestamp: time,
    });
    return false;
  }

  private remove(namespace: string, { name, pool }: Pod): void {
    this.fake.kubernetes.remove(resources.pods, name, namespace);
    this.fake.kubernetes.remove(resources.nodeClaims, `${pool}-${name.split('-').at(-1)}`);
  }

  private lastCount(key: string): number {
    return this.counts.get(key)?.get(Math.floor(this.fake.nowSeconds / MINUTE) * MINUTE - MINUTE) ?? 0;
  }

  private objectOf(resource: Resource, name: string, namespace?: string): KubernetesObject | undefined {
    return objectIn(this.fake, resource, name, namespace);
  }
}
