import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { loadBalancerDimension, targetGroupDimension } from '../../../lambda/control-loop/routers/alb/metric-queries';
import type { TestBed } from '../cluster/test-bed';
import type { Router } from './router';
import { isRunning, podsOf } from './workload';

/** Ready pods by unit. */
export type ReadyPods = Readonly<Record<string, number>>;

const LOOK_MILLISECONDS = 1000;
const MINUTE_SECONDS = 60;
/** Minutes of steady traffic before it begins. */
const HISTORY_MINUTES = 15;
/** Of the pods that there were then. */
const HISTORY_UTILIZATION = 0.7;
/** The loop reads a minute once it has been over for a minute, and has had the time to decide on it by then. */
const KNOWN_AFTER_SECONDS = 80;
/** Minutes that are remembered: one of them is the youngest that is known. */
const REMEMBERED_MINUTES = 3;

interface Count {
  requests: number;
  refused: number;
  healthyHosts: number;
}

/** What clients ask for. */
export interface Demand {
  /** As it is now. */
  readonly requestsPerMinute: number;
  /** Latency of a unit in seconds, where it is not that of its load. */
  latencySeconds?(unit: string): number | undefined;
  /** A minute is over. */
  minuteEnds?(): void;
}

/** A unit as the traffic meets it. */
type ServingUnit = Pick<FleetSpecInput['units'][number], 'name' | 'profile' | 'targetGroupArn'>;

/**
 * Demand, sent to the units by the weights of the rule and answered by their ready pods, as CloudWatch learns of it: what the
 * test bed has in place of clients and a load balancer.
 */
export class Traffic {
  private ready: ReadyPods = {};
  private weights: Readonly<Record<string, number>> = {};
  private counts = new Map<string, Count>();
  private minuteSeconds = Math.floor(Date.now() / 1000 / MINUTE_SECONDS) * MINUTE_SECONDS;
  private lastLook = Date.now() / 1000;
  /** The oldest in front. */
  private refused: readonly { readonly minuteSeconds: number; readonly requests: number }[] = [];
  private looking: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly bed: TestBed,
    private readonly router: Pick<Router, 'listenerRuleArn' | 'weights'>,
    private units: readonly ServingUnit[],
    private readonly demand: Demand,
  ) {
    const requests = demand.requestsPerMinute / units.length;
    for (let back = HISTORY_MINUTES; back >= 1; back -= 1) {
      for (const { name, profile } of units) {
        const healthyHosts = Math.ceil(requests / profile.throughputPerMinute / HISTORY_UTILIZATION);
        this.publish(name, { requests, refused: 0, healthyHosts }, this.minuteSeconds - back * MINUTE_SECONDS);
      }
    }
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look());
    }, LOOK_MILLISECONDS);
  }

  /** Requests of the last minute that the loop knows of which no pod was there to answer them. */
  get refusedRequests(): number {
    const now = Date.now() / 1000;
    return this.refused.findLast(({ minuteSeconds }) => now > minuteSeconds + MINUTE_SECONDS + KNOWN_AFTER_SECONDS)?.requests ?? 0;
  }

  /** Ready pods as the API server has them; as they were last, where it does not answer. */
  async readyPods(): Promise<ReadyPods> {
    const entries = this.units.map(async ({ name }) => {
      const pods = await podsOf(this.bed, { fleet: 'chat', unit: name });
      return [name, pods.filter((pod) => isRunning(pod) && pod.metadata.deletionTimestamp === undefined).length] as const;
    });
    this.ready = await Promise.all(entries).then(Object.fromEntries, () => this.ready);
    return this.ready;
  }

  /** Ready pods and weights by unit, as it saw them last. */
  get now(): { readonly ready: ReadyPods; readonly weights: Readonly<Record<string, number>> } {
    return { ready: this.ready, weights: this.weights };
  }

  /** From now on there are these units. */
  serve(units: readonly ServingUnit[]): void {
    this.units = units;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private async look(): Promise<void> {
    await this.readyPods();
    this.weights = await this.router.weights().catch(() => this.weights);
    const now = Date.now() / 1000;
    const minuteSeconds = Math.floor(now / MINUTE_SECONDS) * MINUTE_SECONDS;
    if (minuteSeconds > this.minuteSeconds) this.endMinute(minuteSeconds);
    const total = Object.values(this.weights).reduce((sum, weight) => sum + (weight || 0), 0);
    for (const { name } of this.units) {
      const count = this.counts.get(name) ?? { requests: 0, refused: 0, healthyHosts: 0 };
      const share = total === 0 ? 0 : (this.weights[name] || 0) / total;
      const requests = ((now - this.lastLook) / MINUTE_SECONDS) * this.demand.requestsPerMinute * share;
      const pods = this.ready[name] ?? 0;
      if (pods > 0) count.requests += requests;
      else count.refused += requests;
      count.healthyHosts = Math.max(count.healthyHosts, pods);
      this.counts.set(name, count);
    }
    this.lastLook = now;
  }

  private endMinute(minuteSeconds: number): void {
    let requests = 0;
    for (const [unit, count] of this.counts) {
      this.publish(unit, count, this.minuteSeconds);
      requests += Math.round(count.refused);
    }
    this.refused = [...this.refused, { minuteSeconds: this.minuteSeconds, requests }].slice(-REMEMBERED_MINUTES);
    this.counts = new Map();
    this.minuteSeconds = minuteSeconds;
    this.demand.minuteEnds?.();
  }

  private publish(unit: string, { requests, refused, healthyHosts }: Count, atSeconds: number): void {
    const { profile, targetGroupArn } = this.units.find(({ name }) => name === unit)!;
    const LoadBalancer = loadBalancerDimension(this.router.listenerRuleArn) ?? '';
    const put = (metricName: string, values: readonly number[], TargetGroup?: string): void =>
      this.bed.aws.metrics.put(
        { namespace: 'AWS/ApplicationELB', metricName, dimensions: { LoadBalancer, ...(TargetGroup && { TargetGroup }) } },
        values,
        atSeconds,
      );
    const group = targetGroupDimension(targetGroupArn!);
    const answered = Math.round(requests);
    // A load balancer reports no zeros of requests.
    if (answered > 0) {
      const utilization = answered / (Math.max(1, healthyHosts) * profile.throughputPerMinute);
      put('RequestCount', [answered], group);
      const latencySeconds = this.demand.latencySeconds?.(unit) ?? profile.latencySeconds * (0.6 + 0.4 * Math.min(8, utilization ** 3));
      put('TargetResponseTime', Array<number>(20).fill(latencySeconds), group);
    }
    put('HealthyHostCount', [healthyHosts], group);
    put('UnHealthyHostCount', [0], group);
    if (Math.round(refused) === 0) return;
    put('HTTPCode_ELB_5XX_Count', [Math.round(refused)]);
    put('HTTPCode_ELB_503_Count', [Math.round(refused)]);
  }
}
